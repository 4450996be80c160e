"""Loops of Values as loops of the user's graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symc.compiler.module import walk
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
    numbers = _numbers(body, inside)
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
    node = Scan(step, None, body.truncate).make_node(*operands, *outside, steps)
    node.location = origin
    return list(node.outputs)


def _stand_in(value: Value) -> Any:
    return TensorType(value.type.dtype, value.type.broadcastable)()


def _numbers(body: Body, inside: dict[Value, Any]) -> list[Value]:
    """Return what a body reads from outside, but for its leaves and constants."""
    return [x for x in walk(body.roots) if x.op.name in HOST and x not in inside]
