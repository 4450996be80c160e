"""The work of compiling grows about as the graph does, by counting calls."""

import cProfile
import random
from collections.abc import Callable
from typing import Any

import pytest

import symc
import symc.tensor as T
from symc.build import build
from symc.passes.pipeline import FAST_RUN, run_passes
from symc.passes.plan import plan

SMALL, TIMES = 300, 6
EXPONENT = 1.15


def chain(x: Any, nodes: int) -> Any:
    for k in range(nodes // 2):
        x = T.tanh(x) + float(k + 2)
    return x


def wide(x: Any, nodes: int) -> Any:
    return T.add(*(T.exp(x * float(k + 2)) for k in range(nodes // 3)))


def diamond(x: Any, nodes: int) -> Any:
    for _ in range(nodes // 3):
        x = T.sin(x) * T.cos(x)
    return x


def reuse(x: Any, nodes: int) -> Any:
    chosen, made = random.Random(7), [x, x + 1]
    for k in range(nodes // 2):
        a, b = made[-1], made[chosen.randrange(len(made))]
        made.append(T.tanh(a + b) if k % 2 else a * b)
    return made[-1]


def derived(shape: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    return lambda x, nodes: symc.grad(T.sum(shape(x, nodes // 3)), x)


SHAPES = {
    "chain": chain,
    "wide": wide,
    "diamond": diamond,
    "reuse": reuse,
    "gradient of chain": derived(chain),
}


def compiled(shape: Callable[[Any, int], Any], nodes: int) -> None:
    x = T.dvector("x")
    module = build([x], [shape(x, nodes)]).module
    plan(run_passes(module, FAST_RUN), lambda contraction: 0)


def calls(shape: Callable[[Any, int], Any], nodes: int) -> int:
    """Return how many calls of functions lead from a graph of so many nodes to its program."""
    profile = cProfile.Profile()
    profile.runcall(compiled, shape, nodes)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_calls_grow_with_the_graph(shape: Callable[[Any, int], Any]) -> None:
    compiled(shape, 30)  # what is kept for good is made once
    assert calls(shape, SMALL * TIMES) < calls(shape, SMALL) * TIMES**EXPONENT


def test_growth_is_seen() -> None:
    def squared(x: Any, nodes: int) -> Any:
        for _ in range(nodes // 10):
            x = T.tanh(x)
            for _ in range(nodes):
                len(())
        return x

    assert calls(squared, SMALL * TIMES) > calls(squared, SMALL) * TIMES**EXPONENT
