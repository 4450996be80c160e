"""The loops that are compared: their sizes and what they are given, the same for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

STEPS, BATCH, HIDDEN, INPUTS = 100, 16, 128, 64
START, FACTOR = 0.5, 0.9
LIMIT = 400.0
"""Where the loop `while` ends: after about a million steps."""
WIDTH, MANY = 1000, 100_000
"""Elements of the state of which only the last is used, and its steps."""

Run = Callable[[], Any]
Program = Callable[[], Run]
"""Compiles a case for its inputs; what it returns runs it once."""

TIMED = ("forward", "gradient", "recurrence 1e5", "recurrence 1e7", "while")
COMPILED = ("compile 10", "compile 1000000")
MEMORY = "last state"


def network() -> list[Any]:
    """Return the rows, first state and weights of a network, in float32."""
    random = np.random.default_rng(1)
    shapes = (STEPS, BATCH, INPUTS), (BATCH, HIDDEN), (INPUTS, HIDDEN), (HIDDEN, HIDDEN)
    return [(random.normal(size=shape) * 0.1).astype("float32") for shape in shapes]


def vector() -> Any:
    """Return the first state of the case of which only the last state is used."""
    return np.linspace(0.1, 0.9, WIDTH)
