"""What stacks tell: members with their real state, outputs with their own export, parents, importers, templates."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from ..rules import add, repair
from .stacks import importers

REFERENCE = "AWS CloudFormation API Reference"


def members(stack: Stack) -> list[dict[str, Any]]:
    """One row per member, in the order of the template."""
    resources = stack.resource_map
    rows = []
    for logical_id, described in resources._resource_json_map.items():
        resource = resources._parsed_resources.get(logical_id)
        if resource is None or isinstance(resource, str):
            continue
        status, reason = _status(stack, logical_id)
        rows.append(
            {
                "StackId": stack.stack_id,
                "StackName": stack.name,
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": _physical_id(resource),
                "ResourceType": described["Type"],
                "LastUpdatedTimestamp": stack.creation_time,
                "Timestamp": stack.creation_time,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
        )
    return rows


def _physical_id(resource: Any) -> str | None:
    return resource.stack_id if isinstance(resource, Stack) else getattr(resource, "physical_resource_id", None)


def _status(stack: Stack, logical_id: str) -> tuple[str, str | None]:
    deletion = getattr(stack, "_deletion", None)
    if deletion is None:
        return "CREATE_COMPLETE", None
    if logical_id in getattr(stack, "_skipped", set()):
        return "DELETE_SKIPPED", None
    if logical_id not in deletion.left:
        return "DELETE_COMPLETE", None
    if logical_id in deletion.waiting:
        return "DELETE_IN_PROGRESS", None
    if logical_id in deletion.errors:
        state = "DELETE_FAILED" if stack.status == "DELETE_FAILED" else "DELETE_IN_PROGRESS"
        return state, deletion.errors[logical_id] if state == "DELETE_FAILED" else None
    return "CREATE_COMPLETE", None


@repair(
    CloudFormationResponse,
    "list_stack_resources",
    "ListStackResources.status",
    f"{REFERENCE}, ListStackResources; moto says CREATE_COMPLETE of all, even of what is gone",
)
def _list_stack_resources(listing: Any, response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    rows = members(stack)
    start, size = int(response._get_param("NextToken") or 0), 100
    token = str(start + size) if start + size < len(rows) else None
    return ActionResult({"StackResourceSummaries": rows[start : start + size], "NextToken": token})


@repair(
    CloudFormationResponse,
    "describe_stack_resources",
    "DescribeStackResources.status",
    f"{REFERENCE}, DescribeStackResources: also by physical id; moto knows neither",
)
def _describe_stack_resources(describe: Any, response: CloudFormationResponse) -> ActionResult:
    backend = response.cloudformation_backend
    logical_id, physical_id = response._get_param("LogicalResourceId"), response._get_param("PhysicalResourceId")
    if physical_id:
        owners = [
            one
            for one in backend.stacks.values()
            if any(row["PhysicalResourceId"] == physical_id for row in members(one))
        ]
        if not owners:
            raise ValidationError(message=f"Stack for {physical_id} does not exist")
        stack = owners[0]
    else:
        stack = backend.get_stack(response._get_param("StackName"))
    rows = [row for row in members(stack) if logical_id in (None, row["LogicalResourceId"])]
    return ActionResult({"StackResources": rows})


@repair(
    CloudFormationResponse,
    "get_template",
    "GetTemplate.processed",
    f"{REFERENCE}, GetTemplate: the body is a text, and both stages can be asked for",
)
def _get_template(get: Any, response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    body = stack.template if isinstance(stack.template, str) else json.dumps(stack.template)
    return ActionResult({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]})


def _outputs(stack: Stack) -> list[dict[str, Any]] | None:
    """moto finds the export of an output by its value; two outputs with one value then share a name."""
    described = stack.template_dict.get("Outputs") or {}
    rows = []
    for output in stack.output_map.values():
        if not output:
            continue
        export = described[output.key].get("Export")
        rows.append(
            {
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": clean_json(export["Name"], stack.resource_map) if export else None,
            }
        )
    return rows or None


Stack.outputs = property(_outputs)

_create_nested = Stack.create_from_cloudformation_json.__func__


def create_nested(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> Stack:
    """A nested stack knows its parent and its root; moto tells neither."""
    child = _create_nested(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    parent = cloudformation_backends[account_id][region_name].stacks.get(kwargs.get("StackId"))
    child.parent_id = kwargs.get("StackId")
    child.root_id = getattr(parent, "root_id", None) or child.parent_id
    return child


Stack.create_from_cloudformation_json = classmethod(create_nested)


@add(CloudFormationResponse, "update_termination_protection")
def _update_termination_protection(response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    if getattr(stack, "parent_id", None):
        raise ValidationError(
            message=f"Termination protection of the nested stack {stack.name} is set on its root stack"
        )
    stack.enable_termination_protection = str(response._get_param("EnableTerminationProtection")).lower() == "true"
    return ActionResult({"StackId": stack.stack_id})


@add(CloudFormationResponse, "list_imports")
def _list_imports(response: CloudFormationResponse) -> ActionResult:
    name = response._get_param("ExportName")
    users = importers(response.cloudformation_backend, name, None)
    if not users:
        raise ValidationError(message=f"Export '{name}' is not imported by any stack.")
    return ActionResult({"Imports": users})
