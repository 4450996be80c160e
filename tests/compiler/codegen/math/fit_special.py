"""Fit the polynomials of Bessel functions J and of the inverse of the error function.

Run as a program it prints compiler/codegen/math/special_coefficients.py; a test compares the two.
"""

import math
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import cache

import fit
from fit import Function, Table, both, chebyshev, nearest_parts, series, through

ONE = Decimal(1)
EDGE_OF_J = Decimal("6.5")
"""Where the expansion for large arguments begins."""
DIGITS = 200
"""Digits that sums of alternating terms up to e**128 leave enough of."""

# Bessel functions ---------------------------------------------------------------------------------


def first_kind(order: int, x: Decimal, sign: int) -> Decimal:
    """Return J (sign -1) or I (sign 1) of order 0 or 1."""
    q = sign * x * x / 4
    return series((x / 2) ** order if order else ONE, lambda k: q / (k * (k + order)))


@cache
def euler() -> Decimal:
    """Return Euler's constant, by Brent and McMillan (1980)."""
    n = Decimal(120)
    term, harmonic, above, below = ONE, Decimal(0), Decimal(0), ONE
    for k in range(1, 700):
        term *= (n / k) ** 2
        harmonic += ONE / k
        above += term * harmonic
        below += term
    return above / below - n.ln()


def second_kind(order: int, x: Decimal) -> Decimal:
    """Return Y of order 0 or 1 (Abramowitz and Stegun 1964, 9.1.11 and 9.1.13)."""
    q, pi = -x * x / 4, fit.pi()
    sums, harmonic, term = Decimal(0), Decimal(0), ONE
    k = 0
    while abs(term) > Decimal(10) ** -DIGITS or k < 10:
        weight = 2 * harmonic + (ONE / (k + 1) if order else 0)
        sums += weight * term
        k += 1
        harmonic += ONE / k
        term *= q / (k * (k + order))
    both_ = ((x / 2).ln() + euler()) * first_kind(order, x, -1)
    if order:
        return 2 / pi * both_ - 2 / (pi * x) - x / (2 * pi) * sums
    return 2 / pi * both_ - sums / pi


def wave(order: int, part: int) -> Function:
    """Return P (part 0) or Q x / 6.5 (part 1) of Hankel's expansion in u = 2 (6.5 / x)**2 - 1."""

    def value(u: Decimal) -> Decimal:
        with localcontext() as context:
            context.prec = DIGITS
            x = EDGE_OF_J / ((1 + u) / 2).sqrt()
            angle = x - fit.pi() * (2 * order + 1) / 4
            cosine, sine = fit.cos(angle), fit.sin(angle)
            j, y = first_kind(order, x, -1), second_kind(order, x)
            scale = (fit.pi() * x / 2).sqrt()
            parts = (j * cosine + y * sine, (y * cosine - j * sine) * x / EDGE_OF_J)
            return scale * parts[part]

    return value


def zero(order: int, near: str) -> Decimal:
    """Return the zero of J near a number."""
    x = Decimal(near)
    for _ in range(9):
        value = first_kind(order, x, -1)
        slope = -first_kind(1, x, -1) if not order else first_kind(0, x, -1) - value / x
        x -= value / slope
    return x


def without_zeros(order: int, zeros: list[Decimal]) -> Function:
    """Return J / x**order / ((t - zero**2) ...) in u = t / 21.125 - 1, t = x**2."""

    def value(u: Decimal) -> Decimal:
        t = (1 + u) * EDGE_OF_J**2 / 2
        x = t.sqrt()
        factors = math.prod((t - z * z for z in zeros), start=ONE)
        return first_kind(order, x, -1) / (x if order else 1) / factors

    return value


def bessel() -> dict[str, Table]:
    """Return the tables of orders 0 and 1."""
    found: dict[str, Table] = {}
    for order, near in ((0, ("2.405", "5.520")), (1, ("3.832", "7.016"))):
        zeros = [zero(order, x) for x in near]
        found |= {
            f"J{order}_ZEROS": Table(f"the first two zeros of J{order}, each in two parts", {
                name: tuple(p for z in zeros for p in nearest_parts(z, rounded)[:2])
                for name, rounded in (("float32", fit.single), ("float64", float))}),
            f"J{order}": both(
                f"J{order}(x) over {'x and ' * order}its zeros' factors in u = x**2 / 21.125 - 1",
                without_zeros(order, zeros), -ONE, ONE, (8, 16)),
            f"J{order}_P": both("P of Hankel's expansion in u = 2 (6.5 / x)**2 - 1",
                                wave(order, 0), -ONE, ONE, (4, 16)),
            f"J{order}_Q": both("x Q / 6.5 of Hankel's expansion in u = 2 (6.5 / x)**2 - 1",
                                wave(order, 1), -ONE, ONE, (4, 16)),
        }  # fmt: skip
    return found


# The inverse of the error function ----------------------------------------------------------------


def log_product(x: float) -> float:
    """Return -log(erfc(x) (2 - erfc(x))), nearly."""
    if x < 20:
        return -math.log(math.erfc(x)) - math.log(2 - math.erfc(x))
    return x * x + math.log(x * math.sqrt(math.pi) / 2) + 1 / (2 * x * x)


def argument(w: float) -> float:
    """Return x with log_product(x) = w, nearly."""
    lower, upper = 0.0, 30.0
    for _ in range(60):
        middle = (lower + upper) / 2
        lower, upper = (middle, upper) if log_product(middle) < w else (lower, middle)
    return (lower + upper) / 2


def exact_product(x: Decimal) -> Decimal:
    """Return -log(erfc(x) (2 - erfc(x)))."""
    c = fit.erfc(x)
    return -(c * (2 - c)).ln()


def inverse(
    least: str,
    most: str,
    degree: int,
    of: Callable[[Decimal], Decimal],
    back: Function,
    f: Callable[[Decimal, Decimal], Decimal],
) -> tuple[float, ...]:
    """Return f(x, of(w)) as a polynomial in u from -1 to 1, between two values of of(w).

    The nodes are near those wanted: where x has few digits.
    """
    middle, half = (Decimal(most) + Decimal(least)) / 2, (Decimal(most) - Decimal(least)) / 2
    points = {}
    for node in chebyshev(degree + 1):
        x = Decimal(argument(float(back(middle + half * node))))
        place = of(exact_product(x))
        points[(place - middle) / half] = f(x, place)
    return tuple(map(float, through(points.__getitem__, list(points))))


def inverses() -> dict[str, Table]:
    """Return the tables of erfinv and erfcinv, by ranges of w = -log(1 - y**2) or its root."""

    def central(most: str, degree: int) -> tuple[float, ...]:
        """Return x / erf(x) - 1 as a polynomial in w itself."""
        points = {}
        for node in chebyshev(degree + 1):
            x = Decimal(argument(float(most) * float(1 + node) / 2))
            points[exact_product(x)] = x / (1 - fit.erfc(x)) - 1
        return tuple(map(float, through(points.__getitem__, list(points))))

    def tail(least: str, most: str, degree: int) -> tuple[float, ...]:
        return inverse(least, most, degree, Decimal.sqrt, lambda s: s * s, lambda x, s: x - s)

    near = {"float32": central("5", 11), "float64": central("5", 24)}
    outer = {"float32": tail("2.2", "4.25", 11), "float64": tail("2.2", "4", 24)}
    far = {"float32": tail("4.25", "10.25", 11), "float64": tail("4", "8.5", 26)}
    return {
        "ERFINV": Table("x / erf(x) - 1 in w up to 5", near),
        "ERFINV_TAIL": Table("x less the root of w in that, up to 4.25 or 4", outer),
        "ERFINV_FAR": Table("x less the root of w in that, up to 10.25 or 8.5", far),
        "ERFINV_FARTHEST": Table(
            "x less the root of w in that, up to 27.5", {"float64": tail("8.5", "27.5", 31)}
        ),
    }


def tables() -> dict[str, Table]:
    """Return every table of special_coefficients.py by its name."""
    return dict(sorted((bessel() | inverses()).items()))


if __name__ == "__main__":
    sys.stdout.write(fit.source(tables(), "Polynomials of special functions"))
