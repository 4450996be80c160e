"""Eigenvalues and eigenvectors of a symmetric matrix: tridiagonal form, implicit QL, order."""

from __future__ import annotations

import numpy as np

from symc.compiler.codegen.factor import tridiagonal
from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.factor.implicit import Tridiagonal, iterate, order_rows, orient
from symc.compiler.codegen.factor.scale import scale_of, unless_one
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import SWEEP_LOG


def find_spectrum(
    bench: Bench, source: Register, out: Register, n: Int, work: Register
) -> Register:
    """Print the eigenvalues of a matrix, ascending, then its eigenvectors, as n + 1 rows.

    The scratch memory is that which KINDS states for 'spectrum'. Return as an int64 whether the
    iteration fails.
    """
    zero, rows = bench.count(0), bench.at(out, n)
    beside = bench.at(work, SWEEP_LOG)
    factors, p = bench.at(beside, n), bench.at(beside, n * 2)
    matrix = bench.at(beside, n * 3)
    turns = bench.at(matrix, n * n)
    tridiagonal.mirror(bench, source, matrix, n)
    scale = scale_of(bench, n * n, matrix)
    unless_one(bench, scale, lambda: bench.call("divide", n * n, scale, matrix))
    bench.call("fill", n, bench.number(0), beside)
    tridiagonal.reduce(bench, matrix, n, (beside, factors, p))
    tridiagonal.accumulate(bench, matrix, factors, rows, n)
    each(zero, n, 1, lambda i: bench.put(bench.get(matrix, i * n + i), out, i))
    bad = iterate(bench, Tridiagonal(n, out, beside, rows, work, turns))
    order_rows(bench, out, rows, n)
    each(zero, n, 1, lambda i: orient(bench, bench.at(rows, i * n), n))
    unless_one(bench, scale, lambda: _scale_back(bench, scale, out, n))
    return bench.b.bit_or(bad, _some_are_none(bench, out, n))


def _scale_back(bench: Bench, scale: Register, values: Register, n: Int) -> None:
    def multiply(i: Int) -> None:
        bench.put(bench.b.multiply(bench.get(values, i), scale), values, i)

    each(bench.count(0), n, 1, multiply)


def _some_are_none(bench: Bench, values: Register, n: Int) -> Register:
    """Return as an int64 whether some values are no finite numbers."""
    b = bench.b
    most = bench.number(float(np.finfo(bench.dtype).max))

    def look(i: Int, state: State) -> State:
        finite = b.less_equal(b.absolute(bench.get(values, i)), most)
        return [b.bit_or(state[0], b.cast(b.bit_not(finite), "int64"))]

    (found,) = bench.carry(bench.count(0), n, [bench.count(0).register], look)
    return found
