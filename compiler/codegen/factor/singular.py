"""Singular values by rotations that make rows orthogonal, after eigenvectors have done most of it.

One-sided Jacobi: Hestenes 1958; Demmel and Veselic 1992 for its accuracy. The rows begin as those
that the eigenvectors of the matrix times its transpose make of it, which are nearly orthogonal.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.factor.implicit import weighted_sum
from symc.compiler.codegen.factor.products import multiply
from symc.compiler.codegen.factor.reflections import transpose
from symc.compiler.codegen.factor.scale import some_are_none
from symc.compiler.codegen.factor.spectrum import find_spectrum
from symc.compiler.codegen.factor.triangles import dense, turned
from symc.compiler.codegen.factor.vectors import Lanes
from symc.compiler.codegen.product.integers import Int, along_lanes, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import MORE, PANEL, SWEEP_LOG

SWEEPS = 30
"""Rounds over all pairs of rows after which the iteration has failed."""

ORTHOGONAL = 4
"""The cosine of orthogonal rows at most, over the rounding of one and the root of a length."""

TURN = (("n", "int64"), ("c", "element"), ("s", "element"), ("x", "ptr"), ("y", "ptr"))


class Pairs(Struct, frozen=True):
    """What is rotated: k rows of a length, and with them the k rows of k of a basis.

    norms     the squares of the rows' lengths
    products  of each row with each, as they were before a round; work is what making them takes
    """

    k: Int
    length: Int
    rows: Register
    basis: Register
    norms: Register
    products: Register
    work: Register


def emit_turn(bench: Bench) -> None:
    """Define `turn`: c x - s y becomes x, s x + c y becomes y."""
    with bench.function("turn", TURN) as (n, c, s, x, y):
        b, tile = bench.b, bench.tile

        def body(j: Int, mask: Register | None) -> None:
            v = Lanes(bench, j, mask)
            first, second = v.load(x), v.load(y)
            plus, minus, scale = v.spread(s), v.spread(b.negate(s)), v.spread(c)
            v.store(b.fma(minus, second, b.multiply(scale, first)), x)
            v.store(b.fma(plus, first, b.multiply(scale, second)), y)

        along_lanes(Int(b, n), tile.lanes, tile.wide_masks, body)
        b.ret()


def find_singular(
    bench: Bench,
    source: Register,
    out: Register,
    sizes: tuple[Int, Int, Int],
    work: Register,
    own: Register,
) -> Register:
    """Print, for each singular value of an (m, n) matrix, a row: it, its left and right vectors.

    work   the scratch memory of products
    own    that of KINDS beside
    """
    m, n, k = sizes
    length = m.at_least(n)
    wide = bench.at(own, k * k * 3 + k * MORE + (SWEEP_LOG + PANEL * PANEL))
    rows, gram, basis = bench.at(wide, m * n), own, bench.at(own, k * k)
    _lay_rows(bench, source, wide, (m, n))
    scale = _scale(bench, wide, m * n)
    matrix = dense(bench, wide, length)
    multiply(bench, "assign", work, dense(bench, gram, k), matrix, turned(matrix), (k, k, length))
    # The eigenvectors come to stand where the rows will be rotated.
    spectrum = bench.at(basis, k * k)
    # Should that fail, the vectors are orthonormal still: the rotations have more to do.
    find_spectrum(bench, gram, out, k, work, spectrum)
    _reverse(bench, bench.at(out, k), basis, k)
    multiply(
        bench,
        "assign",
        work,
        dense(bench, rows, length),
        dense(bench, basis, k),
        matrix,
        (k, length, k),
    )
    pairs = Pairs(k, length, rows, basis, gram, wide, work)
    failed = _rotate_all(bench, pairs)
    _order(bench, pairs)
    _write(bench, pairs, out, (m, n), scale)
    return bench.b.bit_or(failed, some_are_none(bench, pairs.norms, k))


def _lay_rows(bench: Bench, source: Register, rows: Register, sizes: tuple[Int, Int]) -> None:
    """Lay the fewer of rows and columns out as rows."""
    m, n = sizes
    bench.b.when(
        n <= m,
        lambda: transpose(bench, source, rows, (m, n)),
        lambda: bench.call("copy", m * n, source, rows),
    )


def _scale(bench: Bench, x: Register, count: Int) -> Register:
    """Divide by the largest element, so that squares neither overflow nor vanish; return it."""
    b = bench.b
    largest = bench.ask("largest", bench.dtype, count, x)
    scale = b.select(b.equal(largest, bench.number(0)), bench.number(1), largest)
    bench.call("divide", count, scale, x)
    return scale


def _reverse(bench: Bench, source: Register, target: Register, n: Int) -> None:
    """Copy rows, the last first."""
    each(
        bench.count(0),
        n,
        1,
        lambda i: bench.call("copy", n, bench.at(source, (n - 1 - i) * n), bench.at(target, i * n)),
    )


# --- rotations


def _rotate_all(bench: Bench, pairs: Pairs) -> Register:
    """Rotate pairs of rows until all are orthogonal; return as an int64 whether that fails."""
    b = bench.b
    one, zero = bench.count(1), bench.count(0)

    def going(state: State) -> Register:
        rounds, turned = state
        left = b.less(rounds, bench.count(SWEEPS).register)
        return b.bit_and(left, b.not_equal(turned, zero.register))

    def sweep(state: State) -> State:
        _order(bench, pairs)
        _note_products(bench, pairs)

        def row(i: Int, turned: State) -> State:
            return bench.carry(i + 1, pairs.k, turned, lambda j, s: _pair(bench, pairs, i, j, s))

        (turned,) = bench.carry(zero, pairs.k, [zero.register], row)
        return [b.add(state[0], one.register), turned]

    _, turned = b.loop_while([zero.register, one.register], going, sweep)
    return turned


def _nothing(bench: Bench) -> Register:
    """Return the square of a length up to which a row counts as zeros: its digits are few."""
    limits = np.finfo(bench.dtype)
    return bench.number(float(limits.tiny / limits.eps))


def _note_norm(bench: Bench, pairs: Pairs, i: Int) -> None:
    row = bench.at(pairs.rows, i * pairs.length)
    bench.put(bench.ask("dot", bench.dtype, pairs.length, row, row), pairs.norms, i)


def _note_products(bench: Bench, pairs: Pairs) -> None:
    """Multiply each row with each: most are orthogonal, and are passed over."""
    rows = dense(bench, pairs.rows, pairs.length)
    target = dense(bench, pairs.products, pairs.k)
    sizes = pairs.k, pairs.k, pairs.length
    multiply(bench, "assign", pairs.work, target, rows, turned(rows), sizes)


def _pair(bench: Bench, pairs: Pairs, i: Int, j: Int, state: State) -> State:
    """Make two rows orthogonal, if they are not; return 1 if they were rotated, or others were."""
    b = bench.b
    norms = bench.get(pairs.norms, i), bench.get(pairs.norms, j)
    known = bench.get(pairs.products, i * pairs.k + j)

    def look() -> State:
        x, y = (bench.at(pairs.rows, row * pairs.length) for row in (i, j))
        inner = bench.ask("dot", bench.dtype, pairs.length, x, y)

        def rotate() -> State:
            _rotate(bench, pairs, (i, j), norms, inner)
            return [bench.count(1).register]

        return b.when(_are_apart(bench, pairs, norms, inner), rotate, lambda: state)

    return b.when(_are_apart(bench, pairs, norms, known), look, lambda: state)


def _are_apart(
    bench: Bench, pairs: Pairs, norms: tuple[Register, Register], inner: Register
) -> Register:
    """Tell whether two rows are not orthogonal, by more than the rounding of their product."""
    b = bench.b
    size = b.multiply(b.sqrt(norms[0]), b.sqrt(norms[1]))
    root = b.sqrt(b.cast(pairs.length.register, bench.dtype))
    least = b.multiply(root, bench.number(float(ORTHOGONAL * np.finfo(bench.dtype).eps)))
    apart = b.greater(b.absolute(inner), b.multiply(least, size))
    return b.bit_and(apart, b.greater(b.minimum(*norms), _nothing(bench)))


def _rotate(
    bench: Bench,
    pairs: Pairs,
    places: tuple[Int, Int],
    norms: tuple[Register, Register],
    inner: Register,
) -> None:
    """Rotate two rows and their basis by the angle that makes them orthogonal."""
    b, one = bench.b, bench.number(1)
    slope = b.divide(b.subtract(norms[1], norms[0]), b.multiply(bench.number(2), inner))
    size = b.absolute(slope)
    # Beyond the root of the largest number the square of the slope overflows, and its tangent is
    # half of one through it.
    large = b.greater(size, bench.number(float(np.sqrt(np.finfo(bench.dtype).max)) / 2))
    root = b.sqrt(b.fma(slope, slope, one))
    tangent = b.divide(one, b.add(size, b.select(large, size, root)))
    tangent = b.copysign(tangent, slope)
    cosine = b.divide(one, b.sqrt(b.fma(tangent, tangent, one)))
    sine = b.multiply(cosine, tangent)
    for array, length in ((pairs.rows, pairs.length), (pairs.basis, pairs.k)):
        bench.call("turn", length, cosine, sine, *(bench.at(array, p * length) for p in places))
    # Anew: what the rotation takes from a norm may be nearly all of it.
    for place in places:
        _note_norm(bench, pairs, place)


# --- the result


def _order(bench: Bench, pairs: Pairs) -> None:
    """Note the squares of the rows' lengths, and put the rows in descending order of them.

    Rotations go from long to short rows then, which is how they come to an end soon (de Rijk 1989).
    """
    b = bench.b
    each(bench.count(0), pairs.k, 1, lambda i: _note_norm(bench, pairs, i))

    def place(i: Int) -> None:
        def longest(j: Int, best: State) -> State:
            found = bench.get(pairs.norms, j)
            more = b.greater(found, best[0])
            return [b.select(more, found, best[0]), b.select(more, j.register, best[1])]

        here = bench.get(pairs.norms, i)
        value, where = bench.carry(i + 1, pairs.k, [here, i.register], longest)
        other = Int(b, where)

        def swap() -> None:
            bench.put(here, pairs.norms, other)
            bench.put(value, pairs.norms, i)
            for array, n in ((pairs.rows, pairs.length), (pairs.basis, pairs.k)):
                bench.call("swap", n, bench.at(array, i * n), bench.at(array, other * n))

        bench.when(b.bit_not(i.is_(other)), swap)

    each(bench.count(0), pairs.k, 1, place)


def _write(
    bench: Bench, pairs: Pairs, out: Register, sizes: tuple[Int, Int], scale: Register
) -> None:
    """Write values and vectors; those of zeros are chosen to complete the others."""
    b, (m, n) = bench.b, sizes
    wide, tall = m + n + 1, n <= m

    def row(i: Int) -> None:
        mine, basis = bench.at(pairs.rows, i * pairs.length), bench.at(pairs.basis, i * pairs.k)
        square = bench.get(pairs.norms, i)
        none = b.less_equal(square, _nothing(bench))
        length = b.select(none, bench.number(0), b.sqrt(square))
        b.when(
            none,
            lambda: _complete(bench, pairs, i),
            lambda: bench.call("divide", pairs.length, length, mine),
        )
        # Many rotations have worn the basis' lengths down by their rounding.
        worn = bench.ask("dot", bench.dtype, pairs.k, basis, basis)
        bench.call("divide", pairs.k, b.sqrt(worn), basis)
        start = bench.at(out, i * wide)
        bench.put(b.multiply(length, scale), start)
        left, right = bench.at(start, 1), bench.at(start, m + 1)
        long, short = b.select(tall, left, right), b.select(tall, right, left)
        bench.call("copy", pairs.length, mine, long)
        bench.call("copy", pairs.k, basis, short)
        wrong = b.less(weighted_sum(bench, left, m), b.constant("float64", 0))
        bench.when(wrong, lambda: bench.call("divide", m + n, bench.number(-1), left))

    each(bench.count(0), pairs.k, 1, row)


def _complete(bench: Bench, pairs: Pairs, i: Int) -> None:
    """Make of a row of zeros a unit vector orthogonal to the rows before.

    Some unit vector of the axes is far enough from them: the first tried is that of the row's
    place.
    """
    b, length = bench.b, pairs.length
    mine = bench.at(pairs.rows, i * length)
    enough = b.divide(bench.number(0.5), b.cast(length.register, bench.dtype))

    def take(j: Int) -> None:
        other = bench.at(pairs.rows, j * length)
        inner = bench.ask("dot", bench.dtype, length, other, mine)
        bench.call("add", length, b.negate(inner), other, mine)

    def attempt(t: Int) -> State:
        bench.call("fill", length, bench.number(0), mine)
        axis = Int(b, b.remainder((i + t).register, length.register))
        bench.put(bench.number(1), mine, axis)
        for _ in range(2):
            each(bench.count(0), i, 1, take)
        square = bench.ask("dot", bench.dtype, length, mine, mine)
        bench.call("divide", length, b.sqrt(square), mine)
        return [b.cast(b.greater(square, enough), "int64")]

    def turn(t: Int, found: State) -> State:
        looking = b.equal(found[0], bench.count(0).register)
        return b.when(looking, lambda: attempt(t), lambda: found)

    bench.carry(bench.count(0), length, [bench.count(0).register], turn)
