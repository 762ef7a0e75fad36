"""Security groups: who uses them, who names them, and rules revoked by their own id."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

from ..rules import refuse, repair
from .interfaces import interfaces_in
from .vpc import goes_with_its_vpc

DELETE_GROUP = "Amazon VPC User Guide, Delete a security group"


def all_groups(ec2: EC2Backend) -> list[SecurityGroup]:
    return [group for groups in ec2.groups.values() for group in groups.values()]


def names_group(group: SecurityGroup, group_id: str) -> bool:
    """Whether a rule of `group`, inbound or outbound, refers to the group `group_id`."""
    rules = list(group.ingress_rules) + list(group.egress_rules)
    return any((rule.source_group or {}).get("GroupId") == group_id for rule in rules)


def _asked_for(ec2: EC2Backend, name: str | None, group_id: str | None) -> SecurityGroup | None:
    if goes_with_its_vpc(ec2):
        return None
    return ec2.get_security_group_from_id(group_id) if group_id else ec2.get_security_group_by_name_or_id(name)


@refuse(
    EC2Backend,
    "delete_security_group",
    "DeleteSecurityGroup/default",
    f"{DELETE_GROUP}: you can't delete a default security group",
)
def _default_group(ec2: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
    group = _asked_for(ec2, name, group_id)
    if group and group.name == "default":
        raise EC2ClientError(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )


@refuse(
    EC2Backend,
    "delete_security_group",
    "DeleteSecurityGroup/network-interface",
    f"{DELETE_GROUP}; eksctl-io/eksctl#1849",
)
def _group_in_use(ec2: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
    group = _asked_for(ec2, name, group_id)
    if group and interfaces_in(ec2, group=group.id):
        raise DependencyViolationError(f"resource {group.id} has a dependent object")


@refuse(
    EC2Backend,
    "delete_security_group",
    "DeleteSecurityGroup/referenced",
    f"{DELETE_GROUP}; kubernetes-sigs/aws-load-balancer-controller#4233, kubernetes/kubernetes#79994, gruntwork-io/cloud-nuke#316",
)
def _group_named(ec2: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
    group = _asked_for(ec2, name, group_id)
    if group and any(other is not group and names_group(other, group.id) for other in all_groups(ec2)):
        raise DependencyViolationError(f"resource {group.id} has a dependent object")


def _revoke_by_id(direction: str) -> None:
    @repair(
        EC2Backend,
        f"revoke_security_group_{direction}",
        f"RevokeSecurityGroup.{direction}-by-id",
        "Amazon EC2 API Reference, RevokeSecurityGroupIngress and Egress: an unknown rule id is InvalidSecurityGroupRuleId.NotFound",
    )
    def _check(revoke: Any, ec2: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        asked = kwargs.get("security_rule_ids") or []
        group = ec2.get_security_group_by_name_or_id(kwargs.get("group_name_or_id"))
        known = {rule.id for rule in getattr(group, f"{direction}_rules", [])} if group else set()
        missing = [rule_id for rule_id in asked if rule_id not in known]
        if group and missing:
            raise EC2ClientError(
                "InvalidSecurityGroupRuleId.NotFound",
                f"The security group rule ID(s) '{', '.join(missing)}' does not exist",
            )
        return revoke(ec2, *args, **kwargs)


_revoke_by_id("ingress")
_revoke_by_id("egress")


# A rule that names a group has its description beside that name; moto reads only the one beside an address range.
SecurityGroupRule.description = property(
    lambda rule: rule.ip_range.get("Description") or (rule.source_group or {}).get("Description")
)
