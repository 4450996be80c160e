"""The function that a contraction supplies to the family: its epilogue on a tile of sums."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import FINISH
from symc.compiler.codegen.product.frame import FRAME, SLOT, Frame
from symc.compiler.codegen.product.integers import Int, along_lanes, choose, integer
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.contraction import Contraction, Kind
from symc.compiler.kernel.scalars import run_body


def context_bytes(contraction: Contraction) -> int:
    """Return the bytes of a frame and the operands' addresses after it, in whole cache lines."""
    return FRAME + -(-SLOT * len(contraction.operands) // LINE) * LINE


def store_operands(b: KernelBuilder, frame: Frame, addresses: list[Register]) -> None:
    """Store the addresses of an epilogue's operands after the frame."""
    for i, address in enumerate(addresses):
        b.store(address, b.offset(frame.pointer, "int64", FRAME // SLOT + i))


def epilogue_lanes(contraction: Contraction, tile: Tile) -> int:
    """Return the lanes that let the widest dtype of the epilogue fill a vector."""
    dtypes = {contraction.dtype, contraction.out_dtype}
    dtypes |= {operand.dtype for operand in contraction.operands}
    if contraction.epilogue is not None:
        dtypes |= {scalar.dtype for scalar in contraction.epilogue.scalars}
    widest = max(ITEMSIZE[dtype] for dtype in dtypes)
    return tile.lanes * ITEMSIZE[tile.dtype] // widest


class Region(Struct, frozen=True, eq=False):
    """The part of an array that belongs to the tile: its first element, and those from row to row.

    fixed   whether one element serves a whole row of the tile
    row     None where all rows of the tile have the same elements
    """

    array: Register
    dtype: str
    start: Int
    row: Int | None
    fixed: bool

    def at(self, j: Int) -> Register:
        """Return the address of the first row's element in column j of the tile."""
        first = self.start if self.fixed else self.start + j
        return first.builder.offset(self.array, self.dtype, first.register)

    def load(self, place: Register, lanes: int, mask: Register | None) -> Register:
        """Load a vector's elements."""
        b = self.start.builder
        if self.fixed:
            return b.splat(b.load(place, self.dtype), lanes)
        return b.load(place, self.dtype, lanes, mask)


def _regions(frame: Frame, contraction: Contraction, corner: tuple[Int, Int]) -> list[Region]:
    """Return the regions of the output and of the operands that a tile at `corner` touches."""
    b, (first_row, first_column) = frame.builder, corner
    n, one = frame.size("out_columns"), integer(b, 1)
    start = (frame.size("matrix") * frame.size("out_rows") + first_row) * n + first_column
    # (first element, elements from row to row, one element a row)
    kinds: dict[Kind, tuple[Int, Int | None, bool]] = {
        "full": (start, n, False),
        "row": (first_column, None, False),
        "column": (first_row, one, True),
        "scalar": (integer(b, 0), None, True),
    }
    regions = [Region(frame.load("out"), contraction.out_dtype, start, n, fixed=False)]
    for i, operand in enumerate(contraction.operands):
        address = b.load(b.offset(frame.pointer, "int64", FRAME // SLOT + i), "ptr")
        regions.append(Region(address, operand.dtype, *kinds[operand.kind]))
    return regions


def emit_epilogue(b: KernelBuilder, contraction: Contraction, tile: Tile, name: str) -> None:
    """Define the function `name` with FINISH: out[i, j] = epilogue(sums[i, j], ...).

    It goes down a tile one vector wide, so masks and what all rows share are made once.
    """
    lanes = epilogue_lanes(contraction, tile)
    with b.function(name, FINISH, export=False) as parameters:
        frame, sums = Frame(b, parameters[0]), parameters[1]
        sums_row, rows, columns, *corner = (Int(b, r) for r in parameters[2:])
        if all(operand.kind in ("full", "scalar") for operand in contraction.operands):
            rows, columns = _flat(frame, sums_row, rows, columns)
        out, *operands = _regions(frame, contraction, (corner[0], corner[1]))
        tiles = Region(sums, tile.dtype, integer(b, 0), sums_row, fixed=False)
        inputs = [tiles, *operands]
        moving = [x for x in (out, *inputs) if x.row is not None]

        def some(j: Int, mask: Register | None) -> None:
            still = {x: x.load(x.at(j), lanes, mask) for x in inputs if x.row is None}

            def row(_: Register, places: list[Register]) -> list[Register]:
                here = dict(zip(moving, places, strict=True))
                values = [
                    still[x] if x.row is None else x.load(here[x], lanes, mask) for x in inputs
                ]
                b.store(_result(b, contraction, values, lanes), here[out], mask)
                return [_below(x, place) for x, place in here.items()]

            zero, one = b.constant("int64", 0), b.constant("int64", 1)
            b.loop(zero, rows.register, one, [x.at(j) for x in moving], row)

        along_lanes(columns, lanes, tile.wide_masks, some)
        b.ret()


def _flat(frame: Frame, sums_row: Int, rows: Int, columns: Int) -> tuple[Int, Int]:
    """Return the size of a tile whose rows follow one another everywhere as that of one row.

    A short row that is read where another was just written would wait for it, each time.
    """
    b = frame.builder
    flat = b.bit_and(columns.is_(frame.size("out_columns")), columns.is_(sums_row))
    return choose(flat, integer(b, 1), rows), choose(flat, rows * columns, columns)


def _result(
    b: KernelBuilder, contraction: Contraction, values: list[Register], lanes: int
) -> Register:
    """Return the epilogue of sums and operands."""
    if contraction.epilogue is None:
        return values[0]
    (result,) = run_body(b, contraction.epilogue, values, lanes)
    return result


def _below(region: Region, place: Register) -> Register:
    """Return where a region's next row is."""
    assert region.row is not None
    return region.row.builder.offset(place, region.dtype, region.row.register)
