"""Describes that moto lacks or cuts short: answered truthfully for what can exist in this bed."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from ..rules import add, repair
from .security_groups import names_group


@repair(
    EC2Response,
    "describe_launch_templates",
    "DescribeLaunchTemplates.all",
    "Amazon EC2 API Reference, Pagination; moto cuts the list at 15 and gives no token",
)
def _all_launch_templates(describe: Any, response: EC2Response) -> Any:
    asked = response._get_int_param
    response._get_int_param = lambda name, default=None: 10**6 if name == "MaxResults" else asked(name, default)
    try:
        return describe(response)
    finally:
        del response._get_int_param


@add(EC2Response, "describe_security_group_references")
def _references(response: EC2Response) -> ActionResult:
    """Only references across an active peering connection are listed (Amazon EC2 API Reference)."""
    ec2 = response.ec2_backend
    asked = set(response._get_param("GroupId", []))
    found = []
    for peering in ec2.vpc_pcxs.values():
        if peering._status.code != "active":
            continue
        for mine, other in ((peering.vpc, peering.peer_vpc), (peering.peer_vpc, peering.vpc)):
            for group_id in asked & set(ec2.groups.get(mine.id, {})):
                if any(names_group(group, group_id) for group in ec2.groups.get(other.id, {}).values()):
                    found.append(
                        {"GroupId": group_id, "ReferencingVpcId": other.id, "VpcPeeringConnectionId": peering.id}
                    )
    return ActionResult({"SecurityGroupReferenceSet": found})


@add(EC2Response, "describe_vpc_endpoint_connections")
def _endpoint_connections(response: EC2Response) -> ActionResult:
    """Endpoints of this account that point at one of its own endpoint services."""
    ec2 = response.ec2_backend
    services = {service.service_name: service for service in ec2.configurations.values()}
    found = [
        {
            "ServiceId": services[endpoint.service_name].id,
            "VpcEndpointId": endpoint.id,
            "VpcEndpointOwner": ec2.account_id,
            "VpcEndpointState": getattr(endpoint, "_connection_state", endpoint.state),
            "CreationTimestamp": endpoint.creation_timestamp,
            "NetworkLoadBalancerArns": services[endpoint.service_name].network_load_balancer_arns,
        }
        for endpoint in ec2.vpc_end_points.values()
        if endpoint.service_name in services
    ]
    for name, values in response._filters_from_querystring().items():
        key = {"service-id": "ServiceId", "vpc-endpoint-id": "VpcEndpointId", "vpc-endpoint-state": "VpcEndpointState"}[
            name
        ]
        found = [connection for connection in found if connection[key] in values]
    return ActionResult({"VpcEndpointConnections": found})


@add(EC2Response, "reject_vpc_endpoint_connections")
def _reject_connections(response: EC2Response) -> ActionResult:
    ec2 = response.ec2_backend
    for endpoint_id in response._get_param("VpcEndpointIds", []):
        if endpoint_id in ec2.vpc_end_points:
            ec2.vpc_end_points[endpoint_id]._connection_state = "rejected"
    return ActionResult({"Unsuccessful": []})


def _none(owner_key: str) -> Any:
    return lambda response: ActionResult({owner_key: []})


add(EC2Response, "describe_stale_security_groups")(_none("StaleSecurityGroupSet"))
add(EC2Response, "describe_instance_connect_endpoints")(_none("InstanceConnectEndpoints"))
add(EC2Response, "describe_placement_groups")(_none("PlacementGroups"))
