"""The cases as programs in Theano's language, for symc and PyTensor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    Program,
    Run,
    weights,
)


@dataclass(frozen=True, slots=True)
class Library:
    """What the libraries name differently.

    th, T      the library and its tensors
    variable   makes an input of a dtype and a rank
    normal     draws a vector of so many numbers of float32
    """

    th: Any
    T: Any
    variable: Callable[[str, int], Any]
    softmax: Callable[[Any], Any]
    log_softmax: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]
    multiply_matrices: Callable[[Any, Any], Any]
    normal: Callable[[int], Any]

    def programs(self) -> dict[str, Program]:
        """Return the program of each case."""
        return {name: partial(self._program, name) for name in CASES}

    def _program(self, name: str) -> Run:
        arrays = CASES[name].inputs()
        if CASES[name].dtype == "bfloat16":
            inputs = [self.variable("bfloat16", a.ndim) for a in arrays]
            arrays = [a.astype("bfloat16") for a in arrays]
        else:
            inputs = [self.variable(str(a.dtype), a.ndim) for a in arrays]
        layers, _, batch = name.partition(", batch ")
        if batch:
            f = self._training(layers, *inputs)
        elif name == "step of a table":
            f, arrays = self._table_step(arrays, *inputs[1:]), arrays[1:]
        elif name == "step of word vectors":
            f, arrays = self._word_step(arrays, *inputs[2:]), arrays[2:]
        else:
            f = self.th.function(inputs, self._outputs(name, inputs))
        return lambda: f(*arrays)

    def _outputs(self, name: str, x: list[Any]) -> Any:
        T = self.T
        if name.startswith("chain"):
            a, b = (np.dtype(x[0].dtype).type(v) for v in (1.5, 0.25))
            return T.tanh(a * x[0] + b) * self.sigmoid(x[0]) - T.exp(-(x[0] ** 2))
        if name.startswith("dense"):
            return T.tanh(T.dot(x[0], x[1]) + x[2])
        if name.startswith("product"):
            return T.dot(*x)
        if name.startswith("layer norm"):
            return self._layer_norm(x)
        if name.startswith("Black-Scholes"):
            return self._options(*x)
        return {
            "call, a number": lambda: x[0] + 1,
            "call, ten vectors of 10": lambda: reduce(add, x) + 1,
            "softmax of rows": lambda: self.softmax(x[0]),
            "cross-entropy and gradient": lambda: self._cross_entropy(*x),
            "batch norm of a trained net": lambda: self._normalised(*x),
            "mean and variance of columns": lambda: [x[0].mean(axis=0), x[0].var(axis=0)],
            "mean and variance of rows": lambda: [x[0].mean(axis=1), x[0].var(axis=1)],
            "sum over axes 0 and 2": lambda: x[0].sum(axis=(0, 2)),
            "10^4 products of 8 x 8": lambda: self.multiply_matrices(*x),
            "rows of a table": lambda: x[0][x[1]],
            "sort 10^6": lambda: T.sort(x[0]),
            "positions that sort 10^6": lambda: T.argsort(x[0]),
            "largest 100 of 10^6": lambda: T.sort(x[0])[-100:][::-1],
            "x + y.T, 2048 x 2048": lambda: x[0] + x[1].T,
            "cumulative sum of 10^7": lambda: T.cumsum(x[0]),
            "attention, 8 x 512 x 64": lambda: self._attention(*x),
            "Monte Carlo, 10^6 paths": self._paths,
            "stencil, ten times": lambda: self._stencil(*x),
            "recurrent network": lambda: self._recurrent(*x),
            "recurrent network and gradient": lambda: self._recurrent_gradient(*x),
            "recurrence of 10^5 steps": lambda: self._last(
                lambda v: 2.9 * v * (1.0 - v), x[0], 10**5
            ),
            "hessian of 100 variables": lambda: self._hessian(*x),
        }[name]()

    def _last(self, step: Any, start: Any, count: int) -> Any:
        states, _ = self.th.scan(step, outputs_info=[start], n_steps=count)
        return states[-1]

    def _attention(self, q: Any, k: Any, v: Any) -> Any:
        scores = self.multiply_matrices(q, k.dimshuffle(0, 2, 1)) * np.float32(0.125)
        return self.multiply_matrices(self.softmax(scores), v)

    def _options(self, price: Any, strike: Any, years: Any) -> Any:
        T, number = self.T, np.dtype(price.dtype).type
        rate, spread = number(INTEREST), number(VOLATILITY) * T.sqrt(years)
        high = (T.log(price / strike) + number(INTEREST + VOLATILITY**2 / 2) * years) / spread
        half, root = number(0.5), number(0.5**0.5)
        below = [half + half * T.erf(d * root) for d in (high, high - spread)]
        later = strike * T.exp(-rate * years)
        call = price * below[0] - later * below[1]
        return [call, call - price + later]

    def _paths(self) -> Any:
        T, f = self.T, np.float32
        drift, spread = f(INTEREST - VOLATILITY**2 / 2), f(VOLATILITY)
        last = f(SPOT) * T.exp(drift + spread * self.normal(PATHS))
        return f(np.exp(-INTEREST)) * T.maximum(last - f(STRIKE), f(0)).mean()

    def _stencil(self, grid: Any) -> Any:
        def sweep(u: Any) -> Any:
            around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
            return self.T.set_subtensor(u[1:-1, 1:-1], np.float32(0.25) * around)

        return self._last(sweep, grid, SWEEPS)

    def _recurrent(self, rows: Any, start: Any, *parameters: Any) -> Any:
        T = self.T

        def step(row: Any, h: Any, inward: Any, onward: Any, offset: Any) -> Any:
            return T.tanh(T.dot(row, inward) + T.dot(h, onward) + offset)

        states, _ = self.th.scan(
            step, sequences=[rows], outputs_info=[start], non_sequences=list(parameters)
        )
        return states[-1]

    def _recurrent_gradient(self, rows: Any, start: Any, *parameters: Any) -> Any:
        loss = (self._recurrent(rows, start, *parameters) ** 2).mean()
        return [loss, *self.th.grad(loss, list(parameters))]

    def _hessian(self, x: Any) -> Any:
        value = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        return self.th.gradient.hessian(value, x)

    def _loss(self, scores: Any, labels: Any) -> Any:
        rows = self.T.arange(labels.shape[0])
        return -self.log_softmax(scores)[rows, labels].mean()

    def _cross_entropy(self, x: Any, labels: Any) -> Any:
        loss = self._loss(x, labels)
        return [loss, self.th.grad(loss, x)]

    def _layer_norm(self, x: list[Any]) -> Any:
        data, scale, offset, *given = x
        centred = data - data.mean(axis=1, keepdims=True)
        variance = (centred * centred).mean(axis=1, keepdims=True)
        y = centred / self.T.sqrt(variance + EPSILON) * scale + offset
        if not given:
            return y
        return [y, *self.th.grad((y * given[0]).sum(), [data, scale, offset])]

    def _normalised(self, x: Any, mean: Any, variance: Any, scale: Any, offset: Any) -> Any:
        return (x - mean) / self.T.sqrt(variance + EPSILON) * scale + offset

    def _training(self, name: str, x: Any, labels: Any) -> Any:
        T, shared = self.T, [self.th.shared(w) for w in weights(name)]
        h, layers = x, len(LAYERS[name]) - 1
        for k in range(layers):
            h = T.dot(h, shared[2 * k]) + shared[2 * k + 1]
            h = T.tanh(h) if k < layers - 1 else h
        loss = self._loss(h, labels)
        pairs = zip(shared, self.th.grad(loss, shared), strict=True)
        return self.th.function([x, labels], loss, updates=[(w, w - RATE * g) for w, g in pairs])

    def _table_step(self, arrays: list[Any], rows: Any, steps: Any) -> Any:
        table = self.th.shared(arrays[0])
        changed = self.T.inc_subtensor(table[rows], -RATE * steps)
        return self.th.function([rows, steps], changed[0], updates=[(table, changed)])

    def _word_step(self, arrays: list[Any], words: Any, near: Any, far: Any) -> Any:
        T, tables = self.T, [self.th.shared(a) for a in arrays[:2]]
        found = tables[0][words]
        right = (found * tables[1][near]).sum(axis=1)
        wrong = (found.dimshuffle(0, "x", 1) * tables[1][far]).sum(axis=2)
        loss = -T.log(self.sigmoid(right)).sum() - T.log(self.sigmoid(-wrong)).sum()
        pairs = zip(tables, self.th.grad(loss, tables), strict=True)
        updates = [(table, table - RATE * g) for table, g in pairs]
        return self.th.function([words, near, far], loss, updates=updates)
