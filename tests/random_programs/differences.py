"""Compares what programs differentiate with differences of what they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symc.build import build_module
from symc.compiler.interpret import interpret
from symc.compiler.module import Module, walk_all

from .program import Array, Line, Program

STEP = 1e-4
NEAR = 1e-5  # how far slopes may be from differences that agree with each other
BENT = (
    *("gradient.", "truncate_gradient", "T.max(", "T.min(", "T.ptp(", "max_and_argmax"),
    "nonzero_values",
)
"""What makes a derivative another one than the function's: all of the greatest have the slope of
one, as in a symmetric matrix; a zero that is left out has none."""

WIDE = ("float64", "int64", "bool")
"""The dtypes in which differences of so small a step are precise."""


@dataclass(frozen=True, slots=True)
class Sloped:
    """A derivative to check: a cost and the slopes of it by one value, as they are in a program."""

    name: str
    wrt: str
    cost: str


def checked(program: Program) -> Iterator[Sloped]:
    """Yield the derivatives of a program that mean the function's own."""
    for line in program.lines:
        if line.slope and not any(word in x.code for x in _needed(program, line) for word in BENT):
            for name, wrt in zip(line.makes, line.slope.wrt, strict=True):
                yield Sloped(name, wrt, line.slope.cost)


def _needed(program: Program, line: Line) -> Iterator[Line]:
    wanted = set(line.makes)
    for before in reversed(program.lines):
        if wanted & set(before.makes):
            wanted |= before.uses
            yield before


def wrong_slopes(program: Program, counts: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of each derivative that differs from differences in the first call, and how.

    counts   of what is compared, and what is left out: what is not smooth, or not in float64
    """
    known = program.graph()
    for sloped in checked(program):
        cost = eval(sloped.cost, known)
        try:
            found = _difference(program, known, sloped, cost)
        except (IndexError, ValueError):
            found = None
        counts["derivatives" if found is not None else "derivatives left out"] += 1
        if found:
            yield sloped.name, found


def _difference(program: Program, known: dict[str, Any], sloped: Sloped, cost: Any) -> str | None:
    """Return how a derivative differs, '' where it does not; None where it cannot be told."""
    wrt = known[sloped.wrt]
    if wrt.dtype != "float64":
        return None
    plain = {leaf.name: leaf.arrays[0] for leaf in program.leaves}
    if sloped.wrt not in plain:
        plain[sloped.wrt] = _function(known, plain, (wrt,))[1](plain)[0]
    module, run = _function(known, plain, (cost, known[sloped.name]))
    if any(value.type.dtype not in WIDE for value in walk_all(module)):
        return None
    at, slope = run(plain)
    if not np.isfinite(slope).all() or slope.shape != plain[sloped.wrt].shape:
        return None if slope.shape == plain[sloped.wrt].shape else f"has shape {slope.shape}"
    way = np.random.default_rng(3).uniform(0.5, 1.5, slope.shape)
    wanted = smooth(lambda h: run({**plain, sloped.wrt: plain[sloped.wrt] + h * way})[0], at)
    if wanted is None:
        return None
    got = float(np.sum(slope * way))
    scale = max(1.0, abs(wanted), float(np.sum(np.abs(slope * way))), float(abs(at)))
    return "" if abs(got - wanted) <= NEAR * scale else f"{got!r}, differences give {wanted!r}"


def smooth(f: Callable[[float], float], at: float) -> float | None:
    """Return the slope at 0 of a function of one number; None where differences disagree."""
    steps = (STEP, STEP / 2)
    ends = [(f(h), f(-h)) for h in steps]
    if not np.isfinite(ends).all():
        return None
    coarse, fine = ((a - b) / (2 * h) for (a, b), h in zip(ends, steps, strict=True))
    wide, narrow = ((a + b - 2 * at) / h for (a, b), h in zip(ends, steps, strict=True))
    scale = max(1.0, abs(fine), abs(at))
    bent = abs(narrow - wide / 2)  # of a bend as much is left at any step
    if max(abs(coarse - fine), bent) > NEAR / 10 * scale:
        return None
    return float(fine + (fine - coarse) / 3)


def _function(
    known: dict[str, Any], given: dict[str, Array], values: Sequence[Any]
) -> tuple[Module, Callable[[dict[str, Array]], list[Array]]]:
    """Return the module of some variables, and what runs it with arrays by name."""
    shared = {name for name in given if hasattr(known[name], "container")}
    inputs = [name for name in given if name not in shared]
    module = build_module([known[name] for name in inputs], values)
    states = [p.name for p in module.parameters if p.kind == "state"]

    def run(arrays: dict[str, Array]) -> list[Array]:
        with np.errstate(all="ignore"):
            return interpret(module, [arrays[n] for n in inputs], [arrays[n] for n in states])[0]

    return module, run
