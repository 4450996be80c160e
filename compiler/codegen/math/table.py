"""Tables of sixteen numbers, of which each lane picks one: the pieces of a function.

Vectors pick by one instruction where a register or two hold the table; others gather from memory.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from symc.compiler.codegen.math import avx512
from symc.compiler.codegen.math.format import format_of, polynomial_of
from symc.compiler.codegen.math.number import Number, clamp, fma, select
from symc.compiler.codegen.math.pair import Pair, quick_sum

ENTRIES = 16
LETTERS = {"float32": "f", "float64": "d"}
LINE = 64
"""Bytes of a cache line, which no part of a table straddles."""


def pick(values: Sequence[float], place: Number, like: Number) -> Number:
    """Return values[place % 16] as a float like another; `place` is an integer register."""
    b, dtype, lanes = like.builder, like.dtype, like.register.lanes
    table = b.data(struct.pack(f"<{ENTRIES}{LETTERS[dtype]}", *values), LINE)

    def part(k: int) -> Number:
        return Number(b, b.load(b.offset(table, dtype, k * lanes), dtype, lanes))

    if lanes == ENTRIES and avx512.has(like):
        return avx512.pick(part(0), place)
    if lanes * 2 == ENTRIES and avx512.has(like):
        return avx512.pick_of_two(part(0), part(1), place)
    if lanes * 2 == ENTRIES and avx512.has_pick_of_eight(like):
        first, second = (avx512.pick_of_eight(part(k), place) for k in (0, 1))
        return select((place & 8).equals(8), second, first)
    index = (place & (ENTRIES - 1)).to("int64")
    return Number(b, b.gather(table, dtype, index.register))


def piecewise(x: Number, spacing: float, rows: Sequence[float]) -> Number:
    """Return a function of x >= 0 by polynomials about sixteen multiples of a spacing.

    The function is like a sine or hyperbolic tangent: 0 at 0, with a slope near 1, which is taken
    apart for the first two pieces.

    rows   coefficients of all polynomials, power after power. Spacings have few digits, so that
           distances from multiples are exact.
    """
    magic = format_of(x).magic
    shifted = clamp(fma(x, 1.0 / spacing, magic), None, magic + (ENTRIES - 1))
    place = shifted.bits()
    distance = fma(shifted - magic, -spacing, x)
    value, *rest = [pick(rows[k : k + ENTRIES], place, x) for k in range(0, len(rows), ENTRIES)]
    near = quick_sum(value, select(x < 1.5 * spacing, distance, 0.0))
    return near.high + fma(distance, polynomial_of(distance, rest), near.low)


def half_octaves(x: Number, rows: Sequence[float]) -> Number:
    """Return a function of x from 0 to 12 by polynomials about 0 and the middles of pieces.

    rows   coefficients of all polynomials, power after power, by the last three bits of the
           exponent and the first of the mantissa; below 1/16 that about 0, where 3/64 would be
    """
    bits = clamp(x, 3.0 / 64.0, None).bits()
    above = format_of(x).mantissa - 1
    middle = ((bits & -(1 << above)) | (1 << (above - 1))).as_float()
    place = bits >> above
    value, *rest = [pick(rows[k : k + ENTRIES], place, x) for k in range(0, len(rows), ENTRIES)]
    distance = x - select(x < 1.0 / 16.0, 0.0, middle)
    return fma(distance, polynomial_of(distance, rest), value)


def quarter_octaves(x: Number, rows: Sequence[float]) -> Pair:
    """Return a function of x from 1/2 to 8 by polynomials about the middles of sixteen pieces.

    rows   coefficients of all polynomials, power after power, by the last bits of the exponent and
           the first of the mantissa: from 2 to 8, then from 1/2 to 2; constants in two parts
    """
    bits, above = x.bits(), format_of(x).mantissa - 2
    middle = ((bits & -(1 << above)) | (1 << (above - 1))).as_float()
    place = bits >> above
    value, low, slope, *rest = [
        pick(rows[k : k + ENTRIES], place, x) for k in range(0, len(rows), ENTRIES)
    ]
    distance = x - middle
    slope = fma(distance, polynomial_of(distance, rest), slope)
    return quick_sum(value, fma(distance, slope, low))
