"""Parts of a cluster that moto has no routes for: add-ons, access entries, pod identities, versions."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import moto.eks.urls as eks_urls
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.exceptions import ResourceNotFoundException
from moto.eks.responses import EKSResponse

from .clock import later
from .eks import VERSIONS, ec2_of, in_use
from .rules import add


@dataclass(frozen=True)
class Part:
    """One kind of child of a cluster and its four operations."""

    path: str
    create: str
    delete: str
    describe: str
    list: str
    key: str  # of one, in an answer
    list_key: str
    id_key: str
    build: Callable[[EKSResponse, Any], dict[str, Any]]
    lists_ids: bool = True
    delay: str | None = None


def missing(message: str, cluster_name: str | None = None) -> ResourceNotFoundException:
    return ResourceNotFoundException(
        clusterName=cluster_name, nodegroupName=None, fargateProfileName=None, addonName=None, message=message
    )


def cluster_of(response: EKSResponse) -> Any:
    name = response._get_param("clusterName") or response._get_param("name")
    cluster = response.eks_backend.clusters.get(name)
    if cluster is None:
        raise missing(f"No cluster found for name: {name}.")
    return cluster


def route(path: str) -> None:
    eks_urls.url_paths["{0}/" + path] = EKSResponse.dispatch


def register(part: Part) -> None:
    def stored(response: EKSResponse) -> tuple[Any, dict[str, dict[str, Any]]]:
        cluster = cluster_of(response)
        return cluster, cluster.__dict__.setdefault(f"_{part.list}", {})

    def one(response: EKSResponse) -> tuple[Any, dict[str, dict[str, Any]], str]:
        cluster, known = stored(response)
        identity = response._get_param(part.id_key)
        if identity not in known:
            raise missing(f"No {part.key} {identity} in cluster {cluster.name}", cluster.name)
        return cluster, known, identity

    def create(response: EKSResponse) -> ActionResult:
        cluster, known = stored(response)
        made = part.build(response, cluster)
        if made[part.id_key] in known:
            raise in_use(cluster.name, f"{part.key} {made[part.id_key]} already exists")
        known[made[part.id_key]] = made
        return ActionResult({part.key: made})

    def describe(response: EKSResponse) -> ActionResult:
        _, known, identity = one(response)
        return ActionResult({part.key: known[identity]})

    def delete(response: EKSResponse) -> ActionResult:
        _, known, identity = one(response)
        found = known[identity]
        if part.delay:
            found["status"] = "DELETING"
            later(ec2_of(response.eks_backend), part.delay, lambda: known.pop(identity, None))
        else:
            known.pop(identity)
        return ActionResult({part.key: found})

    def list_all(response: EKSResponse) -> ActionResult:
        _, known = stored(response)
        return ActionResult({part.list_key: list(known) if part.lists_ids else list(known.values())})

    for name, operation in (
        (part.create, create),
        (part.delete, delete),
        (part.describe, describe),
        (part.list, list_all),
    ):
        add(EKSResponse, name)(operation)
    route(f"clusters/(?P<name>[^/]+)/{part.path}$")
    route(f"clusters/(?P<name>[^/]+)/{part.path}/(?P<id>.+)$")


def _arn(cluster: Any, kind: str, identity: str) -> str:
    return cluster.arn.replace(":cluster/", f":{kind}/") + "/" + identity


def _addon(response: EKSResponse, cluster: Any) -> dict[str, Any]:
    name = response._get_param("addonName")
    return {
        "addonName": name,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "addonArn": _arn(cluster, "addon", name),
        "addonVersion": response._get_param("addonVersion") or "v1.0.0-eksbuild.1",
        "createdAt": utcnow(),
        "serviceAccountRoleArn": response._get_param("serviceAccountRoleArn"),
        "tags": response._get_param("tags") or {},
    }


def _access_entry(response: EKSResponse, cluster: Any) -> dict[str, Any]:
    principal = response._get_param("principalArn")
    return {
        "principalArn": principal,
        "clusterName": cluster.name,
        "accessEntryArn": _arn(cluster, "access-entry", principal.rsplit("/", 1)[-1]),
        "createdAt": utcnow(),
        "type": response._get_param("type") or "STANDARD",
        "tags": response._get_param("tags") or {},
    }


def _pod_identity(response: EKSResponse, cluster: Any) -> dict[str, Any]:
    return {
        "associationId": "a-" + "".join(random.choices("abcdefghij0123456789", k=17)),
        "clusterName": cluster.name,
        "namespace": response._get_param("namespace"),
        "serviceAccount": response._get_param("serviceAccount"),
        "roleArn": response._get_param("roleArn"),
        "createdAt": utcnow(),
        "tags": response._get_param("tags") or {},
    }


register(
    Part(
        path="addons",
        create="create_addon",
        delete="delete_addon",
        describe="describe_addon",
        list="list_addons",
        key="addon",
        list_key="addons",
        id_key="addonName",
        build=_addon,
        delay="eks-addon",
    )
)
register(
    Part(
        path="access-entries",
        create="create_access_entry",
        delete="delete_access_entry",
        describe="describe_access_entry",
        list="list_access_entries",
        key="accessEntry",
        list_key="accessEntries",
        id_key="principalArn",
        build=_access_entry,
    )
)
register(
    Part(
        path="pod-identity-associations",
        create="create_pod_identity_association",
        delete="delete_pod_identity_association",
        describe="describe_pod_identity_association",
        list="list_pod_identity_associations",
        key="association",
        list_key="associations",
        id_key="associationId",
        build=_pod_identity,
        lists_ids=False,
    )
)


@add(EKSResponse, "describe_cluster_versions")
def _versions(response: EKSResponse) -> ActionResult:
    rows = [
        {
            "clusterVersion": version,
            "clusterType": "eks",
            "defaultPlatformVersion": "eks.1",
            "defaultVersion": version == VERSIONS[0],
            "status": "STANDARD_SUPPORT",
            "versionStatus": "STANDARD_SUPPORT",
            "kubernetesPatchVersion": f"{version}.1",
        }
        for version in VERSIONS
    ]
    return ActionResult({"clusterVersions": rows})


route("cluster-versions$")
