"""Things that finish later. Each request moves the clock by one tick; nothing happens between requests."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.moto_api._internal.managed_state_model import ManagedState

from .options import model

# moto has no lock of its own, yet its server answers from several threads.
LOCK = threading.RLock()

Listener = Callable[[str, str, bool], bool]
_listeners: list[Listener] = []


def timer(name: str) -> ManagedState:
    """A delay whose length `set-transition` of moto's state manager decides."""
    return ManagedState(model(name), [("pending", "done")])


def later(ec2: EC2Backend, name: str, finish: Callable[[], Any]) -> None:
    """Run `finish` when the delay `name` has passed. Kept on the backend, so moto's reset forgets it."""
    ec2.__dict__.setdefault("_rules_pending", []).append((timer(name), finish))


def on_tick(listener: Listener) -> Listener:
    """Call `listener(account, region, settle)` on every tick, after what was due. It says whether it has more to do."""
    _listeners.append(listener)
    return listener


def tick(account: str, region: str, settle: bool = False) -> bool:
    """Finish what is due; with `settle`, everything that is pending, whatever its delay. True while more is to come."""
    try:
        ec2 = ec2_backends[account][region]
    except KeyError:  # a global service: there is no such EC2 region
        return False
    pending = ec2.__dict__.get("_rules_pending") or []
    ec2.__dict__["_rules_pending"] = []
    for delay, finish in pending:
        delay.advance()
        if settle or delay.status == "done":
            _finish(delay.model_name, finish)
        else:
            ec2.__dict__["_rules_pending"].append((delay, finish))
    busy = [listener(account, region, settle) for listener in _listeners]
    return any(busy) or bool(ec2.__dict__["_rules_pending"])


def _finish(name: str, finish: Callable[[], Any]) -> None:
    try:  # one that fails must not lose the others
        finish()
    except Exception as error:  # noqa: BLE001
        print(json.dumps({"finisher": name, "error": str(error)}), file=sys.stderr, flush=True)


def settle(account: str, region: str, rounds: int = 100) -> bool:
    """Let all time pass: until nothing is pending, at most `rounds` times. False when something still is."""
    return not all(tick(account, region, settle=True) for _ in range(rounds))
