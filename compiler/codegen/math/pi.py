"""Arguments of angles brought near 0 by multiples of pi / 2, however large they are."""

from __future__ import annotations

import struct
from functools import cache
from math import inf, pi

from msgspec import Struct

from symc.compiler.codegen.math.coefficients import HALF_PI, HALF_PI_PAIR, HALF_PI_PARTS
from symc.compiler.codegen.math.format import FORMATS, nearest
from symc.compiler.codegen.math.number import Number, fma, rint, select
from symc.compiler.codegen.math.pair import Pair, quick_sum, two_product, two_sum
from symc.compiler.codegen.register import Register

DIRECT = {"float32": 2.0**17, "float64": 2.0**30}
"""Up to here multiples of pi / 2 are subtracted directly; beyond, 2 / pi is multiplied by."""
DIRECT_WITHOUT_FMA = 2.0**20
CHUNK = 24  # bits of 2 / pi that one entry of the table holds
USED = 9  # chunks that matter for one argument
CHUNKS = 56  # enough for the largest float64


class Angle(Struct, frozen=True, eq=False):
    """x = quadrant * pi / 2 + rest, the rest about pi / 4 in magnitude at most."""

    quadrant: Number
    rest: Pair


def reduce(x: Number) -> Angle:
    """Return the angle of a number; the rest of an infinity or NaN is NaN."""
    b = x.builder
    near = _subtract(x)
    limit = DIRECT[x.dtype] if b.target.has_fma else DIRECT_WITHOUT_FMA
    is_far = (abs(x) > limit) & (abs(x) < inf)

    def far() -> list[Register]:
        angle = _narrowed(_multiply(x.to("float64")), x.dtype)
        return [
            select(is_far, one, other).register
            for one, other in zip(_parts(angle), _parts(near), strict=True)
        ]

    def direct() -> list[Register]:
        return [part.register for part in _parts(near)]

    chosen = b.when(b.horizontal("bit_or", is_far.register), far, direct)
    quadrant, high, low = (Number(b, register) for register in chosen)
    return Angle(quadrant, Pair(high, low))


def _parts(angle: Angle) -> tuple[Number, Number, Number]:
    return angle.quadrant, angle.rest.high, angle.rest.low


def _narrowed(angle: Angle, dtype: str) -> Angle:
    """Return an angle of float64 as one of `dtype`."""
    if dtype == "float64":
        return angle
    high = angle.rest.high.to(dtype)
    low = (angle.rest.high - high.to("float64")) + angle.rest.low
    return Angle(angle.quadrant.to("int32"), Pair(high, low.to(dtype)))


def _subtract(x: Number) -> Angle:
    """Reduce a moderate argument by exact steps and a rounded one (Cody and Waite)."""
    if not x.builder.target.has_fma:
        return _subtract_without_fma(x)
    whole, quadrant = nearest(x * (2.0 / pi))
    first, second, third = HALF_PI_PARTS[x.dtype]
    # The first difference is exact: both are multiples of its last bit.
    rest = fma(whole, -first, x)
    product = two_product(whole, whole.like(second))
    # Where the rest is less than the product, what it keeps is right to half a unit all the same.
    total = quick_sum(rest, -product.high)
    return Angle(quadrant, Pair(total.high, total.low - fma(whole, third, product.low)))


def _subtract_without_fma(x: Number) -> Angle:
    """Reduce by parts of pi / 2 so short that their multiples are exact."""
    whole, quadrant = nearest(x * (2.0 / pi))
    first, second, third, last = HALF_PI["float64"]
    rest = x - whole * first
    one = two_sum(rest, -(whole * second))
    two = two_sum(one.high, -(whole * third))
    return Angle(quadrant, quick_sum(two.high, (one.low + two.low) - whole * last))


def _multiply(x: Number) -> Angle:
    """Reduce a large argument by multiplying with the bits of 2 / pi that matter (Payne, Hanek).

    All products are exact: 24 bits of the table times a half of x. Whole multiples of 8 quadrants
    are dropped from each as soon as it is known.
    """
    high, low, start = _scaled(abs(x))
    total = Pair(x.like(0.0), x.like(0.0))
    small = x.like(0.0)
    for k in range(USED):
        chunk = _chunk(start, k) * 2.0 ** (-CHUNK * (k + 1))
        for product in (high * chunk, low * chunk):
            term = product - rint(product * 0.125) * 8.0
            one = two_sum(total.high, term)
            two = two_sum(total.low, one.low)
            total, small = Pair(one.high, two.high), small + two.low
    total = Pair(total.high.flipped_with(x), total.low.flipped_with(x))
    small = small.flipped_with(x)
    whole, quadrant = nearest(total.high)
    turn = two_sum(total.high - whole, total.low)
    rest = Pair(turn.high, turn.low + small).times(Pair(*map(x.like, HALF_PI_PAIR["float64"])))
    return Angle(quadrant, rest)


def _scaled(a: Number) -> tuple[Number, Number, Number]:
    """Return a * 2**(-24 * start) in two halves of 26 and 27 bits, and the chunk to start with.

    Chunks before it only add multiples of 8.
    """
    form = FORMATS["float64"]
    bits = a.bits()
    exponent = (bits >> form.mantissa) - form.bias
    above = exponent - 55
    # 2731 / 2**16 divides numbers below 1000 by 24, rounding down.
    start = select(above > 0, (above * 2731) >> 16, 0)
    moved = exponent - start * CHUNK
    fraction = bits & ((1 << form.mantissa) - 1)
    value = (fraction | ((moved + form.bias) << form.mantissa)).as_float()
    high = (value.bits() & -(1 << 27)).as_float()
    return high, value - high, start


def _chunk(start: Number, k: int) -> Number:
    """Return chunk `start` + k of 2 / pi as a whole float64, lane by lane."""
    b = start.builder
    table = b.data(struct.pack(f"<{CHUNKS}d", *two_over_pi()), 8)
    return Number(b, b.gather(b.offset(table, "float64", k), "float64", start.register))


@cache
def two_over_pi() -> tuple[int, ...]:
    """Return the leading chunks of 2 / pi, from Machin's formula in whole numbers."""
    bits = CHUNK * CHUNKS + 64
    one = 1 << bits
    quarter = 4 * _inverse_arctangent(5, one) - _inverse_arctangent(239, one)
    digits = (one << (bits - 1)) // quarter  # 2 / pi = 1 / (2 * (pi / 4))
    mask = (1 << CHUNK) - 1
    return tuple(digits >> (bits - CHUNK * (k + 1)) & mask for k in range(CHUNKS))


def _inverse_arctangent(x: int, one: int) -> int:
    """Return atan(1 / x) as a multiple of 1 / one."""
    power, total, k = one // x, 0, 1
    while power:
        total += power // k if k % 4 == 1 else -(power // k)
        power //= x * x
        k += 2
    return total
