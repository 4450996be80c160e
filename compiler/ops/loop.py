"""Loops: one operation that runs a graph of its own, its body, once for each step.

A body is closed: it reads its leaves, which stand for the number of the step, for the elements of
sequences at this step, for states, and for what stays fixed, and nothing else but sizes, which are
numbers of the host and the same in every step. So an expression of a body says all about itself,
equal bodies are one, and passes run over a body as over any graph.

The value of a loop is the number of steps it ran. What it computes is read by `loop_result` values:
the states after the last step, then what was kept of each step, one row for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import InternalError, TypeMismatch
from symc.compiler.op import Op, Operand, define
from symc.compiler.ops.leaf import bound
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Check, Context, Value

NUMBER = TensorType("int64")

Saves = Literal["results", "states"]

ROWS = "loop: a sequence has fewer rows than there are steps"


class Body(Struct, frozen=True):
    """One step of a loop.

    counter    the leaf of the step's number, from 0
    elements   leaves, one for each sequence: its row of this step
    states     leaves: each state before the step
    fixed      leaves: what is the same in all steps
    next       the states after the step, of their leaves' types
    kept       what is kept of every step
    stop       a 0-d bool: no step follows one of which it is true; None for no such condition
    checks     equalities of sizes that hold in each step by itself
    truncate   how many steps derivatives flow back; -1 for all
    saves      what derivatives are left of each step: results that took work, or the states alone
    rewritten  (measured leaf, what computes it), as in a module
    """

    counter: Value
    elements: tuple[Value, ...]
    states: tuple[Value, ...]
    fixed: tuple[Value, ...]
    next: tuple[Value, ...]
    kept: tuple[Value, ...]
    stop: Value | None = None
    checks: tuple[Check, ...] = ()
    truncate: int = -1
    saves: Saves = "results"
    rewritten: tuple[tuple[Value, Value], ...] = ()

    @property
    def leaves(self) -> tuple[Value, ...]:
        """Return what operands stand for, in their order: elements, states, fixed."""
        return (*self.elements, *self.states, *self.fixed)

    @property
    def roots(self) -> tuple[Value, ...]:
        """Return all that a step computes for its own sake."""
        return (*self.next, *self.kept, *(() if self.stop is None else (self.stop,)))

    @property
    def everything(self) -> tuple[Value, ...]:
        """Return the roots and the sizes that must be equal."""
        sizes_ = (size for check in self.checks for size in (check.left, check.right))
        return (*(size for size in sizes_ if isinstance(size, Value)), *self.roots)

    @property
    def depth(self) -> int:
        """Return how many loops it stands in."""
        depth: int = self.counter.attribute("depth")
        return depth

    def with_roots(self, roots: Sequence[Value]) -> Body:
        """Return the same step computed another way."""
        states, kept = len(self.next), len(self.kept)
        return replace(
            self,
            next=tuple(roots[:states]),
            kept=tuple(roots[states : states + kept]),
            stop=None if self.stop is None else roots[-1],
        )

    def definitions(self) -> dict[Value, Value]:
        """Return the known numbers that are computed and used as sizes, with what computes each."""
        return {**self.counter.context.definitions, **dict(self.rewritten)}


class Leaves:
    """Makes the leaves of a body that stands in `depth` loops.

    first   the number of the first of them; others have those below, where bodies are to be joined
    """

    def __init__(self, context: Context, depth: int, first: int = 0) -> None:
        self.context = context
        self.depth = depth
        self._count = first
        self.counter = self.make(NUMBER)

    @classmethod
    def beside(cls, body: Body) -> Leaves:
        """Return what makes leaves for a body that has another one's values among its own."""
        used = (leaf.attribute("index") for leaf in (body.counter, *body.leaves))
        return cls(body.counter.context, body.depth, max(used) + 1)

    def make(self, type: TensorType) -> Value:
        """Return the next leaf."""
        made = self.context.leaf(bound, type, index=self._count, depth=self.depth, of=type)
        self._count += 1
        return made

    def element(self, sequence: Value) -> Value:
        """Return the leaf of a row of a sequence."""
        return self.make(TensorType(sequence.type.dtype, sequence.type.shape[1:]))


class Operands(Struct, frozen=True):
    """The operands of a loop by what they are for; steps is the greatest number of steps."""

    sequences: tuple[Value, ...]
    initial: tuple[Value, ...]
    fixed: tuple[Value, ...]
    steps: Value


def operands_of(value: Value) -> Operands:
    """Return the operands of a loop, sorted."""
    body: Body = value.attribute("body")
    *data, steps = value.operands
    first, second = len(body.elements), len(body.elements) + len(body.states)
    return Operands(tuple(data[:first]), tuple(data[first:second]), tuple(data[second:]), steps)


def body_of(value: Value) -> Body:
    """Return the body of a loop."""
    body: Body = value.attribute("body")
    return body


def make_loop(
    body: Body,
    sequences: Sequence[Value],
    initial: Sequence[Value],
    fixed: Sequence[Value],
    steps: Size,
) -> Value:
    """Return a loop; each sequence has as many rows as there are steps at most.

    A negative number of steps is refused when the function runs.
    """
    context = body.counter.context
    sizes.require_natural(steps, "loop: number of steps")
    count = context.size_value(steps)
    operands = (*sequences, *initial, *fixed, count)
    return context.make(loop, operands, (("body", body),))


def results_of(value: Value) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """Return the final states of a loop, and what it kept."""
    body = body_of(value)
    count = len(body.next)
    made = [loop_result(value, index=k) for k in range(count + len(body.kept))]
    return tuple(made[:count]), tuple(made[count:])


def depending(body: Body, on: Iterable[Value] | None = None) -> set[Value]:
    """Return some leaves of a body, all where none are named, with what a step makes from them.

    A number that a step measures is its own, even where a pass has found that it never changes.
    """
    from symc.compiler.module import needs

    definitions = body.definitions()
    own = (body.counter, *body.leaves, *(leaf for leaf, _ in body.rewritten))
    found = set(own if on is None else on)
    for value in reached(body, (*found, *body.everything)):
        if any(x in found for x in needs(value, definitions)):
            found.add(value)
    return found


def reached(body: Body, roots: Iterable[Value]) -> Iterator[Value]:
    """Yield all that some Values of a body need, also through numbers that are used as sizes."""
    from symc.compiler.module import needs, walk_by

    definitions = body.definitions()
    return walk_by(roots, lambda v: needs(v, definitions))


def given(body: Body) -> tuple[Value, ...]:
    """Return the numbers that what stands outside computes and a step uses as sizes or bounds."""
    context = body.counter.context
    known: dict[Body, tuple[Value, ...]] = context.memory.setdefault("given", {})
    if context.definitions and body not in known:
        known[body] = _find_given(body)
    return known.get(body, ())


def _find_given(body: Body) -> tuple[Value, ...]:
    from symc.compiler.module import needs, walk_by

    definitions = body.definitions()
    own = depending(body)

    def inside(value: Value) -> tuple[Value, ...]:
        return () if value in definitions and value not in own else needs(value, definitions)

    order = walk_by(body.everything, inside)
    return tuple(v for v in order if v in definitions and v not in own)


# --- the operations


def _infer_loop(*operands: Operand, body: Body) -> TensorType:
    if len(operands) != len(body.leaves) + 1:
        raise InternalError(f"a loop of {len(body.leaves) + 1} operands has {len(operands)}")
    *data, steps = operands
    if steps.type != NUMBER:
        raise TypeMismatch(f"loop: the number of steps is {steps.type}, not {NUMBER}")
    for k, (leaf, x) in enumerate(zip(body.leaves, data, strict=True)):
        sequence = k < len(body.elements)
        if sequence and x.type.ndim:
            sizes.agree(x.type.shape[0], steps.as_size(), ROWS)
        rows = x.type.shape[:1] if sequence else ()
        require_type(x.type, TensorType(leaf.type.dtype, (*rows, *leaf.type.shape)), f"operand {k}")
    for k, (leaf, new) in enumerate(zip(body.states, body.next, strict=True)):
        require_same_state(new, leaf, k)
    return NUMBER


def require_type(given: TensorType, wanted: TensorType, what: str, op: str = "loop") -> None:
    """Raise TypeMismatch unless a type is the one wanted, noting sizes that must agree."""
    if given.dtype != wanted.dtype or given.ndim != wanted.ndim:
        raise TypeMismatch(f"{op}: {what} is {given}, not {wanted}")
    for axis, (mine, size) in enumerate(zip(given.shape, wanted.shape, strict=True)):
        sizes.agree(mine, size, f"{op}: sizes of dimension {axis} of {what} differ")


def require_same_state(new: Value, leaf: Value, place: int) -> None:
    """Raise TypeMismatch unless a state after a step is of its type before it."""
    require_type(new.type, leaf.type, f"state {place} before and after a step")


def _infer_result(value: Any, *, index: int) -> TensorType:
    body = body_of(value)
    if index < len(body.next):
        return body.states[index].type
    kept = body.kept[index - len(body.next)].type
    # A check in the body may say that a size which a step computes is one that is known outside.
    shape = map(value.context.resolve, kept.shape)
    return TensorType(kept.dtype, (value.operands[-1].as_size(), *shape))


def _no_formula(*arrays: Any, **attributes: Any) -> Any:
    raise InternalError("a loop is run by the interpreter step by step")


loop = define(
    Op(
        "loop",
        "loop",
        _infer_loop,
        _no_formula,
        sized=-1,
        can_fail=True,
        doc="Run a body once for each step; the value is the number of steps that were run.",
    )
)
loop_result = define(
    Op(
        "loop_result",
        "loop",
        _infer_result,
        _no_formula,
        doc="Read what a loop computed: a state after the last step, or what it kept of each.",
    )
)
