"""How far results may be off: modules run again with every rounded result moved a little.

Stochastic arithmetic, after Vignes (1993): what spreads between runs depends on the last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from stated import COARSE, MATRICES, ULPS, size

from symc.compiler.bfloat import convert
from symc.compiler.interpret import Run, evaluate
from symc.compiler.module import Module
from symc.compiler.types import COMPLEX, holds_floats
from symc.compiler.value import Value

Array = np.ndarray[Any, Any]

ROUNDED_ONCE = (
    *("add", "subtract", "multiply", "true_divide", "reciprocal", "square", "sqrt", "negate"),
    *("absolute", "sign", "floor", "ceil", "trunc", "round_half_to_even", "maximum", "minimum"),
    *("round_half_away_from_zero", "clip", "switch", "cast", "floor_divide", "remainder"),
    "hard_sigmoid",
)
PAIRED = ("multiply", "true_divide", "reciprocal", "square", "sqrt", "absolute", "sign", "angle")
"""Those that are more than one rounding for complex numbers."""

MOVES = (
    *("dimshuffle", "broadcast", "reshape", "concatenate", "slice", "place", "gather"),
    *("scatter_set", "region_set", "max", "min", "block_gradient", "clip_gradient", "size"),
    *("arange", "bounded", "sort", "argsort", "positions", "region_add", "searchsorted"),
    *("real", "imag", "conj", "complex", "parts", "whole", "interleave", "copysign", "unit"),
)
EXACT = frozenset(ROUNDED_ONCE + MOVES)
"""Operations whose result is rounded once, as the format says, or not at all."""

STEPS = frozenset(("hard_sigmoid", "floor_divide", "remainder"))
"""Those that compute float16 in float32 and round at the end, where NumPy rounds every step.

So do sums and products of more than two operands.
"""

SUMS = ("add", "subtract")
"""Where what cancels to its last digits may as well cancel to nothing: the variance of equal
numbers is 0, or what the rounding of their mean leaves."""

RUNS, MANY = 4, 40
SLACK = 16  # runs are few: the worst case is so much further at most


@dataclass(frozen=True, slots=True)
class Noise:
    """How results move: by at most `amount(value, array)`, but for operations that are exact."""

    amount: Callable[[Value, Array], Any]
    exact: frozenset[str]

    def spares(self, value: Value) -> bool:
        """Tell whether a result stays as it is."""
        many = value.op.name in STEPS or len(value.operands) > 2
        stepped = many and value.op.name not in MOVES and value.type.dtype == "float16"
        types = (value.type, *(x.type for x in value.operands))
        paired = value.op.name in PAIRED and any(t.dtype in COMPLEX for t in types)
        return value.op.name in self.exact and not stepped and not paired

    def moved(self, value: Value, array: Array, random: np.random.Generator) -> Array:
        """Return an array with each float moved by up to the amount."""
        if not holds_floats(array) or not array.size:
            return array
        with np.errstate(all="ignore"):
            amount = self.amount(value, array)
            if array.dtype.kind == "c":
                near = np.empty_like(array)
                near.real = _stepped(array.real, amount, random)
                near.imag = _stepped(array.imag, amount, random)
            else:
                near = convert(_stepped(array, amount, random), str(array.dtype))
        return np.where(np.isfinite(array), near, array)


def _stepped(array: Array, amount: Any, random: np.random.Generator) -> Array:
    """Return real numbers moved by up to the amount; zeros stay, unless it is one for all."""
    step = random.uniform(-1, 1, array.shape) * amount
    return np.asarray(array + np.where((array == 0) & (np.ndim(amount) > 0), 0, step))


def spacing(array: Array) -> Any:
    """Return the distance to the next number of the format."""
    return np.spacing(np.abs(array)).astype("float64")


def last_digits(value: Value, array: Array) -> Any:
    """Return the error that operations state."""
    if value.op.name in MATRICES:
        return spacing(np.max(np.abs(array))) * ULPS
    coarse = COARSE.get(value.op.name, 0.0)
    return ULPS * spacing(size(value.op.name, array)) + coarse * np.maximum(
        1, np.abs(array).astype("float64")
    )


def single_digits(value: Value, array: Array) -> Any:
    """Return the error of a run in float32."""
    return np.maximum(np.abs(array).astype("float64") * 2.0**-23, spacing(array))


ROUNDING = Noise(last_digits, EXACT)
REWRITING = Noise(last_digits, frozenset())
SINGLE = Noise(single_digits, frozenset())


class MovedRun(Run):
    """A run whose inexact results are moved."""

    def __init__(self, module: Module, arrays: Sequence[Array], noise: Noise, seed: int) -> None:
        super().__init__(module, arrays)
        self.noise = noise
        self.random = np.random.default_rng(seed)
        self.cancels = bool(seed % 2)

    def _results(self, value: Value) -> tuple[Array, ...]:
        if value.op.family in ("leaf", "loop"):
            return super()._results(value)
        operands = [self.known[x][0] for x in value.operands]
        result = self._moved(value, operands)
        if value.op.name in SUMS and self.cancels:
            result = cancelled(result, operands)
        return (result,)

    def _moved(self, value: Value, operands: list[Array]) -> Array:
        if self.noise.spares(value):
            return evaluate(value, operands)
        if value.op.family != "pointwise":  # sums cancel: it is their operands that move
            operands = [self.noise.moved(value, x, self.random) for x in operands]
        return self.noise.moved(value, evaluate(value, operands), self.random)


def cancelled(array: Array, operands: Sequence[Array]) -> Array:
    """Return sums, 0 where they are no more than the last digits of what they are made of."""
    if not holds_floats(array):
        return array
    with np.errstate(all="ignore"):
        largest = np.maximum.reduce(np.broadcast_arrays(*map(np.abs, operands)))
        return np.where(np.abs(array) <= 4 * ULPS * np.spacing(largest), array * 0, array)


class WatchedRun(Run):
    """A run that notes what sort of arrays it meets, in the steps of loops and in arms too."""

    def __init__(self, module: Module, arrays: Sequence[Array]) -> None:
        super().__init__(module, arrays)
        self.seen: set[str] = set()

    def _results(self, value: Value) -> tuple[Array, ...]:
        results = super()._results(value)
        for array in results:
            if not array.size:
                self.seen.add("empty")
            if holds_floats(array) and not np.isfinite(array).all():
                self.seen.add("not finite")
        return results


def roots(run: Run) -> list[Array]:
    """Return outputs, then new states."""
    module = run.module
    for check in module.checks:
        run.check(check)
    return [run.value(value) for value in (*module.outputs, *(new for _, new in module.updates))]


def spreads(module: Module, arrays: Sequence[Array], noise: Noise, runs: int = RUNS) -> list[Array]:
    """Return, for each output and new state, the largest distance between moved runs and the plain.

    It is infinite where runs differ in kind: NaN, infinities, discrete values; where runs differ in
    shape, as a computed size makes them, it is one infinity for all.
    """
    plain = roots(Run(module, arrays))
    result = [np.zeros(np.shape(x)) for x in plain]
    for seed in range(runs):
        try:
            moved = roots(MovedRun(module, arrays, noise, seed))
        except (IndexError, ValueError):  # an index computed from last digits
            return [np.array(np.inf) for x in plain]
        result = [
            _farther(s, _distance(a, b)) for s, a, b in zip(result, plain, moved, strict=True)
        ]
    return result


def _farther(spread: Array, distance: Array) -> Array:
    if spread.shape != distance.shape:
        return np.array(np.inf)
    return np.maximum(spread, distance)


def _distance(plain: Array, moved: Array) -> Array:
    if plain.shape != moved.shape:
        return np.array(np.inf)
    if not holds_floats(plain):
        return np.where(plain == moved, 0.0, np.inf)
    same = (plain == moved) | (np.isnan(plain) & np.isnan(moved))
    wide = "complex128" if plain.dtype.kind == "c" else "float64"
    with np.errstate(all="ignore"):
        apart = np.abs(plain.astype(wide) - moved.astype(wide))
    return np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))
