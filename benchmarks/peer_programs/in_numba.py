"""The cases in Numba, as loops that one writes: those that no library function does."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np
from peer_cases import (
    CASES,
    EPSILON,
    INTEREST,
    PATHS,
    RATE,
    SPOT,
    STRIKE,
    SWEEPS,
    VOLATILITY,
    Program,
    Run,
)

VERSION = f"Numba {numba.__version__}"
THREADS = int(os.environ["OMP_NUM_THREADS"])
jit = partial(numba.njit, fastmath=True, parallel=THREADS > 1, error_model="numpy", cache=True)
prange = numba.prange
F = np.float32
DRIFT, SPREAD, SWEEP, BELOW = F(INTEREST - VOLATILITY**2 / 2), F(VOLATILITY), F(0.25), F(STRIKE)
START, STEP, DISCOUNT = F(SPOT), RATE, math.exp(-INTEREST)


@jit()
def _number(x: Any) -> Any:
    return x + 1


@jit()
def _chain32(x: Any) -> Any:
    found, one = np.empty_like(x), F(1)
    for i in prange(x.size):
        v = x[i]
        found[i] = math.tanh(F(1.5) * v + F(0.25)) * (one / (one + math.exp(-v))) - math.exp(-v * v)
    return found


@jit()
def _chain64(x: Any) -> Any:
    found = np.empty_like(x)
    for i in prange(x.size):
        v = x[i]
        found[i] = math.tanh(1.5 * v + 0.25) * (1 / (1 + math.exp(-v))) - math.exp(-v * v)
    return found


@jit()
def _softmax(x: Any) -> Any:
    found = np.empty_like(x)
    for i in prange(x.shape[0]):
        most, total = F(-np.inf), F(0)
        for j in range(x.shape[1]):
            most = max(most, x[i, j])
        for j in range(x.shape[1]):
            found[i, j] = math.exp(x[i, j] - most)
            total += found[i, j]
        for j in range(x.shape[1]):
            found[i, j] /= total
    return found


@jit()
def _layer_norm(x: Any, scale: Any, offset: Any) -> Any:
    found, n = np.empty_like(x), F(x.shape[1])
    for i in prange(x.shape[0]):
        mean, variance = F(0), F(0)
        for j in range(x.shape[1]):
            mean += x[i, j]
        mean /= n
        for j in range(x.shape[1]):
            variance += (x[i, j] - mean) ** 2
        inverse = F(1) / math.sqrt(variance / n + EPSILON)
        for j in range(x.shape[1]):
            found[i, j] = (x[i, j] - mean) * inverse * scale[j] + offset[j]
    return found


@jit()
def _moments(x: Any) -> Any:
    means, variances = np.empty(x.shape[0], F), np.empty(x.shape[0], F)
    for i in prange(x.shape[0]):
        mean, variance = F(0), F(0)
        for j in range(x.shape[1]):
            mean += x[i, j]
        mean /= F(x.shape[1])
        for j in range(x.shape[1]):
            variance += (x[i, j] - mean) ** 2
        means[i], variances[i] = mean, variance / F(x.shape[1])
    return means, variances


@jit()
def _rows(table: Any, rows: Any) -> Any:
    found = np.empty((rows.size, table.shape[1]), F)
    for i in prange(rows.size):
        found[i] = table[rows[i]]
    return found


@numba.njit(fastmath=True, cache=True)  # rows may come twice
def _table_step(table: Any, rows: Any, steps: Any) -> Any:
    for i in range(rows.size):
        for j in range(table.shape[1]):
            table[rows[i], j] -= STEP * steps[i, j]
    return table[0].copy()


@numba.njit(cache=True)
def _cumulative(x: Any) -> Any:
    found, total = np.empty_like(x), F(0)
    for i in range(x.size):
        total += x[i]
        found[i] = total
    return found


@jit()
def _options32(price: Any, strike: Any, years: Any) -> Any:
    calls, puts = np.empty_like(price), np.empty_like(price)
    half, root = F(0.5), F(0.5**0.5)
    for i in prange(price.size):
        spread = SPREAD * math.sqrt(years[i])
        drift = F(INTEREST + VOLATILITY**2 / 2) * years[i]
        high = (math.log(price[i] / strike[i]) + drift) / spread
        later = strike[i] * math.exp(F(-INTEREST) * years[i])
        call = price[i] * (half + half * math.erf(high * root))
        call -= later * (half + half * math.erf((high - spread) * root))
        calls[i], puts[i] = call, call - price[i] + later
    return calls, puts


@jit()
def _options64(price: Any, strike: Any, years: Any) -> Any:
    calls, puts = np.empty_like(price), np.empty_like(price)
    for i in prange(price.size):
        spread = VOLATILITY * math.sqrt(years[i])
        drift = (INTEREST + VOLATILITY**2 / 2) * years[i]
        high = (math.log(price[i] / strike[i]) + drift) / spread
        later = strike[i] * math.exp(-INTEREST * years[i])
        call = price[i] * (0.5 + 0.5 * math.erf(high * 0.5**0.5))
        call -= later * (0.5 + 0.5 * math.erf((high - spread) * 0.5**0.5))
        calls[i], puts[i] = call, call - price[i] + later
    return calls, puts


@jit()
def _paths() -> Any:
    total = 0.0
    for _ in prange(PATHS):
        last = START * math.exp(DRIFT + SPREAD * F(np.random.normal()))
        total += max(last - BELOW, F(0))
    return total / PATHS * DISCOUNT


@jit()
def _with_transpose(x: Any, y: Any) -> Any:
    result = np.empty_like(x)
    for i in prange(x.shape[0]):
        for j in range(x.shape[1]):
            result[i, j] = x[i, j] + y[j, i]
    return result


@jit()
def _stencil(grid: Any) -> Any:
    old, new = grid.copy(), grid.copy()
    for _ in range(SWEEPS):
        for i in prange(1, old.shape[0] - 1):
            for j in range(1, old.shape[1] - 1):
                around = old[i - 1, j] + old[i + 1, j] + old[i, j - 1] + old[i, j + 1]
                new[i, j] = SWEEP * around
        old, new = new, old
    return old


@numba.njit(cache=True)
def _recurrence(x: Any) -> Any:
    for _ in range(10**5):
        x = 2.9 * x * (1.0 - x)
    return x


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "call, a number": _number,
    "chain, 10^3 float32": _chain32,
    "chain, 10^5 float32": _chain32,
    "chain, 10^7 float32": _chain32,
    "chain, 10^5 float64": _chain64,
    "softmax of rows": _softmax,
    "layer norm": _layer_norm,
    "mean and variance of rows": _moments,
    "rows of a table": _rows,
    "step of a table": _table_step,
    "x + y.T, 2048 x 2048": _with_transpose,
    "cumulative sum of 10^7": _cumulative,
    "Black-Scholes, 10^6 float32": _options32,
    "Black-Scholes, 10^6 float64": _options64,
    "Monte Carlo, 10^6 paths": _paths,
    "stencil, ten times": _stencil,
    "recurrence of 10^5 steps": _recurrence,
}


def _program(name: str) -> Run:
    arrays = CASES[name].inputs()
    arrays = [float(x) if name.startswith("recurrence") else x for x in arrays]
    function = FUNCTIONS[name]
    return lambda: function(*arrays)


PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in FUNCTIONS}
