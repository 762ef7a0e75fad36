"""How one member of a stack is deleted, and how one sees that it is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import moto.cloudformation.parsing as parsing
import moto.eks.models as eks
import moto.iam.models as iam
from moto.autoscaling.models import autoscaling_backends
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.core.exceptions import ServiceException
from moto.ec2.models import EC2Backend, ec2_backends
from moto.elbv2.models import elbv2_backends

Gone = Callable[[], bool]


@dataclass(frozen=True)
class Member:
    stack: Stack
    logical_id: str
    resource: Any
    physical_id: str
    properties: dict[str, Any]

    @property
    def ec2(self) -> EC2Backend:
        return ec2_backends[self.stack.account_id][self.stack.region_name]

    @property
    def iam(self) -> iam.IAMBackend:
        return iam.iam_backends[self.stack.account_id]["aws"]

    @property
    def eks(self) -> eks.EKSBackend:
        return eks.eks_backends[self.stack.account_id][self.stack.region_name]


def start_removal(stack: Stack, logical_id: str) -> Gone:
    """Start to delete a member. Raises what AWS answers; returns what tells whether it is gone."""
    resources = stack.resource_map
    resource = resources._parsed_resources.get(logical_id)
    if resource is None or isinstance(resource, str):
        return _at_once
    described = resources._resource_json_map[logical_id]
    try:
        cleaned = parsing.clean_json(described, resources) or {}
    except Exception:  # noqa: BLE001 - what it referred to is gone
        cleaned = {}
    member = Member(
        stack, logical_id, resource, getattr(resource, "physical_resource_id", None), cleaned.get("Properties") or {}
    )
    remove = REMOVALS.get(described["Type"])
    try:
        if remove:
            return remove(member) or _at_once
        resources._delete_resource(resource, cleaned or described)
    except NotImplementedError:
        pass
    except ServiceException as error:
        if not any(word in error.code for word in ("NotFound", "NoSuch", "NotAttached")):
            raise
    return _at_once


def _at_once() -> bool:
    return True


def _nat_gateway(member: Member) -> Gone:
    member.ec2.delete_nat_gateway(member.physical_id)
    return lambda: getattr(member.ec2.nat_gateways.get(member.physical_id), "state", "deleted") == "deleted"


def _instance(member: Member) -> Gone:
    member.ec2.terminate_instances([member.physical_id])
    return lambda: member.resource._state.name == "terminated"


def _cluster(member: Member) -> Gone:
    if member.physical_id in member.eks.clusters:
        member.eks.delete_cluster(member.physical_id)
    return lambda: member.physical_id not in member.eks.clusters


def _nodegroup(member: Member) -> Gone:
    cluster_name, name = member.physical_id.split("/")

    def gone() -> bool:
        cluster = member.eks.clusters.get(cluster_name)
        return cluster is None or name not in cluster.nodegroups

    if not gone():
        member.eks.delete_nodegroup(cluster_name, name)
    return gone


def _autoscaling_group(member: Member) -> Gone:
    backend = autoscaling_backends[member.stack.account_id][member.stack.region_name]
    if member.physical_id in backend.autoscaling_groups:
        backend.delete_auto_scaling_group(member.physical_id, force=True)
    return lambda: member.physical_id not in backend.autoscaling_groups


def _nested_stack(member: Member) -> Gone:
    backend = cloudformation_backends[member.stack.account_id][member.stack.region_name]
    child = member.resource
    backend.delete_stack(child.stack_id)

    def gone() -> bool:
        if child.status == "DELETE_FAILED":
            raise NestedStackFailed(
                f"Embedded stack {child.stack_id} was not successfully deleted: {child.stack_status_reason}"
            )
        return child.stack_id not in backend.stacks

    return gone


class NestedStackFailed(ServiceException):
    code = "ValidationError"


def _gateway_attachment(member: Member) -> None:
    vpc_id = member.properties.get("VpcId")
    internet = member.ec2.internet_gateways.get(member.properties.get("InternetGatewayId"))
    if internet and internet.vpc:
        member.ec2.detach_internet_gateway(internet.id, vpc_id)
    if member.properties.get("VpnGatewayId"):
        member.ec2.detach_vpn_gateway(member.properties["VpnGatewayId"], vpc_id)


def _route(member: Member) -> None:
    member.ec2.delete_route(member.properties["RouteTableId"], member.properties.get("DestinationCidrBlock"))


def _table_association(member: Member) -> None:
    for table in member.ec2.route_tables.values():
        table._associations.pop(member.physical_id, None)


def _ingress(member: Member) -> None:
    for groups in member.ec2.groups.values():
        for group in groups.values():
            group.ingress_rules = [rule for rule in group.ingress_rules if rule.id not in member.resource._rule_ids]


def _endpoint(member: Member) -> Gone:
    member.ec2.delete_vpc_endpoints([member.physical_id])
    return lambda: member.physical_id not in member.ec2.vpc_end_points


def _load_balancer(member: Member) -> None:
    elbv2_backends[member.stack.account_id][member.stack.region_name].delete_load_balancer(member.physical_id)


def _role(member: Member) -> None:
    """A stack takes off the policies of its template; what others put on the role holds it (DeleteConflict)."""
    backend, role = member.iam, member.resource
    for arn in role._template_policies:
        if arn in role.managed_policies:
            backend.detach_role_policy(arn, role.name)
    for policy in member.properties.get("Policies") or []:
        role.policies.pop(policy["PolicyName"], None)
    backend.delete_role(role.name)


def _instance_profile(member: Member) -> None:
    backend, profile = member.iam, member.iam.get_instance_profile(member.physical_id)
    ours = member.properties.get("Roles") or []
    for role in list(profile.roles):
        if role.name in ours:
            backend.remove_role_from_instance_profile(profile.name, role.name)
    backend.delete_instance_profile(profile.name)


def _ec2(method: str, **named: str) -> Callable[[Member], None]:
    """A delete of the EC2 backend; `named` says which argument takes which attribute of the member."""

    def remove(member: Member) -> None:
        if named:
            getattr(member.ec2, method)(**{argument: _value(member, path) for argument, path in named.items()})
        else:
            getattr(member.ec2, method)(member.physical_id)

    return remove


def _value(member: Member, path: str) -> Any:
    return member.resource.allocation_id if path == "allocation_id" else member.physical_id


REMOVALS: dict[str, Callable[[Member], Gone | None]] = {
    "AWS::AutoScaling::AutoScalingGroup": _autoscaling_group,
    "AWS::CloudFormation::Stack": _nested_stack,
    "AWS::EC2::EIP": _ec2("release_address", allocation_id="allocation_id"),
    "AWS::EC2::Instance": _instance,
    "AWS::EC2::InternetGateway": _ec2("delete_internet_gateway"),
    "AWS::EC2::LaunchTemplate": lambda member: member.ec2.delete_launch_template(None, member.physical_id) and None,
    "AWS::EC2::NatGateway": _nat_gateway,
    "AWS::EC2::NetworkInterface": _ec2("delete_network_interface"),
    "AWS::EC2::Route": _route,
    "AWS::EC2::RouteTable": _ec2("delete_route_table"),
    "AWS::EC2::SecurityGroup": _ec2("delete_security_group", group_id="physical_id"),
    "AWS::EC2::SecurityGroupIngress": _ingress,
    "AWS::EC2::Subnet": _ec2("delete_subnet"),
    "AWS::EC2::SubnetRouteTableAssociation": _table_association,
    "AWS::EC2::VPC": _ec2("delete_vpc"),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::EC2::VPCGatewayAttachment": _gateway_attachment,
    "AWS::EC2::Volume": _ec2("delete_volume"),
    "AWS::EKS::Cluster": _cluster,
    "AWS::EKS::Nodegroup": _nodegroup,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::IAM::InstanceProfile": _instance_profile,
    "AWS::IAM::Role": _role,
}
