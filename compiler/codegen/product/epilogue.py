"""The function that a contraction supplies to the family: its epilogue on a tile of sums."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import FINISH
from symc.compiler.codegen.product.frame import FRAME, SLOT, Frame
from symc.compiler.codegen.product.integers import Int, along_lanes, each, integer
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.dataclass import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The part of an array that belongs to the tile, at start + i * row elements; j runs in steps.

    fixed   whether one element serves a whole row of the tile
    """

    array: Register
    dtype: str
    start: Int
    row: Int
    fixed: bool

    def at(self, i: Int) -> Register:
        """Return the address of the first element for row i of the tile."""
        return self.row.builder.offset(self.array, self.dtype, (self.start + i * self.row).register)


def _regions(frame: Frame, contraction: Contraction, corner: tuple[Int, Int]) -> list[Region]:
    """Return the regions of the output and of the operands that a tile at `corner` touches."""
    b, (first_row, first_column) = frame.builder, corner
    n, zero, one = frame.size("n"), integer(b, 0), integer(b, 1)
    start = (frame.size("matrix") * frame.size("m") + first_row) * n + first_column
    # (first element, elements from row to row, one element a row)
    kinds: dict[Kind, tuple[Int, Int, bool]] = {
        "full": (start, n, False),
        "row": (first_column, zero, False),
        "column": (first_row, one, True),
        "scalar": (zero, zero, True),
    }
    regions = [Region(frame.load("out"), contraction.out_dtype, start, n, fixed=False)]
    for i, operand in enumerate(contraction.operands):
        address = b.load(b.offset(frame.pointer, "int64", FRAME // SLOT + i), "ptr")
        regions.append(Region(address, operand.dtype, *kinds[operand.kind]))
    return regions


def emit_epilogue(b: KernelBuilder, contraction: Contraction, tile: Tile, name: str) -> None:
    """Define the function `name` with nest.FINISH: out[i, j] = epilogue(sums[i, j], ...)."""
    lanes = epilogue_lanes(contraction, tile)
    with b.function(name, FINISH, export=False) as parameters:
        frame, sums = Frame(b, parameters[0]), parameters[1]
        sums_row, rows, columns, *corner = (Int(b, r) for r in parameters[2:])
        out, *operands = _regions(frame, contraction, (corner[0], corner[1]))
        tiles = Region(sums, tile.dtype, integer(b, 0), sums_row, fixed=False)

        def row(i: Int) -> None:
            inputs = [(x.at(i), x) for x in (tiles, *operands)]
            target = out.at(i)
            fixed = {x: b.splat(b.load(start, x.dtype), lanes) for start, x in inputs if x.fixed}

            def some(j: Int, mask: Register | None) -> None:
                def element(start: Register, x: Region) -> Register:
                    place = b.offset(start, x.dtype, j.register)
                    return fixed[x] if x.fixed else b.load(place, x.dtype, lanes, mask)

                values = [element(*x) for x in inputs]
                result = values[0]
                if contraction.epilogue is not None:
                    (result,) = run_body(b, contraction.epilogue, values, lanes)
                b.store(result, b.offset(target, out.dtype, j.register), mask)

            along_lanes(columns, lanes, tile.wide_masks, some)

        each(integer(b, 0), rows, 1, row)
        b.ret()
