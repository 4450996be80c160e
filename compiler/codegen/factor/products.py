"""Matrix products within factorings: parts of matrices, by the family that contractions call."""

from __future__ import annotations

from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.factor.vectors import Lanes
from symc.compiler.codegen.product.finish import FINISH
from symc.compiler.codegen.product.frame import FRAME, SLOT, Frame
from symc.compiler.codegen.product.integers import Int, Matrix, along_lanes, each
from symc.compiler.codegen.product.tile import LINE
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.contraction import Contraction

STRIDE = FRAME // SLOT
"""Where, after the frame, the distance of the output's rows is kept."""


def product_bytes(bench: Bench) -> int:
    """Return the bytes of scratch memory that products take: a factoring's own come after them."""
    return work_bytes(Contraction(bench.dtype), bench.b.target) + LINE


def emit_products(bench: Bench) -> None:
    """Define what finishes a tile of sums: it becomes the output, or is taken from it."""
    for part in ("assign", "subtract"):
        with bench.function(part, FINISH) as parameters:
            _finish(bench, part, parameters)
            bench.b.ret()


def _finish(bench: Bench, part: str, parameters: list[Register]) -> None:
    b, tile = bench.b, bench.tile
    frame, sums = Frame(b, parameters[0]), parameters[1]
    sums_row, rows, columns, first_row, first_column = (Int(b, r) for r in parameters[2:])
    stride = Int(b, b.load(b.offset(frame.pointer, "int64", STRIDE), "int64"))
    start = bench.at(frame.load("out"), first_row * stride + first_column)

    def row(i: Int) -> None:
        source, target = bench.at(sums, i * sums_row), bench.at(start, i * stride)

        def body(j: Int, mask: Register | None) -> None:
            v = Lanes(bench, j, mask)
            found = v.load(source)
            v.store(b.subtract(v.load(target), found) if part == "subtract" else found, target)

        along_lanes(columns, tile.lanes, tile.wide_masks, body)

    each(bench.count(0), rows, 1, row)


def multiply(
    bench: Bench,
    part: str,
    work: Register,
    out: Matrix,
    left: Matrix,
    right: Matrix,
    sizes: tuple[Int, Int, Int],
) -> None:
    """Print the product of an (m, k) and a (k, n) matrix: assigned to an output, or subtracted.

    part    'assign' or 'subtract'
    work    the scratch memory of `product_bytes`
    out     has rows of elements side by side; sizes are m, n and k
    """
    b, tile = bench.b, bench.tile
    frame, (m, n, k) = Frame(b, work), sizes
    frame.store(left=left.pointer, left_row=left.row, left_column=left.column)
    frame.store(right=right.pointer, right_row=right.row, right_column=right.column)
    frame.store(out=out.pointer, m=m, n=n, k=k, direct=bench.count(0))
    frame.store(host=b.constant("ptr", 0), context=bench.count(FRAME + LINE))
    frame.store(polls=bench.count(0), stopped=bench.count(0))
    frame.store(finish=b.address(f"{bench.symbol}_{part}"))
    b.store(out.row.register, b.offset(work, "int64", STRIDE))
    scratch = b.offset(work, "uint8", FRAME + LINE)
    b.call(tile.name("batch"), None, [work, bench.count(1).register, scratch])
