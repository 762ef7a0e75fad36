"""STS: who is asking. The access key of a request is the name of its user, unless moto knows the key."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.sts.responses import TokenResponse

from .rules import repair

_KEY = re.compile(r"Credential=([^/]+)/")


def access_key(headers: Any) -> str:
    found = _KEY.search(headers.get("Authorization") or "")
    return found[1] if found else "anonymous"


def principal(account: str, key: str) -> str:
    return f"arn:aws:iam::{account}:user/{key}"


@repair(
    TokenResponse,
    "get_caller_identity",
    "GetCallerIdentity.principal",
    "AWS STS API Reference, GetCallerIdentity: the ARN names the caller; moto calls everybody moto",
)
def _identity(identity: Any, response: TokenResponse) -> ActionResult:
    answer = identity(response)
    if answer.result["Arn"].endswith(":user/moto"):
        key = access_key(response.headers)
        arn = principal(response.current_account, key)
        return ActionResult({"UserId": f"AIDA{key.upper()}", "Account": response.current_account, "Arn": arn})
    return answer


# A key like `peer-222233334444` belongs to another account, for tests of the wrong one.
_current_account = BaseResponse.get_current_account
_FOREIGN = re.compile(r"-(\d{12})$")


def get_current_account(self: BaseResponse) -> str:
    found = _FOREIGN.search(access_key(self.headers))
    return found[1] if found else _current_account(self)


BaseResponse.get_current_account = get_current_account
