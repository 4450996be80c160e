"""AMX: sums in tile registers of 16 rows and 16 columns, which take 16 pairs of each at a time.

It takes subnormals for zeros and gives none. Linux lends the registers to a process that asks;
where it does not, products are computed by the pairs' micro-kernels.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves.pairs import MICRO
from symc.compiler.codegen.halves.tile import PAIRS
from symc.compiler.codegen.product.integers import Int, choose
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import Register

ARCH_PRCTL, REQUEST, TILE_DATA = 158, 0x1023, 18
"""Linux's call arch_prctl, what is asked for, and the state of tile registers."""

SIDE = 2
"""Tiles of sums across, and down."""

BLOCK = SIDE * PAIRS
"""Rows and columns that are computed at once."""

SUMS, LEFT, RIGHT = (0, 1, 2, 3), (4, 5), (6, 7)
"""The registers of sums, and of both operands' pairs."""


def configuration() -> bytes:
    """Return what says that all eight registers have 16 rows of 64 bytes: palette 1."""
    widths = b"".join(int(LINE).to_bytes(2, "little") for _ in range(8))
    return (
        bytes([1]).ljust(16, b"\0") + widths.ljust(32, b"\0") + bytes([PAIRS] * 8).ljust(16, b"\0")
    )


def permitted(b: KernelBuilder) -> Register:
    """Return whether Linux lends this process tile registers, which it is asked for each time."""
    numbers = (b.constant("int64", x) for x in (ARCH_PRCTL, REQUEST, TILE_DATA))
    return Int(b, b.system_call(*numbers)).is_(0)


def begin(b: KernelBuilder) -> None:
    """Set the registers up, until `end`."""
    b.call_symbol("llvm.x86.ldtilecfg", None, [b.data(configuration(), LINE)])


def end(b: KernelBuilder) -> None:
    """Give the registers back."""
    b.call_symbol("llvm.x86.tilerelease", None, [])


def micro_name(tile: Tile) -> str:
    """Return the name of the micro-kernel."""
    return tile.name("tiles")


def emit_micro(b: KernelBuilder, tile: Tile) -> None:
    """Define the micro-kernel of 32 rows and columns; it takes what those of pairs take.

    The pairs are a multiple of 16, as zeros fill them up.
    """
    with b.function(micro_name(tile), MICRO, export=False) as parameters:
        left, panel, initial, sums = parameters[:4]
        left_row, initial_row, sums_row, pairs = (Int(b, x) for x in parameters[4:])
        below = (left_row * PAIRS).register
        lefts = (left_row * 4).register
        panels = b.constant("int64", 4 * tile.width)

        def step(_: Register, carried: list[Register]) -> list[Register]:
            x, y = carried
            for k in range(SIDE):
                _load(b, LEFT[k], x if k == 0 else b.offset(x, "uint32", below), lefts)
                _load(b, RIGHT[k], b.offset(y, "uint32", k * PAIRS), panels)
            for k, register in enumerate(SUMS):
                operands = (register, LEFT[k // SIDE], RIGHT[k % SIDE])
                b.call_symbol("llvm.x86.tdpbf16ps", None, [_number(b, x) for x in operands])
            return [b.offset(x, "uint32", PAIRS), b.offset(y, "uint32", PAIRS * tile.width)]

        _each_sum(b, "llvm.x86.tileloadd64", initial, initial_row)
        bounds = b.constant("int64", 0), pairs.register, b.constant("int64", PAIRS)
        b.loop(*bounds, [left, panel], step)
        _each_sum(b, "llvm.x86.tilestored64", sums, sums_row)
        b.ret()


def _number(b: KernelBuilder, register: int) -> Register:
    return b.constant("int8", register)


def _load(b: KernelBuilder, register: int, place: Register, row: Register) -> None:
    b.call_symbol("llvm.x86.tileloadd64", None, [_number(b, register), place, row])


def _each_sum(b: KernelBuilder, instruction: str, first: Register, row: Int) -> None:
    """Load or store all sums; `row` is the distance of rows in elements, which may be 0."""
    for k, register in enumerate(SUMS):
        place = row * (k // SIDE * PAIRS) + k % SIDE * PAIRS
        at = b.offset(first, "float32", place.register)
        b.call_symbol(instruction, None, [_number(b, register), at, (row * 4).register])


def pays(m: Int, n: Int, k: Int) -> Register:
    """Return whether a product is large enough for blocks of 32 rows and columns."""
    b = m.builder
    return b.bit_and(b.bit_and(m >= PAIRS, n >= PAIRS), k >= 2 * PAIRS)


def padded(pairs: Int, tiles: Register) -> Int:
    """Return the pairs that a packed block has of each line."""
    whole = (pairs + (PAIRS - 1)) // PAIRS * PAIRS
    return choose(tiles, whole, pairs)
