"""Fit the polynomials of the elementary functions with 80 digits of decimal.

Run as a program it prints compiler/codegen/math/coefficients.py; a test compares the two.
"""

import struct
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, getcontext, localcontext

Function = Callable[[Decimal], Decimal]
DIGITS = 80
# erfc of 28 is 10**-343: so many digits are lost to 1 - erf.
DIGITS_OF_ERFC = 460
ONE, TWO, HALF = Decimal(1), Decimal(2), Decimal("0.5")
NEAR_ZERO = Decimal("1e-9")
getcontext().prec = DIGITS


def series(first: Decimal, ratio: Callable[[int], Decimal]) -> Decimal:
    """Return first * (1 + ratio(1) * (1 + ratio(2) * ...)), summed until it stands still."""
    term = total = first
    k = 0
    while True:
        k += 1
        term *= ratio(k)
        if total + term == total:
            return total
        total += term


def sin(x: Decimal) -> Decimal:
    return series(x, lambda k: -x * x / (2 * k * (2 * k + 1)))


def cos(x: Decimal) -> Decimal:
    return series(ONE, lambda k: -x * x / (2 * k * (2 * k - 1)))


def tan(x: Decimal) -> Decimal:
    return sin(x) / cos(x)


def atan(x: Decimal) -> Decimal:
    return series(x, lambda k: -x * x * (2 * k - 1) / (2 * k + 1))


def asin(x: Decimal) -> Decimal:
    return series(x, lambda k: x * x * (2 * k - 1) ** 2 / (2 * k * (2 * k + 1)))


def sinh(x: Decimal) -> Decimal:
    return series(x, lambda k: x * x / (2 * k * (2 * k + 1)))


def tanh(x: Decimal) -> Decimal:
    return sinh(x) / (ONE + sinh(x) ** 2).sqrt()


def log_ratio(s: Decimal) -> Decimal:
    """Return log((1 + s) / (1 - s))."""
    return 2 * series(s, lambda k: s * s * (2 * k - 1) / (2 * k + 1))


def erf(x: Decimal) -> Decimal:
    scale = 2 / pi().sqrt() * (-x * x).exp()
    return scale * series(x, lambda k: 2 * x * x / (2 * k + 1))


def erfc(x: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS_OF_ERFC
        return ONE - erf(x)


def pi() -> Decimal:
    """Return pi to the digits in use."""
    return 16 * atan(ONE / 5) - 4 * atan(ONE / 239)


def exp_from_square(r: Decimal) -> Decimal:
    """Return (exp(r) - 1 - r) / r**2."""
    return series(HALF, lambda k: r / (k + 2))


def fit(f: Function, lower: Decimal, upper: Decimal, degree: int) -> tuple[float, ...]:
    """Return the polynomial through f at Chebyshev's nodes, the lowest power first."""
    return tuple(map(float, fit_exactly(f, lower, upper, degree)))


def fit_exactly(f: Function, lower: Decimal, upper: Decimal, degree: int) -> list[Decimal]:
    """Return what `fit` does, with all digits."""
    middle, radius = (lower + upper) / 2, (upper - lower) / 2
    return through(f, [middle + radius * x for x in chebyshev(degree + 1)])


def chebyshev(count: int) -> list[Decimal]:
    """Return the zeros of a Chebyshev polynomial."""
    half_turn = pi()
    return [cos(half_turn * (2 * k + 1) / (2 * count)) for k in range(count)]


def through(f: Function, nodes: list[Decimal]) -> list[Decimal]:
    """Return the polynomial that is f at some nodes, the lowest power first."""
    degree = len(nodes) - 1
    differences = [f(x) for x in nodes]
    for step in range(1, degree + 1):  # Newton's divided differences, in place
        for k in range(degree, step - 1, -1):
            rise = differences[k] - differences[k - 1]
            differences[k] = rise / (nodes[k] - nodes[k - step])
    coefficients = [differences[degree]]
    for k in range(degree - 1, -1, -1):  # multiplied out: p = p * (x - node) + difference
        shifted = [Decimal(0), *coefficients]
        for j, coefficient in enumerate(coefficients):
            shifted[j] -= nodes[k] * coefficient
        shifted[0] += differences[k]
        coefficients = shifted
    return coefficients


def split_first(
    coefficients: list[Decimal], rounded: Callable[[Decimal], float]
) -> tuple[float, ...]:
    """Return coefficients, the first of which in two parts."""
    first, *others = coefficients
    high = rounded(first)
    return high, float(first - Decimal(high)), *map(float, others)


def single(x: Decimal) -> float:
    """Return the nearest float32."""
    return float(struct.unpack("f", struct.pack("f", float(x)))[0])


def leading(x: Decimal, bits: int) -> Decimal:
    """Return x cut to its leading bits."""
    scale = ONE
    while x * scale < 1 << (bits - 1):
        scale *= 2
    return (x * scale).to_integral_value(ROUND_FLOOR) / scale


def split(x: Decimal, bits: int, rounded: Callable[[Decimal], float]) -> tuple[float, float]:
    """Return the leading bits of x and the rest."""
    high = leading(x, bits)
    return float(high), rounded(x - high)


@dataclass(frozen=True, slots=True)
class Table:
    """Coefficients by dtype, with the text that says what they are."""

    text: str
    values: dict[str, tuple[float, ...]]


def both(text: str, f: Function, lower: Decimal, upper: Decimal, degrees: tuple[int, int]) -> Table:
    """Return one function's polynomials for both dtypes."""
    names = ("float32", "float64")
    return Table(text, {n: fit(f, lower, upper, d) for n, d in zip(names, degrees, strict=True)})


def exponentials() -> dict[str, Table]:
    ln2 = TWO.ln()
    edge = ln2 / 2 * Decimal("1.001")
    names = {"float32": 5, "float64": 10}
    wide = Decimal("0.5005")
    beyond = {
        name: (rounding(ln2), *fit(lambda r: ln2**2 * exp_from_square(r * ln2), -wide, wide, d))
        for (name, d), rounding in zip(names.items(), (rest_of_single, rest_of_double), strict=True)
    }
    return {
        "EXP": both(
            "(exp(r) - 1 - r) / r**2 for |r| <= log(2) / 2",
            exp_from_square, -edge, edge, (4, 9),
        ),
        "EXP2": Table(
            "(2**r - 1) / r - log(2) for |r| <= 1/2, that logarithm being rounded to the dtype",
            beyond,
        ),
    }  # fmt: skip


def nearest_parts(x: Decimal, rounded: Callable[[Decimal], float]) -> tuple[float, ...]:
    """Return x as a sum of three floats, each nearest to what those before it leave."""
    parts: list[float] = []
    for _ in range(3):
        parts.append(rounded(x))
        x -= Decimal(parts[-1])
    return tuple(parts)


def rest_of_single(x: Decimal) -> float:
    return float(x - Decimal(single(x)))


def rest_of_double(x: Decimal) -> float:
    return float(x - Decimal(float(x)))


def logarithms() -> dict[str, Table]:
    lower, upper = HALF.sqrt() - 1, TWO.sqrt() - 1
    steepest = ((TWO.sqrt() - 1) / (TWO.sqrt() + 1)) ** 2

    def of_ratio(z: Decimal) -> Decimal:
        s = z.sqrt()
        return (log_ratio(s) / s - 2) / z

    return {
        "LOG": Table(
            "float32: (log(1 + f) - f + f**2 / 2) / f**3, 1 + f from sqrt(1/2) to sqrt(2);\n"
            "# float64: (log((1 + s) / (1 - s)) / s - 2) / z in z = s**2",
            {
                "float32": fit(lambda f: ((1 + f).ln() - f + f * f / 2) / f**3, lower, upper, 7),
                "float64": fit(of_ratio, NEAR_ZERO, steepest, 6),
            },
        ),
        "LOG_PAIR": both(
            "(log((2 + s) / (2 - s)) / s - 1) / z**2 - 1 / 12 / z in z = s**2",
            lambda z: (log_ratio(z.sqrt() / 2) / z.sqrt() - 1 - z / 12) / z**2,
            NEAR_ZERO,
            4 * steepest,
            (3, 7),
        ),
        "TWELFTH": Table(
            "1 / 12 in two floats",
            {
                "float32": nearest_parts(ONE / 12, single)[:2],
                "float64": nearest_parts(ONE / 12, float)[:2],
            },
        ),
    }


def constants() -> dict[str, Table]:
    ln2, ln10 = TWO.ln(), Decimal(10).ln()
    cuts = {
        "INVERSE_LN2": ("1 / log(2)", 1 / ln2, 24, 53),
        "INVERSE_LN10": ("1 / log(10)", 1 / ln10, 24, 53),
        "LOG10_2": ("log10(2)", ln2 / ln10, 16, 40),
        "QUARTER_PI": ("pi / 4", pi() / 4, 21, 50),
    }
    return {
        name: Table(
            f"{text} in two parts",
            {"float32": split(x, few, single), "float64": split(x, many, float)},
        )
        for name, (text, x, few, many) in cuts.items()
    }


def odd(f: Function) -> Function:
    """Return (f(x) / x - 1) / z as a function of z = x**2."""
    return lambda z: (f(z.sqrt()) / z.sqrt() - 1) / z


def angles() -> dict[str, Table]:
    quarter = (pi() / 4 * Decimal("1.001")) ** 2
    half_pi = pi() / 2
    parts = []
    rest = half_pi
    for _ in range(3):
        parts.append(float(leading(rest, 33)))
        rest -= leading(rest, 33)
    return {
        "SIN": both("(sin(x) / x - 1) / z in z = x**2 for |x| < pi / 4",
                    odd(sin), NEAR_ZERO, quarter, (3, 5)),
        "COS": both("(cos(x) - 1 + z / 2) / z**2 in z = x**2 for |x| < pi / 4",
                    lambda z: (cos(z.sqrt()) - 1 + z / 2) / z**2, NEAR_ZERO, quarter, (3, 5)),
        "TAN": both("(tan(x) / x - 1) / z in z = x**2 for |x| < pi / 4",
                    odd(tan), NEAR_ZERO, quarter, (6, 13)),
        "ASIN": both("(asin(x) / x - 1) / z in z = x**2 for |x| < 1/2",
                     odd(asin), NEAR_ZERO, Decimal("0.2501"), (5, 12)),
        "ATAN": both("(atan(x) / x - 1) / z in z = x**2 for |x| < 1/2",
                     odd(atan), NEAR_ZERO, Decimal("0.2501"), (6, 13)),
        "HALF_PI": Table(
            "pi / 2 as a sum, all but the last short enough that multiples below 2**20 are exact",
            {"float64": (*parts, float(rest))}),
        "HALF_PI_PARTS": Table("pi / 2 as a sum of three floats",
                               {"float32": nearest_parts(half_pi, single),
                                "float64": nearest_parts(half_pi, float)}),
        "HALF_PI_PAIR": Table("pi / 2 in two floats",
                              {"float64": (float(half_pi), rest_of_double(half_pi))}),
    }  # fmt: skip


def half_octaves(of: Function, degree: int) -> tuple[float, ...]:
    """Return polynomials about 0 and the middles of halves of octaves, power after power."""
    rows = {}
    for exponent in range(-4, 4):
        for upper in (0, 1):
            half = TWO**exponent / 4
            middle = (5 + 2 * upper) * half
            place = (exponent + 127) % 8 * 2 + upper
            rows[place] = fit_exactly(lambda t, c=middle: of(c + t), -half, half, degree)  # type: ignore[misc]
    # Beyond 12, where it is not asked for, lies the one about 0.
    rows[5] = [Decimal(0), *fit_exactly(lambda x: of(x) / x, NEAR_ZERO, ONE / 16, degree - 1)]
    ordered = zip(*(rows[place] for place in range(16)), strict=True)
    return tuple(float(f"{single(value):.9g}") for power in ordered for value in power)


def hyperbolics() -> dict[str, Table]:
    return {
        "TANH": Table("(tanh(x) / x - 1) / z in z = x**2 for |x| < 0.625", {
            "float64": fit(odd(tanh), NEAR_ZERO, Decimal("0.625") ** 2, 11)}),
        "TANH_PIECES": Table(
            "tanh about 0 and the middles of halves of octaves up to 12, coefficient after\n"
            "# coefficient, by the last bits of the exponent and the first of the mantissa",
            {"float32": half_octaves(tanh, 7)}),
        "SINH": both("(sinh(x) / x - 1) / z in z = x**2 for |x| < 1",
                     odd(sinh), NEAR_ZERO, ONE, (3, 6)),
    }  # fmt: skip


def pieces(of: Function, spacing: Decimal, end: Decimal, degree: int) -> tuple[float, ...]:
    """Return an odd function's polynomials about sixteen multiples of a spacing, power by power.

    The last goes on to an end. Of the first two the slope is less 1, and the first has no
    constant: it is best relative to its values.
    """
    half = spacing / 2 * Decimal("1.001")
    rows = [[Decimal(0), *fit_exactly(lambda x: of(x) / x, NEAR_ZERO, half, degree - 1)]]
    for k in range(1, 16):
        centre, upper = k * spacing, half if k < 15 else end - 15 * spacing
        rows.append(fit_exactly(lambda t, c=centre: of(c + t), -half, upper, degree))  # type: ignore[misc]
    for row in rows[:2]:
        row[1] -= 1
    return tuple(float(value) for power in zip(*rows, strict=True) for value in power)


def errors() -> dict[str, Table]:
    spacings = {"float32": Decimal(118127) / 2**19, "float64": Decimal(6281) / 2**14}

    def scaled_tail(u: Decimal) -> Decimal:
        x = 3 * (1 + u) / (1 - u)
        return (1 + 2 * x) * (x * x).exp() * erfc(x)

    def of(x: str) -> Decimal:
        return (Decimal(x) - 3) / (Decimal(x) + 3)

    return {
        "ERF": both("erf(x) / x - 1 in z = x**2 for |x| < 1/2",
                    lambda z: erf(z.sqrt()) / z.sqrt() - 1, NEAR_ZERO, Decimal("0.25"), (4, 8)),
        "ERF_SPACING": Table(
            "the distance of the points about which erf has polynomials: one where the values at\n"
            "# the first few are nearly floats",
            {name: (float(spacing),) for name, spacing in spacings.items()}),
        "ERF_PIECES": Table("erf about those points, coefficient after coefficient", {
            "float32": pieces(erf, spacings["float32"], Decimal("3.94"), 5),
            "float64": pieces(erf, spacings["float64"], Decimal("5.94"), 12),
        }),
        "ERFC": Table(
            "(1 + 2 x) exp(x**2) erfc(x) in u = (x - 3) / (x + 3), x from 1/2 to 11 or 28;\n"
            "# the first coefficient in two parts", {
                "float32": split_first(fit_exactly(scaled_tail, of("0.499"), of("11"), 10), single),
                "float64": split_first(fit_exactly(scaled_tail, of("0.499"), of("28"), 22), float),
            }),
    }  # fmt: skip


def tables() -> dict[str, Table]:
    """Return every table of coefficients.py by its name."""
    found = exponentials() | logarithms() | constants() | angles() | hyperbolics() | errors()
    return dict(sorted(found.items()))


def source(found: dict[str, Table], what: str) -> str:
    """Return the file that holds some tables."""
    lines = [f'"""{what}, lowest power first; tests hold their fit."""']
    lines.append("\nfrom __future__ import annotations\n\n# fmt: off")
    for name, table in found.items():
        lines += [f"# {table.text}.", f"{name} = {{"]
        for dtype, values in table.values.items():
            listed = textwrap.fill(", ".join(map(repr, values)), 88)
            lines += [f'    "{dtype}": (', textwrap.indent(f"{listed},", " " * 8), "    ),"]
        lines.append("}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(source(tables(), "Polynomials of the elementary functions"))
