"""Instances: they shut down first, and their interfaces and volumes follow."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_block_store import VolumeAttachment
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response

from ..clock import later
from ..rules import change, repair
from .interfaces import drop_interface

LAUNCH = threading.local()


@repair(
    EC2Response,
    "run_instances",
    "RunInstances.protection",
    "Amazon EC2 User Guide, Enable termination protection: also at launch; moto drops it",
)
def _remember_protection(run_instances: Any, response: EC2Response) -> Any:
    LAUNCH.protected = str(response._get_param("DisableApiTermination")).lower() == "true"
    try:
        return run_instances(response)
    finally:
        LAUNCH.protected = False


@repair(
    EC2Backend,
    "run_instances",
    "RunInstances.primary-interface",
    "Amazon EC2 User Guide, Delete a network interface: the primary one goes with its instance",
)
def _primary_interface(run_instances: Any, ec2: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    brought = {nic.get("NetworkInterfaceId") for nic in kwargs.get("nics") or []}
    reservation = run_instances(ec2, *args, **kwargs)
    for instance in reservation.instances:
        if getattr(LAUNCH, "protected", False):
            instance.disable_api_termination = True
        primary = instance.nics.get(0)
        if primary and primary.id not in brought:
            primary.delete_on_termination = True
    return reservation


@change(
    Instance,
    "terminate",
    "TerminateInstances.shutting-down",
    "Amazon EC2 User Guide, Instance lifecycle: shutting-down, then terminated and listed; its interfaces live until then",
)
def _shut_down(terminate: Any, instance: Instance) -> Any:
    before = SimpleNamespace(name=instance._state.name, code=instance._state.code)
    if before.name in ("shutting-down", "terminated"):
        return before
    instance._state.name, instance._state.code = "shutting-down", 32

    def finish() -> None:
        interfaces = [(eni, eni.delete_on_termination) for eni in instance.nics.values()]
        for eni, _ in interfaces:
            eni.delete_on_termination = False  # moto would ask DeleteNetworkInterface, which refuses what is attached
        terminate(instance)
        for eni, goes in interfaces:
            _release(instance.ec2_backend, eni, goes)
        instance._state.name, instance._state.code = "terminated", 48

    later(instance.ec2_backend, "instance", finish)
    return before


def _release(ec2: EC2Backend, eni: Any, goes: bool) -> None:
    """An interface that does not go with its instance is left behind, free."""
    if eni.id not in ec2.enis:
        return
    if goes:
        drop_interface(ec2, eni)
        return
    eni.instance = eni.attachment_id = eni.device_index = None
    eni.status = "available"


# A terminated instance is listed for a while, without interfaces; moto still lists those it had.
_network_interfaces = Instance.network_interfaces.fget
Instance.network_interfaces = property(
    lambda instance: [] if instance._state.name == "terminated" else _network_interfaces(instance)
)


@repair(
    EC2Backend,
    "detach_volume",
    "DetachVolume.without-instance",
    "Amazon EC2 API Reference, DetachVolume: InstanceId is optional; moto fails without it",
)
def _detach_volume(
    detach: Any, ec2: EC2Backend, volume_id: str, instance_id: str | None = None, device_path: str | None = None
) -> Any:
    attachment = ec2.get_volume(volume_id).attachment
    if attachment and not instance_id:
        instance_id = attachment.instance.id
    return detach(ec2, volume_id, instance_id, device_path)


# Whether a volume goes with its instance stands at the instance; DescribeVolumes tells it, too, and moto does not.
VolumeAttachment.delete_on_termination = property(
    lambda attachment: bool(
        getattr(attachment.instance.block_device_mapping.get(attachment.device), "delete_on_termination", False)
    )
)
