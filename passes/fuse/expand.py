"""Rebuild a module's Values bottom up, replacing some on the way."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from symc.compiler.module import Module, walk
from symc.compiler.value import Value


def rebuild(module: Module, change: Callable[[Value], Value | None]) -> Module:
    """Return the module with each Value for which `change` gives another replaced by that."""
    context = module.context
    new: dict[Value, Value] = {}
    with context.at(context.site):
        for value in walk(module.roots()):
            context.site = value.site
            operands = tuple([new[v] for v in value.operands])
            same = operands == value.operands
            fresh = value if same else context.make(value.op, operands, value.attributes)
            new[value] = change(fresh) or fresh
    return replace(
        module,
        outputs=tuple(new[v] for v in module.outputs),
        updates=tuple((k, new[v]) for k, v in module.updates),
        rewritten=tuple((leaf, new[v]) for leaf, v in module.measured().items()),
    )
