"""Statements of a product and the kernel that reads it: a loop in which both run by turns."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import Kernel
from symc.compiler.program.record import Buffer, Compute, Launch, Loop, Multiply, Number, Statement
from symc.compiler.types import ITEM_SIZE
from symc.passes.plan.folds import Folding
from symc.passes.plan.host import HostScalars
from symc.passes.plan.turns import Turn

A_NANOSECOND = 50
"""Multiplications in it."""


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
        self.steps = (
            self.count if turn.width == 1 else self._compute("multiply", self.count, self.n)
        )

    def loop(self, multiply: Multiply, launch: Launch, handed: Sequence[Buffer]) -> Loop:
        """Return the loop of both; `handed` is where folded blocks leave what they carry."""
        product, reader = self.product(multiply), self.reader(launch)
        if self.turn.how.fold is not None:
            reader = self.folding(reader, self.turn.how.fold, handed)
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
        if not self.turn.alone:
            out = self._moved(out, (self.n, ITEM_SIZE[record.out_dtype]))
        sizes = (1, self.count, self.n, self.k)
        return replace(statement, buffers=(*moved, out, work), sizes=sizes)

    def reader(self, statement: Launch) -> Launch:
        """Return the launch for a block of rows; room for one alone is where it always is."""
        kernel, reader = self.turn.reader.record, self.turn.reader
        assert isinstance(kernel, Kernel)
        reads = iter(reader.reads)
        buffers = []
        for k, (buffer, place) in enumerate(zip(kernel.buffers, statement.buffers, strict=True)):
            handed = buffer.role == "in" and next(reads) is self.turn.value
            if k not in self.turn.how.moving or (handed and self.turn.alone):
                buffers.append(place)
                continue
            sizes = (self._number(statement, size) for size in buffer.shape[1:])
            row = (self.turn.width, *sizes, ITEM_SIZE[buffer.dtype])
            buffers.append(self._moved(place, row))
        return replace(statement, buffers=tuple(buffers), extent=self.steps)

    def folding(self, statement: Launch, fold: Folding, handed: Sequence[Buffer]) -> Launch:
        """Return the launch that folds a block into a place of the block's own."""
        sizes = [self._number(statement, size) for size in fold.shape]
        places = []
        for dtype, buffer in zip(fold.handed, handed, strict=True):
            row = self.host.product((*sizes, ITEM_SIZE[dtype]))
            places.append(replace(buffer, offset=self._compute("multiply", self.counter, row)))
        axes = fold.block.stages[0].axes[1:]
        others = (self._number(statement, axis.size) for axis in axes)
        inner = self._compute("multiply", self.steps, self.host.product((*sizes[1:], *others)))
        return replace(
            statement,
            buffers=(*statement.buffers, *places),
            sizes=(*statement.sizes, self.steps),
            extent=sizes[0] if sizes else 1,
            inner=inner,
        )

    def rest(self, statement: Launch, name: str, handed: Sequence[Buffer]) -> Launch:
        """Return the launch that merges what folded blocks have left, under a function's name."""
        return replace(
            statement,
            function=name,
            buffers=(*statement.buffers, *handed),
            sizes=(*statement.sizes, self.turn.blocks),
            inner=self.turn.blocks,
        )

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
