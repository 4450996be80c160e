"""What the code of one factoring is written with: numbers, elements, functions of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, integer
from symc.compiler.codegen.product.tile import Tile, tile_for
from symc.compiler.codegen.register import Register

Parameters = tuple[tuple[str, str], ...]
State = list[Register]


class Bench(Struct, frozen=True, eq=False):
    """The code of one factoring.

    dtype    of its matrices
    symbol   its name, with which those of its own functions begin
    """

    b: KernelBuilder
    dtype: str
    symbol: str

    @property
    def tile(self) -> Tile:
        """Return how vectors of the dtype are cut on the target."""
        return tile_for(self.dtype, self.b.target)

    def function(
        self, part: str, parameters: Parameters, result: str | None = None
    ) -> AbstractContextManager[list[Register]]:
        """Open one of its own functions; a parameter of dtype 'element' is of the matrices'."""
        typed = [(n, self.dtype if dtype == "element" else dtype) for n, dtype in parameters]
        return self.b.function(f"{self.symbol}_{part}", typed, result, export=False)

    def call(self, part: str, *arguments: Register | Int) -> None:
        """Call one of its own functions that returns nothing."""
        self.b.call(f"{self.symbol}_{part}", None, [_plain(x) for x in arguments])

    def ask(self, part: str, dtype: str, *arguments: Register | Int) -> Register:
        """Call one of its own functions that returns a number."""
        made = self.b.call(f"{self.symbol}_{part}", dtype, [_plain(x) for x in arguments])
        assert made is not None
        return made

    # Numbers and elements -----------------------------------------------------------------------

    def count(self, value: int) -> Int:
        """Return an int64."""
        return integer(self.b, value)

    def number(self, value: float) -> Register:
        """Return a number of the dtype."""
        return self.b.constant(self.dtype, value)

    def at(self, array: Register, index: Int | int) -> Register:
        """Return the address of an element."""
        return self.b.offset(array, self.dtype, index if isinstance(index, int) else index.register)

    def get(self, array: Register, index: Int | int = 0) -> Register:
        """Load an element."""
        return self.b.load(self.at(array, index), self.dtype)

    def put(self, value: Register, array: Register, index: Int | int = 0) -> None:
        """Store an element."""
        self.b.store(value, self.at(array, index))

    # Control ------------------------------------------------------------------------------------

    def when(self, condition: Register, then: Callable[[], None]) -> None:
        """Run a block if a condition holds."""
        self.b.when(condition, then)

    def carry(
        self, lower: Int, upper: Int, state: State, body: Callable[[Int, State], State]
    ) -> State:
        """Run body(i, state) for i in range(lower, upper), each with what the one before gave."""
        one = self.count(1).register
        return self.b.loop(
            lower.register, upper.register, one, state, lambda i, s: body(Int(self.b, i), s)
        )

    def downwards(self, lower: Int, upper: Int, body: Callable[[Int], None]) -> None:
        """Run body(i) for i from upper - 1 down to lower."""

        def turn(i: Int, state: State) -> State:
            body(upper - 1 - i + lower)
            return state

        self.carry(lower, upper, [], turn)

    def blocks(self, n: Int, width: int, body: Callable[[Int, Int], None]) -> None:
        """Run body(begin, end) for ranges of a width that make up range(n)."""

        def turn(i: Register, state: State) -> State:
            begin = Int(self.b, i)
            body(begin, (begin + width).at_most(n))
            return state

        zero, step = self.count(0).register, self.count(width).register
        self.b.loop(zero, n.register, step, [], turn)


def _plain(x: Register | Int) -> Register:
    return x.register if isinstance(x, Int) else x
