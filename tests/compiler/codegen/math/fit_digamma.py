"""Fit the polynomials of the derivatives of log(gamma).

Run as a program it prints compiler/codegen/math/digamma_coefficients.py; a test compares the two.
"""

import sys
from decimal import Decimal

import fit
from fit import Table, both
from fit_gamma import (
    FARTHEST,
    HALF,
    NEAR_FAR,
    ONE,
    QUARTER,
    even_bernoulli,
    far,
    parts,
    quarters,
    raised,
    turned,
)


def digamma(x: Decimal) -> Decimal:
    z, steps = raised(x)
    series = sum((b / (2 * k * z ** (2 * k)) for k, b in enumerate(even_bernoulli(), 1)), HALF / z)
    return z.ln() - series - sum(1 / step for step in steps)


def trigamma(x: Decimal) -> Decimal:
    z, steps = raised(x)
    series = sum((b / z ** (2 * k + 1) for k, b in enumerate(even_bernoulli(), 1)), 1 / z)
    return series + HALF / z**2 + sum(1 / step**2 for step in steps)


def zero() -> Decimal:
    """Return the positive zero of digamma."""
    x = Decimal("1.4616321449683623")
    for _ in range(4):
        x -= digamma(x) / trigamma(x)
    return x


def tables() -> dict[str, Table]:
    """Return every table of digamma_coefficients.py by its name."""
    root, near = zero(), fit.NEAR_ZERO
    found = {
        "DIGAMMA": quarters("digamma(x), below 2 over the distance from its zero",
                            lambda x: digamma(x) / (x - root if x < 2 else ONE), (6, 13)),
        "TRIGAMMA": quarters("trigamma(x)", trigamma, (6, 13)),
        "ZERO": parts("where digamma is 0,", root),
        "ZERO_LESS_ONE": parts("the same less 1,", root - 1),
        "DIGAMMA_TAIL": both("x**2 (log(x) - 1 / (2 x) - digamma(x)) in z = 1 / x**2, x from 8 on",
                             far(lambda x: x * x * (x.ln() - HALF / x - digamma(x))), NEAR_FAR,
                             FARTHEST, (2, 6)),
        "TRIGAMMA_TAIL": both("x**3 (trigamma(x) - 1 / x - 1 / (2 x**2)), the same",
                              far(lambda x: x**3 * (trigamma(x) - 1 / x - HALF / x**2)), NEAR_FAR,
                              FARTHEST, (2, 6)),
        "SQUARE_OF_COSECANT": both("((pi r / sin(pi r))**2 - 1) / r**2 in r**2 for |r| <= 1/2",
                                   turned(lambda x: (x / fit.sin(x)) ** 2), near, QUARTER, (7, 15)),
        "COTANGENT_OF_TURN": both("(pi r / tan(pi r) - 1) / r**2 in r**2 for |r| <= 1/4",
                                  turned(lambda x: x / fit.tan(x)), near, QUARTER / 4, (4, 9)),
        "SQUARE_OF_PI": parts("pi**2", fit.pi() ** 2),
    }  # fmt: skip
    return dict(sorted(found.items()))


if __name__ == "__main__":
    sys.stdout.write(fit.source(tables(), "Polynomials of the derivatives of log(gamma)"))
