"""VPC endpoints and the endpoint services on the other side of them."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from ..clock import later
from ..rules import change, repair
from .interfaces import drop_interface, mark_as_service

INTERFACE_ENDPOINT = "AWS PrivateLink Guide, Access an AWS service using an interface VPC endpoint"
# The account that owns the interfaces of endpoints in DescribeNetworkInterfaces answers (RequesterId).
ENDPOINT_REQUESTER = "727180483921"


@repair(
    VPCEndPoint,
    "get_filter_value",
    "DescribeVpcEndpoints.filters",
    "Amazon EC2 API Reference, DescribeVpcEndpoints: filters vpc-endpoint-id, service-name and tag",
)
def _endpoint_filter(value_of: Any, endpoint: VPCEndPoint, name: str, method_name: str | None = None) -> Any:
    own = {"vpc-endpoint-id": endpoint.id, "vpc-id": endpoint.vpc_id, "service-name": endpoint.service_name}
    return own[name] if name in own else value_of(endpoint, name, method_name)


@change(
    EC2Backend,
    "create_vpc_endpoint",
    "CreateVpcEndpoint.interfaces",
    f"{INTERFACE_ENDPOINT}: requester-managed interfaces with its groups",
)
def _endpoint_interfaces(create: Any, ec2: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    endpoint = create(ec2, *args, **kwargs)
    asked = getattr(endpoint, "security_group_ids", None) or []
    groups = [group for group in map(ec2.get_security_group_from_id, asked) if group]
    for eni_id in endpoint.network_interface_ids or []:
        eni = ec2.enis[eni_id]
        description = f"VPC Endpoint Interface {endpoint.id}"
        mark_as_service(eni, ENDPOINT_REQUESTER, "vpc_endpoint", description, "ela-attach", "amazon-aws")
        if groups:
            eni._group_set = groups
    return endpoint


@change(
    EC2Backend,
    "delete_vpc_endpoints",
    "DeleteVpcEndpoints.deleting",
    "Amazon EC2 API Reference, DeleteVpcEndpoints; gruntwork-io/cloud-nuke#285, #293: deleting holds subnet and group",
)
def _endpoint_deleting(delete: Any, ec2: EC2Backend, vpce_ids: list[str] | None = None) -> None:
    endpoints = [ec2.vpc_end_points[one] for one in vpce_ids or [] if one in ec2.vpc_end_points]
    endpoints = [endpoint for endpoint in endpoints if endpoint.state != "deleting"]
    for endpoint in endpoints:
        endpoint.state = "deleting"

    def finish() -> None:
        delete(ec2, [endpoint.id for endpoint in endpoints])
        for endpoint in endpoints:
            for eni_id in endpoint.network_interface_ids or []:
                if eni_id in ec2.enis:
                    drop_interface(ec2, ec2.enis[eni_id])
            ec2.vpc_end_points.pop(endpoint.id, None)

    if endpoints:
        later(ec2, "vpce", finish)


@change(
    EC2Response,
    "delete_vpc_endpoint_service_configurations",
    "DeleteVpcEndpointService/connection",
    "Amazon EC2 API Reference, DeleteVpcEndpointServiceConfigurations: reject the connections first; the refusal arrives in Unsuccessful with HTTP 200",
    kind="refusal",
)
def _service_connected(delete: Any, response: EC2Response) -> Any:
    ec2 = response.ec2_backend
    asked = response._get_param("ServiceIds", [])
    connected = {
        endpoint.service_name
        for endpoint in ec2.vpc_end_points.values()
        if endpoint.state != "deleted" and getattr(endpoint, "_connection_state", "") != "rejected"
    }
    held = [one for one in asked if one in ec2.configurations and ec2.configurations[one].service_name in connected]
    if not held:
        return delete(response)
    missing = ec2.delete_vpc_endpoint_service_configurations([one for one in asked if one not in held])
    refusals = [
        ("ExistingVpcEndpointConnections", one, f"Service '{one}' has existing active VPC Endpoint connections!")
        for one in held
    ]
    refusals += [
        ("InvalidVpcEndpointService.NotFound", one, f"The VpcEndpointService Id '{one}' does not exist")
        for one in missing
    ]
    return ActionResult(
        {
            "Unsuccessful": [
                {"ResourceId": one, "Error": {"Code": code, "Message": text}} for code, one, text in refusals
            ]
        }
    )
