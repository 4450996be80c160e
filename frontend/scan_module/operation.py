"""The loop of the user's graph: an operation with the expressions of one step inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.checks import depend, take_checks
from symc.compiler.hosting import hosted
from symc.compiler.ops.loop import (
    NUMBER,
    Body,
    Leaves,
    Saves,
    make_loop,
    require_same_state,
    results_of,
)
from symc.compiler.sizes import require_natural
from symc.compiler.value import Value
from symc.exceptions import BadValue
from symc.location import NOWHERE
from symc.lowering import cast, rebroadcast
from symc.passes.loops.rows import read_rows
from symc.passes.sink import sink
from symc.report import complaint, describe
from symc.type import TensorType
from symc.variable import Apply, Variable

if TYPE_CHECKING:
    from symc.build import Builder


class Step(Struct, frozen=True):
    """One step of a loop, in variables that belong to it alone.

    elements, states, fixed   what stands for rows of sequences, for states before the step, and for
                              what is the same in all steps
    next                      the states after the step
    kept                      what is kept of every step
    stop                      a scalar: no step follows one where it is true; None for none
    counter                   what stands for the number of the step, from 0; None if not needed
    """

    elements: tuple[Any, ...]
    states: tuple[Any, ...]
    fixed: tuple[Any, ...]
    next: tuple[Any, ...]
    kept: tuple[Any, ...]
    stop: Any | None = None
    counter: Any | None = None

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Return what the operands stand for, in their order."""
        return (*self.elements, *self.states, *self.fixed)

    @property
    def outputs(self) -> list[Any]:
        """Return all that a step computes."""
        return [*self.next, *self.kept, *([] if self.stop is None else [self.stop])]


class Scan:
    """A loop: its operands are sequences, initial states, what is fixed, and the number of steps.

    Its results are the states after the last step, what was kept of each step, one row for each,
    and the number of steps that were run.

    step       the expressions of one step
    name       the user's name for it
    truncate   how many steps derivatives flow back; -1 for all
    saves      what derivatives are left of each step: results that took work, or the states alone
    """

    transparent = True

    def __init__(
        self,
        step: Step,
        name: str | None = None,
        truncate: int = -1,
        saves: Saves = "results",
    ) -> None:
        self.step = step
        self.name = name
        self.truncate = truncate
        self.saves = saves

    @property
    def inputs(self) -> list[Any]:
        """Return what stands for the operands inside."""
        return list(self.step.inputs)

    @property
    def outputs(self) -> list[Any]:
        """Return the expressions of one step."""
        return self.step.outputs

    def __str__(self) -> str:
        return f"scan{{{self.name}}}" if self.name else "scan"

    def make_node(self, *operands: Any) -> Apply:
        """Return the application to operands of the types of what stands for them."""
        step = self.step
        results = [x.type() for x in step.next]
        results += [TensorType(x.dtype, (False, *x.broadcastable))() for x in step.kept]
        return Apply(self, operands, [*results, TensorType("int64", ())()])

    def lower(self, builder: Builder, owner: Apply, known: dict[Variable, Value]) -> list[Value]:
        """Return the Values of all results."""
        step = self.step
        values = [known[x] for x in owner.inputs]
        steps = cast(values.pop(), "int64")
        first = len(step.elements)
        second = first + len(step.states)
        rows, initial, fixed = values[:first], values[first:second], values[second:]
        with builder.inside():
            leaves = Leaves(builder.context, builder.depth)
            inside = self._leaves(leaves, rows, initial)
            kept, constant = _fixed(leaves, step.fixed, fixed, inside)
            before = len(builder.context.checks)
            made = builder.values(step.outputs, inside)
            made = [_fitting(v, x) for v, x in zip(made, step.outputs, strict=True)]
            new = sink(made)
            made = [new.get(v, v) for v in made]
            for k, (x, value) in enumerate(zip(step.states, made, strict=False)):
                require_same_state(value, inside[x], k)  # so that the sizes of states are known
        self._require_steady(leaves, inside, made)
        body = self._body(leaves, inside, made, [inside[x] for x in kept])
        body, rows = read_rows(_with_checks(body, before), rows, constant)
        loop = make_loop(body, rows, initial, constant, steps.as_size())
        # Now: as many steps as a sequence has rows are not negative.
        require_natural(steps.as_size(), "scan, number of steps")
        finals, collected = results_of(loop)
        return [*finals, *collected, loop]

    def _require_steady(
        self, leaves: Leaves, inside: dict[Variable, Value], made: list[Value]
    ) -> None:
        """Raise BadValue where the size of what is kept is computed from what a step is given."""
        context = leaves.context
        given = {leaves.counter, *(v for v in inside.values() if v.op.name == "bound")}
        first = len(self.step.next)
        for k, (x, value) in enumerate(zip(self.step.kept, made[first:], strict=False)):
            sizes = map(context.resolve, value.type.shape)
            if depend(sizes, given, context.definitions):
                raise complaint(
                    BadValue,
                    f"scan: the size of output {k} is computed in every step anew",
                    x.owner.location if x.owner else NOWHERE,
                    expected="rows of one size, which is known before the first step",
                    got=describe(x),
                    help="say its size by reshape, as in y.reshape((3,))",
                )

    def _leaves(
        self, leaves: Leaves, rows: Sequence[Value], initial: Sequence[Value]
    ) -> dict[Variable, Value]:
        step = self.step
        inside: dict[Variable, Value] = {}
        if step.counter is not None:
            inside[step.counter] = leaves.counter
        for x, row in zip(step.elements, rows, strict=True):
            inside[x] = leaves.element(row)
        for x, value in zip(step.states, initial, strict=True):
            inside[x] = leaves.make(value.type)
        return inside

    def _body(
        self,
        leaves: Leaves,
        inside: dict[Variable, Value],
        made: list[Value],
        fixed: list[Value],
    ) -> Body:
        step = self.step
        states, kept = len(step.next), len(step.kept)
        return Body(
            leaves.counter,
            tuple(inside[x] for x in step.elements),
            tuple(inside[x] for x in step.states),
            tuple(fixed),
            tuple(made[:states]),
            tuple(made[states : states + kept]),
            None if step.stop is None else made[-1],
            truncate=self.truncate,
            saves=self.saves,
        )


def _fixed(
    leaves: Leaves,
    variables: Sequence[Any],
    values: Sequence[Value],
    inside: dict[Variable, Value],
) -> tuple[list[Any], list[Value]]:
    """Let fixed variables stand for leaves; constants and numbers of the host are read as they are.

    Return the variables that have leaves, and their Values outside.
    """
    kept: list[Any] = []
    outside: list[Value] = []
    for x, value in zip(variables, values, strict=True):
        if value.is_constant or (value.type == NUMBER and hosted(value) is value):
            inside[x] = value
            continue
        inside[x] = leaves.make(value.type)
        kept.append(x)
        outside.append(value)
    return kept, outside


def _fitting(value: Value, x: Any) -> Value:
    return rebroadcast(value, x.broadcastable) if x.broadcastable != _pattern(value) else value


def _pattern(value: Value) -> tuple[bool, ...]:
    return value.type.broadcastable


def _with_checks(body: Body, before: int) -> Body:
    """Move the equalities of sizes that hold in each step by itself into the body."""
    context = body.counter.context
    own = {body.counter, *body.leaves}
    return replace(body, checks=take_checks(context, before, own, context.definitions))
