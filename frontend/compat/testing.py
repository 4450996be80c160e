"""theano.tests.unittest_tools: what programs test their own operations with."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symc.compat.python import allclose
from symc.compiled import Function
from symc.config import config
from symc.differences import verify_grad as verify
from symc.function import function

__all__ = [
    "InferShapeTester",
    "WrongValue",
    "assert_allclose",
    "fetch_seed",
    "seed_rng",
    "verify_grad",
]


class WrongValue(AssertionError):
    """Report an array that is not the one expected."""


def fetch_seed(pseed: int | None = None) -> int | None:
    """Return the seed of a test: the one given, else config.unittests.rseed; None for 'random'."""
    seed = config.unittests.rseed if pseed is None else pseed
    return None if seed == "random" else int(seed)


def seed_rng(pseed: int | None = None) -> int | None:
    """Seed NumPy's own generator, and return the seed."""
    seed = fetch_seed(pseed)
    np.random.seed(seed)  # that generator is the one that old tests draw from
    return seed


def verify_grad(
    op: Callable[..., Any],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: Any = None,
    *args: Any,
    **kwargs: Any,
) -> None:
    """Do what `symc.gradient.verify_grad` does, with a generator of its own where none is given."""
    verify(op, pt, n_tests, rng or np.random.RandomState(fetch_seed()), *args, **kwargs)


def assert_allclose(
    expected: Any, value: Any, rtol: float | None = None, atol: float | None = None
) -> None:
    """Raise WrongValue where arrays differ by more than the rounding of the less precise one."""
    if not allclose(expected, value, rtol, atol):
        difference = np.max(np.abs(np.asarray(expected) - np.asarray(value)))
        raise WrongValue(
            f"expected {expected!r}\n     got {value!r}\nlargest difference {difference}"
        )


class InferShapeTester(unittest.TestCase):
    """A test case that can compare the sizes an operation says with those of what it computes."""

    def setUp(self) -> None:
        """Seed NumPy's generator."""
        seed_rng()

    def _compile_and_check(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        numeric_inputs: Sequence[Any],
        cls: Any,
        excluding: Any = None,
        warn: bool = True,
        check_topo: bool = True,
    ) -> None:
        """Compare the shapes of outputs, computed without `cls`, with those of computed outputs.

        check_topo   whether to insist that `cls` is not computed for its shape alone
        """
        shapes = function(inputs, [y.shape for y in outputs], on_unused_input="ignore")
        if check_topo:
            assert cls not in _user_classes(shapes), "it is computed for its shape alone"
        computed = function(inputs, outputs)(*numeric_inputs)
        for shape, array in zip(shapes(*numeric_inputs), computed, strict=True):
            assert tuple(shape) == np.shape(array)


def _user_classes(compiled: Function) -> set[type]:
    """Return the classes of the user's operations that a function calls."""
    calls = (node for node in compiled.maker.fgraph.toposort() if node.op.name == "python")
    return {type(dict(call.outputs[0].attributes)["callee"].run.node.op) for call in calls}
