"""What a test makes go wrong: faults by call, stale reads, token buckets."""

from __future__ import annotations

import random
import re
import time
from typing import Any

from .journal import Call
from .options import AWS_BUCKETS, OPTIONS

KINDS = ("throttle", "500", "503", "drop", "drop-before", "delay", "deny", "error")


class Faults:
    """Rows of {"action", "service", "id", "kind", "count", "rate", "after", "seed"}; the first that fits is used.

    `count` is how many calls it hits (a `deny` hits all of them unless told), `after` how many it lets pass before.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.dice = random.Random(1)

    def set(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row.get("kind") not in KINDS:
                raise ValueError(f"unknown fault {row.get('kind')}: one of {', '.join(KINDS)}")
        self.rows = [{**row, "left": row.get("count", -1 if row["kind"] == "deny" else 1)} for row in rows]
        self.dice = random.Random(rows[0].get("seed", 1) if rows else 1)

    def pick(self, call: Call) -> dict[str, Any] | None:
        for row in self.rows:
            if not _fits(row, call) or row["left"] == 0:
                continue
            if row.get("after", 0) > 0:
                row["after"] -= 1
                continue
            if self.dice.random() < row.get("rate", 1):
                row["left"] -= 1
                return row
        return None


def _fits(row: dict[str, Any], call: Call) -> bool:
    return (
        re.fullmatch(row.get("action", ".*"), call.action) is not None
        and re.fullmatch(row.get("service", ".*"), call.service) is not None
        and (row.get("id") is None or row["id"] in call.ids)
    )


class Bucket:
    def __init__(self, capacity: float, refill: float) -> None:
        self.capacity, self.refill = capacity, refill
        self.left, self.at = float(capacity), time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.capacity, self.left + (now - self.at) * self.refill)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Buckets:
    def __init__(self) -> None:
        self.known: dict[tuple[int, str, str], Bucket] = {}

    def clear(self) -> None:
        self.known.clear()

    def over_limit(self, call: Call) -> bool:
        rows = AWS_BUCKETS if OPTIONS["buckets"] == "aws" else OPTIONS["buckets"] or []
        for number, row in enumerate(rows):
            if re.fullmatch(row.get("service", ".*"), call.service) and re.fullmatch(
                row.get("actions", ".*"), call.action
            ):
                name = (number, call.service, "" if row.get("per") == "service" else call.action)
                bucket = self.known.setdefault(name, Bucket(row["capacity"], row["refill"]))
                return not bucket.take()
        return False


class StaleReads:
    """A repeated read may see an earlier moment: the answer it got before, not the present one."""

    def __init__(self) -> None:
        self.seen: dict[Any, dict[str, Any]] = {}
        self.dice = random.Random(1)

    def clear(self) -> None:
        self.seen.clear()
        self.dice = random.Random((OPTIONS["stale"] or {}).get("seed", 1))

    def wants(self, call: Call) -> bool:
        asked = OPTIONS["stale"]
        return bool(asked) and call.reads and re.fullmatch(asked.get("actions", ".*"), call.action) is not None

    def older(self, call: Call, request: Any) -> tuple[Any, ...] | None:
        if not self.wants(call) or request not in self.seen:
            return None
        asked, kept = OPTIONS["stale"], self.seen[request]
        if "reads" in asked:
            fresh_enough = kept["served"] < asked["reads"]
        else:
            fresh_enough = time.monotonic() - kept["at"] < asked.get("seconds", 2)
        if fresh_enough and self.dice.random() < asked.get("rate", 1 if "reads" in asked else 0.5):
            kept["served"] += 1
            return kept["answer"]
        return None

    def keep(self, call: Call, request: Any, answer: tuple[Any, ...]) -> None:
        if self.wants(call):
            self.seen[request] = {"at": time.monotonic(), "served": 0, "answer": answer}
