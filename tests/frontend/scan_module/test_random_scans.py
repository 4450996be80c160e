"""Random combinations of the arguments of scan, against a plain loop."""

import numpy as np
import pytest
from plain_loop import Earlier, Rows, plain_scan

import symc
import symc.tensor as T

SEEDS = 30
WIDTH = 3
SEQUENCE_TAPS = [(0,), (-1,), (1,), (-2, 0), (0, 1), (-1, 2), (2, -1), (1, 3)]
OUTPUT_TAPS = [(-1,), (-2,), (-3, -1), (-1, -2), (-1, -3)]
COUNTS = {2: lambda n: n - 1, 3: lambda n: n, 4: lambda n: 1}


class Case:
    """Arguments drawn from a seed."""

    def __init__(self, seed):
        self.random = random = np.random.default_rng(seed)
        self.rows = [
            Rows(random.normal(size=(random.integers(5, 9), WIDTH)), self._one(SEQUENCE_TAPS))
            for _ in range(random.integers(0, 4))
        ]
        self.outputs = [self._output() for _ in range(random.integers(1, 4))]
        self.fixed = [random.normal(size=WIDTH) for _ in range(random.integers(0, 3))]
        room = min(map(len, self.rows), default=4)
        choose = COUNTS.get(int(random.integers(0, 5)), lambda n: None)
        self.count = choose(room) if self.rows else room
        self.backwards = bool(self.rows) and bool(random.integers(0, 2))
        self.limit = random.uniform(0.2, 2.0) if random.integers(0, 3) == 0 else None
        self.symbolic = bool(random.integers(0, 2))

    def _one(self, options):
        return options[self.random.integers(len(options))]

    def _output(self):
        taps = self._one([None, *OUTPUT_TAPS])
        if taps is None:
            return None
        shape = (WIDTH,) if taps == (-1,) else (-min(taps) + self.random.integers(0, 2), WIDTH)
        return Earlier(self.random.normal(size=shape), taps)

    def step(self, tanh):
        """Return a step function: each output is tanh of a sum of all with weights of its own."""

        def step(*given):
            made = [
                tanh(sum(x * np.cos(2.0 * k + j + 1) for j, x in enumerate(given)) + 0.1 * k)
                for k in range(len(self.outputs))
            ]
            return made, None if self.limit is None else abs(made[0][0] * 3) > self.limit

        return step

    def plain(self):
        return plain_scan(
            self.step(np.tanh), self.rows, self.outputs, self.fixed, self.count, self.backwards
        )

    def symbolic_step(self, *given):
        made, stop = self.step(T.tanh)(*given)
        return made if stop is None else (made, symc.scan_module.until(stop))

    def values(self):
        """Return all arrays that go in."""
        values = [x.array for x in self.rows]
        return values + [x.initial for x in self.outputs if x is not None] + self.fixed

    def scan(self, variables, count):
        """Return the rows that scan makes of variables, and its updates."""
        rest = iter(variables)
        sequences = [{"input": next(rest), "taps": list(x.taps)} for x in self.rows]
        infos = [
            None if x is None else {"initial": next(rest), "taps": list(x.taps)}
            for x in self.outputs
        ]
        return symc.scan(
            self.symbolic_step,
            sequences,
            infos,
            list(rest),
            count,
            go_backwards=self.backwards,
            return_list=True,
        )

    def scanned(self):
        """Return what a compiled scan gives."""
        values = self.values()
        variables = [T.TensorType("float64", [False] * x.ndim)() for x in values]
        count = T.lscalar() if self.symbolic and self.count is not None else self.count
        rows, updates = self.scan(variables, count)
        assert not updates
        if self.symbolic and self.count is not None:
            variables, values = [*variables, count], [*values, self.count]
        return symc.function(variables, rows, on_unused_input="ignore")(*values)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_arguments(seed):
    case = Case(seed)
    for found, wanted in zip(case.scanned(), case.plain(), strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
@pytest.mark.parametrize("seed", range(1, 9))
def test_random_derivatives(seed, mode):
    case = Case(seed)
    case.limit = None  # where a loop ends does not change smoothly
    values = case.values()
    variables = [T.TensorType("float64", [False] * x.ndim)() for x in values]
    rows, _ = case.scan(variables, case.count)
    cost = sum(T.cos(y * (k + 1.3)).sum() for k, y in enumerate(rows))
    slopes = T.grad(cost, variables, disconnected_inputs="ignore")
    f = symc.function(variables, [cost, *slopes], on_unused_input="ignore", mode=mode)
    ways = [case.random.normal(size=x.shape) for x in values]
    ends = [
        f(*(x + h * way for x, way in zip(values, ways, strict=True)))[0] for h in (1e-6, -1e-6)
    ]
    _, *found = f(*values)
    along = sum((g * way).sum() for g, way in zip(found, ways, strict=True))
    np.testing.assert_allclose(along, (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-7)


def test_the_cases_differ():
    cases = [Case(seed) for seed in range(SEEDS)]
    assert any(case.backwards for case in cases)
    assert any(case.limit is not None for case in cases)
    assert any(len(case.plain()[0]) < len(case.rows[0]) for case in cases if case.rows)
    assert {len(case.outputs) for case in cases} == {1, 2, 3}
    assert any(x is not None and len(x.taps) > 1 for case in cases for x in case.outputs)
