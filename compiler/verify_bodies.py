"""What must hold of the bodies of loops and the arms of branches: they are closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from symc.compiler.module import needs, walk_by
from symc.compiler.ops.branch import Arm, bodies_in
from symc.compiler.ops.loop import NUMBER, Body
from symc.compiler.value import Value

Fail = Callable[[Value, str], None]


def verify_bodies(
    order: Sequence[Value], measured: Mapping[Value, Value], fail: Fail
) -> Iterator[Value]:
    """Yield the Values that stand in bodies of some Values, each once; call `fail` for wrong ones.

    A body reads its leaves, constants and numbers that do not depend on what a step computes.
    """
    pending, done = list(order), set(order)
    while pending:
        owner = pending.pop()
        for body in bodies_in(owner):
            for value in _closed(owner, body, measured, fail):
                if value not in done:
                    done.add(value)
                    pending.append(value)
                    yield value


def _closed(
    owner: Value, body: Body | Arm, measured: Mapping[Value, Value], fail: Fail
) -> Iterator[Value]:
    """Yield the Values of a body, operands first."""
    leaves = {*body.leaves, *([body.counter] if isinstance(body, Body) else [])}
    changing = set(leaves)
    for value in walk_by(body.everything, lambda v: needs(v, measured)):
        if any(x in changing for x in needs(value, measured)):
            changing.add(value)

    def inside(value: Value) -> tuple[Value, ...]:
        fixed = value.type == NUMBER and value not in changing
        return () if fixed else needs(value, measured)

    for value in walk_by(body.everything, inside):
        foreign = value.op.name in ("parameter", "bound") and value not in leaves
        if foreign and value.type != NUMBER:
            fail(owner, f"a body of it reads {value.op.name} {value} outside")
        yield value
