"""The whole text of errors: the line with its caret, the operation, what was expected and found."""

import re

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.failure import BROADCASTING

x, y = T.dmatrices("x", "y")
v, i = T.dvector("v"), T.lvector("i")
a = T.dscalar("a")
W = symc.shared(np.ones((3, 2)), "W")


@pytest.fixture(params=["INTERPRET", "FAST_RUN", "FAST_COMPILE"])
def mode(request):
    return request.param


def text_of(error, act):
    """Return an error's message without this file's name and line numbers, as lines."""
    with pytest.raises(error) as caught:
        act()
    lines = str(caught.value).splitlines()
    kept = [line for line in lines if not line.startswith("  called from")]
    return [re.sub(r"at .*test_errors\.py:\d+", "at FILE:LINE", line) for line in kept]


# --- when the graph is built


def test_dtypes_that_do_not_fit():
    assert text_of(TypeError, lambda: x & y) == [
        "[E101] bit_and: bit operations need bool or integer operands, not float64",
        "  at FILE:LINE, in <lambda>",
        "    assert text_of(TypeError, lambda: x & y) == [",
        "                                      ^^^^^",
        "  operation: bit_and(x: float64 matrix, y: float64 matrix)",
    ]


def test_sizes_known_to_differ():
    one, two = T.constant(np.ones(2)), T.constant(np.ones(3))
    lines = text_of(ValueError, lambda: symc.function([], one + two))
    assert lines == [
        "[E102] add: sizes of dimension 0 differ: 2 is not 3",
        "  at FILE:LINE, in <lambda>",
        "    lines = text_of(ValueError, lambda: symc.function([], one + two))",
        "                                                          ^^^^^^^^^",
        "  operation: add(constant: float64 vector, constant: float64 vector)",
    ]


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: x.dimshuffle(0), ValueError, "axis 1 of float64 matrix is dropped but not known"),
        (lambda: x.dimshuffle(0, 1, 2), ValueError, "axis 2 is out of range for float64 matrix"),
        (lambda: x.dimshuffle(0, 0), ValueError, "an axis appears twice"),
        (lambda: x.sum(axis=2), ValueError, "sum: axis 2 is out of range for 2 dimensions"),
        (lambda: x.sum(axis=0.5), TypeError, "axis is a number or several"),
        (lambda: x.sum(acc_dtype="float32"), TypeError, "would lose precision"),
        (lambda: x.reshape((-1, -1)), ValueError, "only one size can be -1"),
        (lambda: x.reshape((2.5, 2)), TypeError, "a size is an integer scalar"),
        (lambda: x.reshape(i), ValueError, "say it with ndim="),
        (lambda: x.reshape((2, 3), ndim=3), ValueError, "2 sizes for ndim=3"),
        (lambda: x.flatten(3), ValueError, "3 dimensions cannot be left"),
        (lambda: x.transpose(0, 0), ValueError, "is no order of the axes"),
        (lambda: T.join(0, x, v), TypeError, "not of ranks 2, 1"),
        (lambda: T.join(2, x, y), ValueError, "join: axis 2 is out of range"),
        (lambda: T.join(0), ValueError, "no tensor is given"),
        (lambda: T.join(T.lscalar(), x, y), NotImplementedError, "axis that is not known"),
        (lambda: T.concatenate(x), TypeError, "takes a list or tuple"),
        (lambda: T.stack([]), ValueError, "no tensor is given"),
        (lambda: T.alloc(x, 3), TypeError, "has more than 1 dimensions"),
        (lambda: T.cast(T.cvector(), "float32"), TypeError, "would lose a part"),
        (lambda: T.cast(x, "float33"), TypeError, "float33"),
        (lambda: T.round(x, "up"), ValueError, "half_to_even or half_away_from_zero"),
        (lambda: T.nnet.softmax(i), ValueError, "takes a tensor of floats"),
        (lambda: T.nnet.categorical_crossentropy(x, v), TypeError, "vector of integers"),
        (lambda: T.max(T.cvector()), TypeError, "complex numbers have no order"),
        (lambda: T.tensordot(x, y, 3), ValueError, "cannot sum 3 axes"),
        (lambda: T.tensordot(x, y, [[0], [0, 1]]), ValueError, "1 axes of a go with 2 of b"),
        (lambda: x @ a, TypeError, "a scalar operand"),
        (lambda: T.batched_dot(a, x), TypeError, "a first dimension to run over"),
        (lambda: T.addbroadcast(x, 2), ValueError, "axis 2 is out of range"),
        (lambda: T.arange(v), TypeError, "bounds are real scalars"),
        (lambda: T.take(v, i, mode="round"), ValueError, "mode='round' is none of raise"),
        (lambda: T.diagonal(v), TypeError, "takes a matrix"),
    ],
)
def test_what_is_refused_when_the_graph_is_built(act, error, text):
    with pytest.raises(error, match=re.escape(text)):
        act()


# --- when the function runs


def test_sizes_that_differ(mode):
    f = symc.function([x, y], x * 2 + y, mode=mode)
    assert text_of(ValueError, lambda: f(np.ones((2, 3)), np.ones((2, 4)))) == [
        "[E102] add: sizes of dimension 1 differ: 3 is not 4",
        "  at FILE:LINE, in test_sizes_that_differ",
        "    f = symc.function([x, y], x * 2 + y, mode=mode)",
        "                              ^^^^^^^^^",
        "  operation: add(multiply(x, 2): float64 matrix, y: float64 matrix)",
        "  got: multiply(x, 2) (2, 3), y (2, 4)",
        "  inputs: x (2, 3), y (2, 4)",
    ]


def test_the_check_that_fails_is_named(mode):
    f = symc.function([x, y], x + y, mode=mode)
    for shape, axis in (((5, 3), 0), ((2, 5), 1)):
        lines = text_of(ValueError, lambda shape=shape: f(np.ones((2, 3)), np.ones(shape)))
        assert lines[0].startswith(f"[E102] add: sizes of dimension {axis} differ: ")


def test_a_size_of_one_does_not_broadcast_unseen(mode):
    f = symc.function([x, y], x + y, mode=mode)
    lines = text_of(ValueError, lambda: f(np.ones((2, 3)), np.ones((1, 3))))
    assert lines[0] == "[E102] add: sizes of dimension 0 differ: 2 is not 1"
    assert lines[-1] == f"  help: {BROADCASTING}"


def test_products_that_do_not_fit(mode):
    f = symc.function([x], T.dot(x, W), mode=mode)
    assert text_of(ValueError, lambda: f(np.ones((2, 4)))) == [
        "[E102] dot: inner sizes differ: 4 is not 3",
        "  at FILE:LINE, in test_products_that_do_not_fit",
        "    f = symc.function([x], T.dot(x, W), mode=mode)",
        "                           ^^^^^^^^^^^",
        "  operation: dot(x: float64 matrix, W: float64 matrix)",
        "  got: x (2, 4), W (3, 2)",
    ]


def test_an_index_out_of_bounds(mode):
    n = T.lscalar("n")
    f = symc.function([v, n], v[n] * 2, mode=mode)
    assert text_of(IndexError, lambda: f(np.ones(3), -4)) == [
        "[E130] index -4 is out of bounds for a dimension of size 3",
        "  at FILE:LINE, in test_an_index_out_of_bounds",
        "    f = symc.function([v, n], v[n] * 2, mode=mode)",
        "                              ^^^^",
        "  operation: subtensor(v: float64 vector, n: int64 scalar)",
        "  expected: -3 to 2",
        "  got: v (3,)",
    ]


def test_an_index_array_out_of_bounds(mode):
    f = symc.function([x, i], x[:, i], mode=mode)
    lines = text_of(IndexError, lambda: f(np.ones((3, 2)), [0, 1, 2]))
    assert lines[0] == "[E130] index 2 is out of bounds for a dimension of size 2"
    assert lines[2:4] == [
        "    f = symc.function([x, i], x[:, i], mode=mode)",
        "                              ^^^^^^^",
    ]


def test_a_class_out_of_bounds(mode):
    loss = T.nnet.categorical_crossentropy(T.nnet.softmax(x), i).mean()
    f = symc.function([x, i], loss, mode=mode)
    lines = text_of(IndexError, lambda: f(np.ones((2, 3)), [0, 3]))
    assert lines[0] == "[E130] index 3 is out of bounds for a dimension of size 3"
    assert "T.nnet.categorical_crossentropy" in lines[2]


def test_nothing_to_choose_from(mode):
    f = symc.function([x], x.max(axis=0), mode=mode)
    assert f(np.ones((2, 0))).shape == (0,)
    lines = text_of(ValueError, lambda: f(np.ones((0, 2))))
    assert lines[0] == "[E102] max: there is no element to choose from"
    assert lines[-1] == "  got: x (0, 2)"


def test_a_reshape_that_does_not_fit(mode):
    f = symc.function([x], x.reshape((3, -1)), mode=mode)
    lines = text_of(ValueError, lambda: f(np.ones((2, 4))))
    assert lines[0] == "[E102] reshape: the number of elements differs: 8 is not 6"


def test_a_broken_promise_of_size_one(mode):
    f = symc.function([x], T.addbroadcast(x, 0) + 1, mode=mode)
    lines = text_of(ValueError, lambda: f(np.ones((2, 4))))
    assert "dimension 0 is not of size 1: 2 is not 1" in lines[0]
    assert "T.addbroadcast(x, 0)" in lines[2]


def test_a_line_of_the_forward_graph_for_a_gradient(mode):
    cost = (T.dot(x, y) ** 2).sum()
    f = symc.function([x, y], symc.grad(cost, x), mode=mode)
    lines = text_of(ValueError, lambda: f(np.ones((2, 3)), np.ones((2, 3))))
    assert "cost = (T.dot(x, y) ** 2).sum()" in lines[2]


def test_all_frames_on_request():
    def inner():
        return x + y

    def middle():
        return inner()

    f = symc.function([x, y], middle(), mode="INTERPRET")
    shapes = np.ones((1, 2)), np.ones((1, 3))
    with pytest.raises(ValueError, match="called from") as caught:
        f(*shapes)
    assert str(caught.value).count("called from") == 2
    with symc.config.change_flags(exception_verbosity="high"):
        with pytest.raises(ValueError, match="in middle") as caught:
            f(*shapes)
        assert str(caught.value).count("called from") == 7


def test_every_error_has_a_code_of_its_own():
    from symc import exceptions, gradient
    from symc.compiler import errors

    kinds = {
        kind
        for module in (errors, exceptions, gradient, symc.config.__class__)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, errors.Error)
    }
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes))
