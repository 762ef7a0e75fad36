"""EKS: clusters with a group and interfaces of their own, node groups with real machines, deletes that take time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import moto.eks.models as eks
from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends
from moto.ec2.models import EC2Backend, ec2_backends
from moto.eks.exceptions import InvalidRequestException, ResourceInUseException
from moto.eks.responses import EKSResponse

from .clock import later
from .ec2.interfaces import drop_interface, service_interface
from .options import OPTIONS
from .rules import change, refuse, repair

VERSIONS = ("1.34", "1.33", "1.32", "1.31", "1.30")
CLUSTER_GROUP = "Amazon EKS User Guide, Amazon EKS security group requirements: EKS makes eks-cluster-sg-NAME-ID"
NETWORK = "Amazon EKS User Guide, VPC and subnet requirements: EKS puts interfaces into the cluster's subnets"
NODES = "Amazon EKS User Guide, Managed node groups: each has an Auto Scaling group and a launch template"
DELETE_CLUSTER = "Amazon EKS API Reference, DeleteCluster"


def ec2_of(backend: Any) -> EC2Backend:
    return ec2_backends[backend.account_id][backend.region_name]


def _known_subnets(ec2: EC2Backend, subnets: list[str] | None) -> list[str]:
    """moto accepts subnets that do not exist; a cluster in such a place has no network."""
    return [one for one in subnets or [] if any(one in zone for zone in ec2.subnets.values())]


@change(eks.EKSBackend, "create_cluster", "CreateCluster.network", f"{CLUSTER_GROUP}; {NETWORK}")
def _create_cluster(create: Any, backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    cluster = create(backend, name, *args, **kwargs)
    cluster.version = kwargs.get("version") or VERSIONS[0]
    issuer_id = "".join(random.choices("0123456789ABCDEF", k=32))
    cluster.identity = {"oidc": {"issuer": f"https://oidc.eks.{backend.region_name}.amazonaws.com/id/{issuer_id}"}}
    if OPTIONS["eks"]:
        cluster.endpoint = OPTIONS["eks"]["endpoint"]
        cluster.certificate_authority = {"data": OPTIONS["eks"].get("ca") or cluster.certificate_authority["data"]}
    ec2, config = ec2_of(backend), cluster.resources_vpc_config
    subnets = _known_subnets(ec2, config.get("subnetIds"))
    if subnets:
        vpc_id = ec2.get_subnet(subnets[0]).vpc_id
        group = _cluster_group(ec2, name, vpc_id)
        cluster.resources_vpc_config = {**config, "vpcId": vpc_id, "clusterSecurityGroupId": group.id}
        groups = [group.id, *(config.get("securityGroupIds") or [])]
        cluster._service_interfaces = [
            service_interface(ec2, subnet, groups, f"Amazon EKS {name}", "amazon-eks") for subnet in subnets[:2]
        ]
    return cluster


def _cluster_group(ec2: EC2Backend, name: str, vpc_id: str) -> Any:
    tags = {
        "aws:eks:cluster-name": name,
        f"kubernetes.io/cluster/{name}": "owned",
        "Name": f"eks-cluster-sg-{name}",
    }
    group_name = f"eks-cluster-sg-{name}-{random.randrange(10**9)}"
    return ec2.create_security_group(group_name, "EKS created security group", vpc_id=vpc_id, tags=tags)


def delete_softly(backend: Any, delay: str, resource: Any, remove: Callable[[], None]) -> Any:
    """DELETING now, gone when the delay has passed."""
    resource.status = "DELETING"
    later(ec2_of(backend), delay, remove)
    return resource


@change(
    eks.EKSBackend,
    "delete_cluster",
    "DeleteCluster.deleting",
    f"{DELETE_CLUSTER}; eksctl-io/eksctl#1651: minutes; aws/aws-k8s-tester#416: the cluster's group stays when something uses it",
)
def _delete_cluster(delete: Any, backend: Any, name: str) -> Any:
    cluster = backend.clusters.get(name)
    if cluster is None:
        return delete(backend, name)
    eks.validate_safe_to_delete(cluster)
    if cluster.status == "DELETING":
        return cluster

    def remove() -> None:
        ec2 = ec2_of(backend)
        backend.clusters.pop(name, None)
        backend.cluster_count -= 1
        for eni in getattr(cluster, "_service_interfaces", []):
            drop_interface(ec2, eni)
        try:
            ec2.delete_security_group(group_id=cluster.resources_vpc_config.get("clusterSecurityGroupId"))
        except Exception:  # noqa: BLE001 - in use: EKS leaves it behind, silently
            pass

    return delete_softly(backend, "eks-cluster", cluster, remove)


@refuse(eks.EKSBackend, "delete_cluster", "DeleteCluster/fargate-profile", f"{DELETE_CLUSTER}: ResourceInUseException")
def _has_fargate_profiles(backend: Any, name: str) -> None:
    cluster = backend.clusters.get(name)
    if cluster and cluster.fargate_profiles:
        raise in_use(name, "Cluster has Fargate profiles attached")


@refuse(eks.EKSBackend, "delete_cluster", "DeleteCluster/protected", f"{DELETE_CLUSTER}: deletionProtection")
def _protected(backend: Any, name: str) -> None:
    cluster = backend.clusters.get(name)
    if cluster and getattr(cluster, "_deletion_protection", False):
        raise InvalidRequestException(message=f"Cluster {name} has deletion protection enabled")


def in_use(cluster_name: str, message: str) -> ResourceInUseException:
    return ResourceInUseException(clusterName=cluster_name, nodegroupName=None, addonName=None, message=message)


@repair(
    EKSResponse, "create_cluster", "CreateCluster.protection", f"{DELETE_CLUSTER}: deletionProtection; moto drops it"
)
def _remember_protection(create: Any, response: EKSResponse) -> Any:
    answer = create(response)
    cluster = answer.result["cluster"]
    cluster._deletion_protection = cluster.deletion_protection = bool(response._get_param("deletionProtection"))
    return answer


@change(eks.EKSBackend, "create_nodegroup", "CreateNodegroup.machines", NODES)
def _create_nodegroup(create: Any, backend: Any, cluster_name: str, *args: Any, **kwargs: Any) -> Any:
    nodegroup = create(backend, cluster_name, *args, **kwargs)
    if not kwargs.get("remote_access"):  # moto invents a key and a security group
        nodegroup.remote_access = None
        nodegroup.resources.pop("remoteAccessSecurityGroup", None)
    ec2 = ec2_of(backend)
    subnets = _known_subnets(ec2, nodegroup.subnets)
    if subnets:
        _create_machines(backend, ec2, cluster_name, nodegroup, subnets)
    return nodegroup


def _create_machines(backend: Any, ec2: EC2Backend, cluster_name: str, nodegroup: Any, subnets: list[str]) -> None:
    cluster = backend.clusters[cluster_name]
    group_name = nodegroup.resources["autoScalingGroups"][0]["name"]
    tags = {
        f"kubernetes.io/cluster/{cluster_name}": "owned",
        "eks:cluster-name": cluster_name,
        "eks:nodegroup-name": nodegroup.nodegroup_name,
    }
    data: dict[str, Any] = {"ImageId": "ami-760aaa0f", "InstanceType": "t3.medium"}
    cluster_group = cluster.resources_vpc_config.get("clusterSecurityGroupId")
    if cluster_group:
        data["SecurityGroupIds"] = [cluster_group]
    made_tags = {key: tags[key] for key in ("eks:cluster-name", "eks:nodegroup-name")}
    template = ec2.create_launch_template("eks-" + nodegroup.uuid, "", data, {"launch-template": made_tags})
    scaling = nodegroup.scaling_config or {}
    autoscaling_backends[backend.account_id][backend.region_name].create_auto_scaling_group(
        name=group_name,
        availability_zones=[],
        desired_capacity=scaling.get("desiredSize", 1),
        max_size=scaling.get("maxSize", 2),
        min_size=scaling.get("minSize", 1),
        launch_config_name="",
        launch_template={"LaunchTemplateId": template.id},
        vpc_zone_identifier=",".join(subnets),
        default_cooldown=None,
        health_check_period=None,
        health_check_type=None,
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=[],
        tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()],
    )
    nodegroup._launch_template_id = template.id


@change(
    eks.EKSBackend,
    "delete_nodegroup",
    "DeleteNodegroup.deleting",
    "Amazon EKS API Reference, DeleteNodegroup: DELETING until its machines are gone",
)
def _delete_nodegroup(delete: Any, backend: Any, cluster_name: str, nodegroup_name: str) -> Any:
    cluster = backend.clusters.get(cluster_name)
    nodegroup = cluster and cluster.nodegroups.get(nodegroup_name)
    if not nodegroup:
        return delete(backend, cluster_name, nodegroup_name)
    if nodegroup.status == "DELETING":
        return nodegroup
    autoscaling = autoscaling_backends[backend.account_id][backend.region_name]
    for group in nodegroup.resources["autoScalingGroups"]:
        if group["name"] in autoscaling.autoscaling_groups:
            AutoScalingBackend.delete_auto_scaling_group(autoscaling, group["name"], force=True)

    def remove() -> None:
        ec2 = ec2_of(backend)
        cluster.nodegroups.pop(nodegroup_name, None)
        cluster.nodegroup_count -= 1
        template_id = getattr(nodegroup, "_launch_template_id", None)
        if template_id in ec2.launch_templates:
            ec2.delete_launch_template(None, template_id)

    return delete_softly(backend, "eks-nodegroup", nodegroup, remove)


@change(
    eks.EKSBackend,
    "delete_fargate_profile",
    "DeleteFargateProfile.deleting",
    "Amazon EKS API Reference, DeleteFargateProfile: DELETING first",
)
def _delete_fargate_profile(delete: Any, backend: Any, cluster_name: str, fargate_profile_name: str) -> Any:
    cluster = backend.clusters.get(cluster_name)
    profile = cluster and cluster.fargate_profiles.get(fargate_profile_name)
    if not profile:
        return delete(backend, cluster_name, fargate_profile_name)

    def remove() -> None:
        cluster.fargate_profiles.pop(fargate_profile_name, None)
        cluster.fargate_profile_count -= 1

    return delete_softly(backend, "eks-fargate", profile, remove)


@refuse(
    eks.EKSBackend,
    "delete_fargate_profile",
    "DeleteFargateProfile/other-deleting",
    "Amazon EKS API Reference, DeleteFargateProfile: only one profile of a cluster can be DELETING at a time",
)
def _other_profile_deleting(backend: Any, cluster_name: str, fargate_profile_name: str) -> None:
    cluster = backend.clusters.get(cluster_name)
    for name, profile in (cluster.fargate_profiles if cluster else {}).items():
        if name != fargate_profile_name and profile.status == "DELETING":
            raise in_use(
                cluster_name,
                f"Cannot delete Fargate Profile {fargate_profile_name} because cluster {cluster_name} currently has Fargate profile {name} in status DELETING",
            )
