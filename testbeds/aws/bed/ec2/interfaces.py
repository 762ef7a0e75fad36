"""Network interfaces: those that services put into a subnet, and what may be done with any of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from ..rules import declare, on, refuse

# Services attach what they made with an attachment that the customer may not touch, and that belongs to no instance.
_own_attachment = NetworkInterface.attachment.fget
NetworkInterface.attachment = property(lambda eni: getattr(eni, "_service_attachment", None) or _own_attachment(eni))

# Without a public address there is no association; moto shows an empty one at instances.
_association = NetworkInterface.association.fget
NetworkInterface.association = property(lambda eni: _association(eni) or None)

FILTERS = declare(
    "DescribeNetworkInterfaces.filters",
    "repair",
    "Amazon EC2 API Reference, DescribeNetworkInterfaces: requester, type, status and attachment filters",
)
_filter_value = NetworkInterface.get_filter_value


def filter_value(self: NetworkInterface, name: str, method_name: str | None = None) -> Any:
    if not on(FILTERS):
        return _filter_value(self, name, method_name)
    attachment = self.attachment
    values = {
        "attachment.instance-owner-id": attachment.instance_owner_id if attachment else None,
        "attachment.status": attachment.status if attachment else None,
        "association.public-ip": self.public_ip,
        "description": self.description,
        "group-id": [group.id for group in self.group_set],
        "interface-type": self.interface_type,
        "owner-id": self.owner_id,
        "requester-id": self.requester_id,
        "requester-managed": str(self.requester_managed).lower(),
        "status": self.status,
    }
    return values[name] if name in values else _filter_value(self, name, method_name)


NetworkInterface.get_filter_value = filter_value


def mark_as_service(
    eni: NetworkInterface, requester: str, kind: str, description: str, prefix: str, owner: str
) -> NetworkInterface:
    """Turn an interface into a requester-managed one, attached by an attachment whose id starts with `prefix`."""
    eni.requester_managed, eni.requester_id = True, requester
    eni.interface_type, eni.status, eni.description = kind, "in-use", description
    eni._service_attachment = SimpleNamespace(
        attach_time=utcnow(),
        attachment_id=f"{prefix}-{eni.id[4:]}",
        delete_on_termination=False,
        device_index=1,
        network_card_index=0,
        instance_id=None,
        instance_owner_id=owner,
        status="attached",
    )
    return eni


def service_interface(
    ec2: EC2Backend,
    subnet_id: str,
    groups: list[str],
    description: str,
    owner: str,
    kind: str = "interface",
    prefix: str = "eni-attach",
) -> NetworkInterface:
    """A requester-managed, attached interface as AWS services put them into the subnets of their customers."""
    eni = ec2.create_network_interface(ec2.get_subnet(subnet_id), None, group_ids=list(groups), description=description)
    return mark_as_service(eni, owner, kind, description, prefix, owner)


def drop_interface(ec2: EC2Backend, eni: NetworkInterface) -> None:
    for address in list(ec2.addresses):
        if address.eni is eni:
            address.eni = address.instance = address.association_id = None
    ec2.enis.pop(eni.id, None)


def interfaces_in(
    ec2: EC2Backend, vpc: str | None = None, subnet: str | None = None, group: str | None = None
) -> list[NetworkInterface]:
    return [
        eni
        for eni in ec2.enis.values()
        if (vpc is None or eni.subnet.vpc_id == vpc)
        and (subnet is None or eni.subnet.id == subnet)
        and (group is None or any(member.id == group for member in eni.group_set))
    ]


def dependency(kind: str, resource_id: str) -> DependencyViolationError:
    """AWS names the resource that cannot go, never the one that holds it."""
    return DependencyViolationError(f"The {kind} '{resource_id}' has dependencies and cannot be deleted.")


@refuse(
    EC2Backend,
    "delete_network_interface",
    "DeleteNetworkInterface/attached",
    "Amazon EC2 User Guide, Delete a network interface: detach it first; gruntwork-io/cloud-nuke#1132",
)
def _attached(ec2: EC2Backend, eni_id: str) -> None:
    eni = ec2.enis.get(eni_id)
    if eni is None or (eni.instance and eni.instance._state.name == "terminated"):
        return
    if eni.attachment or eni.status == "in-use":
        raise EC2ClientError("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")


@refuse(
    EC2Backend,
    "detach_network_interface",
    "DetachNetworkInterface/service-owned",
    "Amazon EC2 User Guide, Requester-managed network interfaces: you cannot detach them",
)
def _service_owned(ec2: EC2Backend, attachment_id: str) -> None:
    for eni in ec2.enis.values():
        attachment = getattr(eni, "_service_attachment", None)
        if attachment and attachment.attachment_id == attachment_id:
            kind = attachment_id.rsplit("-", 1)[0]
            raise EC2ClientError("OperationNotPermitted", f"You are not allowed to manage '{kind}' attachments.")
