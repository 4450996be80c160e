"""The exponential of a matrix, as `symc.compiler.kernel.matrices.expm` computes it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.factor.elimination import eliminate, solve_eliminated
from symc.compiler.codegen.factor.products import multiply
from symc.compiler.codegen.factor.triangles import dense
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.matrices import PADE, RADIUS


class Squares(Struct, frozen=True):
    """Square matrices of one size, side by side in scratch memory."""

    bench: Bench
    n: Int
    start: Register
    work: Register

    def at(self, number: int) -> Register:
        """Return a matrix by its number."""
        return self.bench.at(self.start, self.n * self.n * number)

    def product(self, out: Register, left: Register, right: Register) -> None:
        """Print a product."""
        into, first, second = (dense(self.bench, x, self.n) for x in (out, left, right))
        sizes = self.n, self.n, self.n
        multiply(self.bench, "assign", self.work, into, first, second, sizes)

    def sum(self, out: Register, terms: tuple[tuple[float, Register], ...]) -> None:
        """Add multiples of matrices to another."""
        for factor, matrix in terms:
            number = self.bench.number(factor)
            self.bench.call("add", self.n * self.n, number, matrix, out)

    def clear(self, out: Register, diagonal: float) -> None:
        """Print a matrix that is zero beside its diagonal."""
        bench, n = self.bench, self.n
        bench.call("fill", n * n, bench.number(0), out)
        each(bench.count(0), n, 1, lambda i: bench.put(bench.number(diagonal), out, i * n + i))


def exponential(
    bench: Bench, source: Register, out: Register, n: Int, work: Register, own: Register
) -> None:
    """Print the exponential of a matrix.

    work   the scratch memory of products
    own    that of KINDS beside
    """
    s = Squares(bench, n, own, work)
    halvings = _halvings(bench, _norm(bench, source, n))
    x, x2, x4, x6, odd, even, high = (s.at(k) for k in range(7))
    bench.call("copy", n * n, source, x)
    _each_halving(bench, halvings, lambda: bench.call("divide", n * n, bench.number(2), x))
    s.product(x2, x, x)
    s.product(x4, x2, x2)
    s.product(x6, x4, x2)
    powers = x2, x4, x6
    _polynomial(s, (odd, high), powers, PADE[1::2])
    s.product(high, x, odd)
    _polynomial(s, (even, odd), powers, PADE[::2])
    # even + odd over even - odd, of which the latter comes to stand in x4.
    bench.call("copy", n * n, even, x4)
    s.sum(x4, ((-1.0, high),))
    s.sum(even, ((1.0, high),))
    packed = x6
    eliminate(bench, x4, packed, n, work)
    bench.call("copy", n * n, even, out)
    solve_eliminated(bench, packed, out, (n, bench.count(1) * n), "plain", work)

    def square() -> None:
        bench.call("copy", n * n, out, x)
        s.product(out, x, x)

    _each_halving(bench, halvings, square)


def _polynomial(
    s: Squares,
    matrices: tuple[Register, Register],
    powers: tuple[Register, Register, Register],
    coefficients: tuple[float, ...],
) -> None:
    """Print a polynomial of the seven coefficients in even powers, by one product; the second of
    the matrices is overwritten on the way."""
    out, inner = matrices
    s.clear(inner, 0)
    s.sum(inner, tuple(zip(coefficients[4:], powers, strict=True)))
    s.product(out, powers[2], inner)
    s.clear(inner, coefficients[0])
    s.sum(out, ((1.0, inner), *zip(coefficients[1:4], powers, strict=True)))


def _norm(bench: Bench, x: Register, n: Int) -> Register:
    """Return the largest sum of sizes over a column."""
    b, zero = bench.b, bench.count(0)

    def column(j: Int, largest: State) -> State:
        def add(i: Int, total: State) -> State:
            return [b.add(total[0], b.absolute(bench.get(x, i * n + j)))]

        (total,) = bench.carry(zero, n, [bench.number(0)], add)
        return [b.select(b.greater(total, largest[0]), total, largest[0])]

    (norm,) = bench.carry(zero, n, [bench.number(0)], column)
    return norm


def _halvings(bench: Bench, norm: Register) -> Int:
    """Return how often a norm must be halved to come below the radius; none for infinity."""
    b = bench.b
    most = b.constant(bench.dtype, float(np.finfo(bench.dtype).max))
    start = b.select(b.greater(norm, most), bench.number(0), norm)
    radius = bench.number(math.nextafter(RADIUS, 0))

    def halve(state: State) -> State:
        half = b.multiply(state[0], bench.number(0.5))
        return [half, b.add(state[1], bench.count(1).register)]

    _, count = b.loop_while(
        [start, bench.count(0).register], lambda state: b.greater(state[0], radius), halve
    )
    return Int(b, count)


def _each_halving(bench: Bench, count: Int, body: Callable[[], None]) -> None:
    each(bench.count(0), count, 1, lambda _: body())
