"""Rules fire from what a user writes, through the pipelines, and the results stay finite."""

import numpy as np
import pytest

from symc.compiler.ops.exponential import exp, log, sigmoid
from symc.compiler.ops.index import gather
from symc.compiler.ops.reduction import max_
from symc.compiler.ops.shape import arange, keep
from symc.compiler.text import to_text
from symc.passes.canonical import simplify, stabilized
from symc.passes.differentiate import gradient
from symc.passes.pipeline import FAST_RUN, run_passes
from tests.passes.graphs import build, compute, kept_total, total

LOGITS = np.array([-120, -30, 0, 30, 120], np.float32)
LABELS = np.array([1, 0, 1, 1, 0], np.float32)


@pytest.fixture(autouse=True)
def _verified(monkeypatch):
    monkeypatch.setenv("SYMC_DEBUG", "1")


def rewritten(make, *specs):
    return run_passes(build(make, *specs), FAST_RUN[:3])


def ops(module):
    """Return the operations of a module, by the lines of its text."""
    lines = to_text(module).splitlines()
    return [line.split(" = ")[1].split("(")[0] for line in lines if " = " in line]


def test_logistic_loss_has_exact_gradients():
    def loss(z, y):
        p = sigmoid(z)
        return total(-(y * log(p)) - (1 - y) * log(1 - p), 0)

    module = stabilized(build(loss, ("float32", 1), ("float32", 1)))
    (cost,), z = module.outputs, module.parameters[0].value
    (derivative,) = gradient(cost, [z]).values
    both = simplify(type(module)("g", module.context, module.parameters, (cost, derivative)))
    value, slope = compute(both, LOGITS, LABELS)
    exact = LOGITS.astype("float64")
    np.testing.assert_allclose(value, np.sum(np.logaddexp(0, exact) - LABELS * exact), rtol=1e-6)
    p = 1 / (1 + np.exp(-exact))
    expected = np.where(LABELS == 1, -1 / (1 + np.exp(exact)), p)  # p - 1 without cancellation
    np.testing.assert_allclose(slope, expected, rtol=1e-6)


def test_log_of_one_plus_a_tiny_number():
    module = rewritten(lambda x: log(1 + x), ("float64", 1))
    np.testing.assert_array_equal(compute(module, np.array([1e-20]))[0], [1e-20])


def softmax_of(x):
    shifted = exp(x - keep(max_(x, axes=(1,)), (1,)))
    return shifted / kept_total(shifted, 1)


def peaked_logsumexp(x):
    peak = max_(x, axes=(1,))
    return log(total(exp(x - keep(peak, (1,))), 1)) + peak


ROWS = {
    "softmax": (lambda x: exp(x) / kept_total(exp(x), 1), ["softmax"]),
    "softmax without its peak": (softmax_of, ["softmax"]),
    "log of softmax": (lambda x: log(softmax_of(x)), ["log_softmax"]),
    "logsumexp": (lambda x: log(total(exp(x), 1)), ["logsumexp"]),
    "logsumexp with its peak": (peaked_logsumexp, ["logsumexp"]),
    "log_softmax": (lambda x: x - log(kept_total(exp(x), 1)), ["log_softmax"]),
    "softmax of log": (lambda x: exp(x - log(kept_total(exp(x), 1))), ["softmax"]),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows(name):
    make, expected = ROWS[name]
    module = rewritten(make, ("float64", 2))
    assert ops(module) == expected
    x = np.random.default_rng(0).normal(size=(3, 5))
    np.testing.assert_allclose(
        compute(module, x)[0], compute(build(make, ("float64", 2)), x)[0], rtol=1e-12
    )
    assert np.isfinite(compute(module, 1e4 * x)[0]).all()


def test_crossentropy_of_chosen_classes():
    def loss(x, y):
        rows = arange(x.context.size_value(x.type.shape[0]))
        return -total(log(gather(softmax_of(x), rows, y)), 0)

    module = rewritten(loss, ("float64", 2), ("int64", 1))
    assert "log_softmax" in ops(module)
    x, y = 1e4 * np.random.default_rng(0).normal(size=(3, 5)), np.array([0, 4, 2])
    assert np.isfinite(compute(module, x, y)[0])


def test_ratios_and_differences_vanish():
    module = rewritten(lambda x: (x / x, (x * x) - x**2), ("float64", 1))
    one, zero = compute(module, np.array([0.0, np.nan, 2.0]))
    np.testing.assert_array_equal(one, [1, 1, 1])
    np.testing.assert_array_equal(zero, [0, 0, 0])
