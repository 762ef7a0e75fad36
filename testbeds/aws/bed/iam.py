"""IAM: policies that are in use, and reads that moto lacks."""

from __future__ import annotations

import functools
import json
from typing import Any

import moto.iam.models as iam
from moto.core.responses import ActionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.responses import IamResponse

from .rules import add, refuse, repair

DELETE_POLICY = "AWS IAM API Reference, DeletePolicy: DeleteConflict"


@refuse(iam.IAMBackend, "delete_policy", "DeletePolicy/attached", DELETE_POLICY)
def _attached(backend: iam.IAMBackend, policy_arn: str) -> None:
    if backend.get_policy(policy_arn).attachment_count:
        raise iam.DeleteConflictException("Cannot delete a policy attached to entities.")


@refuse(iam.IAMBackend, "delete_policy", "DeletePolicy/versions", DELETE_POLICY)
def _versions(backend: iam.IAMBackend, policy_arn: str) -> None:
    if len(backend.get_policy(policy_arn).versions) > 1:
        raise iam.DeleteConflictException(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions."
        )


@repair(
    iam.IAMBackend,
    "remove_role_from_instance_profile",
    "RemoveRoleFromInstanceProfile.absent",
    "AWS IAM API Reference, RemoveRoleFromInstanceProfile: NoSuchEntity; moto answers with an internal error",
)
def _remove_absent_role(remove: Any, backend: iam.IAMBackend, profile_name: str, role_name: str) -> None:
    if all(role.name != role_name for role in backend.get_instance_profile(profile_name).roles):
        raise iam.NoSuchEntity(f"The role with name {role_name} cannot be found in instance profile {profile_name}.")
    remove(backend, profile_name, role_name)


AWS_POLICIES = "arn:aws:iam::aws:policy/"


@functools.cache
def _aws_policies() -> dict[str, Any]:
    return json.loads(aws_managed_policies_data)


@repair(
    iam.IAMBackend,
    "attach_role_policy",
    "AttachRolePolicy.aws-managed",
    "AWS IAM User Guide, AWS managed policies: they exist in every account; moto has none of them unless it loads all",
)
def _attach_aws_policy(attach: Any, backend: iam.IAMBackend, policy_arn: str, role_name: str) -> None:
    name = policy_arn.rsplit("/", 1)[-1]
    if policy_arn.startswith(AWS_POLICIES) and policy_arn not in backend.managed_policies and name in _aws_policies():
        policy = iam.AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _aws_policies()[name])
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)
    attach(backend, policy_arn, role_name)


@add(IamResponse, "list_instance_profile_tags")
def _profile_tags(response: IamResponse) -> ActionResult:
    profile = response.backend.get_instance_profile(response._get_param("InstanceProfileName"))
    tags = profile.tags.values() if isinstance(profile.tags, dict) else profile.tags or []
    rows: list[dict[str, Any]] = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]
    return ActionResult({"Tags": rows, "IsTruncated": False})
