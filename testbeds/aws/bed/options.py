"""What a run may tune. `POST /moto-api/rules/options` merges into OPTIONS; a reset brings the defaults back."""

from __future__ import annotations

import copy
import os
from typing import Any

from moto.moto_api import state_manager

# The account of every access key that names no other one.
ACCOUNT = os.environ.setdefault("MOTO_ACCOUNT_ID", "111122223333")

# Over a thousand images at every reset, which nobody asks for: any image id will do.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

DEFAULTS: dict[str, Any] = {
    # VPCs per region; the default VPC is not counted.
    "vpcs": 20,
    # DeleteVpc with an active peering connection: block | cascade | ignore. Reports differ; block is the strict one.
    "peering": "block",
    # {"seconds": 3, "rate": 0.5, "actions": "Describe.*", "seed": 1}: a repeated read may get its older answer.
    # {"reads": 1, ...} instead of seconds: the first N repeats get the older answer, without a clock.
    "stale": None,
    # [{"service": "ec2", "actions": "Describe.*", "capacity": 100, "refill": 20, "per": "action"}] or "aws".
    "buckets": None,
    # {"endpoint": "http://127.0.0.1:N", "ca": "<base64 PEM>"} for clusters made later.
    "eks": None,
    # Names of rules that do nothing, so that a test can show what each rule is for.
    "off": [],
}
OPTIONS: dict[str, Any] = copy.deepcopy(DEFAULTS)

# Token buckets in the shape of "Throttle request rates for the Amazon EC2 API" (EC2 Developer Guide).
# The sizes are rounded; accounts differ.
AWS_BUCKETS: list[dict[str, Any]] = [
    {"service": "ec2", "actions": "Describe.*|Get.*|Search.*", "capacity": 100, "refill": 20},
    {
        "service": "ec2",
        "actions": "RunInstances|CreateNatGateway|.*VpcEndpoint.*|TerminateInstances",
        "capacity": 50,
        "refill": 5,
    },
    {"service": "ec2", "actions": ".*", "capacity": 50, "refill": 5},
    {"service": ".*", "actions": ".*", "capacity": 40, "refill": 10, "per": "service"},
]

# Seconds until something asynchronous is done. AWS needs minutes; a test needs the state, not the minutes.
DELAYS: dict[str, float] = {
    "autoscaling-group": 1,
    "eks-addon": 1,
    "eks-cluster": 2,
    "eks-fargate": 2,
    "eks-nodegroup": 2,
    "elb-eni": 2,
    "elbv2-eni": 2,
    "instance": 1,
    "nat": 2,
    "stack-patience": 3,
    "tgw-attachment": 1,
    "vpce": 1,
}


def model(name: str) -> str:
    """The name under which moto's state manager knows a delay."""
    return "rules::" + name


def register_delays() -> None:
    for name, seconds in DELAYS.items():
        state_manager.register_default_transition(model(name), {"progression": "time", "seconds": seconds})


def reset_options() -> None:
    OPTIONS.clear()
    OPTIONS.update(copy.deepcopy(DEFAULTS))
    for name in DELAYS:
        state_manager.unset_transition(model(name))


def merge_options(changes: dict[str, Any]) -> None:
    unknown = set(changes) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
    OPTIONS.update(changes)
