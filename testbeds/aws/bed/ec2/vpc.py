"""VPCs, subnets, route tables, network ACLs, peering: what holds them, and what goes with them."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend

from ..options import OPTIONS
from ..rules import change, refuse
from .interfaces import dependency, interfaces_in

DELETE_VPC = "Amazon VPC User Guide, Delete your VPC"


@refuse(
    EC2Backend,
    "create_vpc",
    "CreateVpc/quota",
    "Amazon VPC User Guide, Amazon VPC quotas; inspektor-gadget/inspektor-gadget#2533",
)
def _quota(ec2: EC2Backend, *args: Any, **kwargs: Any) -> None:
    if not kwargs.get("is_default") and sum(1 for vpc in ec2.vpcs.values() if not vpc.is_default) >= OPTIONS["vpcs"]:
        raise EC2ClientError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")


@change(
    EC2Backend,
    "delete_vpc",
    "DeleteVpc.keeps-dhcp-options",
    "Amazon VPC User Guide, DHCP option sets: a set outlives the VPCs that use it",
)
def _keep_dhcp_options(delete_vpc: Any, ec2: EC2Backend, vpc_id: str) -> Any:
    vpc = ec2.get_vpc(vpc_id)
    options, vpc.dhcp_options = vpc.dhcp_options, None  # moto deletes the set with the VPC
    if options:
        options.vpc = None
    try:
        return delete_vpc(ec2, vpc_id)
    except Exception:
        vpc.dhcp_options = options
        if options:
            options.vpc = vpc
        raise


@change(
    EC2Backend,
    "delete_vpc",
    "DeleteVpc.takes-its-defaults",
    f"{DELETE_VPC}: the default group, ACL and main route table go with it",
)
def _take_defaults(delete_vpc: Any, ec2: EC2Backend, vpc_id: str) -> Any:
    result = delete_vpc(ec2, vpc_id)
    for acl in [acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc_id]:
        ec2.network_acls.pop(acl.id, None)
    ec2.groups.pop(vpc_id, None)
    return result


_delete_vpc = EC2Backend.delete_vpc


def delete_vpc(self: EC2Backend, vpc_id: str) -> Any:
    """What follows happens inside DeleteVpc: the rules about default parts let it pass."""
    self._rules_in_delete_vpc = True
    try:
        return _delete_vpc(self, vpc_id)
    finally:
        self._rules_in_delete_vpc = False


EC2Backend.delete_vpc = delete_vpc


def goes_with_its_vpc(ec2: EC2Backend) -> bool:
    """Whether a delete of a default part comes from DeleteVpc, not from a caller."""
    return getattr(ec2, "_rules_in_delete_vpc", False)


def _hold_vpc(name: str, source: str, held: Any) -> None:
    @refuse(EC2Backend, "delete_vpc", f"DeleteVpc/{name}", source)
    def _check(ec2: EC2Backend, vpc_id: str) -> None:
        ec2.get_vpc(vpc_id)
        if held(ec2, vpc_id):
            raise dependency("vpc", vpc_id)


_hold_vpc(
    "internet-gateway",
    DELETE_VPC,
    lambda ec2, vpc: any(igw.vpc and igw.vpc.id == vpc for igw in ec2.internet_gateways.values()),
)
_hold_vpc(
    "egress-only-internet-gateway",
    "gruntwork-io/cloud-nuke#345",
    lambda ec2, vpc: any(gateway.vpc_id == vpc for gateway in ec2.egress_only_internet_gateways.values()),
)
_hold_vpc(
    "security-group",
    DELETE_VPC,
    lambda ec2, vpc: any(group.name != "default" for group in ec2.groups.get(vpc, {}).values()),
)
_hold_vpc(
    "network-acl",
    DELETE_VPC,
    lambda ec2, vpc: any(acl.vpc_id == vpc and not _is_default(acl) for acl in ec2.network_acls.values()),
)
_hold_vpc(
    "endpoint",
    "gruntwork-io/cloud-nuke#252",
    lambda ec2, vpc: any(end.vpc_id == vpc and end.state != "deleted" for end in ec2.vpc_end_points.values()),
)


@change(
    EC2Backend,
    "delete_vpc",
    "DeleteVpc/peering",
    "gruntwork-io/cloud-nuke#443; reports differ, see the option `peering`",
    kind="refusal",
)
def _peering(delete_vpc: Any, ec2: EC2Backend, vpc_id: str) -> Any:
    open_states = ("active", "pending-acceptance")
    peers = [
        peer
        for peer in ec2.vpc_pcxs.values()
        if peer._status.code in open_states and vpc_id in (peer.vpc.id, peer.peer_vpc.id)
    ]
    if peers and OPTIONS["peering"] == "block":
        raise dependency("vpc", vpc_id)
    result = delete_vpc(ec2, vpc_id)
    if OPTIONS["peering"] == "cascade":
        for peer in peers:
            peer._status.deleted(ec2.account_id)
    return result


@change(
    EC2Backend,
    "delete_subnet",
    "DeleteSubnet.ends-associations",
    "Amazon VPC User Guide, Delete a subnet; moto keeps the route table held for ever",
)
def _end_associations(delete_subnet: Any, ec2: EC2Backend, subnet_id: str) -> Any:
    result = delete_subnet(ec2, subnet_id)
    for table in ec2.route_tables.values():
        for association, subnet in list(table._associations.items()):
            if subnet == subnet_id:
                table._associations.pop(association)
    for acl in ec2.network_acls.values():
        for association, entry in list(acl._associations.items()):
            if entry.subnet_id == subnet_id:
                acl._associations.pop(association)
    return result


@refuse(
    EC2Backend,
    "delete_subnet",
    "DeleteSubnet/network-interface",
    "Amazon VPC User Guide, Delete a subnet; eksctl-io/eksctl#7589, aws/amazon-vpc-cni-k8s#608",
)
def _subnet_in_use(ec2: EC2Backend, subnet_id: str) -> None:
    ec2.get_subnet(subnet_id)
    if interfaces_in(ec2, subnet=subnet_id):
        raise dependency("subnet", subnet_id)


@refuse(
    EC2Backend,
    "delete_route_table",
    "DeleteRouteTable/main",
    "Amazon VPC User Guide, Delete a route table: not the main one",
)
def _main_route_table(ec2: EC2Backend, route_table_id: str) -> None:
    if ec2.get_route_table(route_table_id).main_association_id and not goes_with_its_vpc(ec2):
        raise dependency("routeTable", route_table_id)


def _is_default(acl: Any) -> bool:
    return str(acl.default).lower() == "true"


@refuse(
    EC2Backend,
    "delete_network_acl",
    "DeleteNetworkAcl/default",
    "Amazon EC2 API Reference, DeleteNetworkAcl: you can't delete the default network ACL",
)
def _default_acl(ec2: EC2Backend, network_acl_id: str) -> None:
    acl = ec2.network_acls.get(network_acl_id)
    if acl and _is_default(acl) and not goes_with_its_vpc(ec2):
        raise EC2ClientError("InvalidParameterValue", f"cannot delete default network ACL {network_acl_id}")
