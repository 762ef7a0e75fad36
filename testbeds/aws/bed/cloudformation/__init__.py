"""CloudFormation: importing a module puts its rules in place. The order matters: models first, then stacks."""

from . import resource_types, stacks, reads  # noqa: I001

__all__ = ["reads", "resource_types", "stacks"]
