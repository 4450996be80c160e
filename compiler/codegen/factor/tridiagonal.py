"""Symmetric matrices made tridiagonal by reflections from both sides."""

from __future__ import annotations

from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register

TOGETHER = 8
"""Rows that are reflected by one vector after the other while they lie in the nearest cache."""


def mirror(bench: Bench, source: Register, out: Register, n: Int) -> None:
    """Print a copy of a matrix whose upper triangle is the lower one's mirror image."""

    def element(i: Int, j: Int) -> None:
        found = bench.get(source, i * n + j)
        bench.put(found, out, i * n + j)
        bench.put(found, out, j * n + i)

    each(bench.count(0), n, 1, lambda i: each(bench.count(0), i + 1, 1, lambda j: element(i, j)))


def reduce(
    bench: Bench, matrix: Register, n: Int, arrays: tuple[Register, Register, Register]
) -> None:
    """Print the reduction of a symmetric matrix, both of whose triangles are kept.

    Row k keeps, right of the diagonal, the reflection that clears it. The arrays take the elements
    beside the diagonal, the reflections' factors, and what is needed on the way.
    """
    beside, factors, p = arrays

    def step(k: Int) -> None:
        rest = n - k - 1
        v = bench.at(matrix, k * n + k + 1)
        bench.call("reflection", rest, v, bench.at(factors, k))
        bench.put(bench.get(v), beside, k)
        bench.put(bench.number(1), v)
        _both_sides(bench, matrix, n, k, (bench.get(factors, k), v, p))

    each(bench.count(0), n - 2, 1, step)
    bench.when(
        bench.count(1) < n,
        lambda: bench.put(bench.get(matrix, (n - 2) * n + n - 1), beside, n - 2),
    )


def _both_sides(
    bench: Bench, matrix: Register, n: Int, k: Int, reflection: tuple[Register, Register, Register]
) -> None:
    """Reflect what is left from both sides: A - v w' - w v' with w = t A v - t/2 (t v' A v) v."""
    b, (factor, v, p) = bench.b, reflection
    rest = n - k - 1

    def row(i: Int) -> Register:
        return bench.at(matrix, (k + 1 + i) * n + k + 1)

    def times(i: Int) -> None:
        total = bench.ask("dot", bench.dtype, rest, row(i), v)
        bench.put(b.multiply(factor, total), p, i)

    each(bench.count(0), rest, 1, times)
    inner = b.multiply(factor, bench.ask("dot", bench.dtype, rest, p, v))
    bench.call("add", rest, b.multiply(bench.number(-0.5), inner), v, p)

    def take(i: Int) -> None:
        first, second = b.negate(bench.get(v, i)), b.negate(bench.get(p, i))
        bench.call("add_two", rest, first, p, second, v, row(i))

    each(bench.count(0), rest, 1, take)


def accumulate(bench: Bench, matrix: Register, factors: Register, out: Register, n: Int) -> None:
    """Print the columns of the product of `reduce`'s reflections, as rows."""

    def row(j: Int) -> None:
        start = bench.at(out, j * n)
        bench.call("fill", n, bench.number(0), start)
        bench.put(bench.number(1), start, j)

    each(bench.count(0), n, 1, row)

    def some(begin: Int, end: Int) -> None:
        def back(i: Int) -> None:
            v, factor = bench.at(matrix, i * n + i + 1), bench.get(factors, i)
            each(
                begin,
                end,
                1,
                lambda j: bench.call("reflect", n - i - 1, factor, v, bench.at(out, j * n + i + 1)),
            )

        bench.downwards(bench.count(0), (n - 2).at_most(end), back)

    bench.blocks(n, TOGETHER, some)
