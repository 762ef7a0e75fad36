"""Internet, NAT, transit and VPN gateways."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend

from ..clock import later
from ..rules import change, refuse
from .interfaces import drop_interface, interfaces_in, mark_as_service, service_interface


@refuse(
    EC2Backend,
    "detach_internet_gateway",
    "DetachInternetGateway/public-address",
    "Amazon VPC User Guide, Detach your internet gateway; eksctl-io/eksctl#253, kubernetes-sigs/cluster-api-provider-aws#773",
)
def _mapped_addresses(ec2: EC2Backend, internet_gateway_id: str, vpc_id: str) -> None:
    elastic = any(address.eni and address.eni.subnet.vpc_id == vpc_id for address in ec2.addresses)
    if elastic or any(eni.public_ip for eni in interfaces_in(ec2, vpc=vpc_id)):
        raise DependencyViolationError(
            f"Network {vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )


NAT = "Amazon VPC User Guide, NAT gateways"


@change(
    EC2Backend,
    "create_nat_gateway",
    "CreateNatGateway.interface",
    f"{NAT}: a requester-managed network interface comes with it",
)
def _nat_interface(create_nat_gateway: Any, ec2: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    nat = create_nat_gateway(ec2, *args, **kwargs)
    description = f"Interface for NAT Gateway {nat.id}"
    mark_as_service(nat._eni, "amazon-aws", "nat_gateway", description, "ela-attach", "amazon-aws")
    return nat


@change(
    EC2Backend,
    "delete_nat_gateway",
    "DeleteNatGateway.deleting",
    f"{NAT}: deleting, then deleted and listed for about an hour",
)
def _nat_deleting(_: Any, ec2: EC2Backend, nat_gateway_id: str) -> Any:
    nat = ec2.nat_gateways.get(nat_gateway_id)
    if nat is None:
        raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    if nat.state in ("deleting", "deleted"):
        return nat
    nat.state = "deleting"

    def finish() -> None:
        nat.state = "deleted"
        drop_interface(ec2, nat._eni)

    later(ec2, "nat", finish)
    return nat


TRANSIT = "Amazon VPC Transit Gateways, Transit gateway attachments to a VPC"


@change(
    EC2Backend,
    "create_transit_gateway_vpc_attachment",
    "TransitGatewayAttachment.interfaces",
    f"{TRANSIT}: one interface per subnet",
)
def _attachment_interfaces(create: Any, ec2: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    attachment = create(ec2, *args, **kwargs)
    description = f"Network Interface for Transit Gateway Attachment {attachment.id}"
    attachment._service_interfaces = [
        service_interface(ec2, subnet, [], description, "amazon-aws", "transit_gateway")
        for subnet in attachment.subnet_ids
    ]
    return attachment


@change(
    EC2Backend,
    "delete_transit_gateway_vpc_attachment",
    "TransitGatewayAttachment.deleting",
    f"{TRANSIT}: deleting, then deleted and listed",
)
def _attachment_deleting(_: Any, ec2: EC2Backend, transit_gateway_attachment_id: str) -> Any:
    attachment = ec2.transit_gateway_attachments[transit_gateway_attachment_id]
    attachment.state = "deleting"

    def finish() -> None:
        attachment.state = "deleted"
        for eni in getattr(attachment, "_service_interfaces", []):
            drop_interface(ec2, eni)

    later(ec2, "tgw-attachment", finish)
    return attachment


@refuse(
    EC2Backend,
    "delete_transit_gateway",
    "DeleteTransitGateway/attachment",
    "Amazon EC2 API Reference, DeleteTransitGateway: not while it has attachments",
)
def _transit_gateway_in_use(ec2: EC2Backend, transit_gateway_id: str) -> None:
    attachments = ec2.transit_gateway_attachments.values()
    if any(entry.transit_gateway_id == transit_gateway_id and entry.state != "deleted" for entry in attachments):
        raise EC2ClientError("IncorrectState", f"{transit_gateway_id} has non-deleted VPC Attachments.")


@refuse(
    EC2Backend,
    "delete_vpn_gateway",
    "DeleteVpnGateway/attached",
    "Amazon EC2 API Reference, DeleteVpnGateway: detach it first",
)
def _vpn_gateway_attached(ec2: EC2Backend, vpn_gateway_id: str) -> None:
    gateway = ec2.vpn_gateways.get(vpn_gateway_id)
    if gateway and any(attachment.state == "attached" for attachment in gateway.attachments.values()):
        raise EC2ClientError("IncorrectState", f"The VpnGateway {vpn_gateway_id} is currently attached to a VPC")
