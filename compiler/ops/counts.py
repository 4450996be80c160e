"""Counts of the binomial and the Poisson distribution made of random bits, by inversion.

A uniform number u is used up from the mode outwards: first by the probability of the mode, then by
those of the counts one above and one below it, two above and two below, and so on; where u runs out
is the count. The probabilities follow one another by ratios, so that all it takes is the mode's, by
Loader's expansion about it (2000), and as many steps as the count is away from the mode.

Where u runs out may hang on the last bit of every probability, so all is computed by sums,
products, quotients and square roots, which have the same bits everywhere: exp and log1p are written
out, as series for the narrow ranges that are asked of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.ops.formula import Functions, arrays, polynomial, registers
from symc.compiler.ops.random import unit

LARGEST = 2.0**40
"""The greatest mean and number of trials: beyond, the way to the count is too long."""

NEGLIGIBLE = 2.0**-70
"""What is left is no more than rounding once the counts reached are less probable than this."""

STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
EXACT = 16

EXP = tuple(1 / math.factorial(k) for k in range(14))
LOG1P = tuple(2 / (2 * k + 1) for k in range(17))


def _rest_of(k: int) -> float:
    """Return log k! less Stirling's formula for it."""
    return math.lgamma(k + 1) - ((k + 0.5) * math.log(k) - k + 0.5 * math.log(2 * math.pi))


RESTS = tuple(_rest_of(k) for k in range(1, EXACT))


def _stirling_rest(f: Functions, k: Any) -> Any:
    """Return log k! less Stirling's formula, for whole numbers from 1."""
    value = polynomial(1.0 / (k * k), STIRLING) / k
    for known, rest in enumerate(RESTS, 1):
        value = f.select(abs(k - float(known)) < 0.5, rest, value)
    return value


def _exp(x: Any) -> Any:
    """Return e**x for x from -4 to 1/2, by Taylor's series of an eighth of it."""
    result = polynomial(x * 0.125, EXP)
    for _ in range(3):
        result = result * result
    return result


def _log1p(x: Any) -> Any:
    """Return log(1 + x) for x from -1/2 to 1, as twice the series of artanh(x / (2 + x))."""
    s = x / (x + 2.0)
    return s * polynomial(s * s, LOG1P)


def _deviance(k: Any, mean: Any) -> Any:
    """Return k log(k / mean) + mean - k, for k within 1 of the mean or so: no digits are lost."""
    x = (k - mean) / mean
    return mean * ((x + 1.0) * _log1p(x) - x)


class _Law(Struct, frozen=True):
    """A distribution of counts about its mode.

    mode, chance   the most probable count and its probability
    up, down       (count) -> the ratio of its probability to that of the count below, or above
    """

    mode: Any
    chance: Any
    up: Callable[[Any], Any]
    down: Callable[[Any], Any]


def _poisson_law(f: Functions, mean: Any) -> _Law:
    mode = f.floor(mean)
    k = f.select(mode < 1.0, 1.0, mode)
    near = _exp(-_stirling_rest(f, k) - _deviance(k, mean)) / f.sqrt(k * (2 * math.pi))
    chance = f.select(mode < 1.0, _exp(-mean), near)
    return _Law(mode, chance, lambda k: mean / k, lambda k: (k + 1.0) / mean)


def _binomial_law(f: Functions, n: Any, p: Any) -> _Law:
    """Take a probability of at most 1/2."""
    mode = f.floor((n + 1.0) * p)
    q = 1.0 - p
    k, rest = (f.select(x < 1.0, 1.0, x) for x in (mode, n - mode))
    whole = f.select(n < 1.0, 1.0, n)
    exponent = (
        _stirling_rest(f, whole)
        - _stirling_rest(f, k)
        - _stirling_rest(f, rest)
        - _deviance(k, n * p)
        - _deviance(rest, n * q)
    )
    near = _exp(exponent) * f.sqrt(whole / (k * rest * (2 * math.pi)))
    none = _exp(n * _log1p(-p))
    chance = f.select(mode < 1.0, none, f.select(n - mode < 1.0, p, near))  # all of one trial
    odds = p / q
    return _Law(
        mode,
        chance,
        lambda k: (n - k + 1.0) / k * odds,
        lambda k: (k + 1.0) / ((n - k) * odds),
    )


Loop = Callable[..., Any]
"""(state, pending, step) -> the state after steps for as long as some element is pending."""


def _walk(f: Functions, loop: Loop, law: _Law, u: Any) -> Any:
    """Return the count at which u is used up."""

    def pending(state: list[Any]) -> Any:
        return state[-1] < 0.0

    def step(state: list[Any]) -> list[Any]:
        j, left, above, below, found = state
        j = j + 1.0
        above, below = above * law.up(law.mode + j), below * law.down(law.mode - j)
        for count, chance in ((law.mode + j, above), (law.mode - j, below)):
            left = left - chance
            found = f.select((found < 0.0) & (left < 0.0), count, found)
        ended = (found < 0.0) & (above < NEGLIGIBLE) & (below < NEGLIGIBLE)
        return [j, left, above, below, f.select(ended, law.mode, found)]

    left = u - law.chance
    found = f.select(left < 0.0, law.mode, -1.0)
    zero = u - u
    return loop([zero, left, law.chance + zero, law.chance + zero, found + zero], pending, step)[-1]


def _poisson(f: Functions, loop: Loop, u: Any, mean: Any) -> Any:
    valid = (mean >= 0.0) & (mean <= LARGEST)
    known = f.select(valid, mean, 0.0)
    return f.select(valid, _walk(f, loop, _poisson_law(f, known), u), math.nan)


def _binomial(f: Functions, loop: Loop, u: Any, n: Any, p: Any) -> Any:
    """Count the rarer of success and failure."""
    valid = (n >= 0.0) & (n <= LARGEST) & (p >= 0.0) & (p <= 1.0)
    n = f.floor(f.select(valid, n, 0.0))
    p = f.select(valid, p, 0.0)
    rare = f.select(p > 0.5, 1.0 - p, p)
    count = _walk(f, loop, _binomial_law(f, n, rare), u)
    return f.select(valid, f.select(p > 0.5, n - count, count), math.nan)


def _array_loop(state: list[Any], pending: Any, step: Any) -> list[Any]:
    while np.any(pending(state)):
        state = step(state)
    return state


def _reference(law: Callable[..., Any]) -> Callable[..., Any]:
    def reference(bits: Any, *parameters: Any) -> Any:
        u, *given = np.broadcast_arrays(unit.reference(bits, dtype="float64"), *parameters)
        with np.errstate(all="ignore"):
            return np.asarray(law(arrays(), _array_loop, u, *given))

    return reference


def _body(b: Any, law: Callable[..., Any], bits: Any, parameters: tuple[Any, ...]) -> Any:
    # The code generator is loaded when there is code to generate.
    from symc.compiler.codegen.math.number import Number

    def numbers(state: list[Any]) -> list[Any]:
        return [Number(b, register) for register in state]

    def loop(state: list[Any], pending: Any, step: Any) -> list[Any]:
        return numbers(
            b.loop_while(
                [x.register for x in state],
                lambda carried: b.horizontal("bit_or", pending(numbers(carried)).register),
                lambda carried: [x.register for x in step(numbers(carried))],
            )
        )

    u = Number(b, unit.body(b, bits, dtype="float64"))  # type: ignore[misc]  # it has a body
    result: Any = law(registers(b), loop, u, *numbers(list(parameters))).register
    return result


poisson = pointwise(
    "poisson",
    _reference(_poisson),
    lambda b, bits, mean: _body(b, _poisson, bits, (mean,)),
    lambda k, bits, mean: (0, 0),
    promotion.word_and_doubles,
    doc="Make of random bits a count of the Poisson distribution of a mean up to 2**40, else NaN.",
)
binomial = pointwise(
    "binomial",
    _reference(_binomial),
    lambda b, bits, n, p: _body(b, _binomial, bits, (n, p)),
    lambda k, bits, n, p: (0, 0, 0),
    promotion.word_and_doubles,
    doc="Make of random bits how many of n trials of probability p succeed; n up to 2**40, else "
    "NaN.",
)
