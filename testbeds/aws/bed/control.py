"""The control endpoints under /moto-api/rules/, for the test that owns the bed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import moto.eks.models as eks
from moto.ec2.models import ec2_backends

from .clock import settle
from .ec2.interfaces import service_interface
from .eks_updates import RUNNING, add_update, updates_of
from .options import ACCOUNT, OPTIONS, merge_options, reset_options
from .rules import RULES

REGION = "us-east-1"


def _place(data: dict[str, Any]) -> tuple[str, str]:
    return data.get("account", ACCOUNT), data.get("region", REGION)


def plant_interface(data: dict[str, Any]) -> dict[str, Any]:
    """An interface that no API call can make: what a CNI, a load balancer or a function left behind."""
    account, region = _place(data)
    eni = service_interface(
        ec2_backends[account][region],
        data["subnetId"],
        data.get("groupIds") or [],
        data.get("description", ""),
        data.get("requester", "amazon-elb"),
        data.get("type", "interface"),
        data.get("attachmentPrefix", "ela-attach"),
    )
    if data.get("available"):
        eni._service_attachment, eni.status, eni.requester_managed = None, "available", False
    if data.get("publicIp"):
        eni.public_ip = data["publicIp"]
    for key, value in (data.get("tags") or {}).items():
        eni.add_tag(key, value)
    return {"id": eni.id}


def plant_update(data: dict[str, Any]) -> dict[str, Any]:
    """An update of an EKS cluster, InProgress unless told; the same id again changes its status."""
    account, region = _place(data)
    cluster = eks.eks_backends[account][region].clusters[data["cluster"]]
    update = next((one for one in updates_of(cluster) if one["id"] == data["id"]), None)
    status = data.get("status", RUNNING)
    if update is None:
        add_update(cluster, data["id"], data.get("type", "VersionUpdate"), status)
    else:
        update["status"] = status
    return {"id": data["id"]}


class Control:
    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.endpoints: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "rules"): lambda data: [asdict(rule) for rule in RULES.values()],
            ("GET", "options"): lambda data: OPTIONS,
            ("POST", "options"): self.set_options,
            ("POST", "faults"): self.set_faults,
            ("GET", "journal"): lambda data: layer.journal.entries,
            ("DELETE", "journal"): self.clear_journal,
            ("POST", "eni"): plant_interface,
            ("POST", "eks-update"): plant_update,
            ("POST", "settle"): lambda data: {"settled": settle(*_place(data or {}))},
            ("POST", "reset"): self.reset,
        }

    def answer(self, method: str, name: str, data: Any) -> Any:
        endpoint = self.endpoints.get((method, name))
        if endpoint is None:
            raise ValueError(f"no control endpoint {method} {name}")
        return endpoint(data)

    def set_options(self, data: dict[str, Any]) -> dict[str, Any]:
        merge_options(data or {})
        self.layer.buckets.clear()
        self.layer.stale.clear()
        return OPTIONS

    def set_faults(self, data: list[dict[str, Any]] | None) -> dict[str, Any]:
        self.layer.faults.set(data or [])
        return {"faults": len(data or [])}

    def clear_journal(self, data: Any) -> dict[str, Any]:
        self.layer.journal.clear()
        return {}

    def reset(self, data: Any) -> dict[str, Any]:
        """Options, faults and journal; moto's own reset, which the caller sends too, forgets the resources."""
        reset_options()
        self.layer.faults.set([])
        self.layer.buckets.clear()
        self.layer.stale.clear()
        self.layer.journal.clear()
        return {}
