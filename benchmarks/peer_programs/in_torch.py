"""The cases in PyTorch, without compilation; steps with its optimizer's fused form."""

from __future__ import annotations

from functools import partial, reduce
from operator import add
from typing import Any

import torch
from peer_cases import CASES, EPSILON, LAYERS, RATE, Program, Run, weights
from torch.nn import functional

VERSION = f"PyTorch {torch.__version__}"
STEP = -float(RATE)


def _chain(x: Any) -> Any:
    return torch.tanh(1.5 * x + 0.25) * torch.sigmoid(x) - torch.exp(-(x**2))


def _cross_entropy(x: Any, labels: Any) -> Any:
    leaf = x.detach().requires_grad_()
    loss = functional.cross_entropy(leaf, labels)
    return loss.detach(), torch.autograd.grad(loss, leaf)[0]


def _layer_norm(x: Any, scale: Any, offset: Any) -> Any:
    return functional.layer_norm(x, x.shape[1:], scale, offset, float(EPSILON))


def _layer_norm_gradient(*arrays: Any) -> Any:
    leaves = [a.detach().requires_grad_() for a in arrays[:3]]
    y = _layer_norm(*leaves)
    return (y.detach(), *torch.autograd.grad(y, leaves, arrays[3]))


def _training(name: str, x: Any, labels: Any) -> Run:
    layers = len(LAYERS[name]) - 1
    w = [torch.from_numpy(a).requires_grad_() for a in weights(name)]

    def run() -> Any:
        h = x
        for k in range(layers):
            h = torch.addmm(w[2 * k + 1], h, w[2 * k])
            h = torch.tanh(h) if k < layers - 1 else h
        loss = functional.cross_entropy(h, labels)
        slopes = torch.autograd.grad(loss, w)
        with torch.no_grad():
            torch._foreach_add_(w, slopes, alpha=STEP)  # what SGD of torch.optim calls
        return loss.detach()

    return run


def _table_step(table: Any, rows: Any, steps: Any) -> Any:
    table.index_add_(0, rows, steps, alpha=STEP)
    return table[0].clone()


FUNCTIONS = {
    "call, a number": lambda x: x + 1,
    "call, ten vectors of 10": lambda *x: reduce(add, x) + 1,
    "softmax of rows": lambda x: torch.softmax(x, 1),
    "cross-entropy and gradient": _cross_entropy,
    "layer norm": _layer_norm,
    "layer norm and gradient": _layer_norm_gradient,
    "mean and variance of columns": lambda x: (x.mean(0), x.var(0, correction=0)),
    "mean and variance of rows": lambda x: (x.mean(1), x.var(1, correction=0)),
    "sum over axes 0 and 2": lambda x: x.sum((0, 2)),
    "product of 1024 x 1024": torch.matmul,
    "10^4 products of 8 x 8": torch.bmm,
    "rows of a table": lambda table, rows: functional.embedding(rows, table),
    "step of a table": _table_step,
    "sort 10^6": lambda x: torch.sort(x)[0],
    "cumulative sum of 10^7": lambda x: torch.cumsum(x, 0),
}


def _program(name: str) -> Run:
    arrays = [torch.from_numpy(a) for a in CASES[name].inputs()]
    arrays = [a.long() if a.dtype == torch.int32 else a for a in arrays]
    layers, _, batch = name.partition(", batch ")
    if batch:
        return _training(layers, *arrays)
    function: Any = FUNCTIONS.get(name)
    if name.startswith("chain"):
        function = _chain
    if name.startswith("dense"):
        function = lambda x, w, b: torch.tanh(torch.addmm(b, x, w))  # noqa: E731  # as its kin
    return lambda: function(*arrays)


PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in CASES}
