"""The cases as programs in Theano's language, for symc and PyTensor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from peer_cases import CASES, EPSILON, LAYERS, RATE, Program, Run, weights


@dataclass(frozen=True, slots=True)
class Library:
    """What the libraries name differently.

    th, T      the library and its tensors
    variable   makes an input of a dtype and a rank
    """

    th: Any
    T: Any
    variable: Callable[[str, int], Any]
    softmax: Callable[[Any], Any]
    log_softmax: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]
    multiply_matrices: Callable[[Any, Any], Any]

    def programs(self) -> dict[str, Program]:
        """Return the program of each case."""
        return {name: partial(self._program, name) for name in CASES}

    def _program(self, name: str) -> Run:
        arrays = CASES[name].inputs()
        inputs = [self.variable(str(a.dtype), a.ndim) for a in arrays]
        layers, _, batch = name.partition(", batch ")
        if batch:
            f = self._training(layers, *inputs)
        elif name == "step of a table":
            f, arrays = self._table_step(arrays, *inputs[1:]), arrays[1:]
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
        if name.startswith("layer norm"):
            return self._layer_norm(x)
        return {
            "call, a number": lambda: x[0] + 1,
            "call, ten vectors of 10": lambda: reduce(add, x) + 1,
            "softmax of rows": lambda: self.softmax(x[0]),
            "cross-entropy and gradient": lambda: self._cross_entropy(*x),
            "mean and variance of columns": lambda: [x[0].mean(axis=0), x[0].var(axis=0)],
            "mean and variance of rows": lambda: [x[0].mean(axis=1), x[0].var(axis=1)],
            "sum over axes 0 and 2": lambda: x[0].sum(axis=(0, 2)),
            "product of 1024 x 1024": lambda: T.dot(*x),
            "10^4 products of 8 x 8": lambda: self.multiply_matrices(*x),
            "rows of a table": lambda: x[0][x[1]],
            "sort 10^6": lambda: T.sort(x[0]),
            "cumulative sum of 10^7": lambda: T.cumsum(x[0]),
        }[name]()

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
