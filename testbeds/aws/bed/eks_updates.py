"""Updates of a cluster: a cluster that is being updated cannot be deleted. A test plants them."""

from __future__ import annotations

from typing import Any

import moto.eks.models as eks
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.responses import EKSResponse

from .eks import in_use
from .eks_parts import cluster_of, missing, route
from .rules import add, refuse, repair

RUNNING = "InProgress"


def updates_of(cluster: Any) -> list[dict[str, Any]]:
    return cluster.__dict__.setdefault("_updates", [])


def add_update(cluster: Any, update_id: str, kind: str, status: str) -> dict[str, Any]:
    update = {"id": update_id, "type": kind, "status": status, "createdAt": utcnow(), "params": [], "errors": []}
    updates_of(cluster).append(update)
    return update


@add(EKSResponse, "list_updates")
def _list_updates(response: EKSResponse) -> ActionResult:
    return ActionResult({"updateIds": [update["id"] for update in updates_of(cluster_of(response))]})


@add(EKSResponse, "describe_update")
def _describe_update(response: EKSResponse) -> ActionResult:
    cluster, asked = cluster_of(response), response._get_param("updateId")
    for update in updates_of(cluster):
        if update["id"] == asked:
            return ActionResult({"update": update})
    raise missing(f"No update found for ID: {asked}", cluster.name)


route("clusters/(?P<name>[^/]+)/updates$")
route("clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$")


@refuse(
    eks.EKSBackend,
    "delete_cluster",
    "DeleteCluster/update-in-progress",
    "Amazon EKS API Reference, DeleteCluster: ResourceInUseException; eksctl-io/eksctl#4979",
)
def _updating(backend: Any, name: str) -> None:
    cluster = backend.clusters.get(name)
    if cluster and any(update["status"] == RUNNING for update in updates_of(cluster)):
        raise in_use(name, f"Cannot delete because cluster {name} currently has an update in progress")


@repair(
    EKSResponse,
    "update_cluster_config",
    "UpdateClusterConfig.protection",
    "Amazon EKS API Reference, UpdateClusterConfig: deletionProtection; moto drops it",
)
def _update_protection(update_config: Any, response: EKSResponse) -> ActionResult:
    wanted = response._get_param("deletionProtection")
    if wanted is None:
        return update_config(response)
    cluster = cluster_of(response)
    cluster._deletion_protection = cluster.deletion_protection = bool(wanted)
    done = add_update(
        cluster, f"deletion-protection-{len(updates_of(cluster))}", "DeletionProtectionUpdate", "Successful"
    )
    return ActionResult({"update": done})
