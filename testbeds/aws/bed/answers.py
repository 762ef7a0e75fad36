"""Refusals that never reach moto, in the dialect of the service that was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

from .journal import Call
from .sts import principal

Start = Callable[..., object]

JSON_SERVICES = ("eks", "logs", "events", "sqs", "tagging")
THROTTLED = {
    "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
    "eks": ("ThrottlingException", 429, "Rate exceeded"),
    "logs": ("ThrottlingException", 400, "Rate exceeded"),
    "tagging": ("ThrottledException", 400, "Rate exceeded"),
}
DENIED = {
    "ec2": ("UnauthorizedOperation", 403),
    "eks": ("AccessDeniedException", 403),
    "logs": ("AccessDeniedException", 400),
    "tagging": ("AccessDeniedException", 400),
}
PHRASES = {
    400: "Bad Request",
    403: "Forbidden",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
PREFIXES = {"elasticloadbalancing": "elasticloadbalancing", "monitoring": "cloudwatch"}
REST_NAMES = {
    ("GET", "/clusters"): "ListClusters",
    ("POST", "/clusters"): "CreateCluster",
    ("GET", "/clusters/*"): "DescribeCluster",
    ("DELETE", "/clusters/*"): "DeleteCluster",
    ("GET", "/clusters/*/node-groups"): "ListNodegroups",
    ("GET", "/clusters/*/node-groups/*"): "DescribeNodegroup",
    ("DELETE", "/clusters/*/node-groups/*"): "DeleteNodegroup",
    ("GET", "/clusters/*/fargate-profiles"): "ListFargateProfiles",
    ("GET", "/clusters/*/fargate-profiles/*"): "DescribeFargateProfile",
    ("DELETE", "/clusters/*/fargate-profiles/*"): "DeleteFargateProfile",
    ("GET", "/clusters/*/addons"): "ListAddons",
    ("GET", "/clusters/*/addons/*"): "DescribeAddon",
    ("DELETE", "/clusters/*/addons/*"): "DeleteAddon",
    ("GET", "/clusters/*/updates"): "ListUpdates",
    ("GET", "/clusters/*/updates/*"): "DescribeUpdate",
}


def refuse(start: Start, service: str, code: str, message: str, status: int) -> list[bytes]:
    if service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors><RequestID>bed</RequestID></Response>"
        kind = "text/xml"
    elif service in JSON_SERVICES:
        text, kind = json.dumps({"__type": code, "message": message}), "application/x-amz-json-1.1"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>bed</RequestId></ErrorResponse>"
        kind = "text/xml"
    body = text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-ErrorType", code)]
    start(f"{status} {PHRASES.get(status, 'Refused')}", headers)
    return [body]


def throttled(service: str) -> tuple[str, int, str]:
    return THROTTLED.get(service, ("Throttling", 400, "Rate exceeded"))


def operation(call: Call) -> str:
    """The API's name of a call; REST requests only carry a method and a path."""
    if " " not in call.action:
        return call.action
    method, path = call.action.split(" ", 1)
    parts = path.strip("/").split("/")
    pattern = "/" + "/".join(part if index % 2 == 0 else "*" for index, part in enumerate(parts))
    return REST_NAMES.get((method, pattern), call.action)


def denied(call: Call, account: str) -> tuple[str, int, str]:
    code, status = DENIED.get(call.service, ("AccessDenied", 403))
    prefix = PREFIXES.get(call.service, call.service)
    resource = f" on resource: {call.ids[0]}" if call.ids else ""
    message = (
        f"User: {principal(account, call.key)} is not authorized to perform: {prefix}:{operation(call)}"
        f"{resource} with an explicit deny in an identity-based policy"
    )
    return (
        code,
        status,
        f"You are not authorized to perform this operation. {message}" if call.service == "ec2" else message,
    )
