"""Numbers whose squares would overflow or vanish, brought near 1 before they are worked with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.product.integers import Int
from symc.compiler.codegen.register import Register

LARGEST = (("n", "int64"), ("x", "ptr"))


def emit_largest(bench: Bench) -> None:
    """Define the greatest size of a vector's elements, NaN passed over."""
    with bench.function("largest", LARGEST, bench.dtype) as (n, x):
        b = bench.b

        def look(i: Int, best: State) -> State:
            size = b.absolute(bench.get(x, i))
            return [b.select(b.greater(size, best[0]), size, best[0])]

        (found,) = bench.carry(bench.count(0), Int(b, n), [bench.number(0)], look)
        b.ret(found)


def is_safe(bench: Bench, square: Register) -> Register:
    """Tell whether a sum of squares has all its digits."""
    b, limits = bench.b, np.finfo(bench.dtype)
    least, most = float(limits.tiny / limits.eps**2), float(limits.max * limits.eps**2)
    some = b.greater(square, bench.number(least))
    return b.bit_and(some, b.less(square, bench.number(most)))


def scale_of(bench: Bench, n: Int, x: Register) -> Register:
    """Return what to divide a vector by: 1 as a rule, else the greatest size of its elements."""
    b = bench.b
    largest = bench.ask("largest", bench.dtype, n, x)
    good = is_safe(bench, b.multiply(largest, largest))
    good = b.bit_or(good, b.equal(largest, bench.number(0)))
    return b.select(good, bench.number(1), largest)


def unless_one(bench: Bench, scale: Register, then: Callable[[], None]) -> None:
    """Run a block unless a scale is 1."""
    bench.when(bench.b.not_equal(scale, bench.number(1)), then)


def some_are_none(bench: Bench, values: Register, n: Int) -> Register:
    """Return as an int64 whether some values are no finite numbers."""
    b = bench.b
    most = bench.number(float(np.finfo(bench.dtype).max))

    def look(i: Int, state: State) -> State:
        finite = b.less_equal(b.absolute(bench.get(values, i)), most)
        return [b.bit_or(state[0], b.cast(b.bit_not(finite), "int64"))]

    (found,) = bench.carry(bench.count(0), n, [bench.count(0).register], look)
    return found
