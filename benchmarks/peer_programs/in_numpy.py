"""The cases in NumPy, written as one would."""

from __future__ import annotations

from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from peer_cases import CASES, EPSILON, LAYERS, RATE, Program, Run, weights

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


FUNCTIONS = {
    "call, a number": lambda x: x + 1,
    "call, ten vectors of 10": lambda *x: reduce(add, x) + 1,
    "softmax of rows": _softmax,
    "cross-entropy and gradient": _cross_entropy,
    "layer norm": _layer_norm,
    "layer norm and gradient": _layer_norm_gradient,
    "mean and variance of columns": lambda x: (x.mean(axis=0), x.var(axis=0)),
    "mean and variance of rows": lambda x: (x.mean(axis=1), x.var(axis=1)),
    "sum over axes 0 and 2": lambda x: x.sum(axis=(0, 2)),
    "product of 1024 x 1024": np.matmul,
    "10^4 products of 8 x 8": np.matmul,
    "rows of a table": lambda table, rows: table[rows],
    "step of a table": _table_step,
    "sort 10^6": np.sort,
    "cumulative sum of 10^7": np.cumsum,
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


PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in CASES}
