"""Elastic addresses."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_ip_addresses import ElasticAddress

from ..rules import refuse


@refuse(
    EC2Backend,
    "release_address",
    "ReleaseAddress/associated",
    "Amazon EC2 API Reference, ReleaseAddress: InvalidIPAddress.InUse while it is associated",
)
def _in_use(ec2: EC2Backend, address: str | None = None, allocation_id: str | None = None) -> None:
    found = _find(ec2, address=address, allocation_id=allocation_id)
    if found and (found.eni or found.instance):
        raise EC2ClientError("InvalidIPAddress.InUse", f"Address {found.public_ip} is in use.")


@refuse(
    EC2Backend,
    "disassociate_address",
    "DisassociateAddress/service-owned",
    "Amazon EC2 API Reference, Error codes: AuthFailure; kubernetes/kops#938",
)
def _owned_by_service(ec2: EC2Backend, address: str | None = None, association_id: str | None = None) -> None:
    found = _find(ec2, address=address, association_id=association_id)
    if found and found.eni and found.eni.requester_managed:
        raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")


# An address that is not at an instance has no instance id; moto gives an empty one.
ElasticAddress.instance_id = property(lambda address: address.instance.id if address.instance else None)


def _find(ec2: EC2Backend, **asked: str | None) -> Any:
    known = {"address": "public_ip", "allocation_id": "allocation_id", "association_id": "association_id"}
    wanted = [(known[name], value) for name, value in asked.items() if value]
    return next((one for one in ec2.addresses if any(getattr(one, name) == value for name, value in wanted)), None)
