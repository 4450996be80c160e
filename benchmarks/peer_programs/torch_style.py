"""The cases as programs of PyTorch, run as they are or compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
import torch
from peer_cases import (
    CASES,
    EPSILON,
    HIDDEN,
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
from torch.nn import functional

STEP = -float(RATE)
Function = Callable[..., Any]


def _chain(x: Any) -> Any:
    return torch.tanh(1.5 * x + 0.25) * torch.sigmoid(x) - torch.exp(-(x**2))


def _cross_entropy(x: Any, labels: Any) -> Any:
    slope, loss = torch.func.grad_and_value(functional.cross_entropy)(x, labels)
    return loss, slope


def _layer_norm(x: Any, scale: Any, offset: Any) -> Any:
    return functional.layer_norm(x, x.shape[1:], scale, offset, float(EPSILON))


def _layer_norm_gradient(x: Any, scale: Any, offset: Any, given: Any) -> Any:
    y, back = torch.func.vjp(_layer_norm, x, scale, offset)
    return (y, *back(given))


def _network_step(w: list[Any], x: Any, labels: Any) -> Any:
    layers = len(w) // 2

    def cost(w: list[Any]) -> Any:
        h = x
        for k in range(layers):
            h = torch.addmm(w[2 * k + 1], h, w[2 * k])
            h = torch.tanh(h) if k < layers - 1 else h
        return functional.cross_entropy(h, labels)

    slopes, loss = torch.func.grad_and_value(cost)(w)
    torch._foreach_add_(w, slopes, alpha=STEP)  # what SGD of torch.optim calls
    return loss


def _table_step(table: Any, rows: Any, steps: Any) -> Any:
    table.index_add_(0, rows, steps, alpha=STEP)
    return table[0].clone()


def _word_step(inner: Any, outer: Any, words: Any, near: Any, far: Any) -> Any:
    def cost(found: Any, beside: Any, apart: Any) -> Any:
        right = (found * beside).sum(1)
        wrong = (found[:, None] * apart).sum(2)
        return -functional.logsigmoid(right).sum() - functional.logsigmoid(-wrong).sum()

    rows = (inner[words], outer[near], outer[far])
    (one, two, three), loss = torch.func.grad_and_value(cost, (0, 1, 2))(*rows)
    inner.index_add_(0, words, one, alpha=STEP)
    outer.index_add_(0, near, two, alpha=STEP)
    outer.index_add_(0, far.flatten(), three.flatten(0, 1), alpha=STEP)
    return loss


def _normalised(x: Any, mean: Any, variance: Any, scale: Any, offset: Any) -> Any:
    return functional.batch_norm(x, mean, variance, scale, offset, eps=float(EPSILON))


def _attention(q: Any, k: Any, v: Any) -> Any:
    return functional.scaled_dot_product_attention(q, k, v)


def _options(price: Any, strike: Any, years: Any) -> Any:
    spread = VOLATILITY * torch.sqrt(years)
    high = (torch.log(price / strike) + (INTEREST + VOLATILITY**2 / 2) * years) / spread
    below = [0.5 + 0.5 * torch.erf(d * 0.5**0.5) for d in (high, high - spread)]
    later = strike * torch.exp(-INTEREST * years)
    call = price * below[0] - later * below[1]
    return call, call - price + later


def _paths() -> Any:
    last = SPOT * torch.exp(INTEREST - VOLATILITY**2 / 2 + VOLATILITY * torch.randn(PATHS))
    return float(np.exp(-INTEREST)) * torch.clamp(last - STRIKE, min=0).mean()


def _stencil(grid: Any) -> Any:
    for _ in range(SWEEPS):
        new = grid.clone()
        around = grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:]
        new[1:-1, 1:-1] = 0.25 * around
        grid = new
    return grid


def _rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


FUNCTIONS: dict[str, Function] = {
    "call, a number": lambda x: x + 1,
    "call, ten vectors of 10": lambda *x: reduce(add, x) + 1,
    "softmax of rows": lambda x: torch.softmax(x, 1),
    "cross-entropy and gradient": _cross_entropy,
    "layer norm": _layer_norm,
    "layer norm and gradient": _layer_norm_gradient,
    "batch norm of a trained net": _normalised,
    "mean and variance of columns": lambda x: (x.mean(0), x.var(0, correction=0)),
    "mean and variance of rows": lambda x: (x.mean(1), x.var(1, correction=0)),
    "sum over axes 0 and 2": lambda x: x.sum((0, 2)),
    "10^4 products of 8 x 8": torch.bmm,
    "rows of a table": lambda table, rows: functional.embedding(rows, table),
    "step of a table": _table_step,
    "step of word vectors": _word_step,
    "sort 10^6": lambda x: torch.sort(x)[0],
    "positions that sort 10^6": torch.argsort,
    "largest 100 of 10^6": lambda x: torch.topk(x, 100)[0],
    "x + y.T, 2048 x 2048": lambda x, y: x + y.T,
    "cumulative sum of 10^7": lambda x: torch.cumsum(x, 0),
    "attention, 8 x 512 x 64": _attention,
    "Monte Carlo, 10^6 paths": _paths,
    "stencil, ten times": _stencil,
    "hessian of 100 variables": torch.func.hessian(_rosenbrock),
}
GROUPS: dict[str, Function] = {
    "product": torch.matmul,
    "chain": _chain,
    "dense": lambda x, w, b: torch.tanh(torch.addmm(b, x, w)),
    "Black-Scholes": _options,
}
"""Cases of several sizes."""


def _recurrent(rows: Any, start: Any, inward: Any, onward: Any, offset: Any) -> Any:
    """Return the last state by the network of torch.nn, and its parameters."""
    network = torch.nn.RNN(HIDDEN, HIDDEN)
    with torch.no_grad():
        network.weight_ih_l0.copy_(inward.T)
        network.weight_hh_l0.copy_(onward.T)
        network.bias_ih_l0.copy_(offset)
        network.bias_hh_l0.zero_()
    parameters = [network.weight_ih_l0, network.weight_hh_l0, network.bias_ih_l0]
    return (lambda: network(rows, start[None])[1]), parameters


def _recurrent_program(arrays: list[Any], gradient: bool) -> Run:
    last, parameters = _recurrent(*arrays)

    def forward() -> Any:
        with torch.no_grad():
            return last()

    def backward() -> Any:
        loss = (last() ** 2).mean()
        inward, onward, offset = torch.autograd.grad(loss, parameters)
        return loss.detach(), inward.T, onward.T, offset

    return backward if gradient else forward


def programs(made: Callable[[Function], Function], recurrent: bool) -> dict[str, Program]:
    """Return the program of each case.

    made        compiles a function, or leaves it as it is
    recurrent   whether to run the recurrent networks of torch.nn
    """
    names = [name for name in CASES if recurrent or not name.startswith("recurren")]
    names = [name for name in names if name != "recurrence of 10^5 steps"]
    return {name: partial(_program, name, made) for name in names}


def _program(name: str, made: Callable[[Function], Function]) -> Run:
    arrays = [torch.from_numpy(a) for a in CASES[name].inputs()]
    arrays = [a.long() if a.dtype == torch.int32 else a for a in arrays]
    arrays = [a.bfloat16() for a in arrays] if CASES[name].dtype == "bfloat16" else arrays
    layers, _, batch = name.partition(", batch ")
    if name.startswith("recurrent"):
        return _recurrent_program(arrays, "gradient" in name)
    if batch:
        w = [torch.from_numpy(a) for a in weights(layers)]
        assert len(LAYERS[layers]) == len(w) // 2 + 1
        step = made(_network_step)
        return lambda: step(w, *arrays)
    function = made(FUNCTIONS.get(name) or GROUPS[name.partition(",")[0].partition(" ")[0]])
    return lambda: function(*arrays)
