"""Passes run over the bodies of loops as over any graph, the innermost first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symc.compiler.module import Module, walk
from symc.compiler.ops.loop import Body, body_of, loop
from symc.compiler.value import Value
from symc.passes.loops.substitute import with_replaced

Pass = Callable[[Module], Module]


def with_bodies(step: Pass) -> Pass:
    """Return a pass that runs over all bodies, then over the module itself."""
    return lambda module: step(over_bodies(step, module))


def over_bodies(step: Pass, module: Module) -> Module:
    """Return a module whose loops compute each step as a pass makes it."""
    bodies: dict[Value, Body] = {}
    for value in walk(module.roots()):
        if value.op is loop:
            body = body_of(value)
            made = _through(step, module, body)
            if made != body:
                bodies[value] = made
    return with_replaced(module, {}, bodies)


def as_module(module: Module, body: Body) -> Module:
    """Return one step as a module of its own: its leaves stay what they are."""
    return replace(module, parameters=(), outputs=body.roots, updates=(), checks=(), rewritten=())


def _through(step: Pass, module: Module, body: Body) -> Body:
    return body.with_roots(with_bodies(step)(as_module(module, body)).outputs)
