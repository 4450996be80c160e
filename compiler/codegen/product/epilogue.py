"""The function that a contraction supplies to the family: its epilogue on a tile of sums."""

from __future__ import annotations

from dataclasses import dataclass

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, along_lanes, each, integer
from symc.compiler.codegen.product.nest import FINISH
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.contraction import Contraction, EpilogueOperand, Kind
from symc.compiler.kernel.record import Body, Scalar
from symc.compiler.op import find

# The context holds the addresses of out and of the operands, then the sizes m and n.
SLOT = 8


def context_bytes(contraction: Contraction) -> int:
    """Return the bytes of the context, in whole cache lines."""
    return -(-SLOT * (len(contraction.operands) + 3) // 64) * 64


def store_context(
    b: KernelBuilder, context: Register, addresses: list[Register], m: Register, n: Register
) -> None:
    """Store what the epilogue needs beside its tile."""
    for i, x in enumerate([*addresses, m, n]):
        b.store(x, b.offset(context, "int64", i))


def print_body(
    b: KernelBuilder, body: Body, parameters: list[Register], lanes: int
) -> tuple[Register, ...]:
    """Emit a body's steps on registers of `lanes` lanes, by the operations' own bodies."""
    registers: list[Register] = []
    for scalar in body.scalars:
        registers.append(_print_scalar(b, scalar, parameters, registers, lanes))
    return tuple(registers[r] for r in body.results)


def _print_scalar(
    b: KernelBuilder,
    scalar: Scalar,
    parameters: list[Register],
    registers: list[Register],
    lanes: int,
) -> Register:
    if scalar.op == "parameter":
        number: int = scalar.attribute
        return parameters[number]
    if scalar.op == "constant":
        return b.constant(scalar.dtype, scalar.attribute, lanes)
    body = find(scalar.op).body
    assert body is not None, f"{scalar.op} is not pointwise"
    operands = (registers[i] for i in scalar.operands)
    result: Register = body(b, *operands, **dict(scalar.attribute))
    return result


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


def _regions(
    b: KernelBuilder, contraction: Contraction, context: Register, place: list[Int]
) -> list[Region]:
    """Return the regions of the output and of the operands that a tile at `place` touches."""
    first_row, first_column, matrix = place
    count = len(contraction.operands) + 1

    def slot(i: int, dtype: str) -> Register:
        return b.load(b.offset(context, "int64", i), dtype)

    m, n = (Int(b, slot(count + i, "int64")) for i in (0, 1))
    zero, one = integer(b, 0), integer(b, 1)
    start = (matrix * m + first_row) * n + first_column
    # (first element, elements from row to row, one element a row)
    kinds: dict[Kind, tuple[Int, Int, bool]] = {
        "full": (start, n, False),
        "row": (first_column, zero, False),
        "column": (first_row, one, True),
        "scalar": (zero, zero, True),
    }
    arrays = (EpilogueOperand(contraction.out_dtype, "full"), *contraction.operands)
    return [Region(slot(i, "ptr"), x.dtype, *kinds[x.kind]) for i, x in enumerate(arrays)]


def emit_epilogue(b: KernelBuilder, contraction: Contraction, tile: Tile, name: str) -> None:
    """Define the function `name` with nest.FINISH: out[i, j] = epilogue(sums[i, j], ...)."""
    lanes = epilogue_lanes(contraction, tile)
    with b.function(name, FINISH, export=False) as parameters:
        context, sums = parameters[:2]
        sums_row, rows, columns, *place = (Int(b, r) for r in parameters[2:])
        out, *operands = _regions(b, contraction, context, place)
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
                    (result,) = print_body(b, contraction.epilogue, values, lanes)
                b.store(result, b.offset(target, out.dtype, j.register), mask)

            along_lanes(columns, lanes, tile.wide_masks, some)

        each(integer(b, 0), rows, 1, row)
        b.ret()
