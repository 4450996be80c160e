"""Random bits as a function of a counter, and uniform floats made of them.

A number depends on its place, the draw and the key alone, so that any element can be computed
anywhere: drawing is pointwise, fuses with what uses it, and gives the same bits on every target.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise

LOW = 0xFFFFFFFF
ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
"""What the two halves of the key grow by from round to round."""


def _halves(words: Any) -> tuple[Any, Any]:
    return words & np.uint64(LOW), words >> np.uint64(32)


def _philox_reference(place: Any, draw: Any, key: Any) -> Any:
    c = [*_halves(place), *_halves(draw)]
    k = list(_halves(key))
    for _ in range(ROUNDS):
        (low0, high0), (low1, high1) = (
            _halves(word * np.uint64(m)) for word, m in zip(c[::2], MULTIPLIERS, strict=True)
        )
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(half + np.uint64(w)) & np.uint64(LOW) for half, w in zip(k, WEYL, strict=True)]
    return c[0] | c[1] << np.uint64(32)


def _philox_body(b: Any, place: Any, draw: Any, key: Any) -> Any:
    """Keep each 32-bit word in a 64-bit lane; what lies above is dropped where it would count."""

    def word(value: int) -> Any:
        return b.constant("uint64", value, place.lanes)

    def product(x: Any, multiplier: int) -> tuple[Any, Any]:
        whole = b.multiply(b.bit_and(x, word(LOW)), word(multiplier))
        return whole, b.shift_right_by(whole, 32)

    c = [place, b.shift_right_by(place, 32), draw, b.shift_right_by(draw, 32)]
    k = [key, b.shift_right_by(key, 32)]
    for _ in range(ROUNDS):
        (low0, high0), (low1, high1) = map(product, c[::2], MULTIPLIERS)
        first = b.bit_xor(b.bit_xor(high1, c[1]), k[0])
        third = b.bit_xor(b.bit_xor(high0, c[3]), k[1])
        c = [first, low1, third, low0]
        k = [b.add(half, word(w)) for half, w in zip(k, WEYL, strict=True)]
    return b.bit_or(b.bit_and(c[0], word(LOW)), b.shift_left_by(c[1], 32))


philox = pointwise(
    "philox",
    _philox_reference,
    _philox_body,
    lambda bits, place, draw, key: (0, 0, 0),
    promotion.words,
    doc="Return 64 random bits for a place and a draw, the halves of the counter, under a key "
    "(Philox 4x32-10, Salmon et al. 2011).",
)


def _high_reference(x: Any, y: Any) -> Any:
    (x0, x1), (y0, y1) = _halves(x), _halves(y)
    middle = x1 * y0 + (x0 * y0 >> np.uint64(32))
    low, high = _halves(middle)
    return x1 * y1 + high + (low + x0 * y1 >> np.uint64(32))


def _high_body(b: Any, x: Any, y: Any) -> Any:
    def halves(words: Any) -> tuple[Any, Any]:
        low = b.bit_and(words, b.constant("uint64", LOW, words.lanes))
        return low, b.shift_right_by(words, 32)

    (x0, x1), (y0, y1) = halves(x), halves(y)
    low, high = halves(b.add(b.multiply(x1, y0), b.shift_right_by(b.multiply(x0, y0), 32)))
    rest = b.shift_right_by(b.add(low, b.multiply(x0, y1)), 32)
    return b.add(b.add(b.multiply(x1, y1), high), rest)


multiply_high = pointwise(
    "multiply_high",
    _high_reference,
    _high_body,
    lambda z, x, y: (0, 0),
    promotion.words,
    commutative=True,
    doc="Return the upper half of the 128-bit product of two words.",
)

# --- floats of bits

MANTISSA = {"float32": 23, "float64": 52}


def _unit_reference(bits: Any, *, dtype: str) -> Any:
    kept = MANTISSA[dtype]
    return ((bits >> np.uint64(64 - kept)).astype(dtype) + 0.5) * np.array(0.5**kept, dtype)


def _unit_body(b: Any, bits: Any, *, dtype: str) -> Any:
    """Read the bits as the digits of a number from 1 to 2, which needs no conversion."""
    kept = MANTISSA[dtype]
    as_word = f"uint{dtype.removeprefix('float')}"
    digits = b.cast(b.shift_right_by(bits, 64 - kept), as_word)
    one = b.bitcast(b.constant(dtype, 1, bits.lanes), as_word)
    number = b.bitcast(b.bit_or(digits, one), dtype)
    return b.subtract(number, b.constant(dtype, 1 - 0.5 ** (kept + 1), bits.lanes))


unit = pointwise(
    "unit",
    _unit_reference,
    _unit_body,
    lambda u, bits, *, dtype: (0,),
    promotion.float_of_word,
    doc="Make of random bits a float between 0 and 1, neither of them: an odd multiple of 2**-24 "
    "(float32) or 2**-53 (float64), as likely as its difference from 1.",
)
