"""Operations on vectors whose elements lie side by side: the inner loops of all factorings."""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.product.integers import Int, along_lanes, mask_below
from symc.compiler.codegen.register import Register

ACCUMULATORS = 4
"""Sums that are kept side by side, so that none waits for another."""


def emit_vectors(bench: Bench) -> None:
    """Define dot, add, add_two, scale, divide, swap, copy and fill."""
    _emit_dot(bench)
    x, y, z = (("x", "ptr"), ("y", "ptr"), ("z", "ptr"))
    n, a, c = (("n", "int64"), ("a", "element"), ("c", "element"))
    _emit_each(bench, "add", (n, a, x, y), _add)
    _emit_each(bench, "add_two", (n, a, x, c, y, z), _add_two)
    _emit_each(bench, "scale", (n, a, x), _scale)
    _emit_each(bench, "divide", (n, a, x), _divide)
    _emit_each(bench, "swap", (n, x, y), _swap)
    _emit_each(bench, "copy", (n, x, y), _copy)
    _emit_each(bench, "fill", (n, a, x), _fill)


class Lanes:
    """A vector's worth of elements from a place on."""

    def __init__(self, bench: Bench, place: Int, mask: Register | None) -> None:
        self.bench, self.place, self.mask = bench, place, mask

    def load(self, array: Register) -> Register:
        """Load them."""
        bench = self.bench
        return bench.b.load(bench.at(array, self.place), bench.dtype, bench.tile.lanes, self.mask)

    def store(self, value: Register, array: Register) -> None:
        """Store them."""
        self.bench.b.store(value, self.bench.at(array, self.place), self.mask)

    def spread(self, value: Register) -> Register:
        """Return a number in each lane."""
        return self.bench.b.splat(value, self.bench.tile.lanes)


def _emit_each(
    bench: Bench,
    part: str,
    parameters: tuple[tuple[str, str], ...],
    step: Callable[..., None],
) -> None:
    """Define a function that does the same with each element."""
    with bench.function(part, parameters) as (n, *rest):
        tile = bench.tile

        def body(j: Int, mask: Register | None) -> None:
            step(Lanes(bench, j, mask), *rest)

        along_lanes(Int(bench.b, n), tile.lanes, tile.wide_masks, body)
        bench.b.ret()


def _add(v: Lanes, a: Register, x: Register, y: Register) -> None:
    """Add a times x to y."""
    v.store(v.bench.b.fma(v.spread(a), v.load(x), v.load(y)), y)


def _add_two(v: Lanes, a: Register, x: Register, c: Register, y: Register, z: Register) -> None:
    """Add a times x and c times y to z."""
    first = v.bench.b.fma(v.spread(a), v.load(x), v.load(z))
    v.store(v.bench.b.fma(v.spread(c), v.load(y), first), z)


def _scale(v: Lanes, a: Register, x: Register) -> None:
    """Multiply x by a."""
    v.store(v.bench.b.multiply(v.load(x), v.spread(a)), x)


def _divide(v: Lanes, a: Register, x: Register) -> None:
    """Divide x by a."""
    v.store(v.bench.b.divide(v.load(x), v.spread(a)), x)


def _swap(v: Lanes, x: Register, y: Register) -> None:
    """Exchange x and y."""
    first, second = v.load(x), v.load(y)
    v.store(second, x)
    v.store(first, y)


def _copy(v: Lanes, x: Register, y: Register) -> None:
    """Copy x to y."""
    v.store(v.load(x), y)


def _fill(v: Lanes, a: Register, x: Register) -> None:
    """Set x to a."""
    v.store(v.spread(a), x)


def _emit_dot(bench: Bench) -> None:
    """Define the sum of products of two vectors."""
    parameters = (("n", "int64"), ("x", "ptr"), ("y", "ptr"))
    with bench.function("dot", parameters, bench.dtype) as (count, x, y):
        b, n, lanes = bench.b, Int(bench.b, count), bench.tile.lanes
        step = bench.tile.step

        def add(place: Int, total: Register, mask: Register | None) -> Register:
            v = Lanes(bench, place, mask)
            return b.fma(v.load(x), v.load(y), total)

        def turn(i: Register, state: State) -> State:
            place = Int(b, i)
            sums = [add(place + u * step, s, None) for u, s in enumerate(state[:-1])]
            return [*sums, (place + ACCUMULATORS * step).register]

        def rest(i: Register, state: State) -> State:
            place = Int(b, i)
            return [add(place, state[0], mask_below(n - place, lanes) if lanes else None)]

        zero, wide = bench.count(0).register, ACCUMULATORS * step
        start = [b.constant(bench.dtype, 0.0, lanes)] * ACCUMULATORS
        last = (n - (wide - 1)).register
        *sums, end = b.loop(zero, last, bench.count(wide).register, [*start, zero], turn)
        total = b.add(b.add(sums[0], sums[1]), b.add(sums[2], sums[3]))
        (total,) = b.loop(end, n.register, bench.count(step).register, [total], rest)
        b.ret(b.horizontal("add", total) if lanes else total)
