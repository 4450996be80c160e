"""What a native function moves and computes, as formulas in its sizes: bytes, flops, functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from symc.compiler.kernel.contraction import MULTIPLY_ADD, Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.linear import ZERO, Polynomial, plus, polynomial, times
from symc.compiler.kernel.plan import is_operation, needs, reads_of, scalar_axes, writes_of
from symc.compiler.kernel.record import Axis, Body, Kernel, SizeName, Stage
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.kernel.sorting import nanoseconds as sorting_time
from symc.compiler.kernel.work import BYTE, CHEAP_STEP, COSTLY_STEP, SLOW, SLOW_STEP, is_costly
from symc.compiler.types import ITEM_SIZE

NOT_COUNTED = frozenset(
    {
        *("cast", "switch", "equal", "not_equal", "less", "less_equal", "greater"),
        *("greater_equal", "bit_and", "bit_or", "bit_xor", "bit_not", "isnan", "isinf", "isfinite"),
    }
)
"""Comparisons, choices and conversions: no floating-point operations."""

DATA = frozenset({"read", "result", "carried", "parameter"})
"""Scalars that data are in; what is made of others is an index or a number known before."""

PICOSECONDS = 1000
Sizes = tuple[SizeName, ...]


class Cost(Struct):
    """What one run takes, in formulas whose names are the record's size parameters.

    read, written   bytes by the number of the buffer; an element counts once
    flops           arithmetic on data, one for each operation; a product's multiply-add counts two
    functions       how often each elementary function is computed
    picoseconds     what the arithmetic takes on one core, by the estimates that plans are made with
    """

    read: dict[int, Polynomial] = field(default_factory=dict)
    written: dict[int, Polynomial] = field(default_factory=dict)
    flops: Polynomial = ZERO
    functions: dict[str, Polynomial] = field(default_factory=dict)
    picoseconds: Polynomial = ZERO


BYTE_PICOSECONDS = round(BYTE * PICOSECONDS)
"""What moving a byte takes, by the same estimates."""


def cost_of(record: Kernel | Contraction | Sorting | Factoring) -> Cost:
    """Return what a native function takes."""
    match record:
        case Kernel():
            return _kernel(record)
        case Contraction():
            return _contraction(record)
        case Sorting():
            return _sorting(record)
    return _factoring(record)


def _product(sizes: Iterable[SizeName], factor: int = 1) -> Polynomial:
    total = polynomial(factor)
    for size in sizes:
        total = times(total, polynomial(size))
    return total


# Kernels ----------------------------------------------------------------------------------------


def _kernel(kernel: Kernel) -> Cost:
    cost = Cost()
    for stage in kernel.stages:
        _moves(cost, kernel, stage)
        _computes(cost, kernel, stage)
    return cost


def _moves(cost: Cost, kernel: Kernel, stage: Stage) -> None:
    """Count what a stage reads and writes, unless more of the same buffer is counted already."""
    axes = (*kernel.outer, *stage.axes)
    reads = reads_of(kernel, stage)
    varies = scalar_axes(kernel, stage, reads)
    own = {k for k, buffer in enumerate(kernel.buffers) if buffer.role in ("out", "row")}
    for k, access in reads.items():
        if access.buffer not in own:
            shape = kernel.buffers[access.buffer].shape
            sizes = shape if access.guard is not None else _extents(axes, varies[k])
            _count(cost.read, kernel, access.buffer, sizes)
    for write, access in zip(stage.writes, writes_of(kernel, stage), strict=True):
        if kernel.buffers[access.buffer].role == "row":
            continue
        moving = {name for name, _ in access.strides}
        moving = moving.union(*(varies[pick.scalar] for pick in access.picks))
        _count(cost.written, kernel, access.buffer, _extents(axes, moving))
        if write.mode == "add":
            _count(cost.read, kernel, access.buffer, _extents(axes, moving))


def _extents(axes: tuple[Axis, ...], names: Iterable[str]) -> Sizes:
    chosen = frozenset(names)
    return tuple(axis.size for axis in axes if axis.name in chosen)


def _count(known: dict[int, Polynomial], kernel: Kernel, buffer: int, sizes: Sizes) -> None:
    """Note the elements of a buffer; of several walks over it the one along most axes counts."""
    found = _product(sizes, ITEM_SIZE[kernel.buffers[buffer].dtype])
    if _degree(found) > _degree(known.get(buffer, ZERO)):
        known[buffer] = found


def _degree(formula: Polynomial) -> tuple[int, int]:
    return max(((len(names), factor) for names, factor in formula), default=(-1, 0))


def _computes(cost: Cost, kernel: Kernel, stage: Stage) -> None:
    """Count the operations of a stage, each as often as what it varies with."""
    axes = (*kernel.outer, *stage.axes)
    reads = reads_of(kernel, stage)
    varies = scalar_axes(kernel, stage, reads)
    data: set[int] = set()
    stepped: set[int] = set()
    for k, scalar in enumerate(stage.scalars):
        uses = needs(scalar, reads.get(k))
        if scalar.op in DATA or not data.isdisjoint(uses):
            data.add(k)
        if scalar.op == "carried" or not stepped.isdisjoint(uses):
            stepped.add(k)
        if k in data and is_operation(scalar):
            points = axes if k in stepped else [a for a in axes if a.name in varies[k]]
            _operation(cost, scalar.op, tuple(axis.size for axis in points))
    every = tuple(axis.size for axis in axes)
    for reduction in stage.reductions:
        _body(cost, reduction.combine.step, every)


def _body(cost: Cost, body: Body, sizes: Sizes) -> None:
    for scalar in body.scalars:
        if is_operation(scalar):
            _operation(cost, scalar.op, sizes)


def _operation(cost: Cost, op: str, sizes: Sizes) -> None:
    if op in NOT_COUNTED:
        return
    points = _product(sizes)
    if is_costly(op):
        cost.functions[op] = plus(cost.functions.get(op, ZERO), points)
    else:
        cost.flops = plus(cost.flops, points)
    cost.picoseconds = plus(cost.picoseconds, times(points, polynomial(_picoseconds(op))))


def _picoseconds(op: str) -> int:
    """Return what one of many takes, side by side in vectors."""
    step = COSTLY_STEP if is_costly(op) else SLOW_STEP if op in SLOW else CHEAP_STEP
    return round(step * PICOSECONDS)


# Products, sorts, factorings ----------------------------------------------------------------------

BATCH, M, N, K = (f"s{k}" for k in range(4))
KINDS: Mapping[str, Sizes] = {"full": (BATCH, M, N), "row": (N,), "column": (M,), "scalar": ()}


def _contraction(record: Contraction) -> Cost:
    item = ITEM_SIZE[record.factors]
    points = (BATCH, M, N)
    read = {0: _product((BATCH, M, K), item), 1: _product((BATCH, K, N), item)}
    for k, operand in enumerate(record.operands, 2):
        read[k] = _product(KINDS[operand.kind], ITEM_SIZE[operand.dtype])
    written = {len(read): _product(points, ITEM_SIZE[record.out_dtype])}
    sums = _product((*points, K))
    cost = Cost(read, written, times(sums, polynomial(2)))
    cost.picoseconds = times(sums, polynomial(round(MULTIPLY_ADD[record.dtype] * PICOSECONDS)))
    if record.epilogue is not None:
        _body(cost, record.epilogue, points)
    return cost


def cost_of_triangle(record: Contraction) -> Cost:
    """Return what a product takes of which half of the sums are computed, and mirrored."""
    cost = cost_of(record)
    sums = _product((BATCH, M, N, K), -1)
    half = polynomial(round(MULTIPLY_ADD[record.dtype] * PICOSECONDS / 2))
    cost.flops = plus(cost.flops, sums)
    cost.picoseconds = plus(cost.picoseconds, times(sums, half))
    return cost


def _sorting(record: Sorting) -> Cost:
    sizes = ("s0", "s1")
    return Cost(
        {0: _product(sizes, ITEM_SIZE[record.dtype])},
        {1: _product(sizes, ITEM_SIZE[record.out_dtype])},
        picoseconds=_product(sizes, round(sorting_time(record) * PICOSECONDS)),
    )


def _factoring(record: Factoring) -> Cost:
    rules, item = record.rules, ITEM_SIZE[record.dtype]
    names = {letter: f"s{k}" for k, letter in enumerate(rules.sizes)}
    read = {k: _matrix(letters, names, item) for k, letters in enumerate(rules.operands)}
    total = ZERO
    for picoseconds, letters in rules.work:
        total = plus(total, _product((names[x] for x in letters), picoseconds))
    return Cost(read, {}, picoseconds=total)


def _matrix(letters: tuple[str, str], names: Mapping[str, str], item: int) -> Polynomial:
    total = polynomial(item)
    for letter in letters:
        total = times(total, plus(polynomial(names[letter[0]]), polynomial(len(letter) - 1)))
    return total
