"""Forward-mode differentiation on Values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symc.compiler.errors import NotSupported
from symc.compiler.module import walk
from symc.compiler.ops import leaf
from symc.compiler.ops.arithmetic import add
from symc.compiler.ops.branch import branch, branch_result
from symc.compiler.ops.foreign import python, python_result
from symc.compiler.ops.loop import loop, loop_result
from symc.compiler.ops.shape import zeros_like
from symc.compiler.types import DISCRETE
from symc.compiler.value import Value
from symc.passes.differentiate import as_cotangent, given_for, gradient, pull_through
from symc.passes.loops.branch import push_branch
from symc.passes.loops.forward import push_loop
from symc.passes.tangent import push

Tangent = Value | int | None
"""A Value of the same type, 0 where the derivative is zero, None where nothing depends."""


def pushforward(
    outputs: Iterable[Value], tangents: Mapping[Value, Value]
) -> tuple[Value | None, ...]:
    """Return how outputs change when Values, leaves or not, change by their tangents.

    Each result has its output's type; it is None where the output does not depend on any of them.
    """
    outputs = tuple(outputs)
    known: dict[Value, Tangent] = {
        x: 0 if x.type.dtype in DISCRETE else given_for(x, t) for x, t in tangents.items()
    }
    loops: dict[Value, list[Tangent]] = {}
    for value in walk(outputs):
        if value.op in (loop, branch):
            with value.context.at(value.site):
                loops[value] = _pushed(value, [known.get(x) for x in value.operands])
        elif value.op in (loop_result, branch_result):
            known.setdefault(value, loops[value.operands[0]][value.attribute("index")])
        elif value.op is python:
            known[value] = next((t for t in map(known.get, value.operands) if t is not None), None)
        elif value not in known and value.op.family != "leaf":
            with value.context.at(value.site):
                known[value] = _push(value, [known.get(x) for x in value.operands])
    return tuple(_result(y, known.get(y)) for y in outputs)


def _pushed(value: Value, tangents: Sequence[Tangent]) -> list[Tangent]:
    """Return the tangents of the results of a loop or a branch."""
    if value.op is branch:
        return push_branch(value, tangents)
    body = value.attribute("body")
    if not any(isinstance(t, Value) for t in tangents):
        return [None if all(t is None for t in tangents) else 0] * (len(body.next) + len(body.kept))
    return push_loop(value, tangents)


def _result(y: Value, tangent: Tangent) -> Value | None:
    return zeros_like(y) if isinstance(tangent, int) else tangent


def _push(value: Value, tangents: Sequence[Tangent]) -> Tangent:
    """Return the tangent of one application from those of its operands."""
    if all(t is None for t in tangents):
        return None
    if value.op is python_result:
        name = value.operands[0].attribute("callee").name
        raise NotSupported(f"{name}: has no R-operator in a step of a loop")
    op, attributes = value.op, dict(value.attributes)
    if op.family == "pointwise" and op.partials is not None:
        partials = op.partials(value, *value.operands, **attributes)
        triples = zip(tangents, partials, value.operands, strict=True)
        terms = [_term(t, p, value, x) for t, p, x in triples]
    elif op.jvp is not None and any(isinstance(t, Value) for t in tangents):
        terms = [op.jvp(tangents, value, *value.operands, **attributes)]
    else:
        terms = _transposed(value, tangents)
    return _sum(value, terms)


def _term(tangent: Tangent, partial: Any, value: Value, operand: Value) -> Tangent:
    """Return the part that one operand of a pointwise operation has in its tangent."""
    if tangent is None or partial is None:
        return None
    if isinstance(tangent, int):
        return 0
    term: Tangent = push(tangent, partial, value, operand)
    return term


def _transposed(value: Value, tangents: Sequence[Tangent]) -> list[Tangent]:
    """Return the parts of an operation that states how to pull a cotangent back.

    The pullback is linear in the cotangent, so pulling a tangent back through it once more gives
    the pushforward: the transpose of the transpose.
    """
    op = value.op
    if op.vjp is None:
        raise NotSupported(f"{op.name}: has no derivative")
    u = value if value.type.dtype in DISCRETE else cotangent_of(value)
    pulled = pull_through(u, value)
    terms: list[Tangent] = []
    for x, t, back in zip(value.operands, tangents, pulled, strict=True):
        if t is None or back is None:
            terms.append(None)
        elif isinstance(t, int) or isinstance(back, int | float) or u is value:
            terms.append(0)
        else:
            (found,) = gradient(None, [u], {as_cotangent(back, x): t}).values
            terms.append(0 if found is None else found)
    return terms


def cotangent_of(value: Value) -> Value:
    """Return a leaf that stands for a cotangent of a Value, to be replaced or transposed away."""
    return value.context.leaf(leaf.cotangent, value.type, of=value.number)


def _sum(value: Value, terms: Sequence[Tangent]) -> Tangent:
    """Add parts up, in the type of the Value that they are parts of."""
    known = [t for t in terms if t is not None]
    if not known:
        return None
    moving = [t for t in known if isinstance(t, Value)]
    if not moving or value.type.dtype in DISCRETE:
        return 0
    total = add(*moving) if len(moving) > 1 else moving[0]
    return given_for(value, total)
