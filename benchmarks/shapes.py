"""Graphs of any number of nodes, by their shape, for `scaling.py`."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import symc
import symc.tensor as T


@dataclass(frozen=True, slots=True)
class Graph:
    """What a function is made of."""

    inputs: list[Any]
    outputs: list[Any]
    updates: list[tuple[Any, Any]]


Derive = Callable[[Any, Sequence[Any]], list[Any]]
"""Returns the derivatives of a cost; it is given, so that its time can be told apart."""


def chain(x: Any, nodes: int) -> list[Any]:
    """Apply one operation to the last one's result."""
    for k in range(nodes // 2):
        x = T.tanh(x) + float(k + 2)
    return [x]


def wide(x: Any, nodes: int) -> list[Any]:
    """Return many results of few steps, and a sum of as many terms."""
    y = x * 0.5
    terms = [T.exp(x * float(k + 2)) - y for k in range(nodes // 4)]
    return [*terms[: len(terms) // 2], T.add(*terms[len(terms) // 2 :])]


def diamond(x: Any, nodes: int) -> list[Any]:
    """Part and join again and again: paths double with each three nodes."""
    for _ in range(nodes // 3):
        x = T.sin(x) * T.cos(x)
    return [x]


def reuse(x: Any, nodes: int) -> list[Any]:
    """Join the last result with any of those before."""
    chosen, made = random.Random(7), [x, x + 1]
    for k in range(nodes // 2):
        a, b = made[-1], made[chosen.randrange(len(made))]
        made.append(T.tanh(a + b) if k % 2 else a * b)
    return [made[-1]]


def polynomial(x: Any, nodes: int) -> list[Any]:
    """Join the last two results, all of them numbers."""
    a, b = x, x * 0.5
    for _ in range(nodes // 2):
        a, b = b, b * x - a
    return [b]


PLAIN = {shape.__name__: shape for shape in (chain, wide, diamond, reuse)}
SHAPES = (*PLAIN, *(f"{name}'" for name in PLAIN), "layers", "polynomial")
"""A mark ' stands for the gradient of a shape, of as many nodes together with it."""


def graph(shape: str, nodes: int, derive: Derive) -> Graph:
    """Return the graph of a shape with about so many nodes."""
    if shape == "layers":
        return _layers(nodes, derive)
    if shape == "polynomial":
        number = T.dscalar("x")
        return Graph([number], polynomial(number, nodes), [])
    name, x = shape.rstrip("'"), T.dvector("x")
    if name == shape:
        return Graph([x], PLAIN[name](x, nodes), [])
    found = PLAIN[name](x, nodes // 3)
    cost = T.sum(found[0] if len(found) == 1 else T.add(*found))
    return Graph([x], derive(cost, [x]), [])


def _layers(nodes: int, derive: Derive) -> Graph:
    """Return a training step of a deep network, with two shared variables a layer."""
    x = h = T.fmatrix("x")
    shared: list[Any] = []
    for _ in range(max(nodes // 40, 1)):
        w, b = symc.shared(np.eye(8, dtype="f4")), symc.shared(np.zeros(8, "f4"))
        h = T.tanh(T.dot(h, w) + b)
        shared += [w, b]
    steps = zip(shared, derive(T.mean(h), shared), strict=True)
    return Graph([x], [], [(s, s - np.float32(0.1) * g) for s, g in steps])
