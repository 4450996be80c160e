"""The loops in symc."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import loop_cases as cases
import numpy as np
from loop_cases import Program, Run

os.environ["SYMC_CACHE_DIR"] = ""  # nothing is remembered

import symc
import symc.tensor as T
from symc.scan_module import until


def _network(gradient: bool) -> Run:
    x, h, w, u = T.ftensor3(), T.fmatrix(), T.fmatrix(), T.fmatrix()
    rows, _ = symc.scan(lambda v, s: T.tanh(T.dot(v, w) + T.dot(s, u)), x, h)
    results = symc.grad(T.sqr(rows).sum(), [w, u]) if gradient else rows
    return partial(symc.function([x, h, w, u], results), *cases.network())


def _recurrence(steps: int) -> Run:
    s, a, n = T.dscalar(), T.dscalar(), T.lscalar()
    rows, _ = symc.scan(lambda x: x * a + 1.0, outputs_info=s, n_steps=n)
    return partial(symc.function([s, a, n], rows), cases.START, cases.FACTOR, steps)


def _while() -> Run:
    s, limit = T.dscalar(), T.dscalar()

    def step(x: Any) -> Any:
        new = x + 1.0 / (x + 1.0)
        return new, until(new > limit)

    rows, _ = symc.scan(step, outputs_info=s, n_steps=10**9)
    return partial(symc.function([s, limit], rows[-1]), cases.START, cases.LIMIT)


def _compiled(steps: int) -> Run:
    x = T.dvector()
    rows, _ = symc.scan(lambda s: T.tanh(s * 1.01), outputs_info=x, n_steps=steps)
    return partial(symc.function([x], rows[-1]), np.linspace(0.0, 1.0, 10))


def _last() -> Run:
    x = T.dvector()
    rows, _ = symc.scan(lambda s: T.sqrt(s + 0.1), outputs_info=x, n_steps=cases.MANY)
    return partial(symc.function([x], rows[-1]), cases.vector())


PROGRAMS: dict[str, Program] = {
    "forward": partial(_network, gradient=False),
    "gradient": partial(_network, gradient=True),
    "recurrence 1e5": partial(_recurrence, 100_000),
    "recurrence 1e7": partial(_recurrence, 10_000_000),
    "while": _while,
    "compile 10": partial(_compiled, 10),
    "compile 1000000": partial(_compiled, 1_000_000),
    "last state": _last,
}
