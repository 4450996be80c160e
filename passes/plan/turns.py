"""Finds products whose first reader goes over rows: both run by turns, some rows at a time.

Then the product is read in the cache; if nothing else reads it, it never leaves it and has room for
a block of rows alone. It is the way of a reduction that follows a product, and of all else that an
epilogue cannot compute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from symc.compiler import sizes
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import Kernel
from symc.compiler.program.record import Number
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step
from symc.passes.plan.host import HostScalars
from symc.passes.plan.overwritten import Spans
from symc.passes.plan.rows import Reading, reading

BLOCK = 1 << 19
"""Bytes of a block of rows: a quarter of the cache of a core."""

WORTH = 1 << 20
"""Bytes of a product from which on it is worth to keep them from memory."""

RESIDENT = 1 << 20
"""Bytes of a right operand at most: it is read again for each block of rows."""

TILES = 112
"""Rows of a block: a multiple of what tiles of all heights divide."""


class Turn(Struct, frozen=True, eq=False):
    """A product and the kernel that reads it.

    how      the kernel goes over rows; width what it takes for rows in each of the product's
    alone    whether nothing else reads the product, which then has room for a block alone
    rows     of a block; blocks how many there are
    most     rows of a block: the last takes one more rather than leave it to a block of its own,
             which would be a product with a vector and sum in another order
    """

    product: Step
    reader: Step
    how: Reading
    alone: bool
    width: Number
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
        if product in found:
            continue
        alone = all(readers.get(v) == 1 and v not in kept for v in product.results)
        how = _reading(product, reader)
        # Folding is light: it reads memory as fast as the product has written it.
        if how is None or not (alone or how.fold is None):
            continue
        turn = _turn(product, reader, how, alone, host)
        if turn is not None:
            found[reader] = turn
    return found


def _reading(product: Step, reader: Step) -> Reading | None:
    """Return how a step goes over the rows of a product of two matrices before it, or None."""
    record, kernel = product.record, reader.record
    if not isinstance(record, Contraction) or not isinstance(kernel, Kernel) or record.is_mixed:
        return None
    (value,) = product.results
    plain = not record.transpose_left and value.type.ndim == 2 and product.level == reader.level
    if not plain or value not in reader.reads or kernel.checks or any(reader.changed()):
        return None
    found = reading(kernel)
    ins = [k for k, buffer in enumerate(kernel.buffers) if buffer.role == "in"]
    # A view of what is handed on has other rows.
    places = [k for k, v in zip(ins, reader.reads, strict=True) if storage(v) is value]
    viewed = any(storage(v) is value and v is not value for v in reader.reads)
    if found is None or viewed or any(k not in found.moving for k in places):
        return None
    return found


def _turn(product: Step, reader: Step, how: Reading, alone: bool, host: HostScalars) -> Turn | None:
    """Return how long blocks are, which sizes tell: one of all rows where that is better."""
    batch, m, n, k = (host.value(size) for size in product.sizes)
    assert isinstance(product.record, Contraction)
    width = _width(product, reader, how, host)
    if width is None:
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
    return Turn(product, reader, how, alone, width, rows, blocks, host.add(rows, 1))


def lengthen(spans: Spans, steps: Sequence[Step], turns: Iterable[Turn]) -> None:
    """Let what products read and work in live until their readers are done with all blocks."""
    places = {step: k for k, step in enumerate(steps)}
    for turn in turns:
        end = places[turn.reader]
        spans.last[turn.product.value, "work"] = end
        for memory in turn.product.memory():
            if memory in spans.last:  # nor is it where the reader writes its results
                spans.last[memory] = max(spans.last[memory], end + 1)


def _width(product: Step, reader: Step, how: Reading, host: HostScalars) -> Number | None:
    """Return what a kernel takes for rows in each row: its elements, where it sees them in line."""
    m, n = product.results[0].type.shape
    count = how.count if isinstance(how.count, int) else reader.sizes[int(how.count[1:])].as_size()
    if sizes.same(count, m):
        return 1
    return host.size(n) if sizes.same(count, sizes.multiply(m, n)) else None
