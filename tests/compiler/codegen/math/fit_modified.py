"""Fit the polynomials of modified Bessel functions.

Run as a program it prints compiler/codegen/math/modified_coefficients.py; a test compares the two.
"""

import sys
from decimal import Decimal, localcontext

import fit
from fit import NEAR_ZERO, Function, Table, fit_exactly, single, split_first
from fit_gamma import quarters
from fit_special import DIGITS, ONE, first_kind

EDGE = Decimal(8)
"""Where the expansion for large arguments begins."""
SMALL = ONE / 16
"""The square of half the argument from which on pieces serve."""


def tail(order: int) -> Function:
    """Return sqrt(x) exp(-x) I in (1 + u) / 2 = 8 / x."""

    def value(u: Decimal) -> Decimal:
        with localcontext() as context:
            context.prec = DIGITS
            x = 2 * EDGE / (1 + u)
            return first_kind(order, x, 1) * (-x).exp() * x.sqrt()

    return value


def beside_one(order: int) -> Function:
    """Return (I / (x / 2)**order - 1) / q in q = (x / 2)**2."""
    return lambda q: (first_kind(order, 2 * q.sqrt(), 1) / q.sqrt() ** order - 1) / q


def tails(text: str, f: Function, degrees: tuple[int, int]) -> Table:
    """Return polynomials from -1 to 1, the first coefficient in two parts."""
    kinds = zip(("float32", "float64"), degrees, (single, float), strict=True)
    values = {name: split_first(fit_exactly(f, -ONE, ONE, d), cut) for name, d, cut in kinds}
    return Table(f"{text}; the first coefficient in two parts", values)


def tables() -> dict[str, Table]:
    """Return every table of modified_coefficients.py by its name."""
    found: dict[str, Table] = {}
    for order in (0, 1):
        found |= {
            f"I{order}": quarters(f"I{order}(x)", lambda x, k=order: first_kind(k, x, 1), (7, 13)),
            f"I{order}_SMALL": fit.both(
                f"(I{order}(x) / (x / 2)**{order} - 1) / q in q = (x / 2)**2, x up to 1/2",
                beside_one(order), NEAR_ZERO, SMALL, (2, 6)),
            f"I{order}_TAIL": tails(f"sqrt(x) exp(-x) I{order}(x) in u = 16 / x - 1",
                                    tail(order), (6, 22)),
        }  # fmt: skip
    return dict(sorted(found.items()))


if __name__ == "__main__":
    sys.stdout.write(fit.source(tables(), "Polynomials of modified Bessel functions"))
