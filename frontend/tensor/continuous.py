"""Samples of the uniform and the normal distributions, given a random state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.promotion import upcast
from symc.compiler.types import COMPLEX, DISCRETE, FLOATS, HALVES
from symc.config import config
from symc.report import mistake
from symc.tensor import conversion, elementwise
from symc.tensor.draws import Draws
from symc.tensor.sample_shape import known_number, sample_shape, stretched
from symc.type import dtype_name

Sample = tuple[Any, Any]
"""The state after the draw, and what was drawn."""


def parameters_of(*given: Any) -> list[Any]:
    """Return the parameters of a distribution as variables."""
    return [conversion.as_tensor_variable(x) for x in given]


def _float_dtype(what: str, dtype: Any, parameters: list[Any]) -> str:
    """Return the dtype asked for, or else the smallest for floatX and the parameters."""
    if dtype is None:
        return upcast(config.floatX, *(x.dtype for x in parameters))
    return real_dtype(what, dtype)


def real_dtype(what: str, dtype: Any) -> str:
    """Return the name of a dtype that samples can have: any but the complex ones."""
    name = dtype_name(dtype)
    if name in COMPLEX:
        raise mistake(TypeMismatch, f"{what}: draws no {name}")
    return name


def _working_dtype(dtype: str) -> str:
    """Return the float in which numbers of a dtype are computed."""
    return "float32" if dtype in (*HALVES, "float32") else "float64"


def uniform(
    random_state: Any,
    size: Any = None,
    low: Any = 0.0,
    high: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = None,
) -> Sample:
    """Draw from low up to but without high, any number as likely.

    Without a size the sample has the shape that low and high broadcast to. The dtype, if not given,
    is the smallest that holds low, high and floatX. The sample has a gradient with respect to low
    and high.
    """
    bounds = parameters_of(low, high)
    name = _float_dtype("uniform", dtype, bounds)
    shape = sample_shape("uniform", size, ndim, bounds)
    draws = Draws(random_state)
    if [known_number(x) for x in bounds] == [0, 1] and name in FLOATS:
        sample = draws.unit(shape, name)
        return draws.after(), sample
    working = _working_dtype(name)
    least, most = (stretched(elementwise.cast(x, working), shape) for x in bounds)
    sample = least + (most - least) * draws.unit(shape, working)
    if name in DISCRETE:
        return draws.after(), elementwise.cast(sample, name)
    least, most, sample = (elementwise.cast(x, name) for x in (least, most, sample))
    return draws.after(), _before(sample, least, most)


def _before(sample: Any, low: Any, high: Any) -> Any:
    """Return a sample with low where rounding took it to high or beyond."""
    up = elementwise.and_(elementwise.ge(sample, high), elementwise.le(low, high))
    down = elementwise.and_(elementwise.le(sample, high), elementwise.gt(low, high))
    return elementwise.switch(elementwise.or_(up, down), low, sample)


def normal(
    random_state: Any,
    size: Any = None,
    avg: Any = 0.0,
    std: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = None,
) -> Sample:
    """Draw from the normal distribution of a mean and a standard deviation.

    Size and dtype are as in `uniform`, as is the gradient with respect to avg and std.
    """
    return _normal(Draws.normal, random_state, size, avg, std, ndim, dtype)


def truncated_normal(
    random_state: Any,
    size: Any = None,
    avg: Any = 0.0,
    std: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = None,
) -> Sample:
    """Draw from the normal distribution without what is more than 2 std away from avg."""
    return _normal(Draws.truncated_normal, random_state, size, avg, std, ndim, dtype)


def _normal(
    draw: Callable[[Draws, list[Any], str], Any],
    random_state: Any,
    size: Any,
    avg: Any,
    std: Any,
    ndim: int | None,
    dtype: Any,
) -> Sample:
    parameters = parameters_of(avg, std)
    name = _float_dtype("normal", dtype, parameters)
    shape = sample_shape("normal", size, ndim, parameters)
    draws = Draws(random_state)
    working = _working_dtype(name)
    sample = draw(draws, shape, working)
    if [known_number(x) for x in parameters] != [0, 1]:
        mean, deviation = (stretched(elementwise.cast(x, working), shape) for x in parameters)
        sample = mean + deviation * sample
    return draws.after(), elementwise.cast(sample, name)
