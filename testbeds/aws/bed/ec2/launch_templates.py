"""Launch templates."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend

from ..rules import repair

SOURCE = "Amazon EC2 API Reference, Error codes: InvalidLaunchTemplateId.NotFound, InvalidLaunchTemplateName.NotFoundException"


@repair(EC2Backend, "delete_launch_template", "DeleteLaunchTemplate.unknown", SOURCE)
def _unknown(delete: Any, ec2: EC2Backend, name: str | None, template_id: str | None) -> Any:
    _require_known(ec2, [name] if name else [], [template_id] if template_id else [])
    return delete(ec2, name, template_id)


@repair(EC2Backend, "describe_launch_templates", "DescribeLaunchTemplates.unknown", SOURCE)
def _describe_unknown(
    describe: Any,
    ec2: EC2Backend,
    template_names: list[str] | None = None,
    template_ids: list[str] | None = None,
    filters: Any = None,
) -> Any:
    _require_known(ec2, template_names or [], template_ids or [])
    return describe(ec2, template_names, template_ids, filters)


def _require_known(ec2: EC2Backend, names: list[str], ids: list[str]) -> None:
    for name in names:
        if name not in ec2.launch_template_name_to_ids:
            raise EC2ClientError(
                "InvalidLaunchTemplateName.NotFoundException",
                f"The specified launch template, with template name {name}, does not exist.",
            )
    for template_id in ids:
        if template_id not in ec2.launch_templates:
            raise EC2ClientError(
                "InvalidLaunchTemplateId.NotFound",
                f"The specified launch template, with template ID {template_id}, does not exist.",
            )
