"""The kernel that counts the true elements of a vector and lists where they are."""

from __future__ import annotations

from symc.compiler.kernel.record import Axis, Carry, Picked, Write
from symc.compiler.value import Value
from symc.passes.fuse.draft import StageDraft
from symc.passes.fuse.element import ZERO
from symc.passes.fuse.scatter import OwnKernel


def counted(value: Value, roots: set[Value]) -> OwnKernel:
    """Return the kernel of `positions`: zeros, then a walk that writes each position once, or more.

    Every step writes its position to where the next true one goes and only a true one moves on, so
    the walk has no branch; what the last steps left behind is wiped out.
    """
    (mask,) = value.operands
    kernel = OwnKernel(roots)
    out = kernel.draft.bind(value, "out", (0,))  # it has one element where the mask has none
    elements, (index,) = kernel.stage(value.type.shape, "f")
    zero = elements.stage.scalar("constant", (), "int64", 0)
    elements.stage.writes.append(Write(out, (index,), zero))
    elements, (index,) = kernel.stage(mask.type.shape, "j")
    stage = elements.stage
    stage.axes = stage.axes or (Axis("j", 1),)  # what is carried needs a loop, if of one step
    true = elements.at(mask, (index,))
    here = stage.scalar("carried", (), "int64", 0)
    stage.writes.append(Write(out, (Picked(here),), stage.integer(index)))
    step = stage.scalar("cast", (true,), "int64", (("dtype", "int64"),))
    after = stage.scalar("add", (here, step), "int64", ())
    stage.carries.append(Carry("int64", 1, after))
    _finish(kernel, out, mask)
    return kernel


def _finish(kernel: OwnKernel, out: int, mask: Value) -> None:
    """Write the count to the front and wipe out the element behind the last position."""
    last = StageDraft(kernel.draft, ())
    kernel.stages.append(last)
    end = last.scalar("result", (), "int64", (1, 0))
    one = last.scalar("constant", (), "int64", 1)
    zero = last.scalar("constant", (), "int64", 0)
    last.writes.append(Write(out, (ZERO,), last.scalar("subtract", (end, one), "int64", ())))
    name = kernel.draft.size(mask.type.shape[0])
    size = last.scalar("constant" if isinstance(name, int) else "size", (), "int64", name)
    inside = last.scalar("less_equal", (end, size), "bool", ())
    last.writes.append(Write(out, (Picked(end),), zero, guard=inside))
