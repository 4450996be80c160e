"""Gradients are the differences of what they differentiate, before and after rewriting."""

from time import process_time

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.module import walk
from symc.compiler.op import registry
from symc.compiler.ops.arithmetic import maximum, multiply, sqrt, square
from symc.compiler.ops.exponential import exp, log
from symc.compiler.ops.logic import cast, switch
from symc.compiler.ops.network import block_gradient, softmax
from symc.compiler.ops.rounding import floor
from symc.compiler.ops.shape import dimshuffle, zeros_like
from symc.compiler.ops.trigonometric import cos, sin
from symc.compiler.verify import verify
from symc.passes.canonical import simplify, stabilized
from symc.passes.differentiate import connected, gradient
from symc.passes.lower import lower
from tests.operations import SAMPLES, attributes_of, central, points_of
from tests.passes.graphs import build, compute, total

VECTOR = ("float64", 1)
POINTWISE = [op for op in registry() if op.family == "pointwise" and points_of(op)]
OTHERS = [op for op in registry() if op.vjp is not None]


def scalar(x):
    """Sum a value with different weights, so that no error cancels."""
    weights = np.random.default_rng(5).uniform(-1, 1, 64)
    for _ in range(x.type.ndim):
        x = total(x * x.context.constant(np.array(weights[7]), ndim=x.type.ndim), 0)
        weights = weights[1:]
    return x


def derivative(module, wrt=None):
    """Return the module of the gradients of the one output."""
    wrt = wrt or [p.value for p in module.parameters if p.value.type.dtype == "float64"]
    found = gradient(module.outputs[0], wrt).values
    # A sum of nothing is rewritten to 0, which depends on no operand.
    found = [zeros_like(x) if g is None else g for g, x in zip(found, wrt, strict=True)]
    for g, x in zip(found, wrt, strict=True):
        assert g.type.dtype == x.type.dtype
        assert all(map(sizes.same, g.type.shape, x.type.shape))
    return replace(module, outputs=tuple(found))


def differences(module, arrays):
    """Return the numeric derivatives with respect to each array of floats."""
    results = []
    for k, array in enumerate(arrays):
        if array.dtype.kind != "f":
            continue
        result = np.zeros(array.shape)
        for place in np.ndindex(array.shape):

            def value(t, k=k, place=place):
                moved = [np.array(x) for x in arrays]
                moved[k][place] = t
                return float(compute(module, *moved)[0])

            result[place] = central(value, float(array[place]))
        results.append(result)
    return results


def check(module, arrays, rtol=1e-6):
    expected = differences(module, arrays)
    plain = derivative(module)
    stable = derivative(stabilized(module)) if expected else plain
    for after in (plain, simplify(plain), lower(simplify(plain)), lower(simplify(stable))):
        verify(after)
        for found, wanted in zip(compute(after, *arrays), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-8)


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_pointwise_gradients_are_the_differences(op):
    columns = [np.asarray(column) for column in zip(*points_of(op), strict=True)]
    specs = [(str(c.dtype), 1) for c in columns]
    check(build(lambda *xs: scalar(op(*xs, **attributes_of(op))), *specs), columns)


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_gradients_of_stretched_operands_are_summed(op):
    columns = [np.asarray(column) for column in zip(*points_of(op), strict=True)]
    if len(columns) == 1:
        return
    first, *rest = columns
    rest = [c[:1] for c in rest]
    specs = [(str(first.dtype), 1), *((str(c.dtype), (True,)) for c in rest)]
    check(build(lambda *xs: scalar(op(*xs, **attributes_of(op))), *specs), [first, *rest])


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_other_gradients_are_the_differences(op):
    for sample in SAMPLES[op.name]:
        arrays = sample.arrays("float64")
        specs = [(str(x.dtype), tuple(size == 1 for size in x.shape)) for x in arrays]
        module = build(lambda *xs, s=sample: s.build(xs[0].context, *xs), *specs)
        if not sample.smooth or module.outputs[0].type.dtype != "float64":
            continue
        if not any(x.dtype.kind == "f" for x in arrays):
            continue
        check(replace(module, outputs=(scalar(module.outputs[0]),)), arrays)


def test_every_operation_is_tried():
    tried = {op.name for op in (*POINTWISE, *OTHERS)}
    left = {op.name for op in registry() if op.family not in ("leaf", "foreign", "loop")} - tried
    without = {op.name for op in registry() if op.family == "pointwise" and not points_of(op)}
    assert left == without


# --- zero, disconnected, stopped, known


def values(make, *specs, **options):
    module = build(make, *specs)
    return module, gradient(module.outputs[0], [p.value for p in module.parameters], **options)


def test_zero_differs_from_disconnected():
    module, found = values(lambda x, y: total(floor(x) * 0 + 1, 0), VECTOR, VECTOR)
    zero, none = found.values
    assert none is None
    np.testing.assert_array_equal(
        compute(replace(module, outputs=(zero,)), np.ones(3), np.ones(3))[0], np.zeros(3)
    )


def test_block_gradient_disconnects():
    _, found = values(lambda x: total(block_gradient(x), 0), VECTOR)
    assert found.values == (None,)


def test_integers_get_zeros_of_the_dtype_asked_for():
    module, found = values(
        lambda x, n: total(x * cast(n, dtype="float64"), 0),
        VECTOR,
        ("int64", 1),
        zero_dtype="float32",
    )
    got = compute(replace(module, outputs=found.values), np.ones(2), np.array([2, 3]))
    assert (got[1].dtype, got[1].tolist()) == (np.float32, [0, 0])
    np.testing.assert_array_equal(got[0], [2, 3])


def test_connection_is_asked_of_what_is_written():
    module = build(lambda x, y: total(x - x, 0) + total(block_gradient(y), 0), VECTOR, VECTOR)
    x, y = (p.value for p in module.parameters)
    assert connected(module.outputs[0], [x, y]) == (True, False)
    assert gradient(stabilized(module).outputs[0], [x, y]).values == (None, None)


def test_wrt_may_be_any_value_and_stop_cuts():
    context = {}

    def make(x):
        context["y"] = square(x)
        return total(exp(context["y"]), 0)

    module = build(make, VECTOR)
    x, y = module.parameters[0].value, context["y"]
    (cost,) = module.outputs
    through, inner = gradient(cost, [x, y]).values
    array = np.array([0.5, 1.0])
    got = compute(replace(module, outputs=(through, inner)), array)
    np.testing.assert_allclose(got[0], 2 * array * np.exp(array**2))
    np.testing.assert_allclose(got[1], np.exp(array**2))
    assert gradient(cost, [x], stop={y}).values == (None,)
    assert gradient(cost, [y], stop={y}).values == (inner,)


def test_known_cotangents_replace_the_cost():
    context = {}

    def make(x, g):
        context["y"] = sin(x)
        return total(exp(context["y"]), 0)

    module = build(make, VECTOR, VECTOR)
    x, g = (p.value for p in module.parameters)
    for cost in (None, module.outputs[0]):
        found = gradient(cost, [x], known={context["y"]: g}).values
        got = compute(replace(module, outputs=found), np.array([0.5]), np.array([3.0]))
        np.testing.assert_allclose(got[0], 3 * np.cos(0.5))


def test_cotangents_meet_in_one_sum_and_carry_the_forward_site():
    def make(x):
        with x.context.at(5):
            y = exp(x)
        return total(sin(y) + cos(y) + y * 3, 0)

    module = build(make, VECTOR)
    (found,) = gradient(module.outputs[0], [module.parameters[0].value]).values
    sums = [v for v in walk([found]) if v.op.name == "add"]
    assert [len(v.operands) for v in sums] == [3]
    assert found.site == 5


def test_second_derivatives():
    module = build(lambda x: total(exp(sin(x)) * x, 0), VECTOR)
    x = module.parameters[0].value
    (first,) = gradient(module.outputs[0], [x]).values
    again = replace(module, outputs=(scalar(first),))
    check(again, [np.array([0.3, -0.7])], rtol=1e-5)


def test_float32_and_float64_mix():
    def make(x, y):
        return total(cast(x, dtype="float64") * y, 0)

    module = build(make, ("float32", 1), VECTOR)
    x, y = (p.value for p in module.parameters)
    found = gradient(module.outputs[0], [x, y]).values
    assert [g.type.dtype for g in found] == ["float32", "float64"]


@pytest.mark.parametrize("dtype", ["int64", "complex128"])
def test_the_cost_is_a_float_scalar(dtype):
    module = build(lambda x: x, (dtype, 0))
    with pytest.raises(TypeMismatch, match=r"the cost is .*, not a float scalar"):
        gradient(module.outputs[0], [module.parameters[0].value])
    module = build(lambda x: exp(x), VECTOR)
    with pytest.raises(TypeMismatch, match="not a float scalar"):
        gradient(module.outputs[0], [module.parameters[0].value])


def test_complex_costs_are_refused():
    module = build(lambda x: total(x * x, 0), ("complex128", 1))
    with pytest.raises(TypeMismatch, match="complex128"):
        gradient(module.outputs[0], [module.parameters[0].value])


def test_softmax_and_its_loss_agree():
    def loss(x, y):
        return -total(total(y * log(softmax(x, axis=1)), 1), 0)

    arrays = [np.random.default_rng(0).normal(size=(3, 4)), np.eye(4)[[0, 2, 2]]]
    check(build(loss, ("float64", 2), ("float64", 2)), arrays)


def test_a_branch_not_taken_may_be_infinite():
    def make(x):
        return total(switch(x > 0, log(x) * sqrt(x), 0), 0)

    module = stabilized(build(make, VECTOR))
    after = simplify(derivative(module))
    (slope,) = compute(after, np.array([0.0, -1.0, 1.0]))
    np.testing.assert_allclose(slope, [0, 0, 1])


# --- size


def chain(x):
    for _ in range(3000):
        x = sin(x) * 1.5
    return total(x, 0)


def ladder(x):
    y = x
    for _ in range(3000):
        x, y = maximum(x, y), multiply(x, y)
    return total(x + y, 0)


def many_uses(x):
    parts = [sin(x * float(k + 2)) for k in range(3000)]
    y = parts[0]
    for part in parts[1:]:
        y = y + part
    return total(y, 0)


def matrices(x):
    y = x
    for _ in range(1000):
        y = y + dimshuffle(exp(y), order=(0,))
    return total(y, 0)


@pytest.mark.parametrize("make", [chain, ladder, many_uses, matrices])
def test_large_graphs_take_seconds(make):
    module = build(make, VECTOR)
    start = process_time()
    derivative(module)
    assert process_time() - start < 4
