"""Lowers reductions: what a combine starts from, its steps, and the merge of accumulators."""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.frame import Frame, Held
from symc.compiler.kernel.interpret import starting_value
from symc.compiler.kernel.plan import StagePlan
from symc.compiler.kernel.record import Combine, Reduction
from symc.compiler.kernel.scalars import number, run_body
from symc.compiler.kernel.scan import carried_on

FUSED = ("float32", "float64")
"""Dtypes of which a product is added to a sum at once."""

Row = list[Register]
"""What one vector of a block carries: the scalars of each reduction, then the carries."""

Rows = list[Row]
"""What the vectors of a block carry."""


def starting_row(frame: Frame, plan: StagePlan, u: int, lanes: int) -> Row:
    """Return what a stage begins with."""
    b = frame.b
    row = [
        number(b, dtype, starting_value(dtype, value), lanes)
        for reduction in plan.stage.reductions
        for dtype, value in reduction.combine.init
    ]
    for carry in plan.stage.carries:
        if isinstance(carry.init, tuple):
            _, stage, k = carry.init
            held = frame.results[stage][k]
            row.append(frame.spread(held.part(0, 0), lanes) if plan.scans else held.part(u, lanes))
        else:
            row.append(number(b, carry.dtype, carry.init, lanes))
    return row


def step_row(frame: Frame, plan: StagePlan, u: int, row: Row) -> Row:
    """Return what a stage carries after the current point."""
    lanes = frame.block.lanes
    result: Row = []
    at = 0
    for reduction in plan.stage.reductions:
        count = len(reduction.combine.init)
        old = row[at : at + count]
        result += _inside(frame, plan, old, _stepped(frame, plan, reduction, u, old))
        at += count
    if plan.scans:
        return result + [carried_on(frame, plan, scan) for scan in plan.scans.values()]
    return result + [frame.held(plan, carry.next).part(u, lanes) for carry in plan.stage.carries]


def _stepped(frame: Frame, plan: StagePlan, reduction: Reduction, u: int, old: Row) -> Row:
    """Return what a reduction carries after the current point, wherever that lies."""
    lanes = frame.block.lanes
    squared = _squared(plan, reduction) if lanes and frame.block.count > 1 else None
    if squared is not None and plan.lanes:
        if u:
            return old
        total = _sum_of_squares(frame, plan, squared)
        return run_body(frame.b, reduction.combine.step, [*old, total], lanes)
    factors = _factors(plan, reduction) if plan.varies[reduction.inputs[0]] or not lanes else ()
    if factors:
        x, y = (frame.held(plan, k).part(u, lanes) for k in factors)
        return [frame.b.fma(x, y, *old)]
    inputs = [frame.held(plan, k).part(u, lanes) for k in reduction.inputs]
    return run_body(frame.b, reduction.combine.step, [*old, *inputs], lanes)


def _factors(plan: StagePlan, reduction: Reduction) -> tuple[int, ...]:
    """Return the two scalars of which a sum adds the product; none where it adds something else."""
    step, scalar = reduction.combine.step, plan.stage.scalars[reduction.inputs[0]]
    sums = [s.op for s in step.scalars] == ["parameter", "parameter", "add"]
    if not sums or scalar.dtype not in FUSED or step.scalars[2].dtype != scalar.dtype:
        return ()
    if scalar.op == "square":
        return scalar.operands * 2
    return scalar.operands if scalar.op == "multiply" and len(scalar.operands) == 2 else ()


def _squared(plan: StagePlan, reduction: Reduction) -> int | None:
    """Return the scalar whose squares are float32, and so is their sum, but carried in float64.

    None of them takes from another, so a few that are added in float32 cost the sum no digits.
    """
    (position, *_), combine = reduction.inputs, reduction.combine
    scalar, finish = plan.stage.scalars[position], combine.finish
    ends = [finish.scalars[k].dtype for k in finish.results]
    if combine.name != "sum" or combine.init[0][0] != "float64" or ends != ["float32"]:
        return None
    same = scalar.op == "square" or (scalar.op == "multiply" and len(set(scalar.operands)) == 1)
    return scalar.operands[0] if same and scalar.dtype == "float32" else None


def _sum_of_squares(frame: Frame, plan: StagePlan, position: int) -> Register:
    """Return the sum of the squares at all points of a block, in each lane."""
    block, held = frame.block, frame.held(plan, position)
    first, *others = (held.part(u, block.lanes) for u in range(block.count))
    total = frame.b.multiply(first, first)
    for x in others:
        total = frame.b.fma(x, x, total)
    return total


def _inside(frame: Frame, plan: StagePlan, old: Row, new: Row) -> Row:
    """Leave the accumulators of lanes outside the loop as they were."""
    mask = frame.block.mask
    if mask is None or not plan.lanes:
        return new
    return [frame.b.select(mask, y, x) for x, y in zip(old, new, strict=True)]


def merge_rows(frame: Frame, plan: StagePlan, rows: list[Row], tail: Row | None) -> Row:
    """Merge the accumulators of an inner loop in lanes into scalars, in a fixed order.

    What it carries besides, every row and lane has.
    """
    result: Row = []
    at = 0
    for reduction in plan.stage.reductions:
        combine = reduction.combine
        count = len(combine.init)
        parts = [row[at : at + count] for row in rows]
        total = _merge_lanes(frame, combine, tree(parts, merger(frame, combine)))
        if tail is not None:
            total = merger(frame, combine)(total, tail[at : at + count])
        result += total
        at += count
    return result + [frame.b.extract(register, 0) for register in rows[0][at:]]


def merger(frame: Frame, combine: Combine) -> Callable[[Row, Row], Row]:
    """Return what merges what two accumulators carry."""
    return lambda left, right: run_body(frame.b, combine.merge, [*left, *right], left[0].lanes)


def tree(parts: list[Row], merge: Callable[[Row, Row], Row]) -> Row:
    """Merge neighbours until one is left."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = parts[-1:] if len(parts) % 2 else []
        parts = [merge(left, right) for left, right in pairs] + odd
    return parts[0]


def _merge_lanes(frame: Frame, combine: Combine, row: Row) -> Row:
    """Merge the upper half of the lanes onto the lower, until one is left."""
    b = frame.b
    while row[0].lanes > 1:
        half = row[0].lanes // 2
        low = [b.shuffle(x, x, range(half)) for x in row]
        high = [b.shuffle(x, x, range(half, 2 * half)) for x in row]
        row = merger(frame, combine)(low, high)
    return [b.extract(x, 0) for x in row]


def finish_rows(frame: Frame, plan: StagePlan, rows: list[Row]) -> list[Held]:
    """Return the results of a stage: of its reductions, then of its carries."""
    lanes = rows[0][0].lanes
    columns: list[Row] = []
    for row in rows:
        at, column = 0, []
        for reduction in plan.stage.reductions:
            count = len(reduction.combine.init)
            column += run_body(frame.b, reduction.combine.finish, row[at : at + count], lanes)
            at += count
        columns.append(column + row[at:])
    if frame.plan.schedule.across:
        return [Held(None, parts) for parts in zip(*columns, strict=True)]
    return [Held(register) for register in columns[0]]
