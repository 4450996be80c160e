"""Samples of counts and integers, given a random state."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import COMPLEX, DISCRETE, FLOATS
from symc.exceptions import BadValue
from symc.report import describe, mistake
from symc.tensor import (
    application,
    conversion,
    creation,
    elementwise,
    reductions,
    shaping,
    variable,
)
from symc.tensor.continuous import Sample, parameters_of, real_dtype
from symc.tensor.draws import Draws, word
from symc.tensor.sample_shape import known_number, sample_shape, stretched


def drawn(draws: Draws, sample: Any, dtype: str) -> Sample:
    """Return the state after the draws, and the sample in a dtype."""
    return draws.after(), elementwise.cast(sample, dtype)


def binomial(
    random_state: Any,
    size: Any = None,
    n: Any = 1,
    p: Any = 0.5,
    ndim: int | None = None,
    dtype: Any = "int64",
    prob: Any = None,
) -> Sample:
    """Draw how many of n trials succeed, each with probability p; `prob` is p's former name.

    Without a size the sample has the shape that n and p broadcast to. Where n is not between 0 and
    2**40, or p not between 0 and 1, the sample is -1, or NaN if its dtype is a float; but with n
    known to be 1 it is whether a uniform number is below p.
    """
    name = real_dtype("binomial", dtype)
    trials, chance = parameters_of(n, p if prob is None else prob)
    _require_trials("binomial", trials)
    require_real("binomial", chance)
    shape = sample_shape("binomial", size, ndim, [trials, chance])
    draws = Draws(random_state)
    chance = stretched(chance, shape)
    if known_number(trials) == 1:
        return drawn(draws, _hits(draws, shape, chance), name)
    number, likely = (elementwise.cast(x, "float64") for x in (stretched(trials, shape), chance))
    return drawn(draws, _counted(draws, shape, name, "binomial", number, likely), name)


def _counted(draws: Draws, shape: list[Any], dtype: str, law: str, *parameters: Any) -> Any:
    """Return counts of a distribution; where the parameters make no sense -1, or NaN in floats."""
    counts = application.call(law, draws.bits(shape), *parameters)
    return counts if dtype in FLOATS else elementwise.switch(elementwise.isnan(counts), -1, counts)


def _hits(draws: Draws, shape: list[Any], chance: Any) -> Any:
    """Return what is true with the probability given; a small one needs the digits of float64."""
    dtype = "float64" if chance.dtype == "float64" else "float32"
    return elementwise.lt(draws.unit(shape, dtype), chance)


def _require_trials(what: str, trials: Any) -> None:
    _require_integers(what, "n", trials)
    if isinstance(trials, variable.TensorConstant) and (trials.data < 0).any():
        raise mistake(BadValue, f"{what}: there cannot be {trials.data.min()} trials")


def _most(trials: Any) -> Any:
    """Return the greatest of some numbers of trials, as a size."""
    if isinstance(trials, variable.TensorConstant):
        return conversion.constant(trials.data.max(initial=0), dtype="int64")
    return elementwise.cast(trials.max() if trials.ndim else trials, "int64")


def require_real(what: str, x: Any) -> None:
    """Refuse a parameter that is a complex number."""
    if x.dtype in COMPLEX:
        raise mistake(TypeMismatch, f"{what}: a parameter is real, not {describe(x)}")


def _require_integers(what: str, name: str, x: Any) -> None:
    if x.dtype not in DISCRETE:
        raise mistake(TypeMismatch, f"{what}: {name} is an integer, not {describe(x)}")


def random_integers(
    random_state: Any,
    size: Any = None,
    low: Any = 0,
    high: Any = 1,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> Sample:
    """Draw integers from low to high, both included and fewer than 2**64, any as likely.

    Without a size the sample has the shape that low and high broadcast to. Where high is less than
    low the sample is low.
    """
    name = real_dtype("random_integers", dtype)
    bounds = parameters_of(low, high)
    for label, x in zip(("low", "high"), bounds, strict=True):
        _require_integers("random_integers", label, x)
    least, most = map(known_number, bounds)
    if least is not None and most is not None and most < least:
        raise mistake(BadValue, f"random_integers: no integer lies from {least:.0f} to {most:.0f}")
    shape = sample_shape("random_integers", size, ndim, bounds)
    first, last = (stretched(elementwise.cast(x, "int64"), shape) for x in bounds)
    # The span is right even where it overflows int64: both that and uint64 count modulo 2**64.
    span = elementwise.cast(last - first, "uint64") + word(1)
    draws = Draws(random_state)
    offset = draws.below(elementwise.switch(elementwise.ge(last, first), span, word(0)), shape)
    return drawn(draws, first + elementwise.cast(offset, "int64"), name)


def poisson(
    random_state: Any,
    size: Any = None,
    lam: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> Sample:
    """Draw counts of the Poisson distribution with mean lam.

    Without a size the sample has the shape of lam. Where lam is not between 0 and 2**40 the sample
    is -1, or NaN if its dtype is a float.
    """
    name = real_dtype("poisson", dtype)
    (mean,) = parameters_of(lam)
    require_real("poisson", mean)
    shape = sample_shape("poisson", size, ndim, [mean])
    draws = Draws(random_state)
    mean = elementwise.cast(stretched(mean, shape), "float64")
    return drawn(draws, _counted(draws, shape, name, "poisson", mean), name)


def race(draws: Draws, shape: list[Any], weights: Any) -> Any:
    """Return times of arrival along the last axis: the first is that of i as often as its weight.

    They are exponentially distributed, each at the rate of its weight; so the order of arrival is
    that of drawing without replacement. float64 keeps them apart where there are many.
    """
    rate = stretched(elementwise.cast(weights, "float64"), shape)
    return -elementwise.log(draws.unit(shape, "float64")) / rate


def multinomial(
    random_state: Any,
    size: Any = None,
    n: Any = 1,
    pvals: Any = (0.5, 0.5),
    ndim: int | None = None,
    dtype: Any = "int64",
) -> Sample:
    """Draw n of the categories along pvals' last axis, and count how often each came.

    Without a size the sample has the shape that n and pvals without its last axis broadcast to, and
    then that axis. pvals are taken as weights, so their sum need not be 1. Every draw is made, so
    the time is proportional to n.
    """
    name = real_dtype("multinomial", dtype)
    trials, weights = parameters_of(n, list(pvals) if isinstance(pvals, tuple) else pvals)
    _require_trials("multinomial", trials)
    if not weights.ndim:
        raise mistake(TypeMismatch, f"multinomial: pvals is a vector or more, not {weights.type}")
    shape = sample_shape("multinomial", size, ndim, [trials, weights[..., 0]])
    draws = Draws(random_state)
    length = shaping.size_of(weights, weights.ndim - 1)
    category = creation.arange(length)
    if known_number(trials) == 1:
        first = reductions.argmin(race(draws, [*shape, length], weights), axis=-1)
        return drawn(draws, elementwise.eq(shaping.shape_padright(first), category), name)
    most = _most(trials)
    along = weights.dimshuffle(*range(weights.ndim - 1), "x", weights.ndim - 1)
    first = reductions.argmin(race(draws, [*shape, most, length], along), axis=-1)
    trials = shaping.shape_padright(stretched(trials, shape))
    made = elementwise.lt(creation.arange(most), trials)
    came = elementwise.and_(
        elementwise.eq(shaping.shape_padright(first), category), shaping.shape_padright(made)
    )
    return drawn(draws, reductions.sum(came, axis=-2), name)
