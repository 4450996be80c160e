"""AMX: sums in tile registers of 16 rows and 16 columns, which take 16 pairs of each at a time.

It takes subnormals for zeros and gives none. Linux lends the registers to a process that asks;
where it does not, products are computed by the pairs' micro-kernels.
"""

from __future__ import annotations

from itertools import product

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves.tile import PAIRS, TILE
from symc.compiler.codegen.product.integers import Int
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import Register

ARCH_PRCTL, REQUEST, TILE_DATA = 158, 0x1023, 18
"""Linux's call arch_prctl, what is asked for, and the state of tile registers."""

LEAST = (PAIRS, PAIRS, 2 * PAIRS)
"""Rows, columns and elements of k from which on a product is worth the registers."""

SIDE = 2
"""Tiles of sums across, and down."""

BLOCK = SIDE * PAIRS
"""Rows and columns that are computed at once."""

SUMS, LEFT, RIGHT = ((0, 1), (2, 3)), (4, 5), (6, 7)
"""The registers of sums, and of both operands' pairs."""

# The packed tiles of rows and the panel, where sums begin and go, with the distances from row to
# row, and the tiles along k.
MICRO = (
    ("left", "ptr"),
    ("panel", "ptr"),
    ("initial", "ptr"),
    ("sums", "ptr"),
    ("initial_row", "int64"),
    ("sums_row", "int64"),
    ("steps", "int64"),
)


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
    """Define sums = initial + left . panel, for 32 rows and columns."""
    with b.function(micro_name(tile), MICRO, export=False) as parameters:
        left, panel, initial, sums = parameters[:4]
        initial_row, sums_row, steps = (Int(b, x) for x in parameters[4:])
        below, size = (steps * TILE).register, b.constant("int64", LINE)
        across, row = PAIRS, b.constant("int64", 4 * BLOCK)

        def step(_: Register, carried: list[Register]) -> list[Register]:
            x, y = carried
            for k in range(SIDE):
                place = b.offset(x, "uint32", below) if k else x
                b.call_symbol("llvm.x86.tileloaddt164", None, [_number(b, LEFT[k]), place, size])
            for k in range(SIDE):
                _load(b, RIGHT[k], b.offset(y, "uint32", k * across), row)
            for i, j in product(range(SIDE), repeat=2):
                registers = SUMS[i][j], LEFT[i], RIGHT[j]
                b.call_symbol("llvm.x86.tdpbf16ps", None, [_number(b, r) for r in registers])
            return [b.offset(x, "uint32", TILE), b.offset(y, "uint32", PAIRS * BLOCK)]

        _each_sum(b, "llvm.x86.tileloadd64", initial, initial_row)
        zero, one = b.constant("int64", 0), b.constant("int64", 1)
        b.loop(zero, steps.register, one, [left, panel], step)
        _each_sum(b, "llvm.x86.tilestored64", sums, sums_row)
        b.ret()


def _number(b: KernelBuilder, register: int) -> Register:
    return b.constant("int8", register)


def _load(b: KernelBuilder, register: int, place: Register, row: Register) -> None:
    b.call_symbol("llvm.x86.tileloadd64", None, [_number(b, register), place, row])


def _each_sum(b: KernelBuilder, instruction: str, first: Register, row: Int) -> None:
    """Load or store all sums; `row` is the distance of rows in elements, which may be 0."""
    for i, j in product(range(SIDE), repeat=2):
        at = b.offset(first, "float32", (row * (i * PAIRS) + j * PAIRS).register)
        b.call_symbol(instruction, None, [_number(b, SUMS[i][j]), at, (row * 4).register])


def pays(m: Int, n: Int, k: Int) -> Register:
    """Return whether a product is large enough for tiles."""
    b = m.builder
    large = [size >= least for size, least in zip((m, n, k), LEAST, strict=True)]
    return b.bit_and(b.bit_and(large[0], large[1]), large[2])
