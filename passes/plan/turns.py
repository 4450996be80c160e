"""Finds products whose one reader goes over rows: both run by turns, some rows at a time.

Then what the product hands on never leaves the cache, and has room for a block of rows alone. It is
the way of a reduction that follows a product, and of all else that an epilogue cannot compute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.plan import outer_is_parallel
from symc.compiler.kernel.record import Affine, Index, Kernel
from symc.compiler.program.record import Buffer, Compute, Launch, Loop, Multiply, Number, Statement
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step
from symc.passes.plan.host import HostScalars
from symc.passes.plan.overwritten import Spans

BLOCK = 1 << 19
"""Bytes of a block of rows: a quarter of the cache of a core."""

WORTH = 1 << 20
"""Bytes of a product from which on it is worth to keep them from memory."""

RESIDENT = 1 << 20
"""Bytes of a right operand at most: it is read again for each block of rows."""

A_NANOSECOND = 50
"""Multiplications in it."""

TILES = 112
"""Rows of a block: a multiple of what tiles of all heights divide."""


class Turn(Struct, frozen=True, eq=False):
    """A product and the kernel that reads it.

    rows     of a block; blocks how many there are
    most     rows of a block: the last takes one more rather than leave it to a block of its own,
             which would be a product with a vector and sum in another order
    """

    product: Step
    reader: Step
    rows: Number
    blocks: Number
    most: Number

    @property
    def value(self) -> Value:
        """Return what the product hands on."""
        return self.product.results[0]


def find_turns(
    steps: Sequence[Step], kept: Collection[Value], host: HostScalars
) -> dict[Step, Turn]:
    """Return the turns among the steps before the commit part, by the step of the reader.

    kept   what has a place of its own or is read after them, by the commit part too
    """
    readers: dict[Value, int] = {}
    for step in steps:
        for value in set(step.memory()):
            readers[value] = readers.get(value, 0) + 1
    found: dict[Step, Turn] = {}
    for product, reader in pairwise(steps):
        alone = [readers.get(v) == 1 and v not in kept for v in product.results]
        if all(alone) and product not in found and _fit(product, reader):
            turn = _turn(product, reader, host)
            if turn is not None:
                found[reader] = turn
    return found


# Which ------------------------------------------------------------------------------------------


def _fit(product: Step, reader: Step) -> bool:
    """Tell whether a step is a product of two matrices that the next one reads row by row."""
    record, kernel = product.record, reader.record
    if not isinstance(record, Contraction) or not isinstance(kernel, Kernel) or record.is_mixed:
        return False
    (value,) = product.results
    plain = not record.transpose_left and value.type.ndim == 2 and product.level == reader.level
    if not plain or not kernel.outer or kernel.checks or any(reader.changed()):
        return False
    moved = moving(kernel)
    ins = [k for k, buffer in enumerate(kernel.buffers) if buffer.role == "in"]
    places = [k for k, read in zip(ins, reader.reads, strict=True) if read is value]
    # A view of what is handed on has other rows.
    viewed = any(storage(read) is value and read is not value for read in reader.reads)
    goes = moved is not None and not viewed and all(k in moved for k in places)
    return goes and outer_is_parallel(kernel)


def moving(kernel: Kernel) -> frozenset[int] | None:
    """Return the buffers whose rows are the steps of the first outer axis; others stay as they are.

    None where one is neither, or where the number of a row matters.
    """
    name = kernel.outer[0].name
    if any(
        s.op == "axis" and s.attribute == name for stage in kernel.stages for s in stage.scalars
    ):
        return None
    found: dict[int, bool] = {}
    for buffer, index in _accesses(kernel):
        goes = bool(index) and index[0] == Affine(((name, 1),))
        elsewhere = any(_mentions(entry, name) for entry in index[1 if goes else 0 :])
        if elsewhere or found.setdefault(buffer, goes) != goes:
            return None
    return frozenset(buffer for buffer, goes in found.items() if goes)


def _accesses(kernel: Kernel) -> Iterator[tuple[int, tuple[Index, ...]]]:
    for stage in kernel.stages:
        for scalar in stage.scalars:
            if scalar.op == "read":
                yield scalar.attribute.buffer, scalar.attribute.index
        for write in stage.writes:
            yield write.buffer, write.index


def _mentions(entry: Index, name: str) -> bool:
    return isinstance(entry, Affine) and any(term[0] == name for term in entry.terms)


def _turn(product: Step, reader: Step, host: HostScalars) -> Turn | None:
    """Return how long blocks are, which sizes tell: one of all rows where that is better."""
    batch, m, n, k = (host.value(size) for size in product.sizes)
    assert isinstance(product.record, Contraction)
    if _rows_of(reader, host) != m:
        return None
    item = ITEM_SIZE[product.record.out_dtype]
    row, right = host.product((n, item)), host.product((n, k, ITEM_SIZE[product.record.dtype]))
    whole = host.product((m, row))
    if batch != 1 or (isinstance(whole, int) and whole < WORTH):
        return None
    if isinstance(right, int) and right > RESIDENT:
        return None
    tiles = host.compute("floor_divide", (BLOCK // TILES, host.compute("maximum", (row, 1))))
    some = host.product((host.compute("maximum", (tiles, 1)), TILES))
    large = host.compute("less", (WORTH, whole), "bool")
    near = host.compute("less_equal", (right, RESIDENT), "bool")
    both = host.compute("bit_and", (large, near), "bool")
    rows = host.compute("maximum", (host.compute("switch", (both, some, m)), 1))
    last = host.add(host.compute("maximum", (m, 2)), host.add(rows, -2))
    blocks = host.compute("floor_divide", (last, rows))
    return Turn(product, reader, rows, blocks, host.add(rows, 1))


def lengthen(spans: Spans, steps: Sequence[Step], turns: Iterable[Turn]) -> None:
    """Let what products read and work in live until their readers are done with all blocks."""
    places = {step: k for k, step in enumerate(steps)}
    for turn in turns:
        end = places[turn.reader]
        spans.last[turn.product.value, "work"] = end
        for memory in turn.product.memory():
            if memory in spans.last:  # nor is it where the reader writes its results
                spans.last[memory] = max(spans.last[memory], end + 1)


def _rows_of(reader: Step, host: HostScalars) -> Number:
    """Return how many rows a kernel goes through."""
    assert isinstance(reader.record, Kernel)
    size = reader.record.outer[0].size
    return size if isinstance(size, int) else host.value(reader.sizes[int(size[1:])])


# Statements -------------------------------------------------------------------------------------


class Turns:
    """Makes the loop over blocks of rows of one turn, from the statements of its two steps."""

    def __init__(self, turn: Turn, host: HostScalars) -> None:
        self.turn, self.host = turn, host
        self.body: list[Statement] = []
        self.counter = host.fresh()
        _, self.m, self.n, self.k = (host.value(size) for size in turn.product.sizes)
        self.begin = self._compute("multiply", self.counter, turn.rows)
        left = self._compute("subtract", self.m, self.begin)
        last = self._compute("less_equal", left, turn.most)
        self.count = self._compute("switch", last, left, turn.rows)

    def loop(self, multiply: Multiply, launch: Launch) -> Loop:
        """Return the loop in which both run."""
        product, reader = self.product(multiply), self.reader(launch)
        host, turn = self.host, self.turn
        count = host.product((turn.rows, self.n, self.k))
        work = host.compute("floor_divide", (count, A_NANOSECOND))
        body = (*self.body, product, reader)
        ran = host.fresh()
        return Loop(self.counter, turn.blocks, (), body, None, (), ran, work, turn.most, self.m)

    def product(self, statement: Multiply) -> Multiply:
        """Return the product of a block of rows."""
        record = self.turn.product.record
        assert isinstance(record, Contraction)
        left, right, *operands, out, work = statement.buffers
        moved = [self._moved(left, (self.k, ITEM_SIZE[record.dtype])), right]
        for operand, buffer in zip(record.operands, operands, strict=True):
            row = {"full": (self.n,), "column": ()}.get(operand.kind)
            size = ITEM_SIZE[operand.dtype]
            moved.append(buffer if row is None else self._moved(buffer, (*row, size)))
        sizes = (1, self.count, self.n, self.k)
        return replace(statement, buffers=(*moved, out, work), sizes=sizes)

    def reader(self, statement: Launch) -> Launch:
        """Return the launch for a block of rows; the product's block is where it always is."""
        kernel, reader = self.turn.reader.record, self.turn.reader
        assert isinstance(kernel, Kernel)
        moved = moving(kernel)
        assert moved is not None
        reads = iter(reader.reads)
        buffers = []
        for k, (buffer, place) in enumerate(zip(kernel.buffers, statement.buffers, strict=True)):
            handed = buffer.role == "in" and next(reads) is self.turn.value
            if k not in moved or handed:
                buffers.append(place)
                continue
            sizes = (self._number(statement, size) for size in buffer.shape[1:])
            buffers.append(self._moved(place, (*sizes, ITEM_SIZE[buffer.dtype])))
        return replace(statement, buffers=tuple(buffers), extent=self.count)

    @staticmethod
    def _number(statement: Launch, size: int | str) -> Number:
        return size if isinstance(size, int) else statement.sizes[int(size[1:])]

    def _moved(self, buffer: Buffer, row: tuple[Number, ...]) -> Buffer:
        """Return a buffer from the block's first row on; `row` are factors of its bytes."""
        by = self._compute("multiply", self.begin, self.host.product(row))
        total = by if buffer.offset == 0 else self._compute("add", buffer.offset, by)
        return replace(buffer, offset=total)

    def _compute(self, op: str, *operands: Number) -> str:
        name = self.host.fresh()
        dtype = "bool" if op == "less_equal" else "int64"
        self.body.append(Compute(name, op, operands, dtype))
        return name
