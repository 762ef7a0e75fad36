"""What every call passes through: lock, one tick of the clock, dry run, clean answers for what moto lacks, paging."""

from __future__ import annotations

import functools
import sys
import traceback
from typing import Any

import boto3
import moto.backends as moto_backends
import moto.core.responses as moto_responses
import moto.eks.utils as eks_utils
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.exceptions import DryRunClientError
from werkzeug.exceptions import HTTPException

from .clock import LOCK, tick
from .options import OPTIONS
from .rules import declare, on

# Constant computations that moto repeats on every request; without them the server is nearly twice as fast.
_modules = tuple(moto_backends.list_of_moto_modules())
moto_backends.list_of_moto_modules = lambda: _modules
_session = boto3.Session()
eks_utils.Session = lambda: _session
moto_responses.method_names_from_class = functools.lru_cache(None)(moto_responses.method_names_from_class)

ORACLE = "Credential=oracle/"


class NotImplementedByBed(ServiceException):
    """A clean 400 in place of moto's HTML page, which clients read as a server error and retry."""

    code = "EmulatorNotImplemented"


class BugInBed(ServiceException):
    """The trace goes to stderr."""

    code = "EmulatorBug"


DRY_RUN = declare(
    "DryRun",
    "behaviour",
    "Amazon EC2 API Reference, Common query parameters: DryRun checks the permissions and changes nothing",
)
_call_action = BaseResponse.call_action


def call_action(self: BaseResponse) -> Any:
    with LOCK:
        if ORACLE not in (self.headers.get("Authorization") or ""):
            tick(self.current_account, self.region)
        try:
            if self.service_name == "ec2" and _asks_for_dry_run(self) and on(DRY_RUN):
                raise DryRunClientError()
            return _call_action(self)
        except DryRunClientError as error:
            _, headers, body = self.serialized(ActionResult(error))
            return 412, headers, body
        except NotImplementedError as error:
            return self.serialized(ActionResult(NotImplementedByBed(str(error) or "not implemented")))
        except (ServiceException, HTTPException):
            raise
        except Exception as error:  # noqa: BLE001 - a bug, here or in moto: loud, and not worth a retry
            if not OPTIONS["off"]:  # with a rule off, bugs of moto are what a test looks for
                traceback.print_exc(file=sys.stderr)
            return self.serialized(ActionResult(BugInBed(f"{type(error).__name__}: {error}")))


BaseResponse.call_action = call_action


def _asks_for_dry_run(response: BaseResponse) -> bool:
    return str((response.querystring.get("DryRun") or [""])[0]).lower() == "true"


PAGING = declare(
    "Paging",
    "repair",
    "Amazon EC2 API Reference, Pagination: MaxResults and NextToken work on every paged describe; moto returns all",
)
# Parameter of the size, of the token, and what the next token is called, where moto ignores them.
PAGED = {"ec2": ("MaxResults", "NextToken", "NextToken"), "elbv2": ("PageSize", "Marker", "NextMarker")}
TRUNCATED = declare(
    "IAM.IsTruncated",
    "repair",
    "AWS IAM API Reference, ListInstanceProfiles: IsTruncated is always there; moto leaves it out in places",
)
_serialized = BaseResponse.serialized
_TOKEN = "page-"


def serialized(self: BaseResponse, action_result: ActionResult) -> Any:
    result, action = action_result.result, str(self._get_action())
    if isinstance(result, dict):
        if self.service_name == "iam" and action.startswith("List") and on(TRUNCATED):
            action_result = ActionResult({"IsTruncated": False, **result})
        elif self.service_name in PAGED and action.startswith("Describe") and on(PAGING):
            action_result = ActionResult(
                _page(result, getattr(self, "querystring", None) or {}, *PAGED[self.service_name])
            )
    return _serialized(self, action_result)


BaseResponse.serialized = serialized


def _page(
    result: dict[str, Any], query: dict[str, Any], size_name: str, token_name: str, next_name: str
) -> dict[str, Any]:
    """One page of the only list in a describe answer. moto's own tokens pass through untouched."""
    lists = [key for key, value in result.items() if isinstance(value, (list, tuple))]
    size = int((query.get(size_name) or [0])[0] or 0)
    token = str((query.get(token_name) or [""])[0])
    start = int(token.removeprefix(_TOKEN)) if token.startswith(_TOKEN) else 0
    if result.get(next_name) or len(lists) != 1 or not (size or start):
        return result
    items = list(result[lists[0]])
    end = start + (size or 1000)
    paged = {**result, lists[0]: items[start:end]}
    if end < len(items):
        paged[next_name] = f"{_TOKEN}{end}"
    return paged
