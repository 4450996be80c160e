"""The loops in JAX: lax.scan and lax.while_loop under jit."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import loop_cases as cases
import numpy as np
from jax import lax
from loop_cases import Program, Run

jax.config.update("jax_enable_x64", True)


def _compiled(function: Any, *given: Any, **static: Any) -> Run:
    """Compile for the arguments, and return what runs it to its end."""
    given = tuple(map(jnp.asarray, given))
    made = jax.jit(partial(function, **static)).lower(*given).compile()
    return lambda: jax.block_until_ready(made(*given))


def _rows(x: Any, h: Any, w: Any, u: Any) -> Any:
    def step(s: Any, v: Any) -> Any:
        new = jnp.tanh(v @ w + s @ u)
        return new, new

    return lax.scan(step, h, x)[1]


def _gradient(x: Any, h: Any, w: Any, u: Any) -> Any:
    return jax.grad(lambda w, u: jnp.square(_rows(x, h, w, u)).sum(), argnums=(0, 1))(w, u)


def _recurrence(s: Any, a: Any, steps: int) -> Any:
    def step(x: Any, _: Any) -> Any:
        new = x * a + 1.0
        return new, new

    return lax.scan(step, s, None, length=steps)[1]


def _while(s: Any, limit: Any) -> Any:
    return lax.while_loop(lambda x: x <= limit, lambda x: x + 1.0 / (x + 1.0), s)


def _last(x: Any, steps: int, step: Any) -> Any:
    return lax.scan(lambda s, _: (step(s), None), x, None, length=steps)[0]


def _tanh(steps: int) -> Run:
    return _compiled(
        _last, np.linspace(0.0, 1.0, 10), steps=steps, step=lambda s: jnp.tanh(s * 1.01)
    )


PROGRAMS: dict[str, Program] = {
    "forward": lambda: _compiled(_rows, *cases.network()),
    "gradient": lambda: _compiled(_gradient, *cases.network()),
    "recurrence 1e5": lambda: _compiled(_recurrence, cases.START, cases.FACTOR, steps=100_000),
    "recurrence 1e7": lambda: _compiled(_recurrence, cases.START, cases.FACTOR, steps=10_000_000),
    "while": lambda: _compiled(_while, cases.START, cases.LIMIT),
    "compile 10": lambda: _tanh(10),
    "compile 1000000": lambda: _tanh(1_000_000),
    "last state": lambda: _compiled(
        _last, cases.vector(), steps=cases.MANY, step=lambda s: jnp.sqrt(s + 0.1)
    ),
}
