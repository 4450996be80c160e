"""Rules in reals for arithmetic, comparisons and choices of complex numbers.

Each takes the complex Value, then its operands: `Parts` where they are complex, else Values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from symc.compiler.op import find
from symc.compiler.ops.comparison import equal, isfinite, isinf, isnan, not_equal
from symc.compiler.ops.logic import cast, switch
from symc.compiler.ops.plane import hypot
from symc.compiler.ops.shape import broadcast, dimshuffle, place, zeros_like
from symc.compiler.ops.trigonometric import arctan2, cos, sin
from symc.compiler.types import PART
from symc.compiler.value import Value
from symc.passes.split.parts import Parts

Rule = Callable[..., Any]
Pair = tuple[Value, Value]


def linear(value: Value, *xs: Parts) -> Parts:
    """Do to each part what the operation does: sums, differences and signs."""
    if all(x.lies for x in xs):
        return Parts(None, value.op(*(x.pairs for x in xs)))
    return Parts((value.op(*(x.re for x in xs)), value.op(*(x.im for x in xs))))


def product(left: Pair, right: Pair) -> Pair:
    """Multiply as NumPy does."""
    (a, b), (c, d) = left, right
    return a * c - b * d, a * d + b * c


def multiplied(value: Value, *xs: Parts) -> Parts:
    """Multiply from the left to the right."""
    return Parts(reduce(product, (x.pair for x in xs)))


def quotient(left: Pair, right: Pair) -> Pair:
    """Divide by Smith's method (1962), which scales by the larger part of the divisor.

    A divisor of 0 gives infinities and NaN as two real divisions do.
    """
    (a, b), (c, d) = left, right
    wide, none = abs(c) >= abs(d), find("bit_and")(equal(c, 0), equal(d, 0))
    large, small = switch(wide, c, d), switch(wide, d, c)
    ratio = switch(none, 0, small / switch(none, 1, large))
    scale = 1 / (large + small * ratio)
    first, second = switch(wide, a, b), switch(wide, b, a)
    re = (first + second * ratio) * scale
    im = switch(wide, second - first * ratio, first * ratio - second) * scale
    return switch(none, a / abs(c), re), switch(none, b / abs(c), im)


def divided(value: Value, x: Parts, y: Parts) -> Parts:
    """Divide."""
    return Parts(quotient(x.pair, y.pair))


def inverse(pair: Pair) -> Pair:
    """Return 1 divided by a number."""
    re, _ = pair
    zero = zeros_like(re)
    return quotient((zero + 1, zero), pair)


def squared(value: Value, x: Parts) -> Parts:
    """Multiply a number by itself."""
    return Parts(product(x.pair, x.pair))


LARGEST_POWER = 100
"""Whole exponents below it, where they are constants, are multiplied out, as NumPy does."""


def powered(value: Value, x: Parts, y: Parts) -> Parts:
    """Raise to a power: by multiplication, or as exp(y log(x))."""
    from symc.passes.split.functions import exponential, logarithm

    exponent = whole_number(value.operands[1])
    if exponent is not None:
        return Parts(whole_power(x.pair, exponent))
    re, im = exponential(product(y.pair, logarithm(x.pair)))
    both = find("bit_and")
    none = both(equal(x.re, 0), equal(x.im, 0))
    one = both(equal(y.re, 0), equal(y.im, 0))
    vanishes = both(none, y.re > 0)
    re = switch(one, 1, switch(vanishes, 0, switch(none, find("log")(-abs(re) - 1), re)))
    im = switch(one, 0, switch(vanishes, 0, switch(none, find("log")(-abs(im) - 1), im)))
    return Parts((re, im))


def whole_number(value: Value) -> int | None:
    """Return the one small whole number that a constant holds, if it does."""
    if not value.is_constant or value.data.size == 0:
        return None
    first = complex(value.data.flat[0])
    same = bool((value.data == first).all())
    small = first.imag == 0 and abs(first.real) < LARGEST_POWER and first.real % 1 == 0
    return int(first.real) if same and small else None


def whole_power(base: Pair, exponent: int) -> Pair:
    """Raise to a whole power by squaring."""
    one = zeros_like(base[0]) + 1, zeros_like(base[0])
    result: Pair | None = None
    rest = abs(exponent)
    while rest:
        if rest & 1:
            result = base if result is None else product(result, base)
        base, rest = product(base, base) if rest > 1 else base, rest >> 1
    if result is None:
        return one
    return inverse(result) if exponent < 0 else result


def chosen(value: Value, condition: Value, x: Parts, y: Parts) -> Parts:
    """Choose both parts by the same condition."""
    if x.lies and y.lies:
        return Parts(None, switch(_for_both(condition), x.pairs, y.pairs))
    return Parts((switch(condition, x.re, y.re), switch(condition, x.im, y.im)))


def _for_both(condition: Value) -> Value:
    """Spread a condition over the parts; one that marks a region keeps the form that says so."""
    if condition.op.name != "place":
        return dimshuffle(condition, order=(*range(condition.type.ndim), "x"))  # type: ignore[no-any-return]
    inside, *bounds = condition.operands
    number, middle = condition.context.size_value, len(bounds) // 2
    spread = dimshuffle(inside, order=(*range(inside.type.ndim), "x"))
    spread = broadcast(spread, *map(number, inside.type.shape), number(2))
    together = *bounds[:middle], number(0), *bounds[middle:], number(2)
    return place(spread, *together, steps=(*condition.attribute("steps"), 1))  # type: ignore[no-any-return]


def converted(value: Value, x: Parts | Value) -> Parts:
    """Convert to another complex dtype, or make a complex number of a real one."""
    dtype = PART[value.type.dtype]
    if isinstance(x, Parts):
        return x.moved(*(lambda v: cast(v, dtype=dtype),) * 2)
    re = x if x.type.dtype == dtype else cast(x, dtype=dtype)
    return Parts((re, zeros_like(re)), is_real=True)


def _either(test: Any) -> Rule:
    return lambda value, x: find("bit_or")(test(x.re), test(x.im))


def _polar(value: Value, size: Value, turn: Value) -> Parts:
    return Parts((size * cos(turn), size * sin(turn)))


RULES: dict[str, Rule] = {
    "add": linear,
    "subtract": linear,
    "negate": linear,
    "multiply": multiplied,
    "true_divide": divided,
    "reciprocal": lambda value, x: Parts(inverse(x.pair)),
    "square": squared,
    "power": powered,
    "switch": chosen,
    "cast": converted,
    "real": lambda value, x: x.re,
    "imag": lambda value, x: x.im,
    "conj": lambda value, x: Parts((x.re, -x.im), is_real=x.is_real),
    "absolute": lambda value, x: hypot(x.re, x.im),
    "angle": lambda value, x: arctan2(x.im, x.re),
    "complex": lambda value, re, im: Parts((re, im)),
    "complex_from_polar": _polar,
    "equal": lambda value, x, y: find("bit_and")(equal(x.re, y.re), equal(x.im, y.im)),
    "not_equal": lambda value, x, y: find("bit_or")(not_equal(x.re, y.re), not_equal(x.im, y.im)),
    "isnan": _either(isnan),
    "isinf": _either(isinf),
    "isfinite": lambda value, x: find("bit_and")(isfinite(x.re), isfinite(x.im)),
}
