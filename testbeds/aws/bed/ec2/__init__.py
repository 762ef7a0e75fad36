"""EC2: importing a module puts its rules in place."""

from . import (
    addresses,
    describes,
    endpoints,
    gateways,
    instances,
    interfaces,
    launch_templates,
    security_groups,
    unknown_ids,
    vpc,
)

__all__ = [
    "addresses",
    "describes",
    "endpoints",
    "gateways",
    "instances",
    "interfaces",
    "launch_templates",
    "security_groups",
    "unknown_ids",
    "vpc",
]
