"""Rules fire from what a user writes, through the pipelines, and the results stay finite."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.ops.exponential import exp, log, sigmoid
from symc.compiler.ops.index import gather
from symc.compiler.ops.reduction import max_
from symc.compiler.ops.shape import arange, keep
from symc.compiler.ops.special import erfc
from symc.compiler.text import to_text
from symc.passes.canonical import simplify, stabilized
from symc.passes.differentiate import gradient
from symc.passes.pick import pick
from symc.passes.pipeline import FAST_RUN, run_passes
from tests.passes.graphs import build, compute, kept_total, total

LOGITS = np.array([-120, -30, 0, 30, 120], np.float32)
LABELS = np.array([1, 0, 1, 1, 0], np.float32)


@pytest.fixture(autouse=True)
def _verified(monkeypatch):
    monkeypatch.setenv("SYMC_DEBUG", "1")


def through(last):
    """Return the passes of FAST_RUN up to one of them."""
    return FAST_RUN[: FAST_RUN.index(last) + 1]


def rewritten(make, *specs):
    return run_passes(build(make, *specs), through(simplify))


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


def test_chosen_classes_are_picked():
    def make(x, i, y):
        return gather(log(softmax_of(x)), i, y)

    before = build(make, ("float32", 2), ("int64", 1), ("int64", 1))
    after = run_passes(before, through(pick))
    assert not {"log_softmax", "logsumexp"} & set(ops(after))
    x = 1000 + np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    i, y = np.array([0, 2, 1, 1]), np.array([0, 4, 2, 3])
    exact = (
        x.astype("float64") - np.log(np.sum(np.exp(x.astype("float64") - 1000), 1))[:, None] - 1000
    )
    np.testing.assert_allclose(compute(after, x, i, y)[0], exact[i, y], rtol=1e-5)


def test_ratios_and_differences_vanish():
    module = rewritten(lambda x: (x / x, (x * x) - x**2), ("float64", 1))
    one, zero = compute(module, np.array([0.0, np.nan, 2.0]))
    np.testing.assert_array_equal(one, [1, 1, 1])
    np.testing.assert_array_equal(zero, [0, 0, 0])


# --- each at numbers where the formula as written overflows, cancels or loses everything

EXTREMES = np.array([-1e4, -750.0, -40.0, -1e-18, 0.0, 1e-18, 40.0, 750.0, 1e4])


def log_ratio(x):
    return log(exp(x) / (1 + exp(x)))


def logistic(x):
    small = np.exp(-np.abs(x))
    return np.where(x > 0, 1, small) / (1 + small)


FORMULAS = {
    "log1p": (lambda x: log(1 + 1e-3 * x), lambda x: np.log1p(1e-3 * x)),
    "expm1": (lambda x: exp(x) - 1, np.expm1),
    "one minus exp": (lambda x: 1 - exp(x), lambda x: -np.expm1(x)),
    "softplus": (lambda x: log(1 + exp(x)), lambda x: np.logaddexp(x, 0)),
    "softplus of minus": (lambda x: log(1 + exp(-x)), lambda x: np.logaddexp(-x, 0)),
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), logistic),
    "sigmoid as ratio": (lambda x: exp(x) / (exp(x) + 1), logistic),
    "one minus sigmoid": (lambda x: 1 - sigmoid(x), lambda x: logistic(-x)),
    "log sigmoid": (lambda x: log(sigmoid(x)), lambda x: -np.logaddexp(-x, 0)),
    "log of its complement": (lambda x: log(1 - sigmoid(x)), lambda x: -np.logaddexp(x, 0)),
    "log of ratio": (log_ratio, lambda x: -np.logaddexp(-x, 0)),
    "log of scaled sigmoid": (
        lambda x: log(0.5 * sigmoid(x)),
        lambda x: np.log(0.5) - np.logaddexp(-x, 0),
    ),
    "gaussian": (lambda x: log(exp(-x * x / 2) / 2.5), lambda x: -x * x / 2 - np.log(2.5)),
    "log exp": (lambda x: log(exp(x)), lambda x: x),
    "two exps": (lambda x: log(exp(x) + exp(2 * x)), lambda x: np.logaddexp(x, 2 * x)),
    "slope of sigmoid": (
        lambda x: exp(x) / (1 + exp(x)) ** 2,
        lambda x: logistic(x) * logistic(-x),
    ),
    "sigmoid times exp": (lambda x: exp(x) * sigmoid(-x), logistic),
    "tanh": (lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)), np.tanh),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_are_exact_at_extremes(name):
    make, exact = FORMULAS[name]
    x = EXTREMES if name != "log1p" else EXTREMES[4:]
    with np.errstate(all="ignore"):
        expected = exact(x)
    got = compute(rewritten(make, ("float64", 1)), x)[0]
    np.testing.assert_allclose(got, expected, rtol=1e-14)
    if name not in ("expm1", "one minus exp"):
        assert np.isfinite(got).all()


@pytest.mark.parametrize("name", FORMULAS)
def test_their_gradients_are_finite(name):
    make, _ = FORMULAS[name]
    module = stabilized(build(lambda x: total(make(x), 0), ("float64", 1)))
    (slope,) = gradient(module.outputs[0], [module.parameters[0].value]).values
    x = EXTREMES[4:6] if name == "log1p" else EXTREMES[1:-1] / 10
    (got,) = compute(simplify(replace(module, outputs=(slope,))), x)
    assert np.isfinite(got).all()


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 2e-6), ("float64", 1e-12)])
def test_the_tail_of_erfc(dtype, rtol):
    x = np.array([-30, -1, 0, 1, 5, 8.9, 9.1, 20, 25.9, 26.1, 100, 1e4], dtype)
    got = compute(rewritten(lambda x: log(erfc(x)), (dtype, 1)), x)[0]
    np.testing.assert_allclose(got, [log_erfc(float(t)) for t in x], rtol=rtol)
    module = stabilized(build(lambda x: total(log(erfc(x)), 0), (dtype, 1)))
    (slope,) = gradient(module.outputs[0], [module.parameters[0].value]).values
    (got,) = compute(replace(module, outputs=(slope,)), x)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got[-1], -2e4, rtol=1e-6)


def log_erfc(x):
    """Compute log(erfc(x)), beyond 20 by a continued fraction."""
    if x < 20:
        return math.log(math.erfc(x))
    tail = x
    for k in range(60, 0, -1):
        tail = x + k / 2 / tail
    return -x * x - math.log(tail * math.sqrt(math.pi))
