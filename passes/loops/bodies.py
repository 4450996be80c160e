"""Passes run over the bodies of loops as over any graph, the innermost first."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from symc.compiler.checks import take_checks
from symc.compiler.module import Module
from symc.compiler.ops.branch import Arm, has_bodies
from symc.compiler.ops.loop import Body
from symc.compiler.value import Value
from symc.passes.loops.substitute import Operands, changed, over

Pass = Callable[[Module], Module]


def with_bodies(step: Pass) -> Pass:
    """Return a pass that runs over all bodies, then over the module itself."""
    return lambda module: step(over_bodies(step, module))


def over_bodies(step: Pass, module: Module) -> Module:
    """Return a module whose loops and branches compute inside what a pass makes of that."""

    def change(value: Value, operands: Operands) -> Value:
        fresh = over(value, operands)
        inside = {key: x for key, x in fresh.attributes if isinstance(x, (Body, Arm))}
        if not inside:
            return fresh
        made = {key: _through(step, module, x) for key, x in inside.items()}
        attributes = tuple((key, made.get(key, x)) for key, x in fresh.attributes)
        return fresh.context.make(fresh.op, fresh.operands, attributes)

    return changed(module, change) if has_bodies(module) else module


def _through(step: Pass, module: Module, graph: Body | Arm) -> Body | Arm:
    """Return a graph inside as a pass makes it: a module of its own, whose leaves stay."""
    roots = graph.roots if isinstance(graph, Body) else graph.results
    own = replace(module, parameters=(), outputs=roots, updates=(), checks=(), rewritten=())
    context, noted = module.context, len(module.context.checks)
    made = with_bodies(step)(own).outputs
    # What a rule asks of sizes inside holds, since both its sides are equal; outside nobody knows.
    leaves = {*graph.leaves, *((graph.counter,) if isinstance(graph, Body) else ())}
    take_checks(context, noted, leaves, {**context.definitions, **graph.definitions()})
    return graph.with_roots(made) if isinstance(graph, Body) else replace(graph, results=made)
