"""The cases in JAX: jit over arrays that lie where it has them."""

from __future__ import annotations

from functools import partial, reduce
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from peer_cases import CASES, EPSILON, LAYERS, RATE, Program, Run, weights

jax.config.update("jax_enable_x64", True)
VERSION = f"JAX {jax.__version__}"


def _chain(x: Any) -> Any:
    return jnp.tanh(1.5 * x + 0.25) * jax.nn.sigmoid(x) - jnp.exp(-(x**2))


def _loss(scores: Any, labels: Any) -> Any:
    chosen = jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], 1)
    return -chosen.mean()


def _layer_norm(x: Any, scale: Any, offset: Any) -> Any:
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred * centred).mean(axis=1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + EPSILON) * scale + offset


def _layer_norm_gradient(x: Any, scale: Any, offset: Any, given: Any) -> Any:
    y, back = jax.vjp(_layer_norm, x, scale, offset)
    return (y, *back(given))


def _training(name: str, x: Any, labels: Any) -> Run:
    layers = len(LAYERS[name]) - 1

    def cost(w: Any, x: Any, labels: Any) -> Any:
        h = x
        for k in range(layers):
            h = h @ w[2 * k] + w[2 * k + 1]
            h = jnp.tanh(h) if k < layers - 1 else h
        return _loss(h, labels)

    @partial(jax.jit, donate_argnums=0)
    def step(w: Any, x: Any, labels: Any) -> Any:
        loss, slopes = jax.value_and_grad(cost)(w, x, labels)
        return loss, [a - RATE * g for a, g in zip(w, slopes, strict=True)]

    state = list(map(jnp.asarray, weights(name)))

    def run() -> Any:
        loss, state[:] = step(list(state), x, labels)
        return jax.block_until_ready(loss)

    return run


def _table_step(table: Any, rows: Any, steps: Any) -> Run:
    @partial(jax.jit, donate_argnums=0)
    def step(table: Any, rows: Any, steps: Any) -> Any:
        changed = table.at[rows].add(-RATE * steps)
        return changed[0], changed

    state = [table]

    def run() -> Any:
        row, state[0] = step(state[0], rows, steps)
        return jax.block_until_ready(row)

    return run


FUNCTIONS = {
    "call, a number": lambda x: x + 1,
    "call, ten vectors of 10": lambda *x: reduce(add, x) + 1,
    "softmax of rows": lambda x: jax.nn.softmax(x, 1),
    "cross-entropy and gradient": jax.value_and_grad(_loss),
    "layer norm": _layer_norm,
    "layer norm and gradient": _layer_norm_gradient,
    "mean and variance of columns": lambda x: (x.mean(axis=0), x.var(axis=0)),
    "mean and variance of rows": lambda x: (x.mean(axis=1), x.var(axis=1)),
    "sum over axes 0 and 2": lambda x: x.sum(axis=(0, 2)),
    "product of 1024 x 1024": jnp.matmul,
    "10^4 products of 8 x 8": jnp.matmul,
    "rows of a table": lambda table, rows: table[rows],
    "sort 10^6": jnp.sort,
    "cumulative sum of 10^7": jnp.cumsum,
}


def _program(name: str) -> Run:
    arrays = list(map(jnp.asarray, CASES[name].inputs()))
    layers, _, batch = name.partition(", batch ")
    if batch:
        return _training(layers, *arrays)
    if name == "step of a table":
        return _table_step(*arrays)
    function: Any = FUNCTIONS.get(name)
    if name.startswith("chain"):
        function = _chain
    if name.startswith("dense"):
        function = lambda x, w, b: jnp.tanh(x @ w + b)  # noqa: E731  # as short as its kin above
    made = jax.jit(function).lower(*arrays).compile()
    return lambda: jax.block_until_ready(made(*arrays))


PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in CASES}
