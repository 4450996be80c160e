"""Many cotangents at once give what each of them gives alone."""

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import NotSupported
from symc.compiler.interpret import interpret
from symc.compiler.module import walk
from symc.compiler.op import registry
from symc.compiler.ops.exponential import exp
from symc.compiler.ops.index import gather
from symc.compiler.ops.logic import cast
from symc.compiler.ops.network import block_gradient, softmax
from symc.compiler.ops.product import dot
from symc.compiler.ops.shape import concatenate, reshape
from symc.compiler.ops.trigonometric import sin
from symc.compiler.verify import verify
from symc.passes.batch import RULES, batched, batched_over, jacobian
from symc.passes.canonical import simplify, stabilized
from symc.passes.differentiate import gradient
from symc.passes.forward import cotangent_of, pushforward
from symc.passes.lower import lower
from tests.operations import SAMPLES, attributes_of, points_of
from tests.passes.graphs import build, compute, total

POINTWISE = [op for op in registry() if op.family == "pointwise" and points_of(op)]
RAW = {"lu", "solve_lu", "householder", "orthogonal", "spectrum", "singular"}
"""What matrices are factored into: only what is read from it has a gradient."""
LOOPED = {"expm"}
"""Operations whose pullback is linear, and computed by what is not: they are done row by row."""
BASES = {"qr_left", "qr_right"}
"""Operations some of whose forms have no gradient: their samples say that they are not smooth."""
OTHERS = [op for op in registry() if op.vjp is not None and op.name not in RAW | LOOPED]


def flat(x):
    count = x.context.size_value(sizes.product(x.type.shape))
    return reshape(x, count)


def module_of(make, arrays):
    specs = [(str(x.dtype), tuple(n == 1 for n in x.shape)) for x in arrays]
    return build(lambda *xs: flat(make(*xs)), *specs)


def floats_of(module):
    return [p.value for p in module.parameters if p.value.type.dtype == "float64"]


def one_by_one(module, arrays, length):
    """Return the rows that one sweep for each element gives."""
    (y,) = module.outputs
    rows = []
    for e in np.eye(length):
        found = gradient(None, floats_of(module), {y: y.context.constant(e)}).values
        known = tuple(g for g in found if g is not None)
        shown = replace(module, outputs=known, checks=tuple(module.context.checks))
        rows.append(compute(shown, *arrays))
    return [np.stack(columns) for columns in zip(*rows, strict=True)]


def check(make, arrays, change=lambda module: module):
    module = change(module_of(make, arrays))
    found = jacobian(module.outputs[0], floats_of(module))
    rows = tuple(r for r in found if r is not None)
    assert not any(v.op.name == "cotangent" for v in walk(rows))
    length = len(compute(module, *arrays)[0])
    wanted = one_by_one(change(module_of(make, arrays)), arrays, length)
    plain = replace(module, outputs=rows, checks=tuple(module.context.checks))
    for after in (plain, lower(simplify(plain))):
        verify(after)
        got = compute(after, *arrays)
        assert all(g.shape[0] == length for g in got)
        for g, w in zip(got, wanted, strict=length > 0):
            np.testing.assert_allclose(g, w, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_pointwise_operations(op):
    columns = [np.asarray(column) for column in zip(*points_of(op), strict=True)]
    first, *rest = columns

    def make(*xs):
        y = op(*xs, **attributes_of(op))
        return cast(y, dtype="float64") if y.type.dtype == "bool" else y

    check(make, columns)
    if rest:
        check(make, [first, *(c[:1] for c in rest)])


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_other_operations(op):
    for sample in SAMPLES[op.name]:
        arrays = sample.arrays("float64")

        def make(*xs, s=sample):
            return s.build(xs[0].context, *xs)

        module = module_of(make, arrays)
        steady = sample.smooth or op.name not in BASES
        if steady and module.outputs[0].type.dtype == "float64" and floats_of(module):
            check(make, arrays)


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_slopes_of_other_operations(op):
    """Every operation that a pullback is made of has a rule."""
    for sample in SAMPLES[op.name]:
        arrays = [x + 0.1 if x.dtype == "float64" else x for x in sample.arrays("float64")]

        def make(*xs, s=sample):
            y = s.build(xs[0].context, *xs)
            cost = total(sin(y) * y, *range(y.type.ndim))
            (slope,) = gradient(cost, [xs[0]]).values
            return xs[0] * 0 if slope is None else slope

        y = module_of(lambda *xs, s=sample: s.build(xs[0].context, *xs), arrays).outputs[0]
        if sample.smooth and y.type.dtype == "float64" and arrays[0].dtype == "float64":
            check(make, arrays)


@pytest.mark.parametrize("name", sorted(LOOPED))
def test_what_is_done_row_by_row_says_so(name):
    (x, *_) = SAMPLES[name][0].arrays("float64")
    module = module_of(lambda a: SAMPLES[name][0].build(a.context, a), [x])
    with pytest.raises(NotSupported, match=f"{name} has no derivative for many cotangents"):
        jacobian(module.outputs[0], floats_of(module))


def test_tangents_can_be_pulled_back():
    def make(x, w):
        (along,) = pushforward([softmax(dot(x, w), axis=1)], {w: w})
        return along

    rng = np.random.default_rng(0)
    check(make, [rng.normal(size=(2, 3)), rng.normal(size=(3, 4))], stabilized)


def test_a_matrix_on_either_side():
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s) for s in ((2, 3), (3, 4), (4,))]
    check(lambda x, w, v: dot(dot(sin(x), exp(w)), v), arrays)
    check(lambda x, w, v: dot(exp(x), dot(sin(w), v)), arrays)


def test_zero_and_disconnected():
    module = build(lambda x, y, z: x + block_gradient(y) + 0 * z, *[("float64", 1)] * 3)
    rows = jacobian(module.outputs[0], floats_of(module))
    assert rows[1] is None
    shown = replace(module, outputs=(rows[0], rows[2]), checks=tuple(module.context.checks))
    x, z = compute(shown, *[np.ones(2)] * 3)
    np.testing.assert_array_equal(x, np.eye(2))
    np.testing.assert_array_equal(z, np.zeros((2, 2)))


# --- beyond derivatives: rules for what is not linear


def test_any_expression_of_a_leaf_can_be_computed_for_many():
    rng = np.random.default_rng(0)
    rows, matrix = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))

    module = build(lambda r, m, x: x, ("float64", 2), ("float64", 2), ("float64", 1))
    r, m, x = (p.value for p in module.parameters)
    leaf = cotangent_of(x)
    outputs = batched([concatenate(dot(m, softmax(leaf, axis=0)), x, axis=0), x], leaf, r)
    shown = replace(module, outputs=outputs, checks=tuple(module.context.checks))
    got, still = compute(shown, rows, matrix, np.ones(3))
    soft = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(got, np.hstack([soft @ matrix.T, np.ones((4, 3))]))
    np.testing.assert_array_equal(still, np.ones((4, 3)))


# --- what is refused


def test_indices_that_change():
    module = build(lambda x, rows: x, ("float64", 1), ("float64", 2))
    x, rows = (p.value for p in module.parameters)
    leaf = cotangent_of(x)
    moved = gather(x, cast(leaf * leaf, dtype="int64"))
    with pytest.raises(NotSupported, match="gather at indices that change"):
        batched([moved], leaf, rows)


@pytest.mark.parametrize(
    ("left", "right"), [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4))]
)
def test_products_of_two_that_change(left, right):
    kinds = [("float64", len(shape) + k) for shape in (left, right) for k in (0, 1)]
    module = build(lambda x, xs, y, ys: x, *kinds)
    x, xs, y, ys = (p.value for p in module.parameters)
    (many,) = batched_over([dot(x, y)], {x: xs, y: ys}, xs.type.shape[0])
    rng = np.random.default_rng(5)
    rows = [rng.normal(size=(5, *shape)) for shape in (left, right)]
    made = replace(module, outputs=(many,), checks=tuple(module.context.checks))
    (got,), _ = interpret(made, [rows[0][0], rows[0], rows[1][0], rows[1]])
    np.testing.assert_allclose(got, [a @ b for a, b in zip(*rows, strict=True)])


def test_an_operation_without_a_rule(monkeypatch):
    monkeypatch.delitem(RULES, "gather")
    module = build(lambda x: gather(x, x.context.constant([0, 1])), ("float64", 1))
    x = module.parameters[0].value
    with pytest.raises(NotSupported, match="jacobian: gather has no derivative for many"):
        batched(module.outputs, x, reshape(x, x.context.size_value(1), x.context.size_value(2)))
