"""The nearest bfloat16 of a number, by exact arithmetic: an oracle that shares no code."""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction

import numpy as np

from symc.compiler.types import array_dtype

GRID = (np.arange(0x7F80, dtype="uint32") << 16).view("float32").astype("float64").tolist()
"""The finite bfloat16 that are not negative, in order of their bits."""

BEYOND = 2.0**128
"""What would come after the largest: rounding to it overflows."""


def nearest(values):
    """Return an array of bfloat16 nearest to numbers, those halfway with an even last bit."""
    bits = np.array([_bits(v) for v in np.asarray(values).ravel().tolist()], "uint16")
    return bits.view(array_dtype("bfloat16")).reshape(np.shape(values))


def _bits(value):
    if value != value:
        return 0x7FC0
    sign = 0x8000 if math.copysign(1, value) < 0 else 0
    size = abs(value)
    if size >= BEYOND:
        return sign | 0x7F80
    above = bisect_left(GRID, size)  # Python compares integers and floats exactly
    if above < len(GRID) and GRID[above] == size:
        return sign | above
    high = GRID[above] if above < len(GRID) else BEYOND
    low, up = Fraction(size) - Fraction(GRID[above - 1]), Fraction(high) - Fraction(size)
    return sign | (above if up < low or (up == low and above % 2 == 0) else above - 1)
