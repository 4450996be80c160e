"""Compares derivatives with differences of the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symc.compiler.errors import Error
from symc.compiler.types import FLOATS, PART
from symc.config import config
from symc.derivative import grad
from symc.exceptions import BadUse
from symc.function import function
from symc.report import mistake
from symc.shared import shared
from symc.tensor import elementwise, reductions
from symc.type import TensorType

STEPS = {"float64": 1e-7, "float32": 3e-4, "float16": 1e-1, "bfloat16": 2.5e-1}
"""The step of the differences, by the narrowest dtype among the points."""
TOLERANCES = {"float64": 1e-4, "float32": 1e-2, "float16": 5e-2, "bfloat16": 2e-1}
"""The error that is allowed, absolute and relative, by the narrowest dtype."""


class GradientError(Error, ArithmeticError):
    """Report a derivative that differs from differences of the function.

    arg, err_pos       which argument, and where in it, counted over its flat elements
    shape              the argument's shape
    val1, val2         the derivative, and what the differences give
    abs_err, rel_err   how far they are apart; abs_tol and rel_tol are what is allowed
    """

    code = "E142"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        for name, value in facts.items():
            setattr(self, name, value)


class numeric_grad:  # Theano's name
    """The derivatives of a function of arrays by differences.

    f         a function of arrays that returns a number
    pt        an array, or a list or tuple of arrays, at which to differentiate
    eps       the step, by default one that fits the narrowest dtype
    out_type  the dtype in which f computes, where it is narrower than the points'

    `gf` holds the derivatives, one array for each point, or one alone for a point alone.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        pt: Any,
        eps: float | None = None,
        out_type: str | None = None,
    ) -> None:
        alone = not isinstance(pt, (list, tuple))
        points = [np.array(p) for p in ([pt] if alone else pt)]
        step = STEPS[narrowest(points, out_type)] if eps is None else eps
        slopes = [_differences(f, points, k, step) for k in range(len(points))]
        self.gf: Any = slopes[0] if alone else slopes

    @staticmethod
    def abs_rel_err(a: Any, b: Any) -> tuple[Any, Any]:
        """Return how far arrays are apart, absolutely and relative to their size."""
        absolute = abs(np.asarray(a) - np.asarray(b))
        return absolute, absolute / np.maximum(abs(a) + abs(b), 1e-8)

    def abs_rel_errors(self, g_pt: Any) -> list[tuple[Any, Any]]:
        """Return the errors of derivatives, for each point."""
        found, mine = self._listed(g_pt), self._listed(self.gf)
        if len(found) != len(mine):
            raise mistake(
                BadUse,
                "numeric_grad: there is one derivative for each point",
                expected=str(len(mine)),
                got=str(len(found)),
            )
        return [self.abs_rel_err(a, b) for a, b in zip(found, mine, strict=True)]

    def max_err(self, g_pt: Any, abs_tol: float, rel_tol: float) -> tuple[int, int, float, float]:
        """Return where the error is largest: point, flat position, absolute and relative error.

        An element's error is the smaller of both, each in units of what is allowed.
        """
        worst = (0, 0, 0.0, 0.0)
        size = -1.0
        for k, (absolute, relative) in enumerate(self.abs_rel_errors(g_pt)):
            scaled = np.minimum(absolute / abs_tol, relative / rel_tol)
            # NaN is an error like no other.
            scaled = np.where(np.isnan(scaled), np.inf, scaled).ravel()
            if scaled.size and scaled.max() > size:
                place = int(scaled.argmax())
                size = float(scaled[place])
                worst = k, place, float(absolute.ravel()[place]), float(relative.ravel()[place])
        return worst

    @staticmethod
    def _listed(given: Any) -> list[Any]:
        return list(given) if isinstance(given, (list, tuple)) else [given]


def narrowest(points: Sequence[Any], out_type: str | None = None) -> str:
    """Return the float dtype of fewest bits among those of points and of what is computed."""
    names = [*(str(p.dtype) for p in points), *([out_type] if out_type else [])]
    floats = [name for name in (PART.get(n, n) for n in names) if name in STEPS]
    if not floats:
        raise mistake(BadUse, "numeric_grad: there is no float to differentiate to")
    return min(floats, key=list(reversed(STEPS)).index)


def _differences(f: Callable[..., Any], points: list[Any], k: int, step: float) -> Any:
    """Return differences to both sides at each element of one point.

    The derivative to a complex number is that to its real part, and i times that to the other.
    """
    result = np.zeros_like(points[k])
    directions = (1, 1j) if np.iscomplexobj(result) else (1,)
    for place in np.ndindex(result.shape):
        result[place] = sum(d * _slope(f, points, k, place, d * step) for d in directions)
    return result


def _slope(f: Callable[..., Any], points: list[Any], k: int, place: Any, step: Any) -> Any:
    """Return the difference quotient along one step of one element."""
    ends = []
    for sign in (1, -1):
        moved = [np.array(p) for p in points]
        moved[k][place] += sign * step
        ends.append((np.asarray(f(*moved)), moved[k][place]))
    (high, right), (low, left) = ends
    return (high - low) / abs(right - left)  # the step that rounding leaves


def verify_grad(
    fun: Callable[..., Any],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: Any = None,
    eps: float | None = None,
    out_type: str | None = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: Any = None,
    cast_to_output_type: bool = False,
    no_debug_ref: bool = True,
) -> None:
    """Raise GradientError where the gradient of a function of variables is not its differences.

    fun       takes variables and returns one, which is summed with weights from rng, n_tests times
    pt        arrays of floats, one for each argument
    eps       the step of the differences; an element is wrong when it exceeds abs_tol and rel_tol;
              their defaults fit the narrowest dtype, out_type included
    cast_to_output_type   give the weights the dtype of the result; no_debug_ref changes nothing

    >>> import numpy as np
    >>> from symc.tensor import tanh
    >>> verify_grad(tanh, [np.array([0.5, -1.0])], rng=np.random.default_rng(0))
    """
    points = _checked(pt, rng)
    kind = narrowest(points, out_type)
    allowed = [TOLERANCES[kind] if t is None else t for t in (abs_tol, rel_tol)]
    weights, value, slope = _compiled(fun, points, mode, cast_to_output_type)
    for _ in range(n_tests):
        weights.set_value(_weights(rng, weights))
        _compare(slope, points, numeric_grad(value, points, eps, out_type), allowed)


def _checked(pt: Sequence[Any], rng: Any) -> list[Any]:
    points = [np.array(p) for p in pt]
    for p in points:
        if PART.get(str(p.dtype), str(p.dtype)) not in STEPS:
            raise mistake(
                BadUse,
                "verify_grad: only floats have a derivative",
                expected=f"arrays of {', '.join(FLOATS)}, or complex ones",
                got=str(p.dtype),
            )
    if rng is None:
        raise mistake(
            BadUse,
            "verify_grad: the weights come from rng",
            expected="a numpy.random.RandomState or Generator",
            got="None",
            help="pass rng=numpy.random.default_rng(seed)",
        )
    return points


def _compiled(
    fun: Callable[..., Any], points: list[Any], mode: Any, cast_to_output: Any
) -> tuple[Any, Any, Any]:
    """Return the shared weights, and the functions of the weighted sum and of its slopes."""
    inputs = [TensorType(p.dtype, (False,) * p.ndim)(f"input {k}") for k, p in enumerate(points)]
    output = fun(*inputs)
    shape = function(inputs, output, mode=mode, on_unused_input="ignore")(*points).shape
    real = config.floatX if output.dtype not in PART else output.dtype
    weights = shared(np.zeros(shape, output.dtype if cast_to_output else real), name="weights")
    cost = reductions.sum(elementwise.mul(output, weights).real)
    value = function(inputs, cost, mode=mode, on_unused_input="ignore")
    slopes = grad(cost, inputs, disconnected_inputs="ignore")
    return weights, value, function(inputs, slopes, mode=mode, on_unused_input="ignore")


def _weights(rng: Any, like: Any) -> Any:
    """Return random weights away from zero, so that no error hides behind a small one."""
    old = like.get_value()
    made = rng.uniform(0.5, 1.5, size=old.shape)
    if np.iscomplexobj(old):
        made = made + 1j * rng.uniform(0.5, 1.5, size=old.shape)
    return np.asarray(made, old.dtype)


def _compare(
    slope: Callable[..., Any],
    points: list[Any],
    numeric: numeric_grad,
    allowed: list[float],
) -> None:
    found = [np.asarray(g) for g in slope(*points)]
    arg, place, absolute, relative = numeric.max_err(found, *allowed)
    if absolute <= allowed[0] or relative <= allowed[1]:
        return
    ours, theirs = found[arg].ravel()[place], numeric.gf[arg].ravel()[place]
    error = mistake(
        GradientError,
        f"verify_grad: the derivative to argument {arg} is wrong at flat element {place}",
        expected=f"{theirs} by differences, at a point of shape {points[arg].shape}",
        got=f"{ours}; off by {absolute:g}, relatively {relative:g}; "
        f"allowed are {allowed[0]:g} and {allowed[1]:g}",
    )
    raise GradientError(
        str(error),
        arg=arg,
        err_pos=place,
        shape=points[arg].shape,
        val1=ours,
        val2=theirs,
        abs_err=absolute,
        rel_err=relative,
        abs_tol=allowed[0],
        rel_tol=allowed[1],
    )


verify_grad.E_grad = GradientError  # type: ignore[attr-defined]  # Theano's name for it
