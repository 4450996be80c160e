"""Rules in reals for elementary functions of complex numbers.

Where a product would be NaN because one factor is 0 and the other infinite or NaN, the zero stays,
as C has it (C99, annex G). Cuts and signs of zeros are those of Kahan, "Branch cuts for complex
elementary functions" (1987), whose formulas the inverse functions use.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from symc.compiler.ops.arithmetic import maximum, sqrt
from symc.compiler.ops.comparison import equal, isfinite, isinf
from symc.compiler.ops.exponential import exp, expm1, log1p
from symc.compiler.ops.logic import bit_not, switch
from symc.compiler.ops.plane import copysign, hypot, log_hypot
from symc.compiler.ops.trigonometric import arcsinh, arctan2, cos, cosh, sin, sinh, tan
from symc.compiler.value import Value
from symc.passes.split.arithmetic import Pair, Rule, product
from symc.passes.split.parts import Parts

SAFE = {"float32": 80.0, "float64": 700.0}
"""Arguments up to which exponentials of a dtype are far from overflow."""

SHIFT = {"float32": 60.0, "float64": 500.0}
"""What is taken off larger ones: so much that a small sine does not vanish beside what is left."""

FLAT = {"float32": 10.0, "float64": 20.0}
"""Arguments from which tanh is 1."""

VAST = {"float32": 1e4, "float64": 1e9}
"""Magnitudes from which 1 is nothing beside a square."""

SCALES = {"float32": (124, -100, 24), "float64": (1020, -960, 54)}
"""Exponents of 2: from which numbers are scaled down, below which they are scaled up, and by it."""


def number(value: float, like: Value) -> Value:
    """Return a constant of a Value's rank and dtype."""
    return like.context.constant(value, like.type.dtype, like.type.ndim)


def _in_steps(x: Value) -> tuple[Value, Value]:
    """Return (t, factor) with exp(x) = exp(t) * factor, so that exp(t) does not overflow early."""
    large, shift = x > SAFE[x.type.dtype], SHIFT[x.type.dtype]
    return switch(large, x - shift, x), switch(large, math.exp(shift), number(1, x))


def _wild(size: Value, turn: Value) -> Value:
    """Tell where a magnitude is infinite and the angle is no number to turn by."""
    return isinf(size) & bit_not(isfinite(turn))  # type: ignore[no-any-return]


def exponential(z: Pair) -> Pair:
    """Return exp(z)."""
    x, turn = z
    rest, factor = _in_steps(x)
    size = exp(rest)
    wild = _wild(x, turn)
    re = switch(wild, switch(x < 0, 0, x), size * cos(turn) * factor)
    im = switch(wild & (x < 0), 0, size * sin(turn) * factor)
    return re, switch(equal(turn, 0), turn, im)


def logarithm(z: Pair) -> Pair:
    """Return log(z), its imaginary part in -pi..pi."""
    return log_hypot(*z), arctan2(z[1], z[0])


def _logarithm_plus_one(z: Pair) -> Pair:
    x, y = z
    near = (abs(x) < 0.5) & (abs(y) < 0.5)
    re = switch(near, 0.5 * log1p(x * (x + 2) + y * y), log_hypot(x + 1, y))
    return re, arctan2(y, x + 1)


def _exponential_minus_one(z: Pair) -> Pair:
    x, turn = z
    half = sin(turn * 0.5)
    return expm1(x) * cos(turn) - 2 * half * half, exp(x) * sin(turn)


def square_root(z: Pair) -> Pair:
    """Return the root whose real part is not negative, scaled where the sum would overflow."""
    x, y = z
    top, bottom, by = SCALES[x.type.dtype]
    size = maximum(abs(x), abs(y))
    large, small = size > 2.0**top, size < 2.0**bottom
    one = number(1, x)
    scale = switch(large, 0.0625, switch(small, 2.0**by, one))
    back = switch(large, 4.0, switch(small, 2.0 ** (-by // 2), one))
    u, v = abs(x) * scale, abs(y) * scale
    long = sqrt((u + hypot(u, v)) * 0.5)
    short = switch(equal(long, 0), 0, v / (2 * long))
    right, endless = x >= 0, isinf(y)
    re = switch(endless, abs(y), switch(right, long, short) * back)
    im = switch(endless, abs(y), switch(right, short, long) * back)
    return re, copysign(im, y)


def _halves(x: Value) -> tuple[Value, Value, Value]:
    """Return (sinh, cosh, factor) of x, both to be multiplied by the factor."""
    rest, factor = _in_steps(abs(x))
    large = abs(x) > SAFE[x.type.dtype]
    half = 0.5 * exp(rest)
    return (
        copysign(switch(large, half, sinh(rest)), x),
        switch(large, half, cosh(rest)),
        factor,
    )


def hyperbolic_sine(z: Pair) -> Pair:
    """Return sinh(z)."""
    x, turn = z
    odd, even, factor = _halves(x)
    re = switch(_wild(x, turn), x, odd * cos(turn) * factor)
    im = even * sin(turn) * factor
    still = equal(x, 0) & bit_not(isfinite(turn))
    return switch(still, x, re), switch(equal(turn, 0), turn, im)


def hyperbolic_cosine(z: Pair) -> Pair:
    """Return cosh(z)."""
    x, turn = z
    odd, even, factor = _halves(x)
    re = switch(_wild(x, turn), abs(x), even * cos(turn) * factor)
    zero = equal(turn, 0) | (equal(x, 0) & bit_not(isfinite(turn)))
    signs = copysign(number(0, x), x) * copysign(number(1, x), turn)
    im = switch(zero, signs, odd * sin(turn) * factor)
    return re, im


def hyperbolic_tangent(z: Pair) -> Pair:
    """Return tanh(z)."""
    x, turn = z
    flat = abs(x) > FLAT[x.type.dtype]
    t, s = tan(turn), sinh(x)
    beta = 1 + t * t
    below = 1 + beta * s * s
    far = 4 * sin(turn) * cos(turn) * exp(-2 * abs(x))
    one = copysign(number(1, x), x)
    re = switch(flat, one + 0 * turn, beta * sqrt(1 + s * s) * s / below)
    im = switch(flat, switch(_wild(x, turn), 0, far), t / below)
    re = switch(isinf(x), one, switch(equal(x, 0), x, re))
    return re, switch(equal(turn, 0), turn, im)


def _vast(z: Pair) -> tuple[Value, Value]:
    """Tell whether a number is so large that its inverse sine is a logarithm, and return that."""
    vast = maximum(abs(z[0]), abs(z[1])) > VAST[z[0].type.dtype]
    return vast, log_hypot(*z) + math.log(2)


def _arcsine(z: Pair) -> Pair:
    x, y = z
    less, more = square_root(_from_one(z)), square_root(_plus_one(z))
    vast, size = _vast(z)
    re = arctan2(x, switch(vast, abs(y), product(less, more)[0]))
    im = arcsinh(product(_conjugate(less), more)[1])
    return re, switch(vast, copysign(size, y), im)


def _arccosine(z: Pair) -> Pair:
    x, y = z
    less, more = square_root(_from_one(z)), square_root(_plus_one(z))
    vast, size = _vast(z)
    re = switch(vast, arctan2(abs(y), x), 2 * arctan2(less[0], more[0]))
    im = arcsinh(product(_conjugate(more), less)[1])
    return re, switch(vast, -copysign(size, y), im)


def _hyperbolic_arccosine(z: Pair) -> Pair:
    x, y = z
    less, more = square_root((x - 1, y)), square_root(_plus_one(z))
    vast, size = _vast(z)
    re = arcsinh(product(_conjugate(less), more)[0])
    im = switch(vast, arctan2(y, x), 2 * arctan2(less[1], more[0]))
    return switch(vast, size, re), im


def _hyperbolic_arctangent(z: Pair) -> Pair:
    x, y = abs(z[0]), z[1]
    apart = hypot(1 - x, y)
    close = apart < 1e-5
    re = 0.25 * log1p(4 * (x / apart) / apart)
    re = switch(close, 0.5 * (log_hypot(1 + x, y) - log_hypot(1 - x, y)), re)
    im = 0.5 * (arctan2(y, 1 + x) + arctan2(y, 1 - x))
    return copysign(switch(isinf(x) | isinf(y), 0, re), z[0]), im


def _plus_one(z: Pair) -> Pair:
    return z[0] + 1, z[1]


def _from_one(z: Pair) -> Pair:
    return 1 - z[0], -z[1]


def _conjugate(z: Pair) -> Pair:
    return z[0], -z[1]


def _circular(function: Callable[[Pair], Pair]) -> Callable[[Pair], Pair]:
    """Return f with f(z) = -i g(iz): sin of sinh, tan of tanh, and so their inverses."""

    def turned(z: Pair) -> Pair:
        re, im = function((-z[1], z[0]))
        return im, -re

    return turned


def _hyperbolic(function: Callable[[Pair], Pair]) -> Callable[[Pair], Pair]:
    """Return g with g(z) = i f(-iz), the other way round."""

    def turned(z: Pair) -> Pair:
        re, im = function((z[1], -z[0]))
        return -im, re

    return turned


def _cosine(z: Pair) -> Pair:
    return hyperbolic_cosine((-z[1], z[0]))


def _scaled(function: Callable[[Pair], Pair], factor: float) -> Callable[[Pair], Pair]:
    def scaled(z: Pair) -> Pair:
        re, im = function(z)
        return re * factor, im * factor

    return scaled


def _exponential_of_two(z: Pair) -> Pair:
    return exponential((z[0] * math.log(2), z[1] * math.log(2)))


def _rule(function: Callable[[Pair], Pair]) -> Rule:
    return lambda value, x: Parts(function(x.pair))


FUNCTIONS: dict[str, Callable[[Pair], Pair]] = {
    "exp": exponential,
    "exp2": _exponential_of_two,
    "expm1": _exponential_minus_one,
    "log": logarithm,
    "log2": _scaled(logarithm, 1 / math.log(2)),
    "log10": _scaled(logarithm, 1 / math.log(10)),
    "log1p": _logarithm_plus_one,
    "sqrt": square_root,
    "sinh": hyperbolic_sine,
    "cosh": hyperbolic_cosine,
    "tanh": hyperbolic_tangent,
    "sin": _circular(hyperbolic_sine),
    "cos": _cosine,
    "tan": _circular(hyperbolic_tangent),
    "arcsin": _arcsine,
    "arccos": _arccosine,
    "arctan": _circular(_hyperbolic_arctangent),
    "arcsinh": _hyperbolic(_arcsine),
    "arccosh": _hyperbolic_arccosine,
    "arctanh": _hyperbolic_arctangent,
}
RULES: dict[str, Rule] = {name: _rule(function) for name, function in FUNCTIONS.items()}
