"""Loops of Values as loops of the user's graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from symc.compiler.module import needs, walk, walk_by
from symc.compiler.ops.branch import bodies_in
from symc.compiler.ops.loop import Body, body_of
from symc.compiler.value import Value
from symc.location import Capture
from symc.scan_module.operation import Scan, Step
from symc.type import TensorType

if TYPE_CHECKING:
    from symc.lift import Lift

HOST = frozenset({"dimension", "measured", "parameter"})
"""What bodies read beside their leaves: numbers that are known outside."""


def lifted_loop(lift: Lift, value: Value, asked: Capture, origin: Capture) -> list[Any]:
    """Return the results of a loop as variables: final states, what was kept, steps run."""
    body = body_of(value)
    inside: dict[Value, Any] = {x: _stand_in(x) for x in (body.counter, *body.leaves)}
    numbers = _numbers(lift, body)
    outside = lift.variables(numbers, asked)
    inside.update((x, _stand_in(x)) for x in numbers)
    inner = lift.within(inside)
    made = inner.variables(body.roots, asked)
    first, second = len(body.next), len(body.next) + len(body.kept)
    step = Step(
        tuple(inside[x] for x in body.elements),
        tuple(inside[x] for x in body.states),
        (*(inside[x] for x in body.fixed), *(inside[x] for x in numbers)),
        tuple(made[:first]),
        tuple(made[first:second]),
        None if body.stop is None else made[-1],
        inside[body.counter],
    )
    *operands, steps = (lift.known[x] for x in value.operands)
    node = Scan(step, None, body.truncate, body.saves).make_node(*operands, *outside, steps)
    node.location = origin
    return list(node.outputs)


def _stand_in(value: Value) -> Any:
    return TensorType(value.type.dtype, value.type.broadcastable)()


def _numbers(lift: Lift, body: Body) -> list[Value]:
    """Return what a body and those inside of it read from outside, but for leaves and constants."""
    found: dict[Value, None] = {}
    pending: list[Iterable[Value]] = [body.roots]
    while pending:
        for x in walk(pending.pop()):
            pending.extend(inner.everything for inner in bodies_in(x))
            if x.op.name in HOST and _is_fixed(lift, x):
                found[x] = None
    return list(found)


def _is_fixed(lift: Lift, number: Value) -> bool:
    """Tell whether a number is the same in every step: the definition of a measured one says."""
    reached = walk_by([number], lambda v: needs(v, lift.measured))
    return all(x.op.name != "bound" for x in reached)
