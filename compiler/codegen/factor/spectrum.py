"""Eigenvalues and eigenvectors of a symmetric matrix: tridiagonal form, implicit QL, order."""

from __future__ import annotations

from symc.compiler.codegen.factor import tridiagonal
from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.factor.implicit import Tridiagonal, iterate, order_rows, orient
from symc.compiler.codegen.factor.scale import scale_of, some_are_none, unless_one
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import KEPT, SWEEP_LOG


def find_spectrum(
    bench: Bench, source: Register, out: Register, n: Int, work: Register, own: Register
) -> Register:
    """Print the eigenvalues of a matrix, ascending, then its eigenvectors, as n + 1 rows.

    work   the scratch memory of products
    own    that of KINDS['spectrum'] beside

    Return as an int64 whether the iteration fails.
    """
    zero, rows = bench.count(0), bench.at(out, n)
    beside = bench.at(own, SWEEP_LOG)
    factors, matrix = bench.at(beside, n), bench.at(beside, n * 2)
    turns = bench.at(matrix, n * n)
    panels = bench.at(turns, n * (2 * KEPT))
    tridiagonal.mirror(bench, source, matrix, n)
    scale = scale_of(bench, n * n, matrix)
    unless_one(bench, scale, lambda: bench.call("divide", n * n, scale, matrix))
    bench.call("fill", n, bench.number(0), beside)
    reduction = tridiagonal.Reduction(bench, matrix, n, beside, factors, panels)
    tridiagonal.reduce(reduction, work)
    tridiagonal.accumulate(reduction, rows, work, panels)
    each(zero, n, 1, lambda i: bench.put(bench.get(matrix, i * n + i), out, i))
    bad = iterate(bench, Tridiagonal(n, out, beside, rows, own, turns))
    order_rows(bench, out, rows, n)
    each(zero, n, 1, lambda i: orient(bench, bench.at(rows, i * n), n))
    unless_one(bench, scale, lambda: _scale_back(bench, scale, out, n))
    return bench.b.bit_or(bad, some_are_none(bench, out, n))


def _scale_back(bench: Bench, scale: Register, values: Register, n: Int) -> None:
    def multiply(i: Int) -> None:
        bench.put(bench.b.multiply(bench.get(values, i), scale), values, i)

    each(bench.count(0), n, 1, multiply)
