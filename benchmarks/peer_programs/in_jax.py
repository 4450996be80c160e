"""The cases in JAX: jit over arrays that lie where it has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
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


def _training(name: str, *arrays: Any) -> Any:
    """Return the new weights of a network, and its loss, from the weights, rows and labels."""
    layers = len(LAYERS[name]) - 1
    *w, x, labels = arrays

    def cost(w: Any) -> Any:
        h = x
        for k in range(layers):
            h = h @ w[2 * k] + w[2 * k + 1]
            h = jnp.tanh(h) if k < layers - 1 else h
        return _loss(h, labels)

    loss, slopes = jax.value_and_grad(cost)(w)
    return (*(a - RATE * g for a, g in zip(w, slopes, strict=True)), loss)


def _table_step(table: Any, rows: Any, steps: Any) -> Any:
    changed = table.at[rows].add(-RATE * steps)
    return changed, changed[0]


def _word_step(inner: Any, outer: Any, words: Any, near: Any, far: Any) -> Any:
    def cost(inner: Any, outer: Any) -> Any:
        found = inner[words]
        right = (found * outer[near]).sum(axis=1)
        wrong = (found[:, None] * outer[far]).sum(axis=2)
        return -jax.nn.log_sigmoid(right).sum() - jax.nn.log_sigmoid(-wrong).sum()

    loss, slopes = jax.value_and_grad(cost, (0, 1))(inner, outer)
    return inner - RATE * slopes[0], outer - RATE * slopes[1], loss


def _normalised(x: Any, mean: Any, variance: Any, scale: Any, offset: Any) -> Any:
    return (x - mean) / jnp.sqrt(variance + EPSILON) * scale + offset


def _attention(q: Any, k: Any, v: Any) -> Any:
    return jax.nn.softmax((q @ k.swapaxes(1, 2)) * 0.125) @ v


def _options(price: Any, strike: Any, years: Any) -> Any:
    spread = VOLATILITY * jnp.sqrt(years)
    high = (jnp.log(price / strike) + (INTEREST + VOLATILITY**2 / 2) * years) / spread
    below = [0.5 + 0.5 * jax.scipy.special.erf(d * 0.5**0.5) for d in (high, high - spread)]
    later = strike * jnp.exp(-INTEREST * years)
    call = price * below[0] - later * below[1]
    return call, call - price + later


def _paths(key: Any) -> Any:
    key, drawn = jax.random.split(key)
    z = jax.random.normal(drawn, (PATHS,), dtype="float32")
    last = SPOT * jnp.exp(INTEREST - VOLATILITY**2 / 2 + VOLATILITY * z)
    gain = jnp.maximum(last - STRIKE, 0).mean()
    return key, np.float32(np.exp(-INTEREST)) * gain


def _stencil(grid: Any) -> Any:
    def sweep(_: Any, u: Any) -> Any:
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        return u.at[1:-1, 1:-1].set(np.float32(0.25) * around)

    return jax.lax.fori_loop(0, SWEEPS, sweep, grid)


def _recurrent(rows: Any, start: Any, inward: Any, onward: Any, offset: Any) -> Any:
    def step(h: Any, row: Any) -> Any:
        return jnp.tanh(row @ inward + h @ onward + offset), None

    return jax.lax.scan(step, start, rows)[0]


def _recurrent_gradient(rows: Any, start: Any, *parameters: Any) -> Any:
    cost = lambda p: (_recurrent(rows, start, *p) ** 2).mean()  # noqa: E731  # as one writes it
    loss, slopes = jax.value_and_grad(cost)(parameters)
    return (loss, *slopes)


def _recurrence(x: Any) -> Any:
    return jax.lax.fori_loop(0, 10**5, lambda _, x: 2.9 * x * (1.0 - x), x)


def _rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


FUNCTIONS = {
    "call, a number": lambda x: x + 1,
    "call, ten vectors of 10": lambda *x: reduce(add, x) + 1,
    "softmax of rows": lambda x: jax.nn.softmax(x, 1),
    "cross-entropy and gradient": jax.value_and_grad(_loss),
    "layer norm": _layer_norm,
    "layer norm and gradient": _layer_norm_gradient,
    "batch norm of a trained net": _normalised,
    "mean and variance of columns": lambda x: (x.mean(axis=0), x.var(axis=0)),
    "mean and variance of rows": lambda x: (x.mean(axis=1), x.var(axis=1)),
    "sum over axes 0 and 2": lambda x: x.sum(axis=(0, 2)),
    "10^4 products of 8 x 8": jnp.matmul,
    "rows of a table": lambda table, rows: table[rows],
    "step of a table": _table_step,
    "step of word vectors": _word_step,
    "sort 10^6": jnp.sort,
    "positions that sort 10^6": jnp.argsort,
    "largest 100 of 10^6": lambda x: jax.lax.top_k(x, 100)[0],
    "x + y.T, 2048 x 2048": lambda x, y: x + y.T,
    "cumulative sum of 10^7": jnp.cumsum,
    "attention, 8 x 512 x 64": _attention,
    "Monte Carlo, 10^6 paths": _paths,
    "stencil, ten times": _stencil,
    "recurrent network": _recurrent,
    "recurrent network and gradient": _recurrent_gradient,
    "recurrence of 10^5 steps": _recurrence,
    "hessian of 100 variables": jax.hessian(_rosenbrock),
}
GROUPS = {
    "product": jnp.matmul,
    "chain": _chain,
    "dense": lambda x, w, b: jnp.tanh(x @ w + b),
    "Black-Scholes": _options,
}
"""Cases of several sizes."""


def described(name: str) -> tuple[Callable[..., Any], list[Any], int]:
    """Return a case as a function, its arrays, and how many of the first it gives back anew."""
    arrays = list(CASES[name].inputs())
    layers, _, batch = name.partition(", batch ")
    if batch:
        given = weights(layers)
        return partial(_training, layers), [*given, *arrays], len(given)
    if name.startswith("Monte Carlo"):
        return _paths, [np.asarray(jax.random.PRNGKey(7))], 1
    kept = {"step of a table": 1, "step of word vectors": 2}.get(name, 0)
    return FUNCTIONS.get(name) or GROUPS[name.partition(",")[0].partition(" ")[0]], arrays, kept


def _program(name: str) -> Run:
    function, given, kept = described(name)
    narrow = jnp.bfloat16 if CASES[name].dtype == "bfloat16" else None
    arrays = [jnp.asarray(array, narrow) for array in given]
    made = jax.jit(function, donate_argnums=range(kept)).lower(*arrays).compile()
    if not kept:
        return lambda: jax.block_until_ready(made(*arrays))
    state, rest = arrays[:kept], arrays[kept:]

    def run() -> Any:
        *state[:], found = made(*state, *rest)
        return jax.block_until_ready(found)

    return run


PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in CASES}
