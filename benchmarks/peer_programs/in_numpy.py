"""The cases in NumPy, written as one would."""

from __future__ import annotations

from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from peer_cases import (
    CASES,
    EPSILON,
    INTEREST,
    LAYERS,
    PATHS,
    RATE,
    SPOT,
    STRIKE,
    SWEEPS,
    VOLATILITY,
    WIDE_NAMES,
    Program,
    Run,
    weights,
)
from scipy.special import erf

VERSION = f"NumPy {np.__version__}"


def _chain(x: Any) -> Any:
    a, b, one = (x.dtype.type(v) for v in (1.5, 0.25, 1))
    return np.tanh(a * x + b) * (one / (one + np.exp(-x))) - np.exp(-x * x)


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _cross_entropy(x: Any, labels: Any) -> Any:
    rows = np.arange(len(labels))
    shifted = x - x.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    loss = -(shifted[rows, labels] - np.log(total[:, 0])).mean()
    gradient = e / total
    gradient[rows, labels] -= 1
    gradient *= np.float32(1 / len(labels))
    return loss, gradient


def _normalised(x: Any) -> tuple[Any, Any]:
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred * centred).mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(variance + EPSILON)
    return centred * inverse, inverse


def _layer_norm(x: Any, scale: Any, offset: Any) -> Any:
    return _normalised(x)[0] * scale + offset


def _layer_norm_gradient(x: Any, scale: Any, offset: Any, given: Any) -> Any:
    normal, inverse = _normalised(x)
    h = given * scale
    along = (h * normal).mean(axis=1, keepdims=True)
    back = inverse * (h - h.mean(axis=1, keepdims=True) - normal * along)
    return normal * scale + offset, back, (given * normal).sum(axis=0), given.sum(axis=0)


def _training(name: str, x: Any, labels: Any) -> Run:
    w, layers = weights(name), len(LAYERS[name]) - 1

    def step() -> Any:
        values = [x]
        for k in range(layers):
            h = values[-1] @ w[2 * k] + w[2 * k + 1]
            values.append(np.tanh(h) if k < layers - 1 else h)
        loss, back = _cross_entropy(values[-1], labels)
        for k in range(layers - 1, -1, -1):
            slope, sums = values[k].T @ back, back.sum(axis=0)
            if k:
                back = (back @ w[2 * k].T) * (1 - values[k] * values[k])
            slope *= RATE
            w[2 * k] -= slope
            w[2 * k + 1] -= RATE * sums
        return loss

    return step


def _table_step(table: Any, rows: Any, steps: Any) -> Any:
    np.add.at(table, rows, -RATE * steps)
    return table[0].copy()


def _attention(q: Any, k: Any, v: Any) -> Any:
    scores = np.matmul(q, k.swapaxes(1, 2)) * np.float32(0.125)
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    return np.matmul(scores, v)


def _word_step(inner: Any, outer: Any, words: Any, near: Any, far: Any) -> Any:
    found, beside, apart = inner[words], outer[near], outer[far]
    right, wrong = (found * beside).sum(1), np.matmul(apart, found[:, :, None])[:, :, 0]
    loss = np.log1p(np.exp(-right)).sum() + np.log1p(np.exp(wrong)).sum()
    one, two = -RATE / (1 + np.exp(right)), RATE / (1 + np.exp(-wrong))
    step = one[:, None] * beside + np.matmul(two[:, None], apart)[:, 0]
    np.subtract.at(inner, words, step)
    np.subtract.at(outer, near, one[:, None] * found)
    np.subtract.at(outer, far, two[:, :, None] * found[:, None])
    return loss


def _normalised_columns(x: Any, mean: Any, variance: Any, scale: Any, offset: Any) -> Any:
    found = x - mean
    found *= scale / np.sqrt(variance + EPSILON)
    found += offset
    return found


def _options(price: Any, strike: Any, years: Any) -> Any:
    number = price.dtype.type
    rate, spread = number(INTEREST), number(VOLATILITY) * np.sqrt(years)
    high = (np.log(price / strike) + number(INTEREST + VOLATILITY**2 / 2) * years) / spread
    half, root = number(0.5), number(0.5**0.5)
    below = [half + half * erf(d * root) for d in (high, high - spread)]
    later = strike * np.exp(-rate * years)
    call = price * below[0] - later * below[1]
    return call, call - price + later


RANDOM = np.random.default_rng(7)


def _paths() -> Any:
    z = RANDOM.standard_normal(PATHS, dtype="float32")
    drift, spread = np.float32(INTEREST - VOLATILITY**2 / 2), np.float32(VOLATILITY)
    last = np.float32(SPOT) * np.exp(drift + spread * z)
    gain = np.maximum(last - np.float32(STRIKE), np.float32(0)).mean()
    return np.float32(np.exp(-INTEREST)) * gain


def _stencil(grid: Any) -> Any:
    old, new = grid.copy(), grid.copy()
    for _ in range(SWEEPS):
        inside = new[1:-1, 1:-1]
        np.add(old[:-2, 1:-1], old[2:, 1:-1], out=inside)
        inside += old[1:-1, :-2]
        inside += old[1:-1, 2:]
        inside *= np.float32(0.25)
        old, new = new, old
    return old


def _states(rows: Any, start: Any, inward: Any, onward: Any, offset: Any) -> list[Any]:
    states = [start]
    for row in rows:
        states.append(np.tanh(row @ inward + states[-1] @ onward + offset))
    return states


def _recurrent_gradient(rows: Any, start: Any, inward: Any, onward: Any, offset: Any) -> Any:
    states = _states(rows, start, inward, onward, offset)
    last = states[-1]
    back = last * np.float32(2 / last.size)
    slopes = [np.zeros_like(x) for x in (inward, onward, offset)]
    for t in range(len(rows) - 1, -1, -1):
        inside = back * (1 - states[t + 1] * states[t + 1])
        slopes[0] += rows[t].T @ inside
        slopes[1] += states[t].T @ inside
        slopes[2] += inside.sum(axis=0)
        back = inside @ onward.T
    return ((last * last).mean(), *slopes)


def _recurrence(x: Any) -> Any:
    found = float(x)
    for _ in range(10**5):
        found = 2.9 * found * (1.0 - found)
    return found


def _hessian(x: Any) -> Any:
    diagonal, beside = np.zeros(len(x)), -400 * x[:-1]
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    found, places = np.diag(diagonal), np.arange(len(x) - 1)
    found[places, places + 1] = found[places + 1, places] = beside
    return found


FUNCTIONS = {
    "call, a number": lambda x: x + 1,
    "call, ten vectors of 10": lambda *x: reduce(add, x) + 1,
    "softmax of rows": _softmax,
    "cross-entropy and gradient": _cross_entropy,
    "layer norm": _layer_norm,
    "layer norm and gradient": _layer_norm_gradient,
    "batch norm of a trained net": _normalised_columns,
    "mean and variance of columns": lambda x: (x.mean(axis=0), x.var(axis=0)),
    "mean and variance of rows": lambda x: (x.mean(axis=1), x.var(axis=1)),
    "sum over axes 0 and 2": lambda x: x.sum(axis=(0, 2)),
    "product of 1024 x 1024": np.matmul,
    "10^4 products of 8 x 8": np.matmul,
    "rows of a table": lambda table, rows: table[rows],
    "step of a table": _table_step,
    "step of word vectors": _word_step,
    "sort 10^6": np.sort,
    "positions that sort 10^6": np.argsort,
    "largest 100 of 10^6": lambda x: np.sort(np.partition(x, -100)[-100:])[::-1],
    "x + y.T, 2048 x 2048": lambda x, y: x + y.T,
    "cumulative sum of 10^7": np.cumsum,
    "attention, 8 x 512 x 64": _attention,
    "Black-Scholes, 10^6 float32": _options,
    "Black-Scholes, 10^6 float64": _options,
    "Monte Carlo, 10^6 paths": _paths,
    "stencil, ten times": _stencil,
    "recurrent network": lambda *arrays: _states(*arrays)[-1],
    "recurrent network and gradient": _recurrent_gradient,
    "recurrence of 10^5 steps": _recurrence,
    "hessian of 100 variables": _hessian,
}


def _program(name: str) -> Run:
    arrays = CASES[name].inputs()
    layers, _, batch = name.partition(", batch ")
    if batch:
        return _training(layers, *arrays)
    function: Any = FUNCTIONS.get(name)
    if name.startswith("chain"):
        function = _chain
    if name.startswith("dense"):
        function = lambda x, w, b: np.tanh(x @ w + b)  # noqa: E731  # as short as its kin above
    return lambda: function(*arrays)


PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in WIDE_NAMES}
