"""Auto Scaling: a group goes after its machines."""

from __future__ import annotations

import threading
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse

from .clock import later
from .rules import change, declare, on, refuse, repair

DELETE_GROUP = "Amazon EC2 Auto Scaling API Reference, DeleteAutoScalingGroup"
REQUEST = threading.local()


def machines_of(group: FakeAutoScalingGroup) -> list[Any]:
    """Instances the group started that are not terminated yet, also those it has already let go of."""
    return [
        instance
        for instance in group.ec2_backend.all_instances()
        if getattr(instance, "autoscaling_group", None) is group and instance._state.name != "terminated"
    ]


@repair(
    AutoScalingResponse,
    "delete_auto_scaling_group",
    "DeleteAutoScalingGroup.force-delete",
    f"{DELETE_GROUP}: ForceDelete; moto always forces",
)
def _remember_force(delete: Any, response: AutoScalingResponse) -> Any:
    REQUEST.force = str(response._get_param("ForceDelete")).lower() == "true"
    REQUEST.gentle = not REQUEST.force
    try:
        return delete(response)
    finally:
        REQUEST.force = REQUEST.gentle = False


DELETE_IN_PROGRESS = declare(
    "DeleteAutoScalingGroup.in-progress",
    "behaviour",
    f"{DELETE_GROUP}: Delete in progress until its instances are terminated",
)
HAS_INSTANCES = declare(
    "DeleteAutoScalingGroup/instances", "refusal", f"{DELETE_GROUP}: ResourceInUse, ScalingActivityInProgress"
)
_delete_group = AutoScalingBackend.delete_auto_scaling_group


def delete_auto_scaling_group(self: AutoScalingBackend, group_name: str, force: bool = False) -> None:
    """`force` is for callers inside AWS: EKS and CloudFormation never ask twice."""
    group = self.autoscaling_groups.get(group_name)
    if group and getattr(REQUEST, "gentle", False) and not force and on(HAS_INSTANCES):
        _refuse_with_instances(group)
    if group and getattr(group, "status", None) and on(DELETE_IN_PROGRESS):
        return
    _delete_group(self, group_name)
    if group and on(DELETE_IN_PROGRESS) and machines_of(group):
        group.status = "Delete in progress"
        self.autoscaling_groups[group_name] = group
        _pop_when_empty(self, group)


AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group


def _refuse_with_instances(group: FakeAutoScalingGroup) -> None:
    if group.instance_states:
        raise AutoscalingClientError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
        )
    if machines_of(group):
        raise AutoscalingClientError(
            "ScalingActivityInProgress",
            "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
        )


def _pop_when_empty(backend: AutoScalingBackend, group: FakeAutoScalingGroup) -> None:
    def finish() -> None:
        if machines_of(group):
            _pop_when_empty(backend, group)
        elif backend.autoscaling_groups.get(group.name) is group:
            backend.autoscaling_groups.pop(group.name)

    later(backend.ec2_backend, "autoscaling-group", finish)


@refuse(
    AutoScalingBackend,
    "delete_launch_configuration",
    "DeleteLaunchConfiguration/in-use",
    "Amazon EC2 Auto Scaling API Reference, DeleteLaunchConfiguration: ResourceInUse",
)
def _configuration_in_use(backend: AutoScalingBackend, launch_configuration_name: str) -> None:
    for group in backend.autoscaling_groups.values():
        if getattr(group.launch_config, "name", None) == launch_configuration_name:
            raise AutoscalingClientError(
                "ResourceInUse",
                f"Cannot delete launch configuration {launch_configuration_name} because it is attached to AutoScalingGroup {group.name}",
            )


@change(
    FakeAutoScalingGroup,
    "replace_autoscaling_group_instances",
    "AutoScaling.replacement",
    "Amazon EC2 Auto Scaling User Guide, Health checks: a terminated instance is replaced; a group without its launch template launches nothing",
)
def _replace(replace: Any, group: FakeAutoScalingGroup, *args: Any, **kwargs: Any) -> Any:
    if getattr(group, "status", None):
        return None
    if group.ec2_launch_template and group.ec2_launch_template.id not in group.ec2_backend.launch_templates:
        return None  # it cannot launch; the call that made it try succeeds all the same
    return replace(group, *args, **kwargs)
