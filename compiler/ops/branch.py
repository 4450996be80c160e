"""Branches: one operation that computes one of two graphs of its own, its arms.

An arm is closed as the body of a loop is: it reads its leaves, constants and numbers of the host.
The value of a branch is its condition. What the arm that was taken computes is read by
`branch_result` values, whose other operands are the sizes of the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from symc.compiler import sizes
from symc.compiler.errors import InternalError, TypeMismatch
from symc.compiler.op import Op, Operand, define, find
from symc.compiler.ops.leaf import bound
from symc.compiler.ops.loop import Body, require_type
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Context, Value

if TYPE_CHECKING:
    from symc.compiler.module import Module

TRUTH = TensorType("bool")


class Arm(Struct, frozen=True):
    """One side of a branch.

    leaves    what stands for its operands
    results   what it computes
    height    one more than that of any arm inside, so that no arm has leaves of one inside of it
    rewritten (measured leaf, what computes it), as in a module
    """

    leaves: tuple[Value, ...]
    results: tuple[Value, ...]
    height: int = 1
    rewritten: tuple[tuple[Value, Value], ...] = ()

    @property
    def everything(self) -> tuple[Value, ...]:
        """Return all that it computes."""
        return self.results

    def definitions(self) -> dict[Value, Value]:
        """Return the known numbers that are computed and used as sizes, with what computes each."""
        return {**self.results[0].context.definitions, **dict(self.rewritten)}


class ArmLeaves:
    """Makes the leaves of an arm: loops count their depths from 0 up, arms their heights down."""

    def __init__(self, context: Context, height: int) -> None:
        self.context = context
        self.depth = -height
        self._count = 0

    def make(self, type: TensorType) -> Value:
        """Return the next leaf."""
        made = self.context.leaf(bound, type, index=self._count, depth=self.depth, of=type)
        self._count += 1
        return made


def arm_leaves(context: Context, types: Sequence[TensorType], height: int) -> tuple[Value, ...]:
    """Return the leaves of an arm."""
    return tuple(map(ArmLeaves(context, height).make, types))


def arms_of(value: Value) -> tuple[Arm, Arm]:
    """Return the arms of a branch: that of a true condition, and the other."""
    attributes = dict(value.attributes)
    return attributes["then"], attributes["other"]


def arm_operands(value: Value) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """Return the operands of each arm."""
    then, _ = arms_of(value)
    split = 1 + len(then.leaves)
    return value.operands[1:split], value.operands[split:]


def make_branch(
    condition: Value, arms: Sequence[Arm], operands: Sequence[Sequence[Value]]
) -> Value:
    """Return a branch of a 0-d bool."""
    (then, other), (left, right) = arms, operands
    return condition.context.make(
        branch, (condition, *left, *right), (("other", other), ("then", then))
    )


def branch_results(value: Value) -> list[Value]:
    """Return all that a branch computes."""
    then, other = arms_of(value)
    pairs = zip(then.results, other.results, strict=True)
    return [
        branch_result(value, *_shape(value.operands[0], a, b), index=k)
        for k, (a, b) in enumerate(pairs)
    ]


def plain_branch(condition: Value, then: Sequence[Value], other: Sequence[Value]) -> Value:
    """Return a branch that chooses between Values which are computed before."""
    context = condition.context
    leaves = [arm_leaves(context, [x.type for x in side], 1) for side in (then, other)]
    return make_branch(condition, [Arm(side, side) for side in leaves], (then, other))


def _shape(condition: Value, then: Value, other: Value) -> list[Value]:
    """Return the sizes of a result: where they differ, those of the arm that is taken."""
    context = condition.context
    found: list[Value] = []
    for a, b in zip(then.type.shape, other.type.shape, strict=True):
        left, right = context.size_value(a), context.size_value(b)
        found.append(left if sizes.same(a, b) else find("switch")(condition, left, right))
    return found


def bodies_in(value: Value) -> tuple[Body | Arm, ...]:
    """Return the graphs inside of a Value: the body of a loop, the arms of a branch."""
    if value.op.family != "loop":
        return ()
    return tuple(x for _, x in value.attributes if isinstance(x, (Body, Arm)))


def own_values(arm: Arm) -> set[Value]:
    """Return the leaves of an arm with what it makes from them.

    A number that it measures is its own, even where a pass has found that it is always the same.
    """
    from symc.compiler.module import needs, walk_by

    definitions = arm.definitions()
    found = {*arm.leaves, *(leaf for leaf, _ in arm.rewritten)}
    for value in walk_by((*arm.leaves, *arm.results), lambda v: needs(v, definitions)):
        if any(x in found for x in needs(value, definitions)):
            found.add(value)
    return found


def given_to(arm: Arm) -> tuple[Value, ...]:
    """Return the numbers that what stands outside computes and an arm uses as sizes or bounds."""
    context = arm.results[0].context
    if not context.definitions:
        return ()
    known: dict[Arm, tuple[Value, ...]] = context.memory.setdefault("given to arms", {})
    if arm not in known:
        known[arm] = _find_given(arm)
    return known[arm]


def _find_given(arm: Arm) -> tuple[Value, ...]:
    from symc.compiler.module import needs, walk_by

    definitions = arm.definitions()
    own = own_values(arm)

    def inside(value: Value) -> tuple[Value, ...]:
        return () if value in definitions and value not in own else needs(value, definitions)

    order = walk_by(arm.results, inside)
    return tuple(v for v in order if v in definitions and v not in own)


def has_bodies(module: Module) -> bool:
    """Tell whether a module has loops or branches."""
    from symc.compiler.module import walk

    if "loop" not in module.context.families:
        return False
    return any(value.op is branch or value.op.name == "loop" for value in walk(module.roots()))


# --- the operations


def _infer_branch(condition: Operand, *operands: Operand, then: Arm, other: Arm) -> TensorType:
    leaves = (*then.leaves, *other.leaves)
    if len(operands) != len(leaves):
        raise InternalError(f"a branch of {len(leaves)} operands has {len(operands)}")
    require_type(condition.type, TRUTH, "the condition", "branch")
    for k, (leaf, x) in enumerate(zip(leaves, operands, strict=True)):
        require_type(x.type, leaf.type, f"operand {k}", "branch")
    for k, (a, b) in enumerate(zip(then.results, other.results, strict=True)):
        if (a.type.dtype, a.type.ndim) != (b.type.dtype, b.type.ndim):
            raise TypeMismatch(f"branch: result {k} is {a.type} or {b.type}")
    return TRUTH


def _infer_result(value: Any, *shape: Operand, index: int) -> TensorType:
    made: tuple[Size, ...] = tuple(x.as_size() for x in shape)
    return TensorType(arms_of(value)[0].results[index].type.dtype, made)


def _no_formula(*arrays: Any, **attributes: Any) -> Any:
    raise InternalError("a branch is run by the interpreter, one of its arms")


branch = define(
    Op(
        "branch",
        "loop",
        _infer_branch,
        _no_formula,
        can_fail=True,
        doc="Compute one of two graphs, as a condition says; the value is the condition.",
    )
)
branch_result = define(
    Op(
        "branch_result",
        "loop",
        _infer_result,
        _no_formula,
        sized=1,
        doc="Read what the arm of a branch that was taken computed.",
    )
)
