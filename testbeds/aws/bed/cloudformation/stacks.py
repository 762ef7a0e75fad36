"""Deleting a stack: reference order, waiting, giving up with a reason, trying again, keeping what the caller names."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Event, Stack, cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.moto_api._internal.managed_state_model import ManagedState

from ..clock import on_tick, timer
from ..rules import change, refuse, repair
from .removal import Gone, start_removal

DELETE_STACK = "AWS CloudFormation API Reference, DeleteStack"
REQUEST = threading.local()


@dataclass
class Deletion:
    """How far the deletion of a stack is."""

    left: set[str]  # members still to go
    uses: dict[str, set[str]]  # member -> the members its template text refers to
    force: bool = False
    waiting: dict[str, Gone] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    patience: ManagedState = field(default_factory=lambda: timer("stack-patience"))


def references(text: Any) -> Iterator[str]:
    """The logical ids that a piece of a template refers to."""
    if isinstance(text, list):
        for value in text:
            yield from references(value)
    if not isinstance(text, dict):
        return
    for key, value in text.items():
        if key == "Ref" and isinstance(value, str):
            yield value
        elif key == "Fn::GetAtt":
            yield value[0] if isinstance(value, list) else value.split(".")[0]
        elif key == "DependsOn":
            yield from [value] if isinstance(value, str) else value
        elif key == "Fn::Sub":
            yield from re.findall(r"\$\{([A-Za-z0-9]+)", value if isinstance(value, str) else value[0])
        else:
            yield from references(value)


@change(
    CloudFormationBackend,
    "delete_stack",
    "DeleteStack.in-progress",
    f"{DELETE_STACK}; eksctl-io/eksctl#1246, #1651, #7589: it returns before anything is gone, and may fail afterwards",
)
def _delete_stack(delete: Any, backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = find_stack(backend, name_or_stack_id)
    if stack is None or stack.status == "DELETE_IN_PROGRESS":
        return  # deleting an unknown or a deleted stack does nothing
    retained = set(getattr(REQUEST, "retained", None) or [])
    template = stack.resource_map._resource_json_map
    made = {one for one, text in template.items() if stack.resource_map._parsed_resources.get(one) is not None}
    before = stack._deletion.left if getattr(stack, "_deletion", None) else made
    kept = {one for one in before if template[one].get("DeletionPolicy") == "Retain" or one in retained}
    stack.status, stack.stack_status_reason = "DELETE_IN_PROGRESS", None
    stack._add_stack_event("DELETE_IN_PROGRESS", resource_status_reason="User Initiated")
    stack._skipped = getattr(stack, "_skipped", set()) | kept
    stack._deletion = Deletion(
        left=before - kept,
        uses={one: set(references(template[one])) for one in before},
        force=getattr(REQUEST, "force", False),
    )
    _one_round(stack, stack._deletion)  # it begins now, not with the next request: who polls seldom must not find it slower


def find_stack(backend: CloudFormationBackend, name_or_stack_id: str) -> Stack | None:
    return next((one for one in backend.stacks.values() if name_or_stack_id in (one.name, one.stack_id)), None)


@refuse(
    CloudFormationBackend,
    "delete_stack",
    "DeleteStack/retain-resources",
    f"{DELETE_STACK}: RetainResources only for a stack in DELETE_FAILED",
)
def _retain_too_early(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = find_stack(backend, name_or_stack_id)
    if stack and stack.status != "DELETE_FAILED":
        if getattr(REQUEST, "retained", None):
            raise ValidationError(
                message="Invalid operation on stack. RetainResources can only be specified when the stack is in the DELETE_FAILED state"
            )
        if getattr(REQUEST, "force", False):
            raise ValidationError(
                message="Invalid operation on stack. FORCE_DELETE_STACK can only be used when the stack is in the DELETE_FAILED state"
            )


@change(
    CloudFormationBackend,
    "delete_stack",
    "DeleteStack.export-in-use",
    "eksctl-io/eksctl#262: the call is accepted, the stack falls back and says why",
)
def _export_in_use(delete: Any, backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = find_stack(backend, name_or_stack_id)
    for export in stack.exports if stack and stack.status != "DELETE_IN_PROGRESS" else []:
        users = importers(backend, export.name, stack)
        if users:
            reason = f"Export {export.name} cannot be deleted as it is in use by {' and '.join(users)}"
            stack.stack_status_reason = reason
            stack._add_stack_event("DELETE_IN_PROGRESS", resource_status_reason="User Initiated")
            stack._add_stack_event(stack.status, resource_status_reason=reason)
            return
    delete(backend, name_or_stack_id)


def importers(backend: CloudFormationBackend, export_name: str, exporter: Stack | None) -> list[str]:
    return [one.name for one in backend.stacks.values() if one is not exporter and export_name in _imports_of(one)]


def _imports_of(stack: Stack) -> set[str]:
    return {str(clean_json(name, stack.resource_map)) for name in _import_values(stack.template_dict)}


def _import_values(text: Any) -> Iterator[Any]:
    if isinstance(text, dict):
        for key, value in text.items():
            if key == "Fn::ImportValue":
                yield value
            else:
                yield from _import_values(value)
    elif isinstance(text, list):
        for value in text:
            yield from _import_values(value)


@refuse(
    CloudFormationBackend,
    "delete_stack",
    "DeleteStack/termination-protection",
    f"{DELETE_STACK}: ValidationError; ekristen/aws-nuke#821",
)
def _termination_protection(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = find_stack(backend, name_or_stack_id)
    if stack and stack.enable_termination_protection:
        raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")


@refuse(
    CloudFormationBackend,
    "delete_stack",
    "DeleteStack/role-gone",
    "AWS CloudFormation User Guide, AWS CloudFormation service role: it must still exist for the deletion",
)
def _role_gone(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = find_stack(backend, name_or_stack_id)
    arn = (getattr(REQUEST, "role_arn", None) or stack.role_arn) if stack else None
    known = iam_backends[backend.account_id]["aws"].roles.values() if arn else []
    if arn and all(role.arn != arn for role in known):
        raise ValidationError(message=f"Role {arn} is invalid or cannot be assumed")


@repair(
    CloudFormationResponse,
    "delete_stack",
    "DeleteStack.parameters",
    f"{DELETE_STACK}: RetainResources, RoleARN, DeletionMode; moto reads the name only",
)
def _remember_parameters(delete: Any, response: CloudFormationResponse) -> Any:
    REQUEST.retained = response._get_param("RetainResources") or []
    REQUEST.force = response._get_param("DeletionMode") == "FORCE_DELETE_STACK"
    REQUEST.role_arn = response._get_param("RoleARN")
    try:
        return delete(response)
    finally:
        REQUEST.retained, REQUEST.force, REQUEST.role_arn = None, False, None


@on_tick
def advance_deletions(account: str, region: str, settle: bool) -> bool:
    """Every deletion in progress goes as far as it can. True while one is still in progress."""
    if region not in cloudformation_backends[account]:
        return False
    backend = cloudformation_backends[account][region]
    going = [stack for stack in list(backend.stacks.values()) if stack.status == "DELETE_IN_PROGRESS"]
    for stack in going:
        _advance(backend, stack, settle)
    return any(stack.status == "DELETE_IN_PROGRESS" for stack in going)


def _advance(backend: CloudFormationBackend, stack: Stack, settle: bool) -> None:
    deletion: Deletion = stack._deletion
    while _one_round(stack, deletion):
        pass
    if not deletion.left:
        _complete(backend, stack)
    elif deletion.waiting:
        deletion.patience = timer("stack-patience")  # it gives up only when nothing moves any more
    else:
        deletion.patience.advance()
        if deletion.errors and (settle or deletion.patience.status == "done"):
            _give_up(backend, stack, deletion)


def _one_round(stack: Stack, deletion: Deletion) -> bool:
    progressed = False
    for member in sorted(deletion.left):
        try:
            if member in deletion.waiting:
                if not deletion.waiting[member]():
                    continue
                deletion.waiting.pop(member)
                deletion.left.discard(member)
                _add_event(stack, member, "DELETE_COMPLETE")
            elif any(member in deletion.uses[other] for other in deletion.left if other != member):
                continue
            else:
                deletion.waiting[member] = start_removal(stack, member)
            deletion.errors.pop(member, None)
            progressed = True
        except ServiceException as error:
            deletion.waiting.pop(member, None)
            deletion.errors[member] = error.message
        except Exception as error:  # noqa: BLE001 - EKS has errors of another family
            deletion.waiting.pop(member, None)
            deletion.errors[member] = getattr(error, "description", None) or str(error)
    return progressed


def _add_event(stack: Stack, member: str, status: str, reason: str | None = None) -> None:
    resource = stack.resource_map._parsed_resources[member]
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=member,
            physical_resource_id=getattr(resource, "physical_resource_id", None),
            resource_type=stack.resource_map._resource_json_map[member]["Type"],
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def _complete(backend: CloudFormationBackend, stack: Stack) -> None:
    stack.status, stack.stack_status_reason = "DELETE_COMPLETE", None
    stack.deletion_time = utcnow()
    stack._add_stack_event("DELETE_COMPLETE")
    for export in stack.exports:
        backend.exports.pop(export.name, None)
    backend.stacks.pop(stack.stack_id, None)
    backend.deleted_stacks[stack.stack_id] = stack


def _give_up(backend: CloudFormationBackend, stack: Stack, deletion: Deletion) -> None:
    if deletion.force:  # what cannot go is left behind, and so is what it stands on
        stack._skipped |= deletion.left
        deletion.left = set()
        _complete(backend, stack)
        return
    for member, reason in sorted(deletion.errors.items()):
        _add_event(stack, member, "DELETE_FAILED", reason)
    stack.status = "DELETE_FAILED"
    stack.stack_status_reason = f"The following resource(s) failed to delete: [{', '.join(sorted(deletion.errors))}]. "
    stack._add_stack_event("DELETE_FAILED", resource_status_reason=stack.stack_status_reason)
