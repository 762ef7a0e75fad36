"""What was asked, in order: one entry per call, with the ids it carries and what came of it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

READS = re.compile(r"Describe.*|Get.*|List.*|Lookup.*|Search.*|Head.*|BatchGet.*|Simulate.*|GET .*|HEAD .*")
# Parameters of a call that name what it is about. Values of filters and tags are not among them.
NAMES = re.compile(
    r"(?:^|\.)(?:\w*(?:Id|Ids|IdSet|Arn|Arns|ArnList)|\w*Name|\w*Names|\w*NameOrId|ResourceName\w*|PublicIp|Resources?|Groups?)(?:\.(?:member\.)?\d+)?$",
)
NOT_NAMES = re.compile(
    r"^(?:Filter|Tag)|TagSpecification|\.Tag\.|ClientToken|ClientRequestToken|^TagKeys|Template|Policy(?:Document|Body)|Parameters?\."
)
ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]+)")


@dataclass(frozen=True)
class Call:
    service: str
    action: str
    ids: tuple[str, ...]
    dry_run: bool
    key: str

    @property
    def reads(self) -> bool:
        return bool(READS.fullmatch(self.action))


def parse_call(env: dict[str, Any], body: bytes) -> Call:
    """Which operation a request is, and the ids it carries, in any of the three protocols that AWS speaks."""
    authorization = env.get("HTTP_AUTHORIZATION", "")
    scope = authorization.split("Credential=", 1)[1].split("/") if "Credential=" in authorization else []
    key, service = (scope[0], scope[3]) if len(scope) > 3 else ("anonymous", "?")
    target = env.get("HTTP_X_AMZ_TARGET")
    form = ACTION.search(body)
    if form:
        params = dict(parse_qsl(body.decode("utf8", "replace"), keep_blank_values=True))
        dry_run = params.get("DryRun", "").lower() == "true"
        return Call(service, form[1].decode(), _distinct(_named(params.items())), dry_run, key)
    flat = list(_flatten(_json(body)))
    if target:
        return Call(service, target.split(".")[-1], _distinct(_named(flat)), False, key)
    query = parse_qsl(env.get("QUERY_STRING", ""))
    path = env["PATH_INFO"]
    parts = [unquote(part) for part in path.strip("/").split("/")[1::2]]
    ids = _distinct([*parts, *_named(flat), *_named(query)])
    return Call(service, f"{env['REQUEST_METHOD']} {path}", ids, False, key)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return {}


def _flatten(value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = key[:1].upper() + key[1:]
            yield from _flatten(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flatten(inner, f"{path}.{number}")
    else:
        yield path, str(value)


def _named(pairs: Any) -> list[str]:
    return [value for name, value in pairs if value and NAMES.search(name) and not NOT_NAMES.search(name)]


def _distinct(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


class Journal:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.started_at = time.time()

    def clear(self) -> None:
        self.entries.clear()

    def add(self, call: Call) -> dict[str, Any]:
        entry = {
            "n": len(self.entries) + 1,
            "atMs": round((time.time() - self.started_at) * 1000),
            "key": call.key,
            "service": call.service,
            "action": call.action,
            "write": not call.reads and not call.dry_run,
            "ids": list(call.ids),
        }
        if call.dry_run:
            entry["dryRun"] = True
        self.entries.append(entry)
        return entry
