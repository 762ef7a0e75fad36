"""How a rule is put onto a method of a moto backend.

A rule has a name, so that a test can switch it off and show what it is for, and a source: the page of AWS's
documentation that says so, or a public report of somebody who met it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .clock import LOCK
from .options import OPTIONS


@dataclass(frozen=True)
class Rule:
    name: str
    kind: str  # refusal: the call fails; behaviour: the call does something else than in moto; repair: a moto gap
    source: str


RULES: dict[str, Rule] = {}


def on(name: str) -> bool:
    return name not in OPTIONS["off"]


def declare(name: str, kind: str, source: str) -> str:
    if name in RULES:
        raise AssertionError(f"two rules are called {name}")
    RULES[name] = Rule(name, kind, source)
    return name


def refuse(owner: type, method: str, name: str, source: str) -> Callable[[Any], Any]:
    """The decorated check runs before the method, with the same arguments, and raises when AWS would refuse."""
    declare(name, "refusal", source)

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        original = getattr(owner, method)

        @functools.wraps(original)
        def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            with LOCK:
                if on(name):
                    check(self, *args, **kwargs)
                return original(self, *args, **kwargs)

        setattr(owner, method, guarded)
        return check

    return decorate


def change(owner: type, method: str, name: str, source: str, kind: str = "behaviour") -> Callable[[Any], Any]:
    """The decorated function stands in for the method; its first argument is the method as it was."""
    declare(name, kind, source)

    def decorate(instead: Callable[..., Any]) -> Callable[..., Any]:
        original = getattr(owner, method)

        @functools.wraps(original)
        def changed(self: Any, *args: Any, **kwargs: Any) -> Any:
            with LOCK:
                if on(name):
                    return instead(original, self, *args, **kwargs)
                return original(self, *args, **kwargs)

        setattr(owner, method, changed)
        return instead

    return decorate


def repair(owner: type, method: str, name: str, source: str) -> Callable[[Any], Any]:
    """Like `change`, where moto answers wrongly or not at all for no reason of AWS's."""
    return change(owner, method, name, source, kind="repair")


def add(owner: type, method: str) -> Callable[[Any], Any]:
    """An operation that moto lacks."""

    def decorate(operation: Callable[..., Any]) -> Callable[..., Any]:
        if hasattr(owner, method):
            raise AssertionError(f"moto has {owner.__name__}.{method} by now")
        setattr(owner, method, operation)
        return operation

    return decorate
