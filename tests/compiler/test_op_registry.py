"""Every operation of the registry: types against references, derivatives against differences."""

import inspect
import itertools
import math

import numpy as np
import pytest
from calling import call
from operations import SAMPLES, attributes_of, central, points_of

import symc.compiler.ops  # noqa: F401  # fills the registry
from symc.compiler.bfloat import convert, refer
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import operand_count
from symc.compiler.op import Undefined, find, registry
from symc.compiler.types import DTYPES, FLOATS, array_dtype
from symc.compiler.value import Context, Value

POINTWISE = [op for op in registry() if op.family == "pointwise"]
OTHERS = [op for op in registry() if op.family in ("general", "multilinear")]
SHAPES = [((), ()), ((3,), (3,)), ((0,), (1,)), ((2, 1), (1, 3)), ((2, 0), (1, 1))]

EPSILONS = {d: float(np.finfo(d).eps) for d in FLOATS if d != "bfloat16"} | {"bfloat16": 2.0**-7}

pointwise = pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
others = pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)


def raw(op, arrays, attributes):
    with np.errstate(all="ignore"):
        return np.asarray(refer(op, arrays, attributes))


@pytest.mark.parametrize("op", list(registry()), ids=lambda op: op.name)
def test_is_described(op):
    assert op.doc[0].isupper()
    assert op.doc.endswith(".")
    assert op.family in ("leaf", "foreign", "loop") or (op.partials is None) != (op.vjp is None)


@pointwise
def test_pointwise_signatures_agree(op):
    wanted = operand_count(op.body)
    assert operand_count(op.partials) == wanted
    assert operand_count(lambda b, *xs: None) is None
    if wanted is not None:
        with pytest.raises(TypeMismatch, match="takes"):
            call(lambda _, x: op(*[x] * (wanted + 1), **attributes_of(op)), np.zeros(1))


def taken_dtypes(op):
    """Return every combination of dtypes that an operation takes as they are."""
    count = operand_count(op.body) or 2
    found = []
    for dtypes in itertools.product(DTYPES, repeat=count):
        try:
            takes, result = op.promote(dtypes, attributes_of(op))
        except TypeMismatch:
            continue
        if takes == dtypes:
            found.append((dtypes, result))
    return found


@pointwise
def test_pointwise_type_is_the_references(op):
    rng = np.random.default_rng(3)
    cases = taken_dtypes(op)
    assert cases
    for (dtypes, result), (left, right) in itertools.product(cases, SHAPES):
        shapes = [left, right, left][: len(dtypes)]
        arrays = [
            np.asarray(rng.integers(-3, 4, shape)).astype(array_dtype(dtype))
            for dtype, shape in zip(dtypes, shapes, strict=True)
        ]
        expected = raw(op, arrays, attributes_of(op))
        got = call(lambda _, *xs: op(*xs, **attributes_of(op)), *arrays)
        if "bfloat16" in dtypes:  # the reference computes in float32
            expected = convert(expected, result)
        assert (str(expected.dtype), str(got.dtype)) == (result, result), dtypes
        assert expected.shape == got.shape == np.broadcast_shapes(*shapes), dtypes


@pointwise
def test_pointwise_promotion_settles(op):
    """What promotion demands, it takes as it is."""
    count = operand_count(op.body) or 2
    for dtypes in itertools.product(DTYPES, repeat=count):
        try:
            takes, result = op.promote(dtypes, attributes_of(op))
        except TypeMismatch:
            continue
        assert op.promote(takes, attributes_of(op)) == (takes, result)


def defined_partials(op, point):
    """Return the operands to which an operation has a derivative."""
    context = Context()
    xs = [context.constant(x) for x in point]
    partials = op.partials(op(*xs, **attributes_of(op)), *xs, **attributes_of(op))
    return [k for k, partial in enumerate(partials) if not isinstance(partial, Undefined)]


@pointwise
def test_partials_are_the_differences(op):
    for point in points_of(op):
        arrays = [np.asarray(x) for x in point]
        for k in defined_partials(op, point):

            def partial(context, *xs, k=k):
                y = op(*xs, **attributes_of(op))
                found = op.partials(y, *xs, **attributes_of(op))[k]
                return found if isinstance(found, Value) else context.constant(float(found))

            def value(t, k=k, point=point):
                moved = [np.asarray(t if j == k else x) for j, x in enumerate(point)]
                return float(raw(op, moved, attributes_of(op)))

            found = float(call(partial, *arrays))
            assert math.isclose(
                found, central(value, float(point[k])), rel_tol=1e-8, abs_tol=1e-8
            ), (point, k)


@pytest.mark.parametrize("op", [op for op in POINTWISE if op.commutative], ids=lambda op: op.name)
def test_commutative_operands_change_places(op):
    rng = np.random.default_rng(4)
    for dtypes, _ in taken_dtypes(op):
        x, y = (rng.integers(-3, 4, 9).astype(array_dtype(dtype)) for dtype in dtypes)
        np.testing.assert_array_equal(raw(op, (x, y), {}), raw(op, (y, x), {}))


def test_every_other_operation_has_samples():
    assert {op.name for op in OTHERS} == set(SAMPLES)


@others
def test_other_types_are_the_references(op):
    for sample in SAMPLES[op.name]:
        for dtype in sample.dtypes:
            arrays = sample.arrays(dtype)
            got = call(sample.build, *arrays)  # the interpreter holds it against the type
            assert got.dtype == sample.result(dtype), dtype


@others
def test_vjp_is_the_differences(op):
    """Move each element of each float operand, and compare with the cotangents."""
    for sample in SAMPLES[op.name]:
        arrays = sample.arrays("float64")
        y = call(sample.build, *arrays)
        if not sample.smooth or y.dtype.kind != "f":
            continue
        g = np.random.default_rng(5).uniform(-1, 1, y.shape)
        for k, x in enumerate(arrays):
            if x.dtype.kind != "f":
                continue
            found = call(lambda c, g, *xs, k=k, s=sample: cotangent(s, g, xs, k), g, *arrays)
            np.testing.assert_allclose(
                found, differences(sample, arrays, k, g), rtol=1e-7, atol=1e-9
            )


def cotangent(sample, g, xs, k):
    y = sample.build(g.context, *xs)
    return dict(zip(y.operands, y.op.vjp(g, y, *y.operands, **dict(y.attributes)), strict=True))[
        xs[k]
    ]


def differences(sample, arrays, k, g):
    result = np.zeros(arrays[k].shape)
    for place in np.ndindex(arrays[k].shape):

        def value(t, place=place):
            moved = [np.array(x) for x in arrays]
            moved[k][place] = t
            return float(np.sum(g * call(sample.build, *moved)))

        result[place] = central(value, float(arrays[k][place]))
    return result


@pytest.mark.parametrize("op", [op for op in OTHERS if op.lower], ids=lambda op: op.name)
def test_lowering_keeps_the_meaning(op):
    for sample in SAMPLES[op.name]:

        def lowered(context, *xs, sample=sample):
            y = sample.build(context, *xs)
            return op.lower(*y.operands, **dict(y.attributes))

        for dtype in sample.dtypes:
            arrays = sample.arrays(dtype)
            tolerance = 2 * EPSILONS.get(dtype, 0)
            np.testing.assert_allclose(
                call(lowered, *arrays),
                call(sample.build, *arrays),
                rtol=sample.error * tolerance,
                atol=sample.error / 4 * tolerance,
            )


def test_parameters_of_references_match_those_of_inference():
    for op in OTHERS:
        wanted = inspect.signature(op.infer).parameters
        taken = inspect.signature(op.reference).parameters
        for name, parameter in wanted.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                assert name in taken, (op.name, name)


def test_the_unknown_is_not_found():
    with pytest.raises(KeyError):
        find("frobnicate")
