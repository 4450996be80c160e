"""Whole programs in bfloat16: arguments, results, states, derivatives, pickles, libraries."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from brain import nearest
from native import same_bits

import symc
import symc.tensor as T
from symc.compiler.types import array_dtype
from symc.nanguardmode import InvalidValue

BRAIN = array_dtype("bfloat16")
MODES = ["FAST_RUN", symc.Mode(printer="llvm"), "FAST_COMPILE", "INTERPRET"]
each_mode = pytest.mark.parametrize("mode", MODES, ids=str)


def numbers(*shape, seed=0):
    return nearest(np.random.default_rng(seed).standard_normal(shape))


def matrix(name="x"):
    return T.matrix(name, dtype="bfloat16")


@each_mode
def test_each_operation_is_rounded_once(mode):
    x, y = matrix(), matrix("y")
    a, b = numbers(7, 33), numbers(7, 33, seed=1)
    f = symc.function([x, y], [x + y, x * y, x / y, x - 3, -x, T.sqrt(abs(x))], mode=mode)
    c, d = a.astype("float64"), b.astype("float64")
    exact = (c + d, c * d, c / d, c - 3, -c, np.sqrt(abs(c)))
    for got, wanted in zip(f(a, b), exact, strict=True):
        assert same_bits(got, nearest(wanted.astype("float32")))


@each_mode
def test_sums_are_kept_in_float32(mode):
    x = matrix()
    a = np.ones((3, 5000), BRAIN)
    total, wide, mean = symc.function(
        [x], [x.sum(axis=1), x.sum(axis=1, dtype="float32"), x.mean(axis=1)], mode=mode
    )(a)
    assert total.tolist() == [4992] * 3  # the nearest: the last digit stands for 32
    assert wide.tolist() == [5000] * 3
    assert mean.tolist() == [1] * 3


@each_mode
def test_orders_and_places(mode):
    x = matrix()
    a = numbers(5, 40)
    sorted_, order, largest, place = symc.function(
        [x], [T.sort(x), T.argsort(x), x.max(axis=1), T.argmax(x, axis=1)], mode=mode
    )(a)
    wide = a.astype("float32")
    assert same_bits(sorted_, np.sort(wide).astype(BRAIN))
    assert np.array_equal(order, np.argsort(wide, kind="stable"))
    assert same_bits(largest, wide.max(axis=1).astype(BRAIN))
    assert np.array_equal(place, wide.argmax(axis=1))


@each_mode
def test_states_are_updated_in_bfloat16(mode):
    x, w = matrix(), symc.shared(numbers(4, 4, seed=2), name="w")
    assert w.type.dtype == "bfloat16"
    before = w.get_value().astype("float64")
    a = numbers(4, 4)
    symc.function([x], updates=[(w, w - x)], mode=mode)(a)
    assert same_bits(w.get_value(), nearest(before - a.astype("float64")))


@each_mode
def test_derivatives_have_the_dtype(mode):
    x = matrix()
    slope = symc.grad(T.sum(T.tanh(x)), x)
    a = numbers(3, 20)
    got = symc.function([x], slope, mode=mode)(a)
    assert got.dtype == BRAIN
    wanted = 1 - np.tanh(a.astype("float64")) ** 2
    assert np.abs(got.astype("float64") - wanted).max() < 0.02


def test_numbers_of_the_program():
    x = matrix()
    dtypes = [y.dtype for y in (x + 1, x * 200, x * 0.5, x + 1000, x + T.matrix(dtype="float16"))]
    assert dtypes == ["bfloat16", "float32", "float32", "float32", "float32"]
    assert (x + T.lmatrix()).dtype == "float64"
    assert (x / x).dtype == (x**2).dtype == T.exp(x).dtype == "bfloat16"


def test_what_a_call_takes():
    v = T.vector("v", dtype="bfloat16")
    f = symc.function([v], v + 1)
    assert f([1, 2.5]).tolist() == [2, 3.5]
    assert f(np.ones(2, "int8")).tolist() == [2, 2]
    for wrong in (np.ones(2), np.ones(2, "float16"), np.ones(2, "int16"), [0.1]):
        with pytest.raises(symc.BadArgument):
            f(wrong)
    down = symc.function([v], v, allow_input_downcast=True)
    x = np.array([0.1, 1 + 2.0**-8 + 2.0**-40])
    assert same_bits(down(x), nearest(x))
    wide = T.fvector()
    assert symc.function([wide], wide + 1)(np.ones(2, BRAIN)).tolist() == [2, 2]


def test_floatx_can_be_bfloat16():
    with symc.config.change_flags(floatX="bfloat16"):
        x = T.matrix()
        y = x * 0.1
        assert (x.dtype, y.dtype) == ("bfloat16", "bfloat16")
        a = numbers(3, 3)
        wanted = nearest(a.astype("float64") * float(nearest(0.1)))
        assert same_bits(symc.function([x], y)(a), wanted)


@each_mode
def test_loops_and_views(mode):
    x = matrix()
    a = numbers(9, 6)
    rows, _ = symc.scan(lambda r, s: s + r, sequences=[x], outputs_info=[T.zeros_like(x[0])])
    got = symc.function([x], rows, mode=mode)(a[::-1])
    state = np.zeros(6, BRAIN)
    for k, row in enumerate(a[::-1]):
        state = nearest(state.astype("float64") + row.astype("float64"))
        assert same_bits(got[k], state)


def test_python_operations_take_and_give_it():
    class Twice(symc.Op):
        def make_node(self, x):
            return symc.Apply(self, [x], [x.type()])

        def perform(self, node, inputs, outputs):
            assert inputs[0].dtype == BRAIN
            outputs[0][0] = inputs[0] + inputs[0]

    x = matrix()
    a = numbers(3, 4)
    got = symc.function([x], Twice()(x) + 1)(a)
    assert same_bits(got, nearest(2 * a.astype("float64") + 1))


def test_debug_and_guard_modes():
    x = matrix()
    a = numbers(6, 5)
    y = T.nnet.softmax(x) + T.dot(x, x.T).sum() * x
    wanted = symc.function([x], y, mode="INTERPRET")(a).astype("float32")
    got = symc.function([x], y, mode="DebugMode")(a).astype("float32")
    np.testing.assert_allclose(got, wanted, rtol=0.02, atol=0.02)
    with pytest.raises(InvalidValue, match="log makes NaN"):
        symc.function([x], T.log(x), mode="NanGuardMode")(a)


def test_values_are_compared():
    x = nearest([1.0, np.nan, 2.0])
    kind = T.TensorType("bfloat16", (False,))
    assert kind.values_eq(x, x.copy())
    assert not kind.values_eq(x, nearest([1.0, np.nan, 2.02]))
    assert kind.values_eq_approx(x, nearest([1.0, np.nan, 2.02]))
    assert not kind.values_eq_approx(x, nearest([1.0, 0.0, 2.0]))


def test_samples():
    streams = T.shared_randomstreams.RandomStreams(3)
    f = symc.function([], [streams.uniform((9999,), dtype="bfloat16"), streams.normal((9,))])
    sample = f()[0].astype("float64")
    assert f()[0].dtype == BRAIN
    assert 0 <= sample.min() < 0.01 < 0.99 < sample.max() < 1
    assert abs(sample.mean() - 0.5) < 0.02


OTHER = """
import pickle, sys
import symc
f, a, wanted = pickle.load(open(sys.argv[1], "rb"))
assert f(a).tobytes() == wanted.tobytes(), f(a)
"""


def test_pickles_are_read_by_another_process(tmp_path):
    x = matrix()
    large = T.constant(numbers(50, 1, seed=1), dtype=BRAIN)
    f = symc.function([x], x * symc.shared(numbers(50, 3)) + large + T.constant(0.1, dtype=BRAIN))
    a = numbers(50, 3, seed=5)
    path = tmp_path / "f.pickle"
    path.write_bytes(pickle.dumps((f, a, f(a))))
    subprocess.run([sys.executable, "-c", OTHER, path], check=True)
