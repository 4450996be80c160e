"""Python calls: what they take and give, and how they are told apart."""

import numpy as np
import pytest

from symc.compiler.errors import NotSupported, ShapeMismatch, TypeMismatch
from symc.compiler.interpret import fold, interpret
from symc.compiler.module import Module, make_parameter, walk
from symc.compiler.ops.foreign import Callee, call_python
from symc.compiler.parse import parse
from symc.compiler.text import callees, canonical
from symc.compiler.value import Context
from symc.compiler.verify import verify
from symc.passes.differentiate import gradient
from tests.calling import call

VECTOR = ("float64", (False,))
X = np.array([1.0, -2.0, 3.0])


def positive(arrays):
    (x,) = arrays
    return [x[x > 0], x.sum()]


def apply(run, types, shapes, key=None):
    return lambda context, *xs: call_python(xs, Callee("f", run, key), types, shapes)[0]


def test_sizes_may_be_known_only_after_the_call():
    np.testing.assert_array_equal(
        call(apply(positive, [VECTOR, ("float64", ())], [None, ()]), X), [1, 3]
    )


def test_sizes_known_before_are_kept():
    def double(context, x):
        return call_python([x], Callee("double", lambda a: [2 * a[0]]), [VECTOR], [x.type.shape])[0]

    np.testing.assert_array_equal(call(double, X), 2 * X)
    with pytest.raises(ShapeMismatch, match="f: dimension 0 of result 0 is 1, not 2 as stated"):
        call(apply(lambda a: [a[0][:1]], [VECTOR], [(2,)]), X)


def test_a_pattern_states_sizes_of_one():
    row = apply(lambda a: [a[0][None]], [("float64", (True, False))], [None])
    assert call(row, X).shape == (1, 3)
    with pytest.raises(ShapeMismatch, match="f: dimension 0 of result 0 is 3, not 1 as stated"):
        call(apply(lambda a: [a[0][:, None]], [("float64", (True, False))], [None]), X)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([X, X], "f: returned 2 results, not 1"),
        ([X[0]], "f: result 0 is float64 of rank 0, not float64 of rank 1"),
        ([X.astype("float32")], "f: result 0 is float32 of rank 1, not float64 of rank 1"),
    ],
)
def test_results_are_of_the_stated_types(made, message):
    with pytest.raises(TypeMismatch, match=message):
        call(apply(lambda a: made, [VECTOR], [None]), X)


def test_a_callee_cannot_write_its_operands_nor_see_them_change():
    kept = []

    def keep(arrays):
        kept.append(arrays[0])
        arrays[0][0] = 5

    with pytest.raises(ValueError, match="read-only"):
        call(apply(keep, [VECTOR], [None]), X)
    assert not np.shares_memory(kept[0], X)


def test_results_are_shared_with_nobody():
    mine = np.zeros(2)
    result = call(apply(lambda a: [mine], [VECTOR], [None]), X)
    assert not np.shares_memory(result, mine)


def test_what_a_callee_raises_comes_out():
    def fail(arrays):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        call(apply(fail, [VECTOR], [None]), X)


def made(context, key):
    return call_python([], Callee("f", lambda a: [X], key), [VECTOR], [(3,)], context)[0]


def test_equal_calls_are_one():
    context = Context()
    assert made(context, "key") is made(context, "key")
    assert made(context, "key") is not made(context, "other")


def test_a_call_is_not_made_while_compiling():
    context = Context()
    value = apply(positive, [VECTOR], [(2,)])(context, context.constant(X))
    assert all(fold(v) is None for v in walk([value]) if v.op.family == "foreign")


def test_the_text_names_callees_by_place():
    context = Context()
    x = make_parameter(context, 0, "float64", (False,))
    first = apply(positive, [VECTOR, ("float64", ())], [None, ()], "first")(context, x.value)
    other = made(context, "other")
    module = Module("f", context, (x,), (other, first), checks=tuple(context.checks))
    verify(module)
    text = canonical(module)
    assert "callee=@c0" in text
    assert "python @c1 {\n  'f'\n}" in text
    assert [c.key for c in callees(module)] == ["other", "first"]
    assert canonical(parse(text)) == text
    again, _ = interpret(parse(text, callees=callees(module)), [X])
    np.testing.assert_array_equal(again[1], [1, 3])


def test_nothing_is_known_of_the_derivative():
    context = Context()
    x = make_parameter(context, 0, "float64", ()).value
    cost = call_python([x], Callee("f", lambda a: a), [("float64", ())], [()])[0]
    with pytest.raises(NotSupported, match="has no gradient"):
        gradient(cost, [x])
