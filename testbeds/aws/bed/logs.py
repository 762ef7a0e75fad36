"""CloudWatch Logs: groups under deletion protection."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.logs.responses import LogsResponse

from .rules import change, declare, on

PROTECTED = declare(
    "DeleteLogGroup/protected",
    "refusal",
    "Amazon CloudWatch Logs API Reference, CreateLogGroup: deletionProtectionEnabled",
)


class ProtectedLogGroup(ServiceException):
    code = "ValidationException"


@change(
    LogsResponse,
    "create_log_group",
    "CreateLogGroup.protection",
    "Amazon CloudWatch Logs API Reference, CreateLogGroup; moto drops the flag",
    kind="repair",
)
def _remember_protection(create: Any, response: LogsResponse) -> Any:
    answer = create(response)
    group = response.logs_backend.groups[response._get_param("logGroupName")]
    group._protected = bool(response._get_param("deletionProtectionEnabled"))
    return answer


_delete_log_group = LogsResponse.delete_log_group


def delete_log_group(self: LogsResponse) -> Any:
    group = self.logs_backend.groups.get(self._get_param("logGroupName"))
    if group is not None and getattr(group, "_protected", False) and on(PROTECTED):
        raise ProtectedLogGroup("The specified log group has deletion protection enabled.")
    return _delete_log_group(self)


LogsResponse.delete_log_group = delete_log_group
