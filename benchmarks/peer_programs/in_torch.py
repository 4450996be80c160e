"""The cases in PyTorch, without compilation; gradients by its tape, as one writes them."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from peer_cases import CASES, LAYERS, Run, weights
from torch.nn import functional

from peer_programs.torch_style import STEP, _layer_norm, programs

VERSION = f"PyTorch {torch.__version__}"


def _cross_entropy(x: Any, labels: Any) -> Any:
    leaf = x.detach().requires_grad_()
    loss = functional.cross_entropy(leaf, labels)
    return loss.detach(), torch.autograd.grad(loss, leaf)[0]


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


def _by_tape(name: str) -> Run:
    """Return a program whose derivative is that of what was run."""
    arrays = [torch.from_numpy(a) for a in CASES[name].inputs()]
    arrays = [a.long() if a.dtype == torch.int32 else a for a in arrays]
    layers, _, batch = name.partition(", batch ")
    if batch:
        return _training(layers, *arrays)
    function = _cross_entropy if name.startswith("cross") else _layer_norm_gradient
    return lambda: function(*arrays)


BY_TAPE = ["cross-entropy and gradient", "layer norm and gradient"]
BY_TAPE += [name for name in CASES if ", batch " in name]
PROGRAMS = programs(lambda function: function, recurrent=True)
PROGRAMS |= {name: partial(_by_tape, name) for name in BY_TAPE}
