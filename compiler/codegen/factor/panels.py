"""Some reflections as one: I - V T V', by products (Schreiber and Van Loan 1989).

"A storage-efficient WY representation for products of Householder transformations". The rows of V
are the reflections' vectors, with the 1 and the zeros before them that are not stored.
"""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.factor.products import multiply
from symc.compiler.codegen.factor.triangles import dense, turned
from symc.compiler.codegen.product.integers import Int, Matrix, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import PANEL


class Packed(Struct, frozen=True):
    """Reflections in memory: row i holds the i-th, from column i on.

    factors   of each; length of the first one's vector; stride from row to row
    """

    array: Register
    factors: Register
    length: Int
    stride: Int


class Panel(Struct, frozen=True):
    """Some reflections in scratch memory.

    length    of their vectors, from the first one's place on
    count     how many there are
    vectors, factor, wide   where they, T, and what is made of them lie; work is that of products
    """

    bench: Bench
    length: Int
    count: Int
    work: Register
    vectors: Register
    factor: Register
    wide: Register

    @property
    def rows(self) -> Matrix:
        """Return the vectors as rows."""
        return dense(self.bench, self.vectors, self.length)

    @property
    def triangle(self) -> Matrix:
        """Return T."""
        return dense(self.bench, self.factor, self.bench.count(PANEL))


def gather(
    bench: Bench, packed: Packed, span: tuple[Int, Int], work: Register, own: Register
) -> Panel:
    """Print the panel of reflections from one to another, in scratch memory of its own.

    That holds T, PANEL vectors, and twice PANEL elements of each row that the panel is applied to.
    """
    first, last = span
    vectors = bench.at(own, PANEL * PANEL)
    wide = bench.at(vectors, packed.length * PANEL)
    panel = Panel(bench, packed.length - first, last - first, work, vectors, own, wide)
    zero = bench.count(0)

    def vector(j: Int) -> None:
        mine = panel.rows.at(j, zero)
        bench.call("fill", j, bench.number(0), mine)
        bench.put(bench.number(1), mine, j)
        source = bench.at(packed.array, (first + j) * packed.stride + first + j + 1)
        bench.call("copy", panel.length - j - 1, source, bench.at(mine, j + 1))
        _column(panel, j, bench.get(packed.factors, first + j))

    bench.call("fill", bench.count(PANEL * PANEL), bench.number(0), panel.factor)
    each(zero, panel.count, 1, vector)
    return panel


def _column(panel: Panel, j: Int, factor: Register) -> None:
    """Write a column of T: minus its factor times what T makes of the products with its vector."""
    bench, b, zero = panel.bench, panel.bench.b, panel.bench.count(0)
    mine = panel.rows.at(j, zero)

    def inner(i: Int) -> None:
        found = bench.ask("dot", bench.dtype, panel.length, panel.rows.at(i, zero), mine)
        b.store(b.multiply(b.negate(factor), found), panel.triangle.at(i, j))

    each(zero, j, 1, inner)

    def times(i: Int) -> None:
        # Rows below are not yet overwritten: T is upper triangular.
        def add(k: Int, total: list[Register]) -> list[Register]:
            left = b.load(panel.triangle.at(i, k), bench.dtype)
            right = b.load(panel.triangle.at(k, j), bench.dtype)
            return [b.fma(left, right, total[0])]

        (total,) = bench.carry(i, j, [bench.number(0)], add)
        b.store(total, panel.triangle.at(i, j))

    each(zero, j, 1, times)
    b.store(factor, panel.triangle.at(j, j))


def apply(panel: Panel, target: Matrix, rows: Int, form: str) -> None:
    """Print rows times I - V T V', or I - V T' V' where the form is 'transposed'."""
    bench, count, length = panel.bench, panel.count, panel.length
    first = dense(bench, panel.wide, count)
    second = dense(bench, bench.at(panel.wide, rows * PANEL), count)
    triangle = panel.triangle if form == "plain" else turned(panel.triangle)
    work = panel.work
    multiply(bench, "assign", work, first, target, turned(panel.rows), (rows, count, length))
    multiply(bench, "assign", work, second, first, triangle, (rows, count, count))
    multiply(bench, "subtract", work, target, second, panel.rows, (rows, length, count))


def panels_of(bench: Bench, count: Int) -> Int:
    """Return how many panels so many reflections are."""
    rounded, width = count + (PANEL - 1), bench.count(PANEL)
    return Int(bench.b, bench.b.divide(rounded.register, width.register))


def unit_rows(bench: Bench, out: Register, count: Int, length: Int) -> None:
    """Print the first rows of a unit matrix, which reflections are then applied to."""

    def row(j: Int) -> None:
        start = bench.at(out, j * length)
        bench.call("fill", length, bench.number(0), start)
        bench.put(bench.number(1), start, j)

    each(bench.count(0), count, 1, row)
