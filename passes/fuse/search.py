"""The kernel of a binary search: each value is looked up bit by bit of its place."""

from __future__ import annotations

from symc.compiler.kernel.record import Axis, Carry, Picked, Write
from symc.compiler.op import find
from symc.compiler.types import FLOATS, Size
from symc.compiler.value import Value
from symc.passes.fuse.draft import StageDraft
from symc.passes.fuse.element import Elements
from symc.passes.fuse.scatter import OwnKernel, long_index


def searched(value: Value, roots: set[Value]) -> OwnKernel:
    """Return the kernel of a search for all values in a vector in order.

    The place is built from its highest bit: a bit is set where the element before the place that it
    leads to still comes before the value. There is no branch, so values are searched in lanes.
    """
    kernel = OwnKernel(roots)
    x, v = value.operands
    elements, index = kernel.stage(v.type.shape, "i")
    stage = elements.stage
    kernel.outer = stage.axes
    stage.axes = (Axis("j", kernel.draft.size(bit_length(x.type.shape[0], v))),)
    sought = elements.at(v, index)
    place = stage.scalar("carried", (), "int64", 0)
    ahead = stage.scalar("add", (place, _bit(elements, stage)), "int64")
    inside = elements.both(None, _compare(elements, ahead, x.type.shape[0]))
    before = stage.scalar("subtract", (ahead, elements.size(1)), "int64")
    element = elements.at(x, (Picked(before),), inside)
    passes = _comes_before(stage, element, sought, x.type.dtype, value.attribute("side"))
    taken = stage.scalar("bit_and", (inside, passes), "bool")
    following = stage.scalar("switch", (taken, ahead, place), "int64")
    stage.carries.append(Carry("int64", 0, following))
    last = StageDraft(kernel.draft, ())
    result = last.scalar("result", (), "int64", (0, 0))
    out = kernel.draft.bind(value, "out")
    last.writes.append(Write(out, long_index(value, index), result))
    kernel.stages.append(last)
    return kernel


def bit_length(size: Size, like: Value) -> Size:
    """Return the number of bits of a size: half is added so that rounding cannot miss a power."""
    if isinstance(size, int):
        return size.bit_length()
    cast, log2, floor = find("cast"), find("log2"), find("floor")
    number = cast(like.context.size_value(size), dtype="float64") + 0.5
    bits = cast(floor(log2(number)), dtype="int64") + 1
    return bits.as_size()  # type: ignore[no-any-return]


def _bit(elements: Elements, stage: StageDraft) -> int:
    """Return the bit that a step looks at, from the highest on."""
    (axis,) = stage.axes
    highest = stage.scalar("subtract", (elements.size(axis.size), elements.size(1)), "int64")
    here = stage.scalar("axis", (), "int64", axis.name)
    amount = stage.scalar("subtract", (highest, here), "int64")
    return stage.scalar("shift_left", (elements.size(1), amount), "int64")


def _compare(elements: Elements, position: int, size: Size) -> int:
    bound = elements.size(elements.stage.kernel.size(size))
    return elements.stage.scalar("less_equal", (position, bound), "bool")


def _comes_before(stage: StageDraft, element: int, sought: int, dtype: str, side: str) -> int:
    """Tell whether an element stands before the place of the value: NaN is after all numbers."""
    if side == "left":
        return _less(stage, element, sought, dtype)
    return stage.scalar("bit_not", (_less(stage, sought, element, dtype),), "bool")


def _less(stage: StageDraft, left: int, right: int, dtype: str) -> int:
    less = stage.scalar("less", (left, right), "bool")
    if dtype not in FLOATS:
        return less
    number = stage.scalar("equal", (left, left), "bool")
    nan = stage.scalar("not_equal", (right, right), "bool")
    behind = stage.scalar("bit_and", (number, nan), "bool")
    return stage.scalar("bit_or", (less, behind), "bool")
