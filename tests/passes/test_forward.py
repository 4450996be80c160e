"""Tangents are the differences of what they differentiate, and agree with gradients."""

from time import process_time

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.module import walk
from symc.compiler.op import Op, registry
from symc.compiler.ops.arithmetic import maximum, multiply
from symc.compiler.ops.comparison import greater
from symc.compiler.ops.exponential import exp
from symc.compiler.ops.logic import cast, switch
from symc.compiler.ops.network import block_gradient, softmax
from symc.compiler.ops.product import dot
from symc.compiler.ops.reduction import argmax
from symc.compiler.ops.shape import concatenate
from symc.compiler.ops.trigonometric import sin
from symc.compiler.verify import verify
from symc.passes.canonical import simplify, stabilized
from symc.passes.differentiate import gradient
from symc.passes.forward import pushforward
from symc.passes.lower import lower
from tests.operations import SAMPLES, attributes_of, points_of
from tests.passes.graphs import build, compute, total

VECTOR = ("float64", 1)
POINTWISE = [op for op in registry() if op.family == "pointwise" and points_of(op)]
OTHERS = [op for op in registry() if op.vjp is not None]


def is_float(x):
    return x.dtype == "float64"


def tangents_for(arrays, seed=3):
    """Return an array of directions for each array of floats."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, x.shape) for x in arrays if is_float(x)]


def directional(module, arrays, tangents):
    """Return the change of the output along the tangents, by differences of fourth order."""

    def value(t):
        moving = iter((*tangents, *tangents))  # those of the tangents are not read
        moved = [x + t * next(moving) if is_float(x) else x for x in arrays]
        return compute(module, *moved)[0].astype("float64")

    h = 1e-3
    near, far = value(h) - value(-h), value(2 * h) - value(-2 * h)
    return (8 * near - far) / (12 * h)


def with_tangents(make, arrays):
    """Return the module of make, which takes a tangent for each float after the operands."""
    floats = [x for x in arrays if is_float(x)]
    specs = [(str(x.dtype), tuple(n == 1 for n in x.shape)) for x in (*arrays, *floats)]
    return build(lambda *xs: make(*xs[: len(arrays)]), *specs)


def pushed(module, outputs=None):
    """Return the module of the tangents of its outputs."""
    values = [p.value for p in module.parameters]
    count = len(values)
    floats = [x for x in values if x.type.dtype == "float64"]
    half = len(floats) // 2
    assert count >= 2 * half
    known = dict(zip(floats[:half], floats[half:], strict=True))
    found = pushforward(outputs or module.outputs, known)
    for y, t in zip(outputs or module.outputs, found, strict=True):
        assert t.type.dtype == y.type.dtype
        assert all(map(sizes.same, t.type.shape, y.type.shape))
        assert not any(v.op.name == "cotangent" for v in walk([t]))
    return replace(module, outputs=found, checks=tuple(module.context.checks))


def pulled(module, arrays, u):
    """Return the numbers that a cotangent pulls back to each float operand."""
    floats = [p.value for p in module.parameters if p.value.type.dtype == "float64"]
    wrt = floats[: len(floats) // 2]
    (y,) = module.outputs
    seed = y.context.constant(u, "float64")
    found = gradient(None, wrt, {y: seed}).values
    some = [g for g in found if g is not None]
    numbers = iter(compute(replace(module, outputs=tuple(some)), *arrays))
    return [0 if g is None else next(numbers) for g in found]


def check(make, arrays, rtol=1e-7):
    module = with_tangents(make, arrays)
    tangents = tangents_for(arrays)
    given = [*arrays, *tangents]
    expected = directional(module, arrays_only(module, arrays), tangents)
    plain, stable = pushed(module), pushed(stabilized(module))
    for after in (plain, simplify(plain), lower(simplify(plain)), lower(simplify(stable))):
        verify(after)
        (found,) = compute(after, *given)
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-8)
    if found.dtype != "float64":
        return
    # <J v, u> = <v, J^T u>
    u = np.random.default_rng(9).uniform(-1, 1, found.shape)
    back = pulled(module, given, u)
    along = sum(np.sum(g * t) for g, t in zip(back, tangents, strict=True))
    np.testing.assert_allclose(np.sum(found * u), along, rtol=1e-9, atol=1e-12)


def arrays_only(module, arrays):
    """Return operands, then zeros for the tangents, which the plain output does not read."""
    return [*arrays, *(np.zeros_like(x) for x in arrays if is_float(x))]


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_pointwise_tangents_are_the_differences(op):
    columns = [np.asarray(column) for column in zip(*points_of(op), strict=True)]
    check(lambda *xs: op(*xs, **attributes_of(op)), columns)


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_tangents_of_stretched_operands_are_stretched(op):
    first, *rest = (np.asarray(column) for column in zip(*points_of(op), strict=True))
    if rest:
        check(lambda *xs: op(*xs, **attributes_of(op)), [first, *(c[:1] for c in rest)])


def smooth_samples(op):
    for sample in SAMPLES[op.name]:
        arrays = sample.arrays("float64")
        module = with_tangents(lambda *xs, s=sample: s.build(xs[0].context, *xs), arrays)
        if (
            sample.smooth
            and module.outputs[0].type.dtype == "float64"
            and any(map(is_float, arrays))
        ):
            yield sample, arrays


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_other_tangents_are_the_differences(op):
    for sample, arrays in smooth_samples(op):
        check(lambda *xs, s=sample: s.build(xs[0].context, *xs), arrays)


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_some_operands_may_stand_still(op):
    for sample, arrays in smooth_samples(op):
        if sum(map(is_float, arrays)) < 2:
            continue
        module = with_tangents(lambda *xs, s=sample: s.build(xs[0].context, *xs), arrays)
        first = module.parameters[0].value
        tangent = module.parameters[len(arrays)].value
        (found,) = pushforward(module.outputs, {first: tangent})
        still = [np.zeros_like(x) for x in arrays if is_float(x)]
        still[0] = tangents_for(arrays)[0]
        expected = directional(module, arrays_only(module, arrays), still)
        got = compute(replace(module, outputs=(found,)), *arrays, *still)[0]
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-8)


def test_an_operation_may_state_its_own_tangent():
    module = with_tangents(lambda x, y: concatenate(x, y, axis=0), [np.ones(2), np.ones(3)])
    x, _, t, _ = (p.value for p in module.parameters)
    (found,) = pushforward(module.outputs, {x: t})
    assert found.op.name == "concatenate"
    (own,) = (op for op in registry() if op.name == "concatenate")
    derived = Op(own.name, own.family, own.infer, own.reference, vjp=own.vjp)
    assert own.jvp is not None
    assert derived.jvp is None


# --- zero, disconnected, stopped


def test_zero_differs_from_disconnected():
    module = build(lambda x, y: (greater(x, y), argmax(x, axes=(0,)), exp(y)), VECTOR, VECTOR)
    x = module.parameters[0].value
    still, place, none = pushforward(module.outputs, {x: exp(x)})
    assert (still.type.dtype, place.type.dtype, none) == ("bool", "int64", None)
    got = compute(replace(module, outputs=(still, place)), np.ones(3), np.zeros(3))
    assert not got[0].any()
    assert got[1] == 0


def test_block_gradient_disconnects():
    module = build(lambda x: block_gradient(x), VECTOR)
    assert pushforward(module.outputs, {module.parameters[0].value: module.outputs[0]}) == (None,)


def test_integers_do_not_move():
    module = build(lambda n, x: cast(n, dtype="float64") * x, ("int64", 1), VECTOR)
    n, x = (p.value for p in module.parameters)
    (found,) = pushforward(module.outputs, {n: n, x: x})
    got = compute(replace(module, outputs=(found,)), np.array([2, 3]), np.array([5.0, 7.0]))
    np.testing.assert_array_equal(got[0], [10, 21])


def test_where_tangents_start_may_be_any_value():
    kept = {}

    def make(x, t):
        kept["y"] = sin(x)
        return exp(kept["y"]), kept["y"]

    module = build(make, VECTOR, VECTOR)
    t = module.parameters[1].value
    found = pushforward(module.outputs, {kept["y"]: t})
    got = compute(replace(module, outputs=found), np.array([0.5]), np.array([3.0]))
    np.testing.assert_allclose(got[0], 3 * np.exp(np.sin(0.5)))
    np.testing.assert_allclose(got[1], 3)


def test_a_branch_not_taken_may_be_infinite():
    def make(x):
        return switch(greater(x, 0), x**0.5, 0)

    module = pushed(with_tangents(make, [np.zeros(2)]))
    (found,) = compute(simplify(module), np.array([0.0, 4.0]), np.ones(2))
    np.testing.assert_allclose(found, [0, 0.25])


def test_float32_and_float64_mix():
    def make(x, y):
        return cast(x, dtype="float64") * y

    module = build(make, ("float32", 1), VECTOR)
    x, y = (p.value for p in module.parameters)
    (found,) = pushforward(module.outputs, {x: x, y: y})
    assert found.type.dtype == "float64"


# --- second derivatives


def quartic(x, w):
    return total(softmax(dot(x, w), axis=1) * sin(dot(x, w)) ** 2, 0, 1)


def test_forward_over_reverse_is_reverse_over_forward():
    arrays = [np.random.default_rng(1).normal(size=s) for s in ((2, 3), (3, 2))]
    module = with_tangents(quartic, arrays)
    x, w, t, s = (p.value for p in module.parameters)
    (cost,) = module.outputs
    slopes = [g for g in gradient(cost, [x, w]).values if g is not None]
    over = pushforward(slopes, {x: t, w: s})
    (along,) = pushforward([cost], {x: t, w: s})
    under = gradient(along, [x, w]).values
    given = [*arrays, *tangents_for(arrays)]
    for first, second in zip(over, under, strict=True):
        got = compute(replace(module, outputs=(first, second)), *given)
        np.testing.assert_allclose(got[0], got[1], rtol=1e-9)


def test_hessian_times_vector_is_the_difference_of_slopes():
    arrays = [np.random.default_rng(1).normal(size=s) for s in ((2, 3), (3, 2))]

    def make(x, w):
        (slope,) = gradient(quartic(x, w), [x]).values
        return slope

    check(make, arrays, rtol=1e-6)


def test_twice_forward():
    def make(x):
        (found,) = pushforward([exp(sin(x))], {x: x})
        return found

    check(make, [np.array([0.3, -0.7])])


# --- what is refused


def test_the_tangent_has_the_rank_of_what_moves():
    module = build(lambda x, y: exp(x), VECTOR, ("float64", 2))
    x, y = (p.value for p in module.parameters)
    with pytest.raises(TypeMismatch, match=r"derivative given is .* not that of"):
        pushforward(module.outputs, {x: y})


@pytest.mark.parametrize(
    "step", [lambda x, y: (sin(x) * 1.5, y), lambda x, y: (maximum(x, y), multiply(x, y))]
)
def test_large_graphs_take_seconds(step):
    def make(x):
        y = x
        for _ in range(3000):
            x, y = step(x, y)
        return x + y

    module = with_tangents(make, [np.ones(3)])
    start = process_time()
    pushed(module)
    assert process_time() - start < 4
