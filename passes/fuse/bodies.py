"""Fuses bodies of loops and arms of branches, innermost first: modules over the same Context."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from symc.compiler.checks import needed, take_checks
from symc.compiler.errors import LoopNotCompiled
from symc.compiler.module import Module
from symc.compiler.ops.branch import Arm, arms_of, branch, branch_result, given_to, has_bodies
from symc.compiler.ops.loop import Body, body_of, depending, given, loop
from symc.compiler.value import Context, Value
from symc.passes.fuse.expand import rebuild

if TYPE_CHECKING:  # what fuses a module fuses its bodies first
    from symc.passes.fuse.emission import Tell


def fuse_bodies(module: Module, tell: Tell) -> Module:
    """Return the module with the bodies of loops and the arms of branches in kernel applications.

    tell   takes what was decided about each

    Raise LoopNotCompiled for an arm in which sizes must agree that it computes.
    """
    if not has_bodies(module):
        return module
    fused = rebuild(_read_once(module), partial(_fused, tell=tell))
    _refuse_checks_of_arms(module.context)
    return fused


def _read_once(module: Module) -> Module:
    """Let one Value alone read each part of what a branch computes, where one place holds it.

    There are several where their sizes were found to be the same numbers later.
    """
    first: dict[tuple[Value, int], Value] = {}

    def change(value: Value) -> Value | None:
        if value.op is not branch_result:
            return None
        one = first.setdefault((value.operands[0], value.attribute("index")), value)
        _state_equal(one, value)
        return one

    return rebuild(module, change)


def _state_equal(one: Value, other: Value) -> None:
    """Let the sizes of one array be equal without a check."""
    context, noted = one.context, len(one.context.checks)
    for left, right in zip(one.type.shape, other.type.shape, strict=True):
        context.equate(left, right, "")
    del context.checks[noted:]


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


def module_of_arm(arm: Arm) -> Module:
    """Return what an arm computes as a module whose outputs are its results."""
    context = arm.results[0].context
    return Module("arm", context, (), arm.results, rewritten=arm.rewritten, given=given_to(arm))


def _fused(value: Value, tell: Tell) -> Value | None:
    if value.op is branch:
        arms = zip(("then", "other"), arms_of(value), strict=True)
        fused = {name: _fused_arm(arm, tell) for name, arm in arms}
        return value.context.make(branch, value.operands, tuple(sorted(fused.items())))
    if value.op is not loop:
        return None
    body = _fused_body(body_of(value), tell)
    return value.context.make(loop, value.operands, (("body", body),))


def _fused_module(module: Module, tell: Tell) -> Module:
    from symc.passes.fuse.emission import fuse_and_tell
    from symc.passes.lower import lower
    from symc.passes.split import split

    return fuse_and_tell(lower(split(module)), tell)


def _fused_body(body: Body, tell: Tell) -> Body:
    body = _with_counter_on_host(body)
    context = body.counter.context
    before = len(context.checks)
    module = _fused_module(module_of(body), tell)
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
    mine = take_checks(body.counter.context, before, depending(body), body.definitions())
    return replace(body, checks=(*body.checks, *mine))


def _fused_arm(arm: Arm, tell: Tell) -> Arm:
    module = _fused_module(module_of_arm(arm), tell)
    return replace(arm, results=module.outputs, rewritten=module.rewritten)


def _refuse_checks_of_arms(context: Context) -> None:
    """Raise where sizes must agree that an arm computes: only the interpreter makes such checks."""
    for check in context.checks:
        order = needed((check.left, check.right), context.definitions)
        if any(v.op.name == "bound" and v.attribute("depth") < 0 for v in order):
            raise LoopNotCompiled(
                "a branch (ifelse) of which one side computes sizes that must agree is not compiled"
            ).at(check.site)
