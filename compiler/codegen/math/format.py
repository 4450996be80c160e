"""The two float formats, and polynomials and powers of two in them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from symc.compiler.codegen.math import avx512
from symc.compiler.codegen.math.number import Number, fma


class Format(Struct, frozen=True):
    """Numbers that describe a float dtype.

    mantissa   bits after the point
    bias       of the exponent
    magic      1.5 * 2**mantissa: adding it rounds to a whole number, which its low bits then hold
    ln2_high, ln2_low   log(2) in two parts, the first short enough that its multiples are exact
    """

    mantissa: int
    bias: int
    magic: float
    ln2_high: float
    ln2_low: float

    @property
    def tiny(self) -> float:
        """Return the least normal number."""
        return 2.0 ** (1 - self.bias)


FORMATS = {
    "float32": Format(23, 127, 12582912.0, 0.693145751953125, 1.428606765330187045e-06),
    "float64": Format(
        52, 1023, 6755399441055744.0, 6.93147180369123816490e-01, 1.90821492927058770002e-10
    ),
}


def format_of(x: Number) -> Format:
    """Return the format of a float register."""
    return FORMATS[x.dtype]


def polynomial(x: Number, coefficients: Sequence[float]) -> Number:
    """Return sum of coefficients[k] * x**k: in float32 Horner's chain, in float64 Estrin's tree.

    Estrin's is wider, which hides the latency of the longer polynomials of float64.
    """
    return polynomial_of(x, [x.like(coefficient) for coefficient in coefficients])


def polynomial_of(x: Number, terms: Sequence[Number]) -> Number:
    """Return what `polynomial` does, of coefficients in registers."""
    if x.dtype == "float32":
        result = terms[-1]
        for term in reversed(terms[:-1]):
            result = fma(result, x, term)
        return result
    terms = list(terms)
    while len(terms) > 1:
        paired = [fma(high, x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms = paired + terms[2 * len(paired) :]
        if len(terms) > 1:
            x = x * x
    return terms[0]


def power_of_two(exponent: Number) -> Number:
    """Return 2**exponent for integers (or any with their low bits) in the normal range."""
    form = FORMATS[f"float{exponent.register.bits}"]
    return ((exponent + form.bias) << form.mantissa).as_float()


def horner(x: Number, coefficients: Sequence[float]) -> Number:
    """Return what `polynomial` does by Horner's chain, which rounds less than Estrin's tree."""
    result = x.like(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = fma(result, x, coefficient)
    return result


class Whole(Struct, frozen=True, eq=False):
    """A whole number, kept as its sum with the format's `magic`."""

    shifted: Number

    def number(self) -> Number:
        """Return it as a float."""
        return self.shifted - format_of(self.shifted).magic

    def integer(self) -> Number:
        """Return it as an integer."""
        magic = self.shifted.like(format_of(self.shifted).magic)
        return self.shifted.bits() - magic.bits()


def nearest(x: Number) -> tuple[Number, Number]:
    """Return x rounded to a whole number, and that number as an integer; |x| < 2**(mantissa-2)."""
    whole = Whole(x + format_of(x).magic)
    return whole.number(), whole.integer()


def scaling(n: Number) -> tuple[Number, Number]:
    """Return two powers of two, far from the ends of the range, whose product is 2**n.

    n is an integer register within twice the normal range.
    """
    half = ((n + 4096) >> 1) - 2048  # a shift of a positive number: int64 lanes know no other
    return power_of_two(half), power_of_two(n - half)


def times_power(x: Number, n: Whole, extra: int = 0) -> Number:
    """Return x * 2**(n + extra), rounded once, for x near 1 and n within twice the normal range.

    Two steps are right for subnormal and nearly infinite results too: the first is exact.
    """
    if avx512.has(x):
        exponent = n.number() + float(extra) if extra else n.number()
        return avx512.times_power(x, exponent)
    first, second = scaling(n.integer() + extra)
    return x * first * second
