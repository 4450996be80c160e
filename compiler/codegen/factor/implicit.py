"""Eigenvalues of tridiagonal matrices by the implicit QL method, and the rotations it takes.

Golub and Van Loan, "Matrix Computations", 8.3. The rotations of a sweep are kept, and applied to
the vectors a few sweeps at a time: column by column, so that what they touch stays in the cache.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import KEPT

SWEEPS = 30
"""Sweeps, times the number of eigenvalues, after which the iteration has failed."""

VECTORS = 4
"""Vectors of columns that are rotated at once."""

APPLY = (("n", "int64"), ("rows", "ptr"), ("count", "int64"), ("log", "ptr"), ("turns", "ptr"))


class Tridiagonal(Struct, frozen=True):
    """A tridiagonal matrix in memory, the rows that are rotated with it, and kept rotations.

    diagonal, beside   its elements
    rows               n rows of n elements
    log                for each sweep kept two int64: its first and its last row
    turns              for each sweep kept, n pairs (cosine, sine)
    """

    n: Int
    diagonal: Register
    beside: Register
    rows: Register
    log: Register
    turns: Register


def emit_rotations(bench: Bench) -> None:
    """Define `rotate`, which applies kept sweeps to all columns of some rows."""
    with bench.function("rotate", APPLY) as (n, rows, count, log, turns):
        b, tile = bench.b, bench.tile
        width, size = VECTORS * tile.step, Int(b, n)

        def columns(vectors: int) -> Callable[[Int], None]:
            return lambda j: _rotate(_Strip(bench, rows, size, j, vectors), count, log, turns)

        end = size - _remainder(bench, size, width)
        each(bench.count(0), end, width, columns(VECTORS))
        short = size - _remainder(bench, size, tile.step)
        each(end, short, tile.step, columns(1))
        each(short, size, 1, columns(0))
        b.ret()


def _remainder(bench: Bench, n: Int, width: int) -> Int:
    return Int(bench.b, bench.b.remainder(n.register, bench.count(width).register))


class _Strip(Struct, frozen=True):
    """Some columns of n rows, from j on: so many vectors of them, or one column for 0."""

    bench: Bench
    rows: Register
    n: Int
    j: Int
    vectors: int

    @property
    def lanes(self) -> int:
        """Return the lanes of each register."""
        return self.bench.tile.lanes if self.vectors else 0

    def _places(self, i: Int) -> State:
        steps = [v * self.bench.tile.step for v in range(max(self.vectors, 1))]
        return [self.bench.at(self.rows, i * self.n + self.j + step) for step in steps]

    def load(self, i: Int) -> State:
        """Load what belongs to a row."""
        bench = self.bench
        return [bench.b.load(place, bench.dtype, self.lanes) for place in self._places(i)]

    def store(self, values: State, i: Int) -> None:
        """Store what belongs to a row."""
        for value, place in zip(values, self._places(i), strict=True):
            self.bench.b.store(value, place)


def _rotate(strip: _Strip, count: Register, log: Register, turns: Register) -> None:
    """Apply all sweeps to some columns; a row is held until the rotation after uses it again."""
    bench, b = strip.bench, strip.bench.b

    def sweep(s: Int) -> None:
        first, last = (
            Int(b, b.load(b.offset(log, "int64", (s * 2 + k).register), "int64")) for k in (0, 1)
        )
        pairs = bench.at(turns, s * strip.n * 2)

        def turn(k: Int, above: State) -> State:
            i = last - 1 - k + first
            c, sine = bench.get(pairs, i * 2), bench.get(pairs, i * 2 + 1)
            signs = c, sine, b.negate(sine)
            c, plus, minus = (b.splat(x, strip.lanes) for x in signs)
            both = list(zip(strip.load(i), above, strict=True))
            strip.store([b.fma(plus, x, b.multiply(c, y)) for x, y in both], i + 1)
            return [b.fma(minus, y, b.multiply(c, x)) for x, y in both]

        strip.store(bench.carry(first, last, strip.load(last), turn), first)

    each(bench.count(0), Int(b, count), 1, sweep)


# --- the iteration


def iterate(bench: Bench, t: Tridiagonal) -> Register:
    """Print the iteration; return as an int64 whether it fails.

    The eigenvalues come to stand on the diagonal, in no order, and the rows are rotated with them.
    """
    zero = bench.count(0)

    def value(low: Int, state: State) -> State:
        return _one_value(bench, t, low, state)

    start = [zero.register, zero.register, bench.number(0)]
    tries, kept, _ = bench.carry(zero, t.n, start, value)
    bench.call("rotate", t.n, t.rows, kept, t.log, t.turns)
    return bench.b.cast(bench.b.bit_not(Int(bench.b, tries) < t.n * SWEEPS + 1), "int64")


def _one_value(bench: Bench, t: Tridiagonal, low: Int, state: State) -> State:
    """Sweep until what stands beside a place of the diagonal is nothing.

    The state is how many sweeps were made, how many are kept, and the size of what was met.
    """
    b = bench.b

    def going(s: State) -> Register:
        tries, _, high = s
        return b.bit_and(low < Int(b, high), Int(b, tries) < t.n * SWEEPS + 1)

    tries, kept, size = state
    here = [b.absolute(bench.get(x, low)) for x in (t.diagonal, t.beside)]
    size = b.maximum(size, b.add(*here))

    def sweep(s: State) -> State:
        tries, kept, high = s
        kept = _sweep(bench, t, (low, Int(b, high)), kept)
        return [b.add(tries, bench.count(1).register), kept, _split(bench, t, low, size)]

    start = [tries, kept, _split(bench, t, low, size)]
    tries, kept, _ = b.loop_while(start, going, sweep)
    return [tries, kept, size]


def _split(bench: Bench, t: Tridiagonal, low: Int, size: Register) -> Register:
    """Return the first place from `low` on beside which there is as good as nothing.

    That is what the sum of its neighbours, or the size of what was met, do not notice.
    """
    b = bench.b
    last = t.n - 1

    def coupled(s: State) -> Register:
        place = Int(b, s[0])

        def compare() -> State:
            near = [b.absolute(bench.get(t.diagonal, place + k)) for k in (0, 1)]
            total = b.maximum(b.add(*near), size)
            return [b.not_equal(b.add(b.absolute(bench.get(t.beside, place)), total), total)]

        (found,) = b.when(place < last, compare, lambda: [b.constant("bool", 0)])
        return found

    (place,) = b.loop_while(
        [low.register], coupled, lambda s: [b.add(s[0], bench.count(1).register)]
    )
    return place


def _sweep(bench: Bench, t: Tridiagonal, span: tuple[Int, Int], kept: Register) -> Register:
    """Rotate from the end of a block to its beginning; return how many sweeps are kept."""
    b, (low, high) = bench.b, span
    full = b.equal(kept, bench.count(KEPT).register)

    def apply() -> State:
        bench.call("rotate", t.n, t.rows, kept, t.log, t.turns)
        return [bench.count(0).register]

    (number,) = b.when(full, apply, lambda: [kept])
    pairs = bench.at(t.turns, Int(b, number) * t.n * 2)
    stopped = _chase(bench, t, (low, high), pairs)
    entry = Int(b, number) * 2
    b.store(stopped, b.offset(t.log, "int64", entry.register))
    b.store(high.register, b.offset(t.log, "int64", (entry + 1).register))
    return (Int(b, number) + 1).register


def _hypotenuse(bench: Bench, x: Register, y: Register) -> Register:
    """Return the length of (x, y), without overflow on the way."""
    b = bench.b
    x, y = b.absolute(x), b.absolute(y)
    large, small = b.maximum(x, y), b.minimum(x, y)
    none = b.equal(large, bench.number(0))
    ratio = b.divide(small, b.select(none, bench.number(1), large))
    return b.multiply(large, b.sqrt(b.fma(ratio, ratio, bench.number(1))))


def _chase(bench: Bench, t: Tridiagonal, span: tuple[Int, Int], pairs: Register) -> Register:
    """Print one sweep with Wilkinson's shift; return the row it comes to, as a rule the first."""
    b, (low, high) = bench.b, span
    here, beside = bench.get(t.diagonal, low), bench.get(t.beside, low)
    half = b.divide(
        b.subtract(bench.get(t.diagonal, low + 1), here), b.multiply(bench.number(2), beside)
    )
    length = _hypotenuse(bench, half, bench.number(1))
    shift = b.divide(beside, b.add(half, b.copysign(length, half)))
    start = b.add(b.subtract(bench.get(t.diagonal, high), here), shift)
    one, zero = bench.number(1), bench.number(0)

    def going(s: State) -> Register:
        return b.bit_and(low <= Int(b, s[0]), b.not_equal(s[5], zero))

    def turn(s: State) -> State:
        return _rotation(bench, t, pairs, s)

    first = [(high - 1).register, start, one, one, zero, one]
    place, g, _, _, p, r = b.loop_while(first, going, turn)
    return _finish_sweep(bench, t, span, Int(b, place), (g, p, r))


def _rotation(bench: Bench, t: Tridiagonal, pairs: Register, s: State) -> State:
    """Rotate one row; where the rotation has no length, stop there."""
    b = bench.b
    i, (_, g, sine, cosine, p, _) = Int(b, s[0]), s
    beside = bench.get(t.beside, i)
    f, c = b.multiply(sine, beside), b.multiply(cosine, beside)
    r = _hypotenuse(bench, f, g)
    bench.put(r, t.beside, i + 1)

    def stop() -> State:
        bench.put(b.subtract(bench.get(t.diagonal, i + 1), p), t.diagonal, i + 1)
        return [i.register, g, sine, cosine, p, r]

    def go() -> State:
        sine, cosine = b.divide(f, r), b.divide(g, r)
        old = b.subtract(bench.get(t.diagonal, i + 1), p)
        gap = b.subtract(bench.get(t.diagonal, i), old)
        moved = b.fma(gap, sine, b.multiply(b.multiply(bench.number(2), cosine), c))
        gain = b.multiply(sine, moved)
        bench.put(b.add(old, gain), t.diagonal, i + 1)
        bench.put(cosine, pairs, i * 2)
        bench.put(sine, pairs, i * 2 + 1)
        following = b.subtract(b.multiply(cosine, moved), c)
        return [(i - 1).register, following, sine, cosine, gain, r]

    return b.when(b.equal(r, bench.number(0)), stop, go)


def _finish_sweep(
    bench: Bench,
    t: Tridiagonal,
    span: tuple[Int, Int],
    place: Int,
    last: tuple[Register, Register, Register],
) -> Register:
    """Write what the last rotation leaves; return the first row that was rotated."""
    b, (low, high), (g, p, r) = bench.b, span, last
    early = b.equal(r, bench.number(0))

    def whole() -> None:
        bench.put(b.subtract(bench.get(t.diagonal, low), p), t.diagonal, low)
        bench.put(g, t.beside, low)

    bench.when(b.bit_not(early), whole)
    bench.put(bench.number(0), t.beside, high)
    return (place + 1).register


# --- order and signs


def order_rows(bench: Bench, values: Register, rows: Register, n: Int) -> None:
    """Print the exchanges that put values in ascending order, and their rows with them."""
    b = bench.b

    def place(i: Int) -> None:
        def least(k: Int, best: State) -> State:
            found = bench.get(values, k)
            less = b.less(found, best[0])
            return [b.select(less, found, best[0]), b.select(less, k.register, best[1])]

        here = bench.get(values, i)
        value, where = bench.carry(i + 1, n, [here, i.register], least)
        other = Int(b, where)

        def swap() -> None:
            bench.put(here, values, other)
            bench.put(value, values, i)
            bench.call("swap", n, bench.at(rows, i * n), bench.at(rows, other * n))

        bench.when(b.bit_not(i.is_(other)), swap)

    each(bench.count(0), n, 1, place)


def weighted_sum(bench: Bench, x: Register, n: Int) -> Register:
    """Return the sum by which `symc.compiler.kernel.matrices.signs` chooses a vector's sign."""
    b = bench.b

    def add(i: Int, total: State) -> State:
        place = b.add(b.cast(i.register, "float64"), b.constant("float64", 2**0.5))
        element = b.cast(bench.get(x, i), "float64")
        return [b.add(total[0], b.divide(element, place))]

    (total,) = bench.carry(bench.count(0), n, [b.constant("float64", 0)], add)
    return total


def orient(bench: Bench, x: Register, n: Int) -> None:
    """Print the change of a vector's sign that makes the weighted sum positive."""
    b = bench.b
    wrong = b.less(weighted_sum(bench, x, n), b.constant("float64", 0))
    bench.when(wrong, lambda: bench.call("divide", n, bench.number(-1), x))
