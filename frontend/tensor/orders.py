"""Samples of choices and orders, given a random state: keys are drawn and put in order."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import DISCRETE
from symc.exceptions import BadUse, BadValue
from symc.report import mistake
from symc.tensor import (
    application,
    conversion,
    creation,
    elementwise,
    reductions,
    shaping,
    variable,
)
from symc.tensor.continuous import Sample, real_dtype
from symc.tensor.discrete import drawn, race
from symc.tensor.draws import Draws
from symc.tensor.sample_shape import sample_shape
from symc.tensor.sort import argsort


def permutation(
    random_state: Any,
    size: Any = None,
    n: Any = 1,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> Sample:
    """Draw orders of the numbers from 0 to n - 1, along a last axis after those of the size."""
    name = real_dtype("permutation", dtype)
    count = _count("permutation", n)
    single = size is None or (isinstance(size, (list, tuple)) and not size)
    shape = sample_shape("permutation", () if single else size, None if single else ndim, [])
    draws = Draws(random_state)
    return drawn(draws, argsort(draws.bits([*shape, count])), name)


def _count(what: str, n: Any) -> Any:
    n = conversion.as_tensor_variable(n)
    if n.ndim or n.dtype not in DISCRETE:
        raise mistake(TypeMismatch, f"{what}: how many there are is an integer, not {n.type}")
    return elementwise.cast(n, "int64")


def choice(
    random_state: Any,
    size: Any = None,
    a: Any = 2,
    replace: bool = True,
    p: Any = None,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> Sample:
    """Draw elements of a vector a, or of the numbers below an integer a.

    replace   whether an element may come again; without, the size is at most the number of elements
    p         a vector of their probabilities, taken as weights; equal if not given

    Without a size one element is drawn.
    """
    name = real_dtype("choice", dtype)
    given = conversion.as_tensor_variable(a)
    count = shaping.size_of(given, 0) if given.ndim == 1 else _count("choice", given)
    shape = sample_shape("choice", size, ndim, [])
    draws = Draws(random_state)
    weights = None if p is None else _vector(p)
    draw = _again if _truth(replace) else _once
    places = draw(draws, shape, count, weights)
    return drawn(draws, given[places] if given.ndim else places, name)


def _vector(p: Any) -> Any:
    weights = conversion.as_tensor_variable(p)
    if weights.ndim != 1:
        raise mistake(TypeMismatch, f"choice: p is a vector, not {weights.type}")
    return weights


def _truth(replace: Any) -> bool:
    if isinstance(replace, variable.TensorConstant):
        return bool(replace.data)
    if isinstance(replace, variable.TensorVariable):
        raise mistake(BadUse, "choice: replace is True or False while the graph is built")
    return bool(replace)


def _again(draws: Draws, shape: list[Any], count: Any, weights: Any) -> Any:
    """Draw places that may come again."""
    if weights is None:
        offset = draws.below(elementwise.cast(count, "uint64"), shape)
        return elementwise.cast(offset, "int64")
    return reductions.argmin(race(draws, [*shape, shaping.size_of(weights, 0)], weights), axis=-1)


def _once(draws: Draws, shape: list[Any], count: Any, weights: Any) -> Any:
    """Draw places of which each comes once at most."""
    total = shaping.product_of(shape)
    _require_enough(count, total)
    keys = draws.bits([count]) if weights is None else race(draws, [count], weights)
    return shaping.reshape(argsort(keys)[:total], shape)


def _require_enough(count: Any, wanted: Any) -> None:
    """Refuse more than there are; what is not known yet is checked when the shape is made."""
    have, want = application.known_size(count), application.known_size(wanted)
    if have is not None and want is not None and have < want:
        raise mistake(BadValue, f"choice: {want} of {have} elements, when each comes once at most")


def first_of_rows(random_state: Any, size: Any, n: Any, weights: Any, dtype: Any) -> Sample:
    """Draw, for each row of weights, n of its places without replacement."""
    draws = Draws(random_state)
    shape = [shaping.size_of(weights, k) for k in range(2)]
    wanted = _count("choice", n)
    order = argsort(race(draws, shape, weights))[:, :wanted]
    return drawn(draws, shaping.reshape(order, [shape[0], wanted]), real_dtype("choice", dtype))


def of_rows(random_state: Any, size: Any, n: Any, weights: Any, dtype: Any) -> Sample:
    """Draw, for each row of weights, n of its places, which may come again."""
    draws = Draws(random_state)
    rows, length = (shaping.size_of(weights, k) for k in range(2))
    times = race(draws, [rows, _count("choice", n), length], weights.dimshuffle(0, "x", 1))
    return drawn(draws, reductions.argmin(times, axis=-1), real_dtype("choice", dtype))


def permute_rows(x: Any, order: Any) -> Any:
    """Return a tensor whose last axis is put in the orders given, one for each row."""
    places = [creation.arange(shaping.size_of(x, k)) for k in range(x.ndim - 1)]
    index = [
        place.dimshuffle(*("x",) * k, 0, *("x",) * (x.ndim - k - 1))
        for k, place in enumerate(places)
    ]
    return x[(*index, order)]
