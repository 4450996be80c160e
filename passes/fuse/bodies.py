"""Fuses the bodies of loops, innermost first: each is a module of its own over the same Context."""

from __future__ import annotations

from dataclasses import replace

from symc.compiler.errors import LoopNotCompiled
from symc.compiler.module import Module, needs, walk_by
from symc.compiler.ops.branch import branch, has_bodies
from symc.compiler.ops.loop import Body, body_of, depending, given, loop
from symc.compiler.value import Check, Value
from symc.passes.fuse.expand import rebuild


def fuse_bodies(module: Module) -> Module:
    """Return the module with the body of every loop in kernel applications.

    Raise LoopNotCompiled for a branch.
    """
    return rebuild(module, _fused) if has_bodies(module) else module


def module_of(body: Body) -> Module:
    """Return what a step computes as a module whose outputs are the body's roots."""
    return Module(
        "body",
        body.counter.context,
        (),
        body.roots,
        checks=body.checks,
        rewritten=body.rewritten,
        given=given(body),
    )


def _fused(value: Value) -> Value | None:
    if value.op is branch:
        raise LoopNotCompiled("a branch (ifelse) is not compiled").at(value.site)
    if value.op is not loop:
        return None
    body = _fused_body(body_of(value))
    return value.context.make(loop, value.operands, (("body", body),))


def _fused_body(body: Body) -> Body:
    from symc.passes.fuse.emission import fuse
    from symc.passes.lower import lower
    from symc.passes.split import split

    body = _with_counter_on_host(body)
    context = body.counter.context
    before = len(context.checks)
    module = fuse(lower(split(module_of(body))))
    fused = replace(body.with_roots(module.outputs), rewritten=module.rewritten)
    return _with_own_checks(fused, before)


def _with_counter_on_host(body: Body) -> Body:
    """Return a body that reads the number of the step as the host knows it, not from memory."""
    counter = body.counter
    number = counter.context.measure(counter)
    module = rebuild(module_of(body), lambda v: number if v is counter else None)
    pairs = tuple((leaf, v) for leaf, v in module.rewritten if leaf is not number)
    return replace(body.with_roots(module.outputs), rewritten=(*pairs, (number, counter)))


def _with_own_checks(body: Body, before: int) -> Body:
    """Move the equalities of sizes that hold in each step by itself from the function's."""
    context = body.counter.context
    own = depending(body)
    definitions = body.definitions()

    def differs(check: Check) -> bool:
        sizes = [s for s in (check.left, check.right) if isinstance(s, Value)]
        return any(v in own for v in walk_by(sizes, lambda v: needs(v, definitions)))

    mine = tuple(check for check in context.checks[before:] if differs(check))
    context.checks[before:] = [c for c in context.checks[before:] if c not in mine]
    return replace(body, checks=(*body.checks, *mine))
