"""Types of the user's own: objects that go into functions, between operations and out of them."""

import pickle
import threading

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.extension.type import Type, generic

v = T.dvector("v")
V = np.array([1.0, 2.0, 4.0])
MODES = ["INTERPRET", "FAST_RUN"]


class Table(Type):
    """A dict."""

    __props__ = ()

    def filter(self, value, strict=False, allow_downcast=None):
        if not isinstance(value, dict):
            raise TypeError("a dict is needed")
        return value


table = Table()


class Describe(symc.Op):
    """Make a table of a vector."""

    __props__ = ()

    def make_node(self, x):
        return symc.Apply(self, [x], [table()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = {"sum": float(inputs[0].sum()), "count": len(inputs[0])}


class Look(symc.Op):
    """Look a number up."""

    __props__ = ("key",)

    def __init__(self, key):
        self.key = key

    def make_node(self, t):
        return symc.Apply(self, [t], [T.dscalar()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][self.key]

    def infer_shape(self, node, shapes):
        assert shapes == [None]
        return [()]

    def grad(self, inputs, output_grads):
        return [symc.gradient.disconnected_type()]

    def connection_pattern(self, node):
        return [[False]]


@pytest.mark.parametrize("mode", MODES)
def test_between_operations(mode):
    t = Describe()(v)
    mean = Look("sum")(t) / Look("count")(t)
    f = symc.function([v], [v - mean, mean], mode=mode)
    assert f(V)[1] == V.mean()
    assert f(V * 2)[0].tolist() == (V * 2 - 2 * V.mean()).tolist()


@pytest.mark.parametrize("mode", MODES)
def test_in_and_out(mode):
    t = table("t")
    f = symc.function([t, v], [Look("a")(t) * v, Describe()(v), t], mode=mode)
    given = {"a": 3.0}
    scaled, made, same = f(given, V)
    assert scaled.tolist() == (3 * V).tolist()
    assert made == {"sum": 7.0, "count": 3}
    assert same is given


def test_one_output_alone_and_by_name():
    t = table("t")
    assert symc.function([v], Describe()(v))(V)["count"] == 3
    named = symc.function([t, v], {"t": t, "sum": v.sum()})(v=V, t={"a": 1.0})
    assert named["t"] == {"a": 1.0}
    assert named["sum"] == 7.0
    assert symc.function([symc.In(t, value={"a": 2.0})], Look("a")(t))() == 2.0
    assert symc.function([t], Look("a")(t)).fn({"a": 5.0}, n_calls=3) == 5.0


def test_values_that_do_not_fit():
    t = table("t")
    f = symc.function([t], Look("a")(t))
    with pytest.raises(TypeError, match="a value does not fit t: a dict is needed"):
        f([1.0])
    with pytest.raises(TypeError, match="takes 1 argument"):
        f({"a": 1.0}, 2)


def test_results_that_do_not_fit():
    class Wrong(Describe):
        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = "text"

    with pytest.raises(TypeError, match="Wrong: perform left another value"):
        symc.function([v], Wrong()(v))(V)


def test_generic_takes_any_object():
    class Called(symc.Op):
        itypes, otypes = [generic, T.dvector], [T.dvector]

        def perform(self, node, inputs, output_storage):
            function, x = inputs
            output_storage[0][0] = function(x)

    g = symc.generic("g")
    f = symc.function([g, v], Called()(g, v))
    assert (f(np.sqrt, V) == np.sqrt(V)).all()
    assert (f(lambda x: x + 1, V) == V + 1).all()
    assert symc.Generic() == generic
    assert generic.filter(None) is None


def test_calls_of_functions_in_operations():
    inner = symc.function([v], Look("sum")(Describe()(v)))

    class Inner(symc.Op):
        itypes, otypes = [T.dvector], [T.dscalar]

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inner(inputs[0] * 10)

    t = table("t")
    f = symc.function([t, v], Inner()(v) + Look("a")(t))
    assert f({"a": 1.0}, V) == 71.0


def test_calls_of_several_threads():
    t = table("t")
    f = symc.function([t], Look("a")(t))
    found = {}

    def call(k):
        found[k] = [float(f({"a": float(k)})) for _ in range(20)]

    threads = [threading.Thread(target=call, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [float(k)] * 20 for k in range(4)}


def test_gradients_beside_objects():
    cost = (v * Look("sum")(Describe()(v))).sum()
    np.testing.assert_array_equal(symc.grad(cost, v).eval({v: V}), [7.0] * 3)


def test_an_object_has_no_operators():
    t = table("t")
    with pytest.raises(TypeError):
        T.exp(t)
    with pytest.raises(TypeError):
        symc.function([], Look("a")(t))
    assert str(t) == "t"
    assert str(t.type) == "Table"


def test_functions_of_objects_travel():
    f = pickle.loads(pickle.dumps(symc.function([v], [Describe()(v), Look("sum")(Describe()(v))])))
    assert f(V) == [{"sum": 7.0, "count": 3}, 7.0]


def test_the_protocol_of_types():
    assert table == Table()
    assert table != generic
    assert table.is_valid_value({})
    assert not table.is_valid_value(3)
    t = table.make_variable("t")
    assert table.filter_variable(t) is t
    assert table.convert_variable(v) is None
    assert table.values_eq({"a": 1}, {"a": 1})
    assert not table.may_share_memory({}, {})
    with pytest.raises(TypeError):
        table.filter_variable(v)
    with pytest.raises(symc.NotSupported, match="in its method filter"):
        Type().filter(3)


def test_tensor_types_are_types():
    assert isinstance(v.type, symc.Type)
    assert v.type.filter([1, 2]).dtype == "float64"
    assert v.type.is_valid_value(V)
    assert not v.type.is_valid_value([1.0])
    assert v.type.values_eq(np.array([np.nan]), np.array([np.nan]))
    assert v.type.values_eq_approx(V, V + 1e-9)
    assert not v.type.values_eq_approx(V, V[:2])
    assert T.drow().type.filter_variable(T.dmatrix()).broadcastable == (True, False)
    with pytest.raises(TypeError):
        v.type.filter_variable(T.fvector())
