"""In front of moto: the control endpoints; for every AWS call the journal, faults, token buckets and stale reads."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import time
from typing import Any

from . import answers
from .clock import LOCK
from .control import Control
from .faults import Buckets, Faults, StaleReads
from .hooks import ORACLE
from .journal import Call, Journal, parse_call
from .options import ACCOUNT

CONTROL = "/moto-api/rules/"
ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>|__type\": ?\"(?:[^\"#]*#)?(\w+)\"")


class Layer:
    def __init__(self, app: Any) -> None:
        self.app = app
        self.journal, self.faults, self.buckets, self.stale = Journal(), Faults(), Buckets(), StaleReads()
        self.control = Control(self)

    def __call__(self, env: dict[str, Any], start: answers.Start) -> Any:
        path = env.get("PATH_INFO", "")
        if path.startswith(CONTROL):
            return self._control(env, start, path.removeprefix(CONTROL))
        if path.startswith("/moto-api") or ORACLE in env.get("HTTP_AUTHORIZATION", ""):
            with LOCK:  # always before moto's own locks: moto makes backends under one of those and then comes to our rules
                return self.app(env, start)
        return self._call(env, start, _body(env))

    def _control(self, env: dict[str, Any], start: answers.Start, name: str) -> list[bytes]:
        body = _body(env)
        try:
            with LOCK:
                found = self.control.answer(env["REQUEST_METHOD"], name, json.loads(body) if body else None)
                text, status = json.dumps(found), "200 OK"
        except Exception as error:  # noqa: BLE001
            text, status = json.dumps({"error": f"{type(error).__name__}: {error}"}), "400 Bad Request"
        out = text.encode()
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(out)))])
        return [out]

    def _call(self, env: dict[str, Any], start: answers.Start, body: bytes) -> Any:
        call = parse_call(env, body)
        request = (call.key, call.service, call.action, env.get("QUERY_STRING", ""), body)
        with LOCK:
            entry = self.journal.add(call)
            fault = self.faults.pick(call)
            kind = "throttle" if self.buckets.over_limit(call) else fault and fault["kind"]
            older = None if kind else self.stale.older(call, request)
        if kind:
            entry["fault"] = kind
        refusal = self._refusal(kind, fault, call)
        if refusal:
            code, status, message = refusal
            entry["status"], entry["code"] = status, code
            return answers.refuse(start, call.service, code, message, status)
        if kind == "drop-before":
            return _hang_up(env)
        if kind == "delay":
            time.sleep(fault.get("seconds", 1))
        if older:
            entry["status"], entry["stale"] = 200, True
            line, headers, answer = older
            start(line, headers)
            return [answer]
        line, headers, answer = self._ask_moto(env)
        entry["status"] = int(line.split()[0])
        if entry["status"] >= 400:
            entry["code"] = _error_code(headers, answer)
        else:
            with LOCK:
                self.stale.keep(call, request, (line, headers, answer))
        if kind == "drop":  # the effect happened, the client never hears of it
            return _hang_up(env)
        start(line, headers)
        return [answer]

    @staticmethod
    def _refusal(kind: str | None, fault: dict[str, Any] | None, call: Call) -> tuple[str, int, str] | None:
        if kind == "throttle":
            return answers.throttled(call.service)
        if kind == "deny":
            return answers.denied(call, ACCOUNT)
        if kind in ("500", "503"):
            return ("InternalError" if kind == "500" else "Unavailable"), int(kind), "Injected by the test."
        if kind == "error" and fault:
            return fault["code"], fault.get("status", 400), fault.get("message", "Injected by the test.")
        return None

    def _ask_moto(self, env: dict[str, Any]) -> tuple[str, Any, bytes]:
        got: dict[str, Any] = {}

        def start(line: str, headers: Any, exc_info: Any = None) -> Any:
            got["line"], got["headers"] = line, headers
            return lambda data: None

        with LOCK:
            answer = b"".join(self.app(env, start))
        return got["line"], got["headers"], answer


def _body(env: dict[str, Any]) -> bytes:
    length = int(env.get("CONTENT_LENGTH") or 0)
    body = env["wsgi.input"].read(length) if length else b""
    env["wsgi.input"] = io.BytesIO(body)
    return body


def _error_code(headers: Any, answer: bytes) -> str | None:
    found = ERROR_CODE.search(answer)
    if found:
        return (found[1] or found[2]).decode()
    named = {name.lower(): value for name, value in headers}
    return named.get("x-amzn-errortype")


def _hang_up(env: dict[str, Any]) -> Any:
    connection = env.get("werkzeug.socket")
    if connection:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("hung up, as the test asked")
