"""Load balancers, of both generations: their interfaces, and what keeps them."""

from __future__ import annotations

import threading
from typing import Any

import moto.elb.models as elb
import moto.elbv2.models as elbv2
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.utils import random_public_ip
from moto.elbv2.exceptions import ELBClientError, LoadBalancerNotFoundError, TargetGroupNotFoundError

from .clock import later
from .ec2.interfaces import drop_interface, service_interface
from .rules import change, refuse, repair

INTERFACES = "Elastic Load Balancing User Guide: a load balancer puts requester-managed interfaces into its subnets"
LINGER = "eksctl-io/eksctl#253: the interfaces outlive their load balancer by minutes"
DELETE = "Elastic Load Balancing API Reference, DeleteLoadBalancer"

# moto decides the ARN before it knows the kind of load balancer, and CloudFormation drops the kind on the way.
CREATING = threading.local()
_make_arn = elbv2.make_arn_for_load_balancer


def make_arn(**names: Any) -> str:
    arn = _make_arn(**names)
    kind = {"network": "net", "gateway": "gwy"}.get(getattr(CREATING, "kind", None) or "", "app")
    return arn.replace("/app/", f"/{kind}/")


elbv2.make_arn_for_load_balancer = make_arn


def _own_interfaces(
    ec2: EC2Backend, subnets: list[str], groups: list[str], description: str, kind: str, public: bool
) -> list[Any]:
    made = [service_interface(ec2, subnet, groups, description, "amazon-elb", kind, "ela-attach") for subnet in subnets]
    for eni in made if public else []:
        eni.public_ip = random_public_ip()
    return made


def _drop_later(ec2: EC2Backend, delay: str, balancer: Any) -> None:
    interfaces = getattr(balancer, "_service_interfaces", [])
    later(ec2, delay, lambda: [drop_interface(ec2, eni) for eni in interfaces])


@change(elbv2.ELBv2Backend, "create_load_balancer", "CreateLoadBalancer.interfaces", INTERFACES)
def _create(
    create: Any, backend: Any, name: str, security_groups: list[str], subnet_ids: list[str], *args: Any, **kwargs: Any
) -> Any:
    CREATING.kind = kwargs.get("loadbalancer_type") or getattr(CREATING, "template_kind", None)
    kwargs["loadbalancer_type"] = CREATING.kind
    try:
        balancer = create(backend, name, security_groups, subnet_ids, *args, **kwargs)
    finally:
        CREATING.kind = None
    kind, _, rest = balancer.arn.split("loadbalancer/")[1].partition("/")
    balancer._service_interfaces = _own_interfaces(
        backend.ec2_backend,
        [subnet.id for subnet in balancer.subnets],
        list(balancer.security_groups or []),
        f"ELB {kind}/{rest}",
        "network_load_balancer" if kind == "net" else "interface",
        public=getattr(balancer, "scheme", None) != "internal",
    )
    balancer.state = "active"
    return balancer


_create_from_template = elbv2.FakeLoadBalancer.create_from_cloudformation_json.__func__


def create_from_template(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> Any:
    CREATING.template_kind = cloudformation_json["Properties"].get("Type")
    try:
        return _create_from_template(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    finally:
        CREATING.template_kind = None


elbv2.FakeLoadBalancer.create_from_cloudformation_json = classmethod(create_from_template)


@change(elbv2.ELBv2Backend, "delete_load_balancer", "DeleteLoadBalancer.interfaces-linger", LINGER)
def _linger(delete: Any, backend: Any, arn: str) -> Any:
    balancer = backend.load_balancers.get(arn)
    result = delete(backend, arn)
    if balancer:
        _drop_later(backend.ec2_backend, "elbv2-eni", balancer)
    return result


@refuse(
    elbv2.ELBv2Backend,
    "delete_load_balancer",
    "DeleteLoadBalancer/protected",
    f"{DELETE}: OperationNotPermitted under deletion protection",
)
def _protected(backend: Any, arn: str) -> None:
    balancer = backend.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )


@refuse(
    elbv2.ELBv2Backend,
    "delete_load_balancer",
    "DeleteLoadBalancer/endpoint-service",
    f"{DELETE}: ResourceInUse; cloud-custodian/cloud-custodian#9921",
)
def _serves_endpoints(backend: Any, arn: str) -> None:
    services = backend.ec2_backend.configurations.values()
    if any(arn in service.network_load_balancer_arns + service.gateway_load_balancer_arns for service in services):
        raise ELBClientError(
            "ResourceInUse",
            f"Load balancer '{arn}' cannot be deleted because it is currently associated with another service",
        )


@refuse(
    elbv2.ELBv2Backend,
    "delete_rule",
    "DeleteRule/default",
    "Elastic Load Balancing API Reference, DeleteRule: you can't delete the default rule",
)
def _default_rule(backend: Any, arn: str) -> None:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            if any(rule.arn == arn and rule.is_default for rule in listener.rules.values()):
                raise ELBClientError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")


@repair(
    elbv2.ELBv2Backend,
    "describe_tags",
    "DescribeTags.unknown",
    "Elastic Load Balancing API Reference, DescribeTags: LoadBalancerNotFound, TargetGroupNotFound",
)
def _describe_tags(describe: Any, backend: Any, resource_arns: list[str]) -> Any:
    for arn in resource_arns:
        if ":loadbalancer/" in arn and arn not in backend.load_balancers:
            raise LoadBalancerNotFoundError()
        if ":targetgroup/" in arn and arn not in backend.target_groups:
            raise TargetGroupNotFoundError()
    return describe(backend, resource_arns)


def _ec2_of(backend: Any) -> EC2Backend:
    return ec2_backends[backend.account_id][backend.region_name]


@change(elb.ELBBackend, "create_load_balancer", "CreateClassicLoadBalancer.interfaces", INTERFACES)
def _create_classic(create: Any, backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    balancer = create(backend, name, *args, **kwargs)
    balancer.scheme = balancer.scheme or "internet-facing"
    balancer._service_interfaces = _own_interfaces(
        _ec2_of(backend),
        list(balancer.subnets or []),
        list(getattr(balancer, "security_groups", None) or []),
        f"ELB {name}",
        "interface",
        public=balancer.scheme != "internal",
    )
    return balancer


@change(elb.ELBBackend, "delete_load_balancer", "DeleteClassicLoadBalancer.interfaces-linger", LINGER)
def _linger_classic(delete: Any, backend: Any, load_balancer_name: str) -> Any:
    balancer = backend.load_balancers.get(load_balancer_name)
    result = delete(backend, load_balancer_name)
    if balancer:
        _drop_later(_ec2_of(backend), "elb-eni", balancer)
    return result
