"""Faults and delays, read from one JSON file at every operation, so that they change without a restart.

{"nova": {"destroy_hang": ["glob"], "destroy_delay": 5}}: a list of globs on name or id, or seconds.
"""

from __future__ import annotations

import fnmatch
import json
import os
import time

LONGEST_HANG = 3600.0
POLL = 0.2


def _setting(service: str, fault: str) -> object:
    with open(os.environ["BED_FAULTS"], encoding="utf-8") as file:
        return json.load(file).get(service, {}).get(fault)


def seconds(service: str, fault: str, default: float = 0.0) -> float:
    value = _setting(service, fault)
    return float(value) if isinstance(value, (int, float)) else default


def hits(service: str, fault: str, *names: str | None) -> bool:
    globs = _setting(service, fault)
    return isinstance(globs, list) and any(fnmatch.fnmatch(name or "", glob) for glob in globs for name in names)


def hang(service: str, fault: str, *names: str | None) -> None:
    """Returns once the fault is cleared."""
    end = time.monotonic() + LONGEST_HANG
    while hits(service, fault, *names) and time.monotonic() < end:
        time.sleep(POLL)
