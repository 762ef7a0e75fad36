"""Resource types that moto's CloudFormation skips or half knows, and the tags AWS puts on what a stack makes."""

from __future__ import annotations

from typing import Any

import moto.cloudformation.parsing as parsing  # imports every model first
import moto.eks.models as eks
import moto.iam.models as iam
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupIngress
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ec2.models.vpn_gateway import VPCGatewayAttachment


class EksCluster(CloudFormationModel):
    """AWS::EKS::Cluster, over the cluster that moto's EKS backend made."""

    __module__ = "moto.eks.stack_models"  # moto's metaclass reads the service from the name of the module

    def __init__(self, cluster: Any) -> None:
        self.cluster = cluster

    @staticmethod
    def cloudformation_name_type() -> str:
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::EKS::Cluster"

    @property
    def physical_resource_id(self) -> str:
        return self.cluster.name

    @property
    def tagged(self) -> Any:
        return self.cluster

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in (
            "Arn",
            "CertificateAuthorityData",
            "ClusterSecurityGroupId",
            "Endpoint",
            "OpenIdConnectIssuerUrl",
        )

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        return {
            "Arn": self.cluster.arn,
            "CertificateAuthorityData": self.cluster.certificate_authority["data"],
            "ClusterSecurityGroupId": self.cluster.resources_vpc_config.get("clusterSecurityGroupId"),
            "Endpoint": self.cluster.endpoint,
            "OpenIdConnectIssuerUrl": self.cluster.identity["oidc"]["issuer"],
        }[attribute_name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> EksCluster:
        properties = cloudformation_json["Properties"]
        network = properties["ResourcesVpcConfig"]
        cluster = eks.eks_backends[account_id][region_name].create_cluster(
            name=resource_name,
            role_arn=properties["RoleArn"],
            resources_vpc_config={
                "subnetIds": network.get("SubnetIds", []),
                "securityGroupIds": network.get("SecurityGroupIds", []),
            },
            tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
        )
        return cls(cluster)


class EksNodegroup(CloudFormationModel):
    """AWS::EKS::Nodegroup, over the node group that moto's EKS backend made."""

    __module__ = "moto.eks.stack_models"

    def __init__(self, nodegroup: Any) -> None:
        self.nodegroup = nodegroup

    @staticmethod
    def cloudformation_name_type() -> str:
        return "NodegroupName"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::EKS::Nodegroup"

    @property
    def physical_resource_id(self) -> str:
        return f"{self.nodegroup.cluster_name}/{self.nodegroup.nodegroup_name}"

    @property
    def tagged(self) -> Any:
        return self.nodegroup

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in ("Arn", "ClusterName", "NodegroupName")

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        return {
            "Arn": self.nodegroup.arn,
            "ClusterName": self.nodegroup.cluster_name,
            "NodegroupName": self.nodegroup.nodegroup_name,
        }[attribute_name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> EksNodegroup:
        properties = cloudformation_json["Properties"]
        scaling = properties.get("ScalingConfig", {})
        nodegroup = eks.eks_backends[account_id][region_name].create_nodegroup(
            cluster_name=properties["ClusterName"],
            node_role=properties["NodeRole"],
            nodegroup_name=resource_name,
            subnets=properties["Subnets"],
            scaling_config={
                "minSize": int(scaling.get("MinSize", 1)),
                "maxSize": int(scaling.get("MaxSize", 2)),
                "desiredSize": int(scaling.get("DesiredSize", 1)),
            },
        )
        return cls(nodegroup)


for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
    cached.cache_clear()


# AWS's physical id of an attachment is `IGW|<vpc>`; moto gives the VPC's, which reads like a second VPC.
VPCGatewayAttachment.physical_resource_id = property(lambda attachment: f"IGW|{attachment.vpc_id}")

_create_association = SubnetRouteTableAssociation.create_from_cloudformation_json.__func__


def create_association(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> Any:
    """moto only remembers the wish: nothing is associated, and the id is that of the route table."""
    made = _create_association(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    ec2 = ec2_backends[account_id][region_name]
    made._association_id = ec2.associate_route_table(route_table_id=made.route_table_id, subnet_id=made.subnet_id)
    return made


SubnetRouteTableAssociation.create_from_cloudformation_json = classmethod(create_association)
SubnetRouteTableAssociation.physical_resource_id = property(lambda made: getattr(made, "_association_id", None))

_create_ingress = SecurityGroupIngress.create_from_cloudformation_json.__func__


def create_ingress(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> Any:
    """moto forgets which rule a SecurityGroupIngress made, and so never takes it away."""
    ec2 = ec2_backends[account_id][region_name]
    group = ec2.get_security_group_from_id(cloudformation_json["Properties"].get("GroupId"))
    before = {rule.id for rule in group.ingress_rules} if group else set()
    ingress = _create_ingress(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    ingress._rule_ids = [rule.id for rule in ingress.security_group.ingress_rules if rule.id not in before]
    return ingress


SecurityGroupIngress.create_from_cloudformation_json = classmethod(create_ingress)
SecurityGroupIngress.physical_resource_id = property(lambda made: (getattr(made, "_rule_ids", None) or [None])[0])

_create_role = iam.Role.create_from_cloudformation_json.__func__


def create_role(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> iam.Role:
    """moto leaves out the managed policies of the template."""
    role = _create_role(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    role._template_policies = list(cloudformation_json["Properties"].get("ManagedPolicyArns") or [])
    for arn in role._template_policies:
        iam.iam_backends[account_id]["aws"].attach_role_policy(arn, role.name)
    return role


iam.Role.create_from_cloudformation_json = classmethod(create_role)

_create_resources = parsing.ResourceMap.create


def create_with_tags(self: parsing.ResourceMap, template: dict[str, Any]) -> bool:
    """AWS tags everything a stack makes that can carry tags; moto only most kinds of EC2."""
    ready = _create_resources(self, template)
    for logical_id, resource in self._parsed_resources.items():
        tags = {**self.tags, "aws:cloudformation:logical-id": logical_id}
        if getattr(resource, "allocation_id", None):
            ec2_backends[self._account_id][self._region_name].create_tags([resource.allocation_id], tags)
        elif isinstance(resource, (EksCluster, EksNodegroup)):
            resource.tagged.tags = {**(resource.tagged.tags or {}), **tags}
        elif isinstance(resource, iam.Role):
            kept = [tag for tag in resource.tags or [] if tag["Key"] not in tags]
            resource.tags = kept + [{"Key": key, "Value": value} for key, value in tags.items()]
        elif isinstance(resource, FakeAutoScalingGroup):
            _tag_group(resource, tags)
    return ready


def _tag_group(group: FakeAutoScalingGroup, tags: dict[str, str]) -> None:
    """The tags of the stack reach the machines of its groups, which are no members of the stack."""
    rows = [{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()]
    group.tags = [*group.tags, *rows]
    for state in group.instance_states:
        state.instance.add_tags(tags)


parsing.ResourceMap.create = create_with_tags
