"""Random expressions made of what rules look for: rewritten, they have the values they had."""

import os
import random

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.op import find
from symc.compiler.ops.shape import dimshuffle, zeros_like
from symc.compiler.verify import verify
from symc.passes import rules
from symc.passes.canonical import stabilized
from symc.passes.differentiate import gradient
from symc.passes.lower import lower
from symc.passes.rewrite import Driver
from tests.passes.graphs import build, compute, kept_total, total

COUNT = int(os.environ.get("SYMC_FUZZ", "60"))
FIRST = int(os.environ.get("SYMC_FUZZ_SEED", "0"))
MATRIX = ("float64", 2)

UNARY = (
    *("exp", "log", "log1p", "expm1", "sigmoid", "softplus", "negate", "square", "sqrt"),
    *("absolute", "reciprocal", "tanh", "erfc"),
)
BINARY = ("add", "subtract", "multiply", "true_divide", "maximum", "minimum")
NUMBERS = [0, 1, 1, 2, -1, 0.5, 3]


class Grower:
    """Grows expressions over matrices and their rows; a seed gives one expression."""

    def __init__(self, seed, x, y):
        self.random = random.Random(seed)
        self.pool = [x, y]

    def pick(self):
        return self.random.choice(self.pool[-5:] if self.random.random() < 0.7 else self.pool)

    def grow(self, steps):
        kinds = [self.unary] * 4 + [self.binary] * 4 + [self.number] * 3
        kinds += [self.power, self.row, self.choice, self.swap, self.single]
        for _ in range(steps):
            self.pool.append(self.random.choice(kinds)())

    def unary(self):
        return find(self.random.choice(UNARY))(self.pick())

    def binary(self):
        return find(self.random.choice(BINARY))(self.pick(), self.pick())

    def number(self):
        x, c = self.pick(), self.random.choice(NUMBERS)
        operands = (x, c) if self.random.random() < 0.5 else (c, x)
        return find(self.random.choice(BINARY))(*operands)

    def power(self):
        return self.pick() ** self.random.choice([0, 1, 2, 3, -1, -2, 0.5])

    def row(self):
        x = self.pick()
        return x / kept_total(x, 1) if self.random.random() < 0.5 else x - kept_total(x, 1)

    def choice(self):
        x, y = self.pick(), self.pick()
        x = x + 0.123  # where both sides are equal, the last digits would choose
        return find("switch")(x < y, self.pick(), self.pick())

    def swap(self):
        """Transpose twice, with something between."""
        x = dimshuffle(self.pick(), order=(1, 0))
        return dimshuffle(find(self.random.choice(UNARY))(x), order=(1, 0))

    def single(self):
        """Go through float32, at the precision of which the results are compared."""
        cast = find("cast")
        return cast(cast(cast(self.pick(), dtype="float64"), dtype="float64"), dtype="float64")


def grown(seed):
    """Return a module of three expressions, and one of all that they are made of."""
    pool = []

    def make(x, y):
        grower = Grower(seed, x + y, x * y)
        grower.grow(12)
        pool.extend(grower.pool)
        return tuple(pool[-3:])

    module = build(make, MATRIX, MATRIX)
    return module, replace(module, outputs=tuple(pool))


def rewritten(module):
    for chosen in (rules.CANONICAL, (*rules.CANONICAL, *rules.STABILIZE), rules.ALL):
        driver = Driver(module, chosen, "random")
        new = driver.settle()
        module = replace(module, outputs=tuple(new[v] for v in module.outputs))
        verify(module)
    return lower(module)


def defined(whole, arrays):
    """Tell where all parts are finite: comparisons hide NaN, and signs of zeros make infinities."""
    return np.all([np.isfinite(x) for x in compute(whole, *arrays)], axis=0)


def well_conditioned(module, arrays):
    """Return outputs, and where they neither overflow nor depend on the last digits."""
    outputs = compute(module, *arrays)
    moved = compute(module, *(x * (1 + 1e-10) for x in arrays))
    steady = [
        np.isfinite(a) & (np.abs(a) < 1e8) & (np.abs(a - b) <= 1e-7 * (1 + np.abs(a)))
        for a, b in zip(outputs, moved, strict=True)
    ]
    return outputs, steady


def compare(before, after, whole, arrays):
    with np.errstate(all="ignore"):
        expected, steady = well_conditioned(before, arrays)
        known, got = defined(whole, arrays), compute(after, *arrays)
        for a, b, good in zip(expected, got, steady, strict=True):
            where = good & known
            np.testing.assert_allclose(b[where], a[where], rtol=1e-5, atol=1e-5)


def arguments(seed):
    generator = np.random.default_rng(seed)
    return [generator.uniform(0.2, 2, (3, 4)), generator.uniform(-1, 1, (3, 4))]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_rewriting_keeps_the_values(seed):
    module, whole = grown(seed)
    compare(module, rewritten(module), whole, arguments(seed))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT // 2))
def test_rewriting_keeps_the_gradients(seed):
    module, whole = grown(seed)
    module = replace(module, outputs=(total(module.outputs[-1], 0, 1),))
    wrt = [p.value for p in module.parameters]

    def slopes(of):
        found = gradient(of.outputs[0], wrt).values
        return replace(
            of, outputs=tuple(g or zeros_like(x) for g, x in zip(found, wrt, strict=True))
        )

    compare(slopes(module), rewritten(slopes(stabilized(module))), whole, arguments(seed))
