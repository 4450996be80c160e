"""Takes running sums in lanes: those of each vector, and then what all before it come to.

One element after the other waits for each addition. In a vector, pairs are added first, then what
the first pair comes to is added to the next two, and so on (Sklansky's network). So each result is
that of the element before it, or follows from it by adding in the same places: sums of what is not
negative never fall, and a zero changes nothing, just as one after the other.
"""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.register import KIND, Register
from symc.compiler.kernel.frame import Frame, Held
from symc.compiler.kernel.plan import Scan, StagePlan
from symc.compiler.kernel.scalars import apply_operation, number


def scan_block(frame: Frame, plan: StagePlan, scan: Scan) -> Held:
    """Return the running results at a block of points; note what the block carries on."""
    lanes, apply = frame.block.lanes, _applied(frame, scan)
    carried = frame.carried[scan.carry].parts[0]
    found = []
    for u in range(frame.block.count):
        own = _network(frame, scan, frame.held(plan, scan.operand).part(u, lanes))
        found.append(apply(carried, own))
        last = frame.b.shuffle(own, own, [lanes - 1] * lanes)
        carried = apply(carried, last)  # found[-1] ends with it, but is not there as early
    frame.shared(_key(plan, scan), lambda: carried)
    return Held(None, tuple(found))


def carried_on(frame: Frame, plan: StagePlan, scan: Scan) -> Register:
    """Return what a block of points carries on, in each lane."""
    return frame.shared(_key(plan, scan), lambda: frame.carried[scan.carry].parts[0])


def _key(plan: StagePlan, scan: Scan) -> tuple[str, int, int]:
    return "carried on", plan.number, scan.carry


def _applied(frame: Frame, scan: Scan) -> Callable[[Register, Register], Register]:
    return lambda x, y: apply_operation(frame.b, scan.op, scan.dtype, (), [x, y])


def _network(frame: Frame, scan: Scan, x: Register) -> Register:
    """Return the running results of one vector; lanes outside the loop add nothing."""
    b, lanes, apply = frame.b, x.lanes, _applied(frame, scan)
    if frame.block.mask is not None:
        x = b.select(frame.block.mask, x, number(b, scan.dtype, _neutral(scan), lanes))
    width = 1
    while width < lanes:
        upper = b.constants("bool", [int(bool(k & width)) for k in range(lanes)])
        last = [k & -2 * width | width - 1 if k & width else k for k in range(lanes)]
        x = b.select(upper, apply(b.shuffle(x, x, last), x), x)
        width *= 2
    return x


def _neutral(scan: Scan) -> float:
    """Return what changes nothing: to a float, 0 would, which makes 0 of -0.0."""
    if scan.op == "multiply":
        return 1
    return -0.0 if KIND[scan.dtype] == "float" else 0
