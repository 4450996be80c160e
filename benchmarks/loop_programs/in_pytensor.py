"""The loops in PyTensor: scan, in its default mode."""

from __future__ import annotations

from functools import partial
from typing import Any

import loop_cases as cases
import numpy as np
import pytensor
import pytensor.tensor as pt
from loop_cases import Program, Run
from pytensor.scan.utils import until


def _scan(step: Any, *args: Any, **given: Any) -> Any:
    return pytensor.scan(step, *args, return_updates=False, **given)


def _network(gradient: bool) -> Run:
    x, h, w, u = pt.ftensor3(), pt.fmatrix(), pt.fmatrix(), pt.fmatrix()
    rows = _scan(lambda v, s: pt.tanh(pt.dot(v, w) + pt.dot(s, u)), sequences=x, outputs_info=h)
    results = pt.grad(pt.sqr(rows).sum(), [w, u]) if gradient else rows
    return partial(pytensor.function([x, h, w, u], results), *cases.network())


def _recurrence(steps: int) -> Run:
    s, a, n = pt.dscalar(), pt.dscalar(), pt.lscalar()
    rows = _scan(lambda x: x * a + 1.0, outputs_info=s, n_steps=n)
    return partial(pytensor.function([s, a, n], rows), cases.START, cases.FACTOR, steps)


def _while() -> Run:
    s, limit = pt.dscalar(), pt.dscalar()

    def step(x: Any) -> Any:
        new = x + 1.0 / (x + 1.0)
        return new, until(new > limit)

    rows = _scan(step, outputs_info=s, n_steps=10**9)
    return partial(pytensor.function([s, limit], rows[-1]), cases.START, cases.LIMIT)


def _compiled(steps: int) -> Run:
    x = pt.dvector()
    rows = _scan(lambda s: pt.tanh(s * 1.01), outputs_info=x, n_steps=steps)
    return partial(pytensor.function([x], rows[-1]), np.linspace(0.0, 1.0, 10))


def _last() -> Run:
    x = pt.dvector()
    rows = _scan(lambda s: pt.sqrt(s + 0.1), outputs_info=x, n_steps=cases.MANY)
    return partial(pytensor.function([x], rows[-1]), cases.vector())


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
