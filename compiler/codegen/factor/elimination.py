"""Elimination with rows exchanged, by blocks, and the systems that it solves."""

from __future__ import annotations

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.factor.products import multiply
from symc.compiler.codegen.factor.triangles import BLOCK, dense
from symc.compiler.codegen.product.integers import Int, Matrix, each
from symc.compiler.codegen.register import Register


def eliminate(bench: Bench, source: Register, out: Register, n: Int, work: Register) -> None:
    """Print both factors of a matrix, and after them the row that each step exchanges."""
    bench.call("copy", n * n, source, out)
    matrix, steps = dense(bench, out, n), bench.at(out, n * n)

    def block(begin: Int, end: Int) -> None:
        _panel(bench, matrix, steps, n, (begin, end))
        each(begin + 1, end, 1, lambda i: _upper(bench, matrix, n, (begin, end), i))
        rest = n - end
        left, right = matrix.part(end, begin), matrix.part(begin, end)

        def product() -> None:
            target = matrix.part(end, end)
            multiply(bench, "subtract", work, target, left, right, (rest, rest, end - begin))

        bench.when(end < n, product)

    bench.blocks(n, BLOCK, block)


def _upper(bench: Bench, matrix: Matrix, n: Int, span: tuple[Int, Int], i: Int) -> None:
    """Finish a row of the upper factor, right of the panel."""
    begin, end = span

    def term(j: Int) -> None:
        factor = bench.b.negate(bench.b.load(matrix.at(i, j), bench.dtype))
        bench.call("add", n - end, factor, matrix.at(j, end), matrix.at(i, end))

    each(begin, i, 1, term)


def _panel(bench: Bench, matrix: Matrix, steps: Register, n: Int, span: tuple[Int, Int]) -> None:
    """Factor some columns; whole rows are exchanged.

    The largest element of the next column is looked for while rows are at hand.
    """
    b, (begin, end) = bench.b, span
    start = [b.constant(bench.dtype, -1.0), begin.register]

    def search(i: Int, best: State) -> State:
        return _better(bench, best, matrix.at(i, begin), i)

    best = bench.carry(begin, n, start, search)

    def column(k: Int, best: State) -> State:
        row = Int(b, best[1])
        bench.put(b.cast(best[1], bench.dtype), steps, k)
        zero = bench.count(0)
        here, there = matrix.at(k, zero), matrix.at(row, zero)
        bench.when(b.bit_not(k.is_(row)), lambda: bench.call("swap", n, here, there))
        pivot = b.load(matrix.at(k, k), bench.dtype)
        first = [b.constant(bench.dtype, -1.0), (k + 1).register]

        def lower(i: Int, best: State) -> State:
            _eliminate_row(bench, matrix, pivot, k, end, i)
            return _better(bench, best, matrix.at(i, (k + 1).at_most(n - 1)), i)

        return bench.carry(k + 1, n, first, lower)

    bench.carry(begin, end, best, column)


def _better(bench: Bench, best: State, place: Register, i: Int) -> State:
    """Return the larger of two elements, and its row."""
    b = bench.b
    size = b.absolute(b.load(place, bench.dtype))
    more = b.greater(size, best[0])
    return [b.select(more, size, best[0]), b.select(more, i.register, best[1])]


def _eliminate_row(bench: Bench, matrix: Matrix, pivot: Register, k: Int, end: Int, i: Int) -> None:
    """Take the row of the pivot from another; a column of zeros stays."""
    b = bench.b
    place = matrix.at(i, k)
    found = b.load(place, bench.dtype)
    none = b.equal(pivot, bench.number(0))
    factor = b.select(none, found, b.divide(found, pivot))
    b.store(factor, place)
    bench.call("add", end - k - 1, b.negate(factor), matrix.at(k, k + 1), matrix.at(i, k + 1))


# --- systems


def exchange(bench: Bench, steps: Register, x: Matrix, sizes: tuple[Int, Int], form: str) -> None:
    """Print the exchanges of rows of the right-hand sides: of 'transposed' systems, undone."""
    b, (n, m) = bench.b, sizes
    zero = bench.count(0)

    def step(k: Int) -> None:
        row = Int(b, b.cast(bench.get(steps, k), "int64"))
        swap = x.at(k, zero), x.at(row, zero)
        bench.when(b.bit_not(k.is_(row)), lambda: bench.call("swap", m, *swap))

    if form == "plain":
        each(zero, n, 1, step)
    else:
        bench.downwards(zero, n, step)


def solve_eliminated(
    bench: Bench, packed: Register, x: Register, sizes: tuple[Int, Int], form: str, work: Register
) -> None:
    """Print the solution, in place, of a system whose matrix is eliminated."""
    n, m = sizes
    one, steps = bench.count(1), bench.at(packed, n * n)
    right = dense(bench, x, m)
    if form == "plain":
        exchange(bench, steps, right, sizes, form)
        bench.call("lower_unit", n, m, packed, n, one, x, work)
        bench.call("upper_any", n, m, packed, n, one, x, work)
    else:
        bench.call("lower_any", n, m, packed, one, n, x, work)
        bench.call("upper_unit", n, m, packed, one, n, x, work)
        exchange(bench, steps, right, sizes, form)
