"""What Theano and NumPy agree on, and a list of expressions once showed to be otherwise here."""

import numpy as np
import pytest

import symc
import symc.tensor as T

X = np.arange(6.0).reshape(2, 3)
x, v, q = T.dmatrix("x"), T.dvector("v"), T.bvector("q")


def value(made, **given):
    return made.eval({{"x": x, "v": v, "q": q}[name]: array for name, array in given.items()})


@pytest.mark.parametrize("bounds", [(0.5, 2), (0, 3, 1.5), (0.3, 5.2), (0, 0.7, 1.2), (7, 2, -1.5)])
def test_counting_in_fractions(bounds):
    assert value(T.arange(*bounds)).tolist() == pytest.approx(np.arange(*bounds).tolist())


@pytest.mark.parametrize("axis", [np.int64(1), np.int8(-1), np.array(0), np.array([0, 1]), [0, 1]])
@pytest.mark.parametrize("name", ["sum", "max", "min", "argmax", "ptp", "any"])
def test_axes_of_numpy(name, axis):
    wanted = tuple(axis) if np.ndim(axis) else int(axis)
    made, same = getattr(T, name)(x, axis=axis), getattr(T, name)(x, axis=wanted)
    np.testing.assert_array_equal(value(made, x=X), value(same, x=X))


@pytest.mark.parametrize(
    "act",
    [
        lambda: T.join(-3, x, x),
        lambda: T.stack([x, x], axis=4),
        lambda: T.shape_padaxis(x, 3),
        lambda: T.roll(x, 1, axis=5),
        lambda: x.diagonal(0, 0, 2),
        lambda: T.repeat(x, 2, 4),
        lambda: T.sum(x, axis=5),
        lambda: T.squeeze(x, 5),
        lambda: T.tensordot(x, x, [[5], [0]]),
        lambda: T.addbroadcast(x, 2),
        lambda: x.dimshuffle(0, 2),
    ],
)
@pytest.mark.parametrize("kind", [ValueError, IndexError])
def test_an_axis_that_is_not_there_is_both_kinds_of_error(act, kind):
    with pytest.raises(kind, match="out of range"):
        act()


@pytest.mark.parametrize("axis", ["a", None, 1.0, (0,)])
def test_an_axis_that_is_no_whole_number(axis):
    with pytest.raises(TypeError, match="an axis is a whole number"):
        T.join(axis, x, x)


@pytest.mark.parametrize("axis", ["a", 1.0, (0.5,)])
def test_axes_that_are_no_whole_numbers(axis):
    with pytest.raises(TypeError, match="sum: an axis is a whole number"):
        T.sum(x, axis=axis)


@pytest.mark.parametrize(
    ("act", "kind", "text"),
    [
        (lambda: T.scalar().flatten(2), ValueError, "2 dimensions cannot be left"),
        (lambda: x.dimshuffle(0, 1, "y"), ValueError, "takes numbers of axes and 'x'"),
        (lambda: x.dimshuffle(0.0, 1), ValueError, "takes numbers of axes and 'x'"),
        (lambda: T.squeeze(T.scalar(), 0), ValueError, "squeeze: axis 0 is out of range"),
        (lambda: T.patternbroadcast(x, (True,)), ValueError, "1 flags for float64 matrix"),
        (lambda: T.split(v, 3, 1), TypeError, "takes a vector of sizes"),
        (lambda: T.split(v, [], 0), TypeError, "takes a vector of sizes"),
        (lambda: T.eye(2.5), TypeError, "eye: a size is an integer scalar"),
        (lambda: T.tri(T.scalar()), TypeError, "tri: a size is an integer scalar"),
        (lambda: T.var(x, 0, True), ValueError, "keepdims comes after it, by name"),
        (lambda: v.norm("fro"), ValueError, "L is a number, 'inf' or '-inf'"),
    ],
)
def test_what_is_refused(act, kind, text):
    with pytest.raises(kind, match=text):
        act()


def test_equality_with_an_array_is_identity():
    assert (x == np.ones(3)) is False
    assert (x != np.ones(3)) is True
    assert [x].index(x) == 0
    assert x in [v, x]
    assert isinstance(np.equal(x, np.ones(3)), T.TensorVariable)


def test_mgrid_has_one_dtype():
    grid = T.mgrid[0:1:0.5, 0:2]
    assert [g.dtype for g in grid] == ["float64", "float64"]
    assert [g.dtype for g in T.ogrid[0:1:0.5, 0:2]] == ["float32", "int64"]
    np.testing.assert_array_equal([g.eval() for g in grid], np.mgrid[0:1:0.5, 0:2])


def test_an_empty_list_names_no_position():
    assert value(x[[]], x=X).shape == (0, 3)
    assert value(x[:, []], x=X).shape == (2, 0)
    np.testing.assert_array_equal(value(T.set_subtensor(x[[]], 7), x=X), X)


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
def test_what_is_replaced_as_a_whole_has_a_derivative_of_zero(mode):
    made = T.set_subtensor(x[:], v)
    slope = T.grad(made.sum(), x)
    y, g = symc.function([x, v], [made, slope], mode=mode)(X, [1.0, 2.0, 3.0])
    assert y.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert g.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_a_mask_chooses():
    made = T.choose(x > 2, [x, v])
    wanted = np.choose(X > 2, [X, np.array([7.0, 8, 9])])
    np.testing.assert_array_equal(value(made, x=X, v=[7.0, 8, 9]), wanted)


def test_bools_are_counted():
    made = T.cumsum(v > 0)
    assert made.dtype == "int64"
    assert value(made, v=[1.0, -1, 2, 3]).tolist() == [1, 1, 2, 3]
    assert value(T.cumprod(v > 0), v=[1.0, 2, -2, 3]).tolist() == [1, 1, 0, 0]


def test_norms_of_integers_are_floats():
    assert q.norm(1).dtype == "float64"
    assert value(q.norm(1), q=np.array([3, -4], "int8")) == 7


def test_softmax_of_a_vector_as_a_graph():
    made = T.nnet.softmax_graph(v)
    assert made.type == v.type
    np.testing.assert_allclose(value(made, v=[0.0, 0.0]), [0.5, 0.5])
    assert T.nnet.softmax_graph(x).type == x.type
