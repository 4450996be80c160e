"""Forms of functions: outputs, names, defaults, intermediate inputs, eval."""

import numpy as np
import pytest
from near import assert_near

import symc as theano
import symc.tensor as T


def test_adding_two_scalars(mode):
    x, y = T.dscalar("x"), T.dscalar("y")
    z = x + y
    f = theano.function([x, y], z)
    assert_near(f(2, 3), 5.0, "float64")
    assert_near(f(16.3, 12.1), 28.4, "float64")
    assert_near(z.eval({x: 16.3, y: 12.1}), 28.4, "float64")
    assert_near(z.eval({x: 1, y: 2}), 3.0, "float64")
    assert theano.pp(z) == "(x + y)"


def test_adding_two_matrices(mode):
    x, y = T.dmatrices("x", "y")
    f = theano.function([x, y], x + y)
    assert_near(f([[1, 2], [3, 4]], [[10, 20], [30, 40]]), [[11, 22], [33, 44]], "float64")
    assert_near(f(np.array([[1, 2]]), np.array([[10, 20]])), [[11, 22]], "float64")


def test_several_outputs(floatX, random):
    a, b = T.matrices("a", "b")
    diff = a - b
    f = theano.function([a, b], [diff, abs(diff), diff**2])
    A, B = random(2, 3), random(2, 3)
    D = A.astype("float64") - B
    results = f(A, B)
    assert isinstance(results, list)
    for got, wanted in zip(results, (D, abs(D), D**2), strict=True):
        assert_near(got, wanted, floatX)


def test_logistic_function_two_ways(floatX):
    x = T.matrix("x")
    f = theano.function([x], [1 / (1 + T.exp(-x)), (1 + T.tanh(x / 2)) / 2])
    X = np.array([[0, 1], [-1, -2]], floatX)
    for got in f(X):
        assert_near(got, 1 / (1 + np.exp(-X.astype("float64"))), floatX)


def test_defaults_and_names(mode):
    x, y, w = T.dscalars("x", "y", "w")
    f = theano.function(
        [x, theano.In(y, value=1), theano.In(w, value=2, name="w_by_name")], (x + y) * w
    )
    assert_near(f(33), 68.0, "float64")
    assert_near(f(33, 2), 70.0, "float64")
    assert_near(f(33, 0, 1), 33.0, "float64")
    assert_near(f(33, w_by_name=1), 34.0, "float64")
    assert_near(f(33, w_by_name=1, y=0), 33.0, "float64")
    assert_near(f(x=1), 4.0, "float64")


def test_default_of_a_matrix(floatX, random):
    x, w = T.matrix("x"), T.matrix("w")
    W, X = random(3, 2), random(4, 3)
    f = theano.function([x, theano.In(w, value=W)], T.dot(x, w))
    assert_near(f(X), X.astype("float64") @ W, floatX)
    assert_near(f(X, w=2 * W), X.astype("float64") @ W * 2, floatX)
    assert_near(f(X), X.astype("float64") @ W, floatX)


def test_dict_of_outputs(mode):
    x = T.dvector("x")
    f = theano.function([x], {"sum": x.sum(), "max": x.max(), "scaled": x * 2})
    got = f([1, 2, 4])
    assert set(got) == {"sum", "max", "scaled"}
    assert_near(got["sum"], 7.0, "float64")
    assert_near(got["max"], 4.0, "float64")
    assert_near(got["scaled"], [2, 4, 8], "float64")


@pytest.mark.parametrize("form", ["none", "empty", "one", "list", "tuple"])
def test_forms_of_outputs(mode, form):
    x = T.dscalar("x")
    outputs = {"none": None, "empty": [], "one": x + 1, "list": [x + 1], "tuple": (x + 1, x)}
    f = theano.function([x], outputs[form], on_unused_input="ignore")
    got = f(1)
    if form in ("none", "empty"):
        assert not got
        assert got == []
    elif form == "one":
        assert_near(got, 2.0, "float64")
    else:
        assert isinstance(got, list)
        assert_near(got[0], 2.0, "float64")


def test_intermediate_input(floatX, random):
    x = T.vector("x")
    h = T.exp(x)
    y = h * 2 + x
    f = theano.function([x, h], y)
    g = theano.function([h], h * 2)
    X = random(3)
    assert_near(f(X, np.ones(3, floatX)), 2 + X.astype("float64"), floatX)
    assert_near(g(X), 2 * X.astype("float64"), floatX)


def test_givens_of_an_intermediate_variable(floatX, random):
    x, y = T.vectors("xy")
    h = T.tanh(x)
    out = h**2
    f = theano.function([y], out, givens={h: T.sin(y)})
    X = random(4)
    assert_near(f(X), np.sin(X.astype("float64")) ** 2, floatX)


def test_an_output_that_is_an_input_or_a_constant(floatX, random):
    x = T.matrix("x")
    f = theano.function([x], [x, x.T, T.constant(3), x.shape, x])
    X = random(2, 3)
    got = f(X)
    assert_near(got[0], X, floatX)
    assert_near(got[1], X.T, floatX)
    assert_near(got[2], 3, "int8")
    assert_near(got[3], (2, 3), "int64")
    got[0][:] = 0
    assert X.any()
    assert got[4].any()


def test_non_contiguous_and_foreign_arguments(floatX, random):
    x, y = T.matrices("xy")
    f = theano.function([x, y], T.dot(x, y) + x.sum())
    X, Y = random(6, 8), random(4, 6)
    a, b = X[::2, ::-2], Y.T[1:5]
    wanted = a.astype("float64") @ b + a.astype("float64").sum()
    assert_near(f(a, b), wanted, floatX)
    assert_near(f(np.asfortranarray(a), np.asfortranarray(b)), wanted, floatX)
    swapped = a.astype(a.dtype.newbyteorder())
    assert_near(f(swapped, b), wanted, floatX)
    a = a.copy()
    a.flags.writeable = False
    assert_near(f(a, b), wanted, floatX)


def test_no_elements(floatX):
    x = T.matrix("x")
    f = theano.function(
        [x], [T.exp(x) * 2, x.sum(), x.sum(axis=0), T.dot(x, x.T), x.prod(), x.mean(axis=1)]
    )
    for shape in ((0, 3), (3, 0), (0, 0)):
        X = np.zeros(shape, floatX)
        with np.errstate(invalid="ignore"):
            got = f(X)
        assert_near(got[0], X, floatX)
        assert_near(got[1], 0, floatX)
        assert_near(got[2], X.sum(0), floatX)
        assert_near(got[3], X @ X.T, floatX)
        assert_near(got[4], 1, floatX)
        assert got[5].shape == shape[:1]
        assert np.isnan(got[5]).all()


def test_downcast(mode):
    with theano.config.change_flags(floatX="float32"):
        x = T.vector("x")
        f = theano.function([x], x * 2, allow_input_downcast=True)
        g = theano.function([x], x * 2)
    assert_near(f([0.1, 0.2]), np.array([0.1, 0.2], "float32") * 2, "float32")
    assert_near(f(np.array([0.1, 0.2])), np.array([0.1, 0.2], "float32") * 2, "float32")
    assert_near(g([1, 2]), [2, 4], "float32")
    with pytest.raises(TypeError, match="lose precision"):
        g(np.array([0.1, 0.2]))
    x = T.bscalar("x")
    f = theano.function([x], x + x, allow_input_downcast=True)
    assert_near(f(3.7), 6, "int8")
    assert_near(f(np.int64(259)), 6, "int8")


def test_same_function_of_new_shapes(floatX, random):
    x, y = T.matrix("x"), T.vector("y")
    f = theano.function([x, y], T.tanh(x) * y)
    for n in (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 33):
        for m in (0, 1, 5, 16, 31):
            X, Y = random(n, m), random(m)
            assert_near(f(X, Y), np.tanh(X.astype("float64")) * Y, floatX)
