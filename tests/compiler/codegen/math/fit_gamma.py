"""Fit the polynomials of the gamma function and its logarithm.

Run as a program it prints compiler/codegen/math/gamma_coefficients.py; a test compares the two.
"""

import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import comb

import fit
from fit import Function, Table, both, fit_exactly, nearest_parts, single

ONE, HALF = Decimal(1), Decimal("0.5")
FAR = 60
"""Where sums of Bernoulli numbers are taken, which have all digits there."""
NEAR_FAR, FARTHEST = Decimal("1e-6"), 1 / Decimal(64)
"""Between which 1 / x**2 is where Stirling's series serves."""
QUARTER = Decimal("0.2501")
"""The square of the largest distance from a whole number."""
OCTAVES = (("2", "0.5"), ("4", "1"), ("0.5", "0.125"), ("1", "0.25"))
QUARTERS = [Decimal(start) + Decimal(width) * k for start, width in OCTAVES for k in range(4)]
"""Where quarters of octaves begin, in the order of the last bits of floats."""


@cache
def bernoulli(n: int) -> Fraction:
    """Return a Bernoulli number."""
    if n == 0:
        return Fraction(1)
    return -sum((comb(n + 1, k) * bernoulli(k) for k in range(n)), Fraction(0)) / (n + 1)


@cache
def even_bernoulli() -> list[Decimal]:
    """Return the Bernoulli numbers of orders 2, 4, ..."""
    found = (bernoulli(2 * k) for k in range(1, 41))
    return [Decimal(x.numerator) / Decimal(x.denominator) for x in found]


def raised(x: Decimal) -> tuple[Decimal, list[Decimal]]:
    """Return a number above FAR, and those from x on that are left below it, a step apart."""
    steps = []
    while x < FAR:
        steps.append(x)
        x += 1
    return x, steps


def stirling(x: Decimal) -> Decimal:
    """Return log(gamma(x)) less its leading terms, for large x."""
    return sum(
        (b / (2 * k * (2 * k - 1) * x ** (2 * k - 1)) for k, b in enumerate(even_bernoulli(), 1)),
        Decimal(0),
    )


def half_log_turn() -> Decimal:
    return (2 * fit.pi()).ln() / 2


def leading(x: Decimal) -> Decimal:
    """Return what Stirling's series is added to."""
    return (x - HALF) * x.ln() - x + half_log_turn()


def log_gamma(x: Decimal) -> Decimal:
    z, steps = raised(x)
    product = ONE
    for step in steps:
        product *= step
    return leading(z) + stirling(z) - product.ln()


def gamma(x: Decimal) -> Decimal:
    return log_gamma(x).exp()


def short(x: Decimal) -> float:
    """Return the nearest float32 by few digits."""
    return float(f"{single(x):.9g}")


def quarters(text: str, f: Function, degrees: tuple[int, int]) -> Table:
    """Return polynomials about the middles of quarters of octaves, power after power."""
    values = {}
    for dtype, degree, rounded in zip(("float32", "float64"), degrees, (short, float), strict=True):
        rows = [constant_in_two(about_middle(f, start, degree), rounded) for start in QUARTERS]
        values[dtype] = tuple(x for power in zip(*rows, strict=True) for x in power)
    return Table(f"{text}; constants in two parts", values)


def constant_in_two(
    coefficients: list[Decimal], rounded: Callable[[Decimal], float]
) -> list[float]:
    """Return coefficients as floats, the first in two parts."""
    first, *others = coefficients
    high = rounded(first)
    return [high, *map(rounded, (first - Decimal(high), *others))]


def about_middle(f: Function, start: Decimal, degree: int) -> list[Decimal]:
    """Return the polynomial of one quarter, in the distance from its middle."""
    width = next(w for w in map(Decimal, ("0.125", "0.25", "0.5", "1")) if start < 8 * w)
    half = width / 2
    return fit_exactly(lambda t: f(start + half + t), -half, half, degree)


def parts(text: str, x: Decimal) -> Table:
    """Return a number in two floats."""
    both_ = {"float32": nearest_parts(x, single)[:2], "float64": nearest_parts(x, float)[:2]}
    return Table(f"{text} in two floats", both_)


def stirling_of(x: Decimal) -> Decimal:
    """Return what `stirling` does, for any positive number."""
    return log_gamma(x) - leading(x)


def turned(f: Function) -> Function:
    """Return (f(pi r) - 1) / r**2 as a function of r**2."""
    return lambda z: (f(fit.pi() * z.sqrt()) - 1) / z


def far(f: Function) -> Function:
    """Return a function of x as one of 1 / x**2."""
    return lambda z: f(1 / z.sqrt())


def tables() -> dict[str, Table]:
    """Return every table of gamma_coefficients.py by its name."""
    found = {
        "LOG_GAMMA": quarters("log(gamma(x)) over its distance from 1, from 1.75 on from 2,",
                              lambda x: log_gamma(x) / (x - (1 if x < Decimal("1.75") else 2)),
                              (5, 12)),
        "GAMMA": quarters("gamma(x)", gamma, (6, 13)),
        "HALF_LOG_TURN": parts("log(2 pi) / 2", half_log_turn()),
        "STIRLING": both("x (log(gamma(x)) less its leading terms) in z = 1 / x**2, x from 8 on",
                         far(lambda x: x * stirling_of(x)), NEAR_FAR, FARTHEST, (2, 6)),
        "STIRLING_OF_GAMMA": both("the same from 4 on", far(lambda x: x * stirling_of(x)),
                                  NEAR_FAR, 4 * FARTHEST, (3, 9)),
        "COSECANT_OF_TURN": both("(pi r / sin(pi r) - 1) / r**2 in r**2 for |r| <= 1/2",
                                 turned(lambda x: x / fit.sin(x)), fit.NEAR_ZERO, QUARTER, (6, 14)),
    }  # fmt: skip
    return dict(sorted(found.items()))


if __name__ == "__main__":
    sys.stdout.write(fit.source(tables(), "Polynomials of the gamma function and its logarithm"))
