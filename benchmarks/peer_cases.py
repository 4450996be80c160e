"""What is compared with the peers: the inputs of each case, and the work that no one can avoid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

Arrays = list[Any]
Run = Callable[[], Any]
Program = Callable[[], Run]
"""Compiles a case for its inputs; what it returns runs it once."""

RATE = np.float32(0.01)
EPSILON = np.float32(1e-5)
LAYERS = {
    "logistic": (784, 10),
    "mlp": (784, 500, 10),
    "deep": (784, 1000, 1000, 1000, 10),
}
BATCHES = (1, 10, 60, 600)


@dataclass(frozen=True, slots=True)
class Case:
    """One workload.

    inputs   makes its arrays
    moved    bytes read and written at least, if caches keep nothing between calls
    flops    of its products; functions the elementary functions it takes, by their names in
             `limits.c`
    dtype    of its elements; arrays of bfloat16 are made by each peer, of float32
    tolerance   relative difference between peers; wide where they draw numbers of their own
    """

    inputs: Callable[[], Arrays]
    moved: int
    flops: int = 0
    functions: tuple[tuple[str, int], ...] = ()
    dtype: str = "float32"
    tolerance: float = 2e-3


def _normal(*shape: int, dtype: str = "float32") -> Any:
    return np.random.default_rng(3).standard_normal(shape).astype(dtype)


def _chain(n: int, dtype: str) -> Case:
    size = np.dtype(dtype).itemsize
    functions = (("exp", 2 * n), ("tanh", n))
    return Case(lambda: [_normal(n, dtype=dtype)], 2 * n * size, 0, functions, dtype)


def _rows(arrays: Callable[[], Arrays], passes: int, exps: int = 0) -> Case:
    return Case(arrays, 4 * passes * 4096 * 1024, 0, (("exp", exps),) if exps else ())


def classes(n: int) -> Any:
    """Return n labels of ten classes."""
    return np.random.default_rng(4).integers(0, 10, n).astype("int32")


def weights(name: str) -> Arrays:
    """Return the weights and biases of a network, one after the other."""
    random, found = np.random.default_rng(5), []
    sizes = LAYERS[name]
    for rows, columns in pairwise(sizes):
        bound = np.sqrt(6.0 / (rows + columns))
        found.append(random.uniform(-bound, bound, (rows, columns)).astype("float32"))
        found.append(np.zeros(columns, "float32"))
    return found


def _training(name: str, batch: int) -> Case:
    sizes = LAYERS[name]
    pairs = list(pairwise(sizes))
    all_of, first = sum(m * n for m, n in pairs), pairs[0][0] * pairs[0][1]
    flops = 2 * batch * (3 * all_of - first)
    moved = 4 * (all_of + (all_of - first) + 2 * all_of)
    random = np.random.default_rng(6)
    x = random.random((batch, sizes[0])).astype("float32")
    return Case(lambda: [x, classes(batch)], moved, flops)


def _dense(m: int, k: int, n: int) -> Case:
    scale = np.float32(1 / np.sqrt(k))
    return Case(
        lambda: [_normal(m, k), _normal(k, n) * scale, _normal(n)],
        4 * (m * k + k * n + m * n),
        2 * m * k * n,
        (("tanh", m * n),),
    )


def _narrow(case: Case) -> Case:
    """Return a case in bfloat16, for peers that know it."""
    return replace(case, moved=case.moved // 2, dtype="bfloat16", tolerance=2e-2)


def _table(*more: Any) -> Arrays:
    return [_normal(50_000, 128), np.random.default_rng(7).integers(0, 50_000, 4096), *more]


WORDS, WIDTH, PAIRS, FALSE = 20_000, 64, 128, 5
"""Of word vectors: how many, how long; pairs of words in a step, and false ones beside each."""


def word_vectors() -> Arrays:
    """Return tables of words and of their neighbours, words, neighbours, and false neighbours."""
    random = np.random.default_rng(10)
    tables = [random.normal(0, 0.1, (WORDS, WIDTH)).astype("float32") for _ in range(2)]
    drawn = [random.integers(0, WORDS, shape) for shape in (PAIRS, PAIRS, (PAIRS, FALSE))]
    return [*tables, *drawn]


def _normalised() -> Arrays:
    """Return rows, and of their columns the mean, the variance, the scale and the offset."""
    columns = [_normal(1000) * np.float32(k) for k in (1, 2, 3, 4)]
    return [_normal(600, 1000), columns[0], columns[1] ** 2, columns[2], columns[3]]


def options(dtype: str) -> Case:
    """Return the prices of calls and puts of a million options, by Black and Scholes."""
    n, random = 10**6, np.random.default_rng(8)
    arrays = [random.uniform(*bounds, n).astype(dtype) for bounds in ((10, 50), (10, 50), (0.2, 2))]
    functions = (("erf", 2 * n), ("log", n), ("exp", n))
    return Case(lambda: arrays, 5 * n * np.dtype(dtype).itemsize, 0, functions, dtype)


INTEREST, VOLATILITY, SPOT, STRIKE = 0.02, 0.3, 100.0, 105.0
"""Of an option over a year: the rate, the volatility, the price now and the one agreed on."""
PATHS = 10**6
HEADS = (8, 512, 64)
GRID, SWEEPS = (1024, 1024), 10
TIME, BATCH, HIDDEN = 100, 16, 128


def recurrent() -> Arrays:
    """Return rows, the first state, two matrices and an offset of a recurrent network."""
    scale = np.float32(1 / np.sqrt(HIDDEN))
    matrices = [_normal(HIDDEN, HIDDEN) * scale, _normal(HIDDEN, HIDDEN)[::-1].copy() * scale]
    start = np.zeros((BATCH, HIDDEN), "float32")
    return [_normal(TIME, BATCH, HIDDEN), start, *matrices, np.zeros(HIDDEN, "float32")]


def _network(products: int) -> Case:
    """Return a recurrent network with so many products of matrices a step."""
    cells = TIME * BATCH * HIDDEN
    return Case(recurrent, 8 * cells, 2 * products * cells * HIDDEN, (("tanh", cells),))


def _attention() -> Case:
    heads, length, width = HEADS
    scores = heads * length * length
    moved = 4 * 4 * heads * length * width
    return Case(
        lambda: [_normal(*HEADS), _normal(*HEADS)[::-1].copy(), _normal(*HEADS)],
        moved,
        4 * scores * width,
        (("exp", scores),),
    )


WIDE = (4096, 1024)
CASES = {
    "call, a number": Case(lambda: [np.array(3.0)], 16, dtype="float64"),
    "call, ten vectors of 10": Case(
        lambda: [np.arange(10.0) + k for k in range(10)], 880, dtype="float64"
    ),
    "chain, 10^3 float32": _chain(10**3, "float32"),
    "chain, 10^5 float32": _chain(10**5, "float32"),
    "chain, 10^7 float32": _chain(10**7, "float32"),
    "chain, 10^5 float64": _chain(10**5, "float64"),
    "softmax of rows": _rows(lambda: [_normal(*WIDE)], 2, 4096 * 1024),
    "cross-entropy and gradient": _rows(lambda: [_normal(*WIDE), classes(4096)], 2, 4096 * 1024),
    "layer norm": _rows(lambda: [_normal(*WIDE), _normal(1024), _normal(1024)], 2),
    "layer norm and gradient": _rows(
        lambda: [_normal(*WIDE), _normal(1024), _normal(1024), _normal(*WIDE)], 4
    ),
    "batch norm of a trained net": Case(_normalised, 2 * 4 * 600 * 1000),
    "mean and variance of columns": _rows(lambda: [_normal(*WIDE) + 1], 1),
    "mean and variance of rows": _rows(lambda: [_normal(*WIDE) + 1], 1),
    "sum over axes 0 and 2": _rows(lambda: [_normal(128, 256, 128) + 1], 1),
    "product of 1024 x 1024": Case(
        lambda: [_normal(1024, 1024), _normal(1024, 1024)], 12 * 2**20, 2 * 2**30
    ),
    "dense 16 x 64 x 64": _dense(16, 64, 64),
    "dense 64 x 256 x 256": _dense(64, 256, 256),
    "dense 4096 x 64 x 64": _dense(4096, 64, 64),
    "dense 512 x 1024 x 1024": _dense(512, 1024, 1024),
    "product of 1024 x 1024, bfloat16": _narrow(
        Case(lambda: [_normal(1024, 1024), _normal(1024, 1024)], 12 * 2**20, 2 * 2**30)
    ),
    "dense 512 x 1024 x 1024, bfloat16": _narrow(_dense(512, 1024, 1024)),
    "10^4 products of 8 x 8": Case(
        lambda: [_normal(10_000, 8, 8), _normal(10_000, 8, 8)], 7_680_000, 2 * 10_000 * 512
    ),
    **{f"{name}, batch {n}": _training(name, n) for name in LAYERS for n in BATCHES},
    "rows of a table": Case(_table, 2 * 4 * 4096 * 128),
    "step of a table": Case(lambda: _table(_normal(4096, 128)), 3 * 4 * 4096 * 128),
    "step of word vectors": Case(word_vectors, 3 * 4 * (FALSE + 2) * PAIRS * WIDTH),
    "sort 10^6": Case(lambda: [_normal(10**6)], 8 * 10**6),
    "positions that sort 10^6": Case(
        lambda: [np.random.default_rng(3).permutation(10**6).astype("float32")], 12 * 10**6
    ),
    "largest 100 of 10^6": Case(lambda: [_normal(10**6)], 4 * 10**6),
    "x + y.T, 2048 x 2048": Case(
        lambda: [_normal(2048, 2048), _normal(2048, 2048) + 1], 12 * 2048 * 2048
    ),
    "cumulative sum of 10^7": Case(lambda: [_normal(10**7)], 8 * 10**7),
    "attention, 8 x 512 x 64": _attention(),
    "Black-Scholes, 10^6 float32": options("float32"),
    "Black-Scholes, 10^6 float64": options("float64"),
    "Monte Carlo, 10^6 paths": Case(
        list, 4, 0, (("exp", PATHS), ("log", PATHS // 2), ("sin", PATHS)), tolerance=2e-2
    ),
    "stencil, ten times": Case(
        lambda: [np.random.default_rng(9).random(GRID, "float32")], 8 * GRID[0] * GRID[1] * SWEEPS
    ),
    "recurrent network": _network(2),
    "recurrent network and gradient": _network(5),
    "recurrence of 10^5 steps": Case(lambda: [np.array(0.3)], 16, dtype="float64"),
    "hessian of 100 variables": Case(
        lambda: [_normal(100, dtype="float64")], 8 * 100 * 100, dtype="float64"
    ),
}
WIDE_NAMES = [name for name, case in CASES.items() if case.dtype != "bfloat16"]
"""The cases of the dtypes that NumPy has."""
