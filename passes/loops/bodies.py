"""Passes run over the bodies of loops as over any graph, the innermost first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symc.compiler.module import Module
from symc.compiler.ops.loop import Body, body_of, has_loops, loop, with_body
from symc.compiler.value import Value
from symc.passes.loops.substitute import Operands, changed, over

Pass = Callable[[Module], Module]


def with_bodies(step: Pass) -> Pass:
    """Return a pass that runs over all bodies, then over the module itself."""
    return lambda module: step(over_bodies(step, module))


def over_bodies(step: Pass, module: Module) -> Module:
    """Return a module whose loops compute each step as a pass makes it."""

    def change(value: Value, operands: Operands) -> Value:
        fresh = over(value, operands)
        if value.op is not loop:
            return fresh
        made = _through(step, module, body_of(fresh))
        return fresh if made == body_of(fresh) else with_body(fresh, made)

    return changed(module, change) if has_loops(module) else module


def as_module(module: Module, body: Body) -> Module:
    """Return one step as a module of its own: its leaves stay what they are."""
    return replace(module, parameters=(), outputs=body.roots, updates=(), checks=(), rewritten=())


def _through(step: Pass, module: Module, body: Body) -> Body:
    return body.with_roots(with_bodies(step)(as_module(module, body)).outputs)
