"""Whatever walks a user's graph takes one of any depth, whatever Python's limit of recursion."""

import copy
import io
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build
from symc.report import describe
from symc.variable import ancestors

DEPTH = 4_000
FEW = 400
"""Where each step takes long in itself."""

LIMIT = 300
"""Calls inside calls that a walk may add to those of the test."""


@cache
def chain(depth: int = DEPTH) -> tuple[Any, Any]:
    """Return a vector, and what so many operations make of it: the number of them added."""
    x = T.dvector("x")
    return x, longer(x, depth)


@pytest.fixture
def shallow() -> Iterator[None]:
    """Let few calls be inside one another."""
    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + LIMIT)
    yield
    sys.setrecursionlimit(before)


def count(y: Any) -> int:
    """Return how many applications make a variable."""
    return sum(x.owner is not None and x.owner.kind == "add" for x in ancestors([y]))


def cloned(x: Any, y: Any) -> int:
    return count(symc.clone(y, {x: T.dvector("z")}))


def differentiated(x: Any, y: Any) -> int:
    return count(y) if symc.grad(T.sum(y), x).type == x.type else 0


def pushed(x: Any, y: Any) -> int:
    return count(y) if symc.Rop(y, x, T.ones_like(x)).type == x.type else 0


def printed(x: Any, y: Any) -> int:
    return symc.pp(y).count(" + ")


def shown(x: Any, y: Any) -> int:
    tree = symc.printing.debugprint(y, depth=50, file="str")
    return DEPTH * (tree.count("add") == 50)


def valued(x: Any, y: Any) -> int:
    x.tag.test_value = np.zeros(2)
    with symc.config.change_flags(compute_test_value="raise"):
        return FEW * (int(longer(x, FEW).tag.test_value[0]) == FEW)


def longer(x: Any, steps: int) -> Any:
    for _ in range(steps):
        x = x + 1.0
    return x


def described(x: Any, y: Any) -> int:
    return len(build([x], [y]).module.sites)


WALKS: dict[str, Callable[[Any, Any], int]] = {
    "copy": lambda x, y: count(copy.copy(y)),
    "deepcopy": lambda x, y: count(copy.deepcopy(y)),
    "pickle": lambda x, y: count(pickle.loads(pickle.dumps(y))),
    "clone": cloned,
    "grad": differentiated,
    "Rop": pushed,
    "pp": printed,
    "debugprint": shown,
    "test values": valued,
    "build": described,
}
"""Each returns how many operations it has met."""


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("walk", WALKS.values(), ids=list(WALKS))
def test_a_walk_needs_no_recursion(walk: Callable[[Any, Any], int]) -> None:
    assert walk(*chain()) >= (FEW if walk is valued else DEPTH)


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
def test_a_deep_function_runs(mode: str) -> None:
    x, y = chain(FEW)
    given = np.array([1.0, 2.0])
    np.testing.assert_array_equal(symc.function([x], y, mode=mode)(given), given + FEW)


@pytest.mark.usefixtures("shallow")
def test_a_tree_is_written_to_its_end() -> None:
    stream = io.StringIO()
    symc.printing.debugprint(chain(1000)[1], file=stream)
    assert stream.getvalue().count("add ") == 1000


@pytest.mark.usefixtures("shallow")
def test_casts_of_casts_are_described() -> None:
    x = T.fvector("x")
    y = x
    for _ in range(DEPTH // 2):
        y = T.cast(T.cast(y, "float64"), "float32")
    assert describe(y).startswith("cast(")
