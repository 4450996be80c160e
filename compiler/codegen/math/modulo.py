"""The floating-point remainder, exact for any quotient, and division rounded down."""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math.format import format_of, nearest, power_of_two, scaling
from symc.compiler.codegen.math.logarithm import normalised
from symc.compiler.codegen.math.number import Number, clamp, floor, rint, select
from symc.compiler.codegen.register import Register

# Bits of the quotient per round, few enough that products and differences are exact.
STEP = {"float32": 11, "float64": 25}


def remainder(x: Number, y: Number) -> Number:
    """Return x % y with the sign of y, as NumPy and Python do; exact but for one rounding.

    Where the signs differ the result is fmod(x, y) + y, which is rounded.
    """
    rest = fmod(x, y)
    moved = select(_is_across(rest, y), rest + y, rest)
    return select(rest.equals(0.0), rest.like(0.0).signed_as(y), moved)


def _is_across(rest: Number, y: Number) -> Number:
    """Return whether a remainder is neither 0 nor NaN and its sign is not y's."""
    return (abs(rest) > 0.0) & ((rest < 0.0) ^ (y < 0.0))


def fmod(x: Number, y: Number) -> Number:
    """Return x - trunc(x / y) * y, exactly; NaN for infinite x and for y = 0.

    Long division: both mantissas in [1, 2), a fixed number of the quotient's bits a round.
    """
    a, c = abs(x), abs(y)
    is_defined = (a < inf) & (c > 0.0)
    k, r = normalised(a, 1.0)
    base, divisor = normalised(c, 1.0)
    rounds = select(is_defined, k - base, 0.0)
    r = select(r >= divisor, r - divisor, r)
    rest = _long_division(r, divisor, rounds)
    first, second = scaling(nearest(base)[1])
    result = select(a < c, a, rest * first * second)
    return select(is_defined & (c <= inf), result, nan).signed_as(x)


def _long_division(r: Number, divisor: Number, bits: Number) -> Number:
    """Return r * 2**bits modulo the divisor, for r below the divisor and any bits per lane."""
    b, step = r.builder, STEP[r.dtype]
    form = format_of(r)
    high = (divisor.bits() & -(1 << (form.mantissa + 1) // 2)).as_float()
    low = divisor - high

    def pending(state: list[Register]) -> Register:
        return b.horizontal("bit_or", (Number(b, state[1]) > 0.0).register)

    def divide(state: list[Register]) -> list[Register]:
        r, bits = (Number(b, register) for register in state)
        taken = clamp(bits, 0.0, float(step))
        scaled = r * power_of_two(nearest(taken)[1])
        quotient = rint(scaled / divisor)
        rest = (scaled - quotient * high) - quotient * low
        rest = select(rest < 0.0, rest + divisor, rest)
        return [rest.register, (bits - taken).register]

    r, _ = (Number(b, x) for x in b.loop_while([r.register, bits.register], pending, divide))
    return r


def floor_divide(x: Number, y: Number) -> Number:
    """Return x // y as NumPy does: the whole number that fits its remainder, x / y for y = 0."""
    rest = fmod(x, y)
    quotient = (x - rest) / y
    quotient = select(_is_across(rest, y), quotient - 1.0, quotient)
    whole = floor(quotient)
    whole = select(quotient - whole > 0.5, whole + 1.0, whole)
    simple = x / y
    whole = select(quotient.equals(0.0), whole.like(0.0).signed_as(simple), whole)
    return select(y.equals(0.0), simple, whole)
