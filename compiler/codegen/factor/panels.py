"""Some reflections as one: I - V T V', by products (Schreiber and Van Loan 1989).

"A storage-efficient WY representation for products of Householder transformations". The rows of V
are the reflections' vectors, with the 1 and the zeros before them that are not stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.factor.products import multiply, product_bytes
from symc.compiler.codegen.factor.triangles import dense, turned
from symc.compiler.codegen.product.integers import Int, Matrix, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import PANEL


@dataclass(frozen=True, slots=True)
class Panel:
    """Reflections from one row of a packed matrix to another, in scratch memory.

    length   of their vectors, from the first one's place on
    count    how many there are
    work     scratch memory of products; vectors, factor, wide and other are what comes after it
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


def scratch(bench: Bench, work: Register, m: Int) -> tuple[Register, Register, Register]:
    """Return where T, the vectors of length m, and what is made of them lie in scratch memory."""
    own = bench.b.offset(work, "uint8", product_bytes(bench))
    vectors = bench.at(own, PANEL * PANEL)
    return own, vectors, bench.at(vectors, m * PANEL)


def gather(
    bench: Bench,
    packed: Register,
    factors: Register,
    m: Int,
    span: tuple[Int, Int],
    work: Register,
) -> Panel:
    """Print the panel of some rows of a packed matrix of rows of m."""
    first, last = span
    factor, vectors, wide = scratch(bench, work, m)
    panel = Panel(bench, m - first, last - first, work, vectors, factor, wide)
    zero = bench.count(0)

    def vector(j: Int) -> None:
        mine = panel.rows.at(j, zero)
        bench.call("fill", j, bench.number(0), mine)
        bench.put(bench.number(1), mine, j)
        place = (first + j) * m + first + j + 1
        bench.call("copy", panel.length - j - 1, bench.at(packed, place), bench.at(mine, j + 1))
        _column(panel, j, bench.get(factors, first + j))

    bench.call("fill", bench.count(PANEL * PANEL), bench.number(0), factor)
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
