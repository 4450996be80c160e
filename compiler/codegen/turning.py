"""The functions that turn short rows so that lanes are rows, and back: compiled once for a machine.

Squares of as many rows and columns as there are lanes are woven in registers; a few columns are
gathered and scattered one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.lanes import turned, woven
from symc.compiler.codegen.register import ITEMSIZE, Register, words
from symc.compiler.target.isa import Target

FOUR = 8
"""Lanes up to which a square is turned in registers at once."""

GATHERED, SCATTERED, PICKED = 2, 4, 4
"""The part of a square's columns up to which they are gathered and scattered one by one; and the
bytes that elements have at least for which there are such instructions."""

PARAMETERS = (
    *(("array", "ptr"), ("step", "int64"), ("rows", "int64"), ("columns", "int64")),
    ("panel", "ptr"),
)


class Turning(Struct, frozen=True, order=True):
    """What a pair of such functions is for: the bytes of elements, and the lanes."""

    itemsize: int
    lanes: int

    @property
    def dtype(self) -> str:
        """Return the dtype that elements are moved as."""
        return f"uint{8 * self.itemsize}"

    @property
    def into(self) -> str:
        """Return the name of the function that fills a panel."""
        return f"symc_turn_{self.itemsize}x{self.lanes}"

    @property
    def back(self) -> str:
        """Return the name of the function that empties one."""
        return f"symc_turn_back_{self.itemsize}x{self.lanes}"


def usual_turnings(target: Target) -> list[Turning]:
    """Return those for elements of four and of eight bytes."""
    return [Turning(size, target.lanes(size)) for size in (4, 8)]


def emit_turning(b: KernelBuilder, turning: Turning, *, export: bool) -> None:
    """Print (array, step, rows, columns, panel) both ways.

    Rows begin `step` elements apart; of the panel, `lanes` elements are a column. Lanes without a
    row hold the last one.
    """
    for name, print_way in ((turning.into, _Printed.into), (turning.back, _Printed.back)):
        with b.function(name, PARAMETERS, export=export) as registers:
            print_way(_Printed(b, turning, registers))
            b.ret()


Read = Callable[[Register], Register]
Write = Callable[[Register, Register], None]
Columns = Callable[[Register], None]


class _Printed:
    """Prints one function."""

    def __init__(self, b: KernelBuilder, turning: Turning, registers: list[Register]) -> None:
        self.b = b
        self.lanes = turning.lanes
        self.dtype = turning.dtype
        self.array, self.step, rows, self.columns, self.panel = registers
        self.last = b.subtract(rows, self.number(1))
        self.mask = b.mask_below(rows, self.lanes)
        self.index = b.multiply(b.lane_index(self.lanes), b.splat(self.step, self.lanes))
        self.spare = b.stack(words(self.dtype, self.lanes * self.lanes))

    def number(self, value: int) -> Register:
        """Return an int64 constant."""
        return self.b.constant("int64", value)

    def into(self) -> None:
        """Print how a panel is filled."""
        self._squares(self.lanes // GATHERED, self._gather, self._turn)

    def back(self) -> None:
        """Print how a panel is emptied."""
        self._squares(self.lanes // SCATTERED, self._scatter, self._turn_back)

    def _squares(self, few: int, single: Columns, square: Columns) -> None:
        """Print a loop over as many columns at a time as there are lanes, or over a few singly."""
        b, one = self.b, self.number(1)

        def columns(column: Register, _: list[Register]) -> list[Register]:
            left = b.subtract(self.columns, column)
            if ITEMSIZE[self.dtype] < PICKED:
                square(column)
            else:
                fits = b.less_equal(left, self.number(few))
                b.when(fits, lambda: singly(column), lambda: square(column))
            return []

        def singly(first: Register) -> None:
            b.loop(first, self.columns, one, [], alone)

        def alone(column: Register, _: list[Register]) -> list[Register]:
            single(column)
            return []

        b.loop(self.number(0), self.columns, self.number(self.lanes), [], columns)

    # Columns ------------------------------------------------------------------------------------

    def _gather(self, column: Register) -> None:
        place = self.b.offset(self.array, self.dtype, column)
        found = self.b.gather(place, self.dtype, self.index, self.mask)
        self.b.store(found, self._line(self.panel, column))

    def _scatter(self, column: Register) -> None:
        place = self.b.offset(self.array, self.dtype, column)
        line = self.b.load(self._line(self.panel, column), self.dtype, self.lanes)
        self.b.scatter(line, place, self.index, self.mask)

    # Squares ------------------------------------------------------------------------------------

    def _turn(self, column: Register) -> None:
        b = self.b
        mask = b.mask_below(b.subtract(self.columns, column), self.lanes)

        def read(k: Register) -> Register:
            return b.load(self._row(column, k), self.dtype, self.lanes, mask)

        def write(k: Register, x: Register) -> None:
            b.store(x, self._line(self.panel, b.add(column, k)))

        self._square(read, write)

    def _turn_back(self, column: Register) -> None:
        """Store a square's last rows first: where there are fewer, the last is stored last."""
        b = self.b
        mask = b.mask_below(b.subtract(self.columns, column), self.lanes)

        def read(k: Register) -> Register:
            return b.load(self._line(self.panel, b.add(column, k)), self.dtype, self.lanes)

        def write(k: Register, x: Register) -> None:
            b.store(x, self._row(column, k), mask)

        self._square(read, write)

    def _square(self, read: Read, write: Write) -> None:
        """Print the turning of a square: a large one in two passes, loops over a few registers."""
        if self.lanes <= FOUR:
            found = turned(self.b, [read(self.number(k)) for k in range(self.lanes)])
            for k, x in reversed(list(enumerate(found))):
                write(self.number(k), x)
            return
        place = partial(self._line, self.spare)
        self._pass(read, lambda k, x: self.b.store(x, place(k)))
        self._pass(lambda k: self.b.load(place(k), self.dtype, self.lanes), write)

    def _pass(self, read: Read, write: Write) -> None:
        """Print half of the weaving that turns a square of sixteen: of each fourth vector."""
        b, count = self.b, self.lanes // 4

        def four(k: Register, _: list[Register]) -> list[Register]:
            here = b.subtract(self.number(count - 1), k)
            found = woven(b, [read(b.add(here, self.number(i * count))) for i in range(4)])
            first = b.multiply(here, self.number(4))
            for i in (3, 2, 1, 0):
                write(b.add(first, self.number(i)), found[i])
            return []

        b.loop(self.number(0), self.number(count), self.number(1), [], four)

    # Places -------------------------------------------------------------------------------------

    def _line(self, memory: Register, column: Register) -> Register:
        """Return where the elements of a column lie side by side."""
        return self.b.offset(memory, self.dtype, self.b.multiply(column, self.number(self.lanes)))

    def _row(self, column: Register, k: Register) -> Register:
        """Return where the k-th row of a square begins, the last one where there are no more."""
        b = self.b
        ahead = b.add(b.multiply(b.minimum(k, self.last), self.step), column)
        return b.offset(self.array, self.dtype, ahead)
