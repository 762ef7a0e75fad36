"""Ids that do not exist: AWS says so by a code of the kind; moto answers with an empty list or another kind's code."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from ..rules import repair

ERROR_CODES = "Amazon EC2 API Reference, Error codes"


def _require(known: Any, asked: list[str] | None, code: str, what: str) -> None:
    missing = [one for one in asked or [] if one not in known]
    if missing:
        raise EC2ClientError(code, f"The {what} ID '{missing[0]}' does not exist")


@repair(EC2Backend, "describe_nat_gateways", "DescribeNatGateways.unknown", f"{ERROR_CODES}: NatGatewayNotFound")
def _nat_gateways(describe: Any, ec2: EC2Backend, filters: Any, nat_gateway_ids: list[str] | None) -> Any:
    for one in nat_gateway_ids or []:
        if one not in ec2.nat_gateways:
            raise EC2ClientError("NatGatewayNotFound", f"NAT gateway {one} was not found")
    return describe(ec2, filters, nat_gateway_ids)


@repair(
    EC2Backend, "describe_network_acls", "DescribeNetworkAcls.unknown", f"{ERROR_CODES}: InvalidNetworkAclID.NotFound"
)
def _network_acls(describe: Any, ec2: EC2Backend, network_acl_ids: list[str] | None = None, filters: Any = None) -> Any:
    _require(ec2.network_acls, network_acl_ids, "InvalidNetworkAclID.NotFound", "networkAcl")
    return describe(ec2, network_acl_ids, filters)


@repair(
    EC2Backend,
    "describe_vpc_peering_connections",
    "DescribeVpcPeeringConnections.unknown",
    f"{ERROR_CODES}: InvalidVpcPeeringConnectionID.NotFound",
)
def _peering_connections(describe: Any, ec2: EC2Backend, vpc_peering_ids: list[str] | None = None) -> Any:
    _require(ec2.vpc_pcxs, vpc_peering_ids, "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection")
    return describe(ec2, vpc_peering_ids)


@repair(
    EC2Backend,
    "get_vpc_peering_connection",
    "VpcPeeringConnection.unknown",
    f"{ERROR_CODES}: InvalidVpcPeeringConnectionID.NotFound; moto spells it with Id",
)
def _peering_connection(get: Any, ec2: EC2Backend, vpc_pcx_id: str) -> Any:
    _require(ec2.vpc_pcxs, [vpc_pcx_id], "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection")
    return get(ec2, vpc_pcx_id)


@repair(
    EC2Response,
    "delete_vpc_endpoints",
    "DeleteVpcEndpoints.unknown",
    "Amazon EC2 API Reference, DeleteVpcEndpoints: refusals arrive in Unsuccessful with HTTP 200",
)
def _endpoints(delete: Any, response: EC2Response) -> Any:
    ec2 = response.ec2_backend
    asked = response._get_param("VpcEndpointIds", [])
    missing = [one for one in asked if one not in ec2.vpc_end_points]
    if not missing:
        return delete(response)
    ec2.delete_vpc_endpoints(vpce_ids=[one for one in asked if one not in missing])
    return ActionResult(
        {
            "Unsuccessful": [
                {
                    "ResourceId": one,
                    "Error": {
                        "Code": "InvalidVpcEndpoint.NotFound",
                        "Message": f"The VpcEndPoint Id '{one}' does not exist",
                    },
                }
                for one in missing
            ]
        }
    )
