"""Symmetric matrices made tridiagonal by reflections from both sides."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.factor.panels import Packed, apply, gather, panels_of, unit_rows
from symc.compiler.codegen.factor.products import multiply
from symc.compiler.codegen.factor.triangles import dense, turned
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import PANEL


def mirror(bench: Bench, source: Register, out: Register, n: Int) -> None:
    """Print a copy of a matrix whose upper triangle is the lower one's mirror image."""

    def element(i: Int, j: Int) -> None:
        found = bench.get(source, i * n + j)
        bench.put(found, out, i * n + j)
        bench.put(found, out, j * n + i)

    each(bench.count(0), n, 1, lambda i: each(bench.count(0), i + 1, 1, lambda j: element(i, j)))


class Reduction(Struct, frozen=True):
    """A symmetric matrix, both of whose triangles are kept, and what is made of it.

    beside    takes the elements beside the diagonal
    factors   takes the reflections' factors; row k of the matrix keeps the k-th behind its diagonal
    pairs     PANEL rows of n: for each reflection v of a panel the w with which v w' + w v' is to
              be taken from what is left
    """

    bench: Bench
    matrix: Register
    n: Int
    beside: Register
    factors: Register
    pairs: Register

    def row(self, i: Int, j: Int) -> Register:
        """Return the address of an element of the matrix."""
        return self.bench.at(self.matrix, i * self.n + j)

    def pair(self, i: Int, j: Int) -> Register:
        """Return the address of an element of the panel's vectors w."""
        return self.bench.at(self.pairs, i * self.n + j)


def reduce(r: Reduction, work: Register) -> None:
    """Print the reduction, a panel of rows at a time; what is left is reflected by products.

    Dongarra, Sorensen and Hammarling 1989, "Block reduction of matrices to condensed forms for
    eigenvalue computations".
    """
    bench, n = r.bench, r.n

    def panel(begin: Int, end: Int) -> None:
        each(begin, end, 1, lambda k: _step(r, begin, k))
        _take_panel(r, (begin, end), work)

    bench.blocks(n - 2, PANEL, panel)
    bench.when(
        bench.count(1) < n,
        lambda: bench.put(bench.get(r.row(n - 2, n - 1)), r.beside, n - 2),
    )


def _step(r: Reduction, begin: Int, k: Int) -> None:
    """Make the reflection of a row, and its w; rows after it are not changed."""
    bench, n = r.bench, r.n
    rest, v, after = n - k - 1, r.row(k, k + 1), k + 1
    each(begin, k, 1, lambda j: _take_row(r, begin, j, k))
    bench.call("reflection", rest, v, bench.at(r.factors, k))
    bench.put(bench.get(v), r.beside, k)
    bench.put(bench.number(1), v)
    w = r.pair(k - begin, after)

    def times(i: Int) -> None:
        row = r.row(after + i, after)
        bench.put(bench.ask("dot", bench.dtype, rest, row, v), w, i)

    each(bench.count(0), rest, 1, times)
    each(begin, k, 1, lambda j: _take_pair(r, begin, j, k))
    _finish_pair(r, k, w)


def _take_row(r: Reduction, begin: Int, j: Int, k: Int) -> None:
    """Take from row k what an earlier reflection of the panel takes from it."""
    bench, b = r.bench, r.bench.b
    old, w = r.row(j, k), r.pair(j - begin, k)
    first, second = b.negate(bench.get(old)), b.negate(bench.get(w))
    bench.call("add_two", r.n - k, first, w, second, old, r.row(k, k))


def _take_pair(r: Reduction, begin: Int, j: Int, k: Int) -> None:
    """Take from A v what an earlier reflection of the panel takes from A."""
    bench, b, after = r.bench, r.bench.b, k + 1
    rest, v = r.n - after, r.row(k, after)
    old, w = r.row(j, after), r.pair(j - begin, after)
    along = [b.negate(bench.ask("dot", bench.dtype, rest, x, v)) for x in (w, old)]
    bench.call("add_two", rest, along[0], old, along[1], w, r.pair(k - begin, after))


def _finish_pair(r: Reduction, k: Int, w: Register) -> None:
    """Make w of A v: t A v - t/2 (t v' A v) v."""
    bench, b, rest = r.bench, r.bench.b, r.n - k - 1
    factor, v = bench.get(r.factors, k), r.row(k, k + 1)
    inner = b.multiply(factor, bench.ask("dot", bench.dtype, rest, w, v))
    bench.call("add", rest, b.multiply(bench.number(-0.5), inner), v, w)
    bench.call("scale", rest, factor, w)


def _take_panel(r: Reduction, span: tuple[Int, Int], work: Register) -> None:
    """Take v w' + w v' of all reflections of a panel from what is left."""
    bench, (begin, end) = r.bench, span
    size, count = r.n - end, end - begin
    old, new = (dense(bench, x, r.n) for x in (r.row(begin, end), r.pair(bench.count(0), end)))
    target = dense(bench, r.row(end, end), r.n)
    for left, right in ((old, new), (new, old)):
        multiply(bench, "subtract", work, target, turned(left), right, (size, size, count))


def accumulate(r: Reduction, out: Register, work: Register, own: Register) -> None:
    """Print the columns of the product of the reflections, as rows."""
    bench, n = r.bench, r.n
    count = n - 2
    packed = Packed(bench.at(r.matrix, 1), r.factors, n - 1, n)

    unit_rows(bench, out, n, n)

    def some(block: Int) -> None:
        begin = block * PANEL
        span = begin, (begin + PANEL).at_most(count)
        panel = gather(bench, packed, span, work, own)
        target = dense(bench, bench.at(out, (begin + 1) * n + begin + 1), n)
        apply(panel, target, n - 1 - begin, "transposed")

    bench.downwards(bench.count(0), panels_of(bench, count.at_least(0)), some)
