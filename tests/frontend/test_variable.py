"""Variables and types: identity, attributes, constructors, conversion, copies."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.variable import ancestors

# --- types and constructors


@pytest.mark.parametrize("letter", ["b", "w", "i", "l", "f", "d", "c", "z", "ub", "uw", "ui", "ul"])
def test_every_letter_and_rank(letter):
    dtypes = {"b": "int8", "w": "int16", "i": "int32", "l": "int64", "f": "float32"}
    dtypes |= {"d": "float64", "c": "complex64", "z": "complex128", "ub": "uint8"}
    dtypes |= {"uw": "uint16", "ui": "uint32", "ul": "uint64"}
    kinds = {"scalar": (), "vector": (False,), "row": (True, False), "col": (False, True)}
    kinds |= {"matrix": (False, False), **{f"tensor{n}": (False,) * n for n in range(3, 8)}}
    for kind, pattern in kinds.items():
        made = getattr(T, letter + kind)("name")
        assert made.dtype == dtypes[letter]
        assert made.broadcastable == pattern
        assert made.name == "name"
        assert getattr(T, kind)(dtype=dtypes[letter]).type == made.type


@pytest.mark.parametrize("plural", ["scalars", "vectors", "rows", "cols", "matrices", "tensor4s"])
def test_plurals(plural):
    a, b = getattr(T, plural)("a", "b")
    assert (a.name, b.name) == ("a", "b")
    three = getattr(T, "f" + plural)(3)
    assert [x.dtype for x in three] == ["float32"] * 3
    assert len({id(x) for x in three}) == 3
    assert [x.name for x in getattr(T, plural)("abc")] == ["a", "b", "c"]
    assert getattr(T, plural)("a").name == "a"
    assert len(getattr(T, plural)(1)) == 1
    assert getattr(T, plural)("a", "b", dtype="int8")[1].dtype == "int8"


def test_float_x_decides():
    with symc.config.change_flags(floatX="float32"):
        assert T.matrix().dtype == "float32"
        assert T.TensorType("floatX", ()).dtype == "float32"
        assert T.zeros(3).dtype == "float32"
        assert T.cast(T.lscalar(), "floatX").dtype == "float32"


def test_types_compare_on_dtype_and_pattern():
    assert T.TensorType("float64", (False, False)) == T.dmatrix
    assert T.TensorType("float64", (0, 1)) == T.dcol
    assert T.dmatrix != T.fmatrix
    assert T.dmatrix != T.drow
    assert len({T.dmatrix, T.TensorType(np.float64, [False, False], name="other")}) == 1
    assert T.dmatrix() != T.dmatrix()


def test_types_show():
    assert repr(T.dmatrix) == "TensorType(float64, matrix)"
    assert repr(T.TensorType("int8", (True, True))) == "TensorType(int8, (True, True))"
    assert repr(T.tensor4("x", dtype="float32").type) == "TensorType(float32, 4D)"
    assert str(T.fvector) == "float32 vector"


def test_types_clone():
    assert T.dmatrix.clone(dtype="int8") == T.bmatrix
    assert T.dmatrix.clone(broadcastable=(True, False)) == T.drow
    assert pickle.loads(pickle.dumps(T.drow)) == T.drow


@pytest.mark.parametrize("dtype", ["float33", "object", "datetime64", "float128"])
def test_unknown_dtypes(dtype):
    with pytest.raises(TypeError):
        T.TensorType(dtype, ())


# --- variables


def test_identity():
    x, y = T.dvectors("x", "x")
    assert x == x
    assert x != y
    assert x in [y, x]
    assert {x: 1, y: 2}[y] == 2


def test_any_attribute_can_be_set():
    x = T.dvector()
    x.tag.test_value = 3
    x.mine = [1]
    x.name = "later"
    assert (x.tag.test_value, x.mine, str(x)) == (3, [1], "later")
    assert not hasattr(T.dvector().tag, "test_value")


def test_owner_and_index_are_set_once():
    y = T.dvector() + 1
    assert y.owner.outputs == (y,)
    assert y.owner.out is y.owner.default_output() is y
    assert y.index == 0
    assert (y.owner.nin, y.owner.nout) == (2, 1)
    with pytest.raises(AttributeError):
        y.owner = None
    with pytest.raises(AttributeError):
        y.index = 3
    assert T.dvector().owner is None


def test_comparisons_have_no_truth():
    x, y = T.dscalars("x", "y")
    for comparison in (x < y, x <= 1, x > y, x >= 0):
        with pytest.raises(TypeError, match="no truth value"):
            bool(comparison)
    with pytest.raises(TypeError, match="and_\\(a < b, b < c\\)"):
        0 < x < 1  # noqa: B015
    assert bool(x)
    assert bool(x + 1)


def test_no_length_and_no_iteration():
    x = T.dvector("x")
    with pytest.raises(TypeError, match="x has no length"):
        len(x)
    with pytest.raises(TypeError, match="x cannot be iterated over"):
        list(x)
    with pytest.raises(TypeError, match="whether x contains"):
        3 in x  # noqa: B015
    assert len(list(T.constant([1, 2, 3]))) == 3
    assert len(list(T.as_tensor_variable([x[0], 2.0]))) == 2


def test_weak_references_and_collection():
    x = T.dvector()
    y = x + 1
    watch = weakref.ref(y)
    function = symc.function([x], y)
    assert function([1.0]) == 2
    del y, function
    gc.collect()
    assert watch() is None


def test_names_are_text():
    with pytest.raises(TypeError, match="a name is text"):
        T.dvector(name=3)


# --- conversion


def test_as_tensor_variable():
    x = T.dvector("x")
    assert T.as_tensor_variable(x) is x
    assert T.as_tensor_variable([1.0, 2.0]).type == T.dvector
    assert T.as_tensor_variable(np.zeros((1, 3))).type == T.drow
    assert T.as_tensor_variable(x, ndim=2).type == T.drow
    assert T.as_tensor_variable(3, name="three").name == "three"
    assert T.as_tensor_variable(T.drow(), ndim=1).type == T.dvector
    assert T.constant(2.0, ndim=2).broadcastable == (True, True)


class Wrapped:
    def __init__(self, variable):
        self.variable = variable

    def _as_TensorVariable(self):
        return self.variable


def test_what_wraps_a_variable():
    x = T.dvector("x")
    assert T.as_tensor_variable(Wrapped(x)) is x
    assert (x + Wrapped(x)).eval({x: [1.0]}) == 2


@pytest.mark.parametrize("value", ["text", None, object(), True, [1, "a"], {}, [[1], [1, 2]]])
def test_what_is_no_tensor(value):
    with pytest.raises(TypeError):
        T.as_tensor_variable(value)


def test_true_is_refused_with_a_hint():
    with pytest.raises(TypeError, match=r"write eq\(x, y\)"):
        T.switch(T.dvector() == 3, 1, 2)


def test_static_values():
    assert T.get_scalar_constant_value(T.constant(3) * 2 + 1) == 7
    assert T.get_scalar_constant_value(T.alloc(5, 1, 1)) == 5
    with pytest.raises(T.NotScalarConstantError, match="depends on inputs"):
        T.get_scalar_constant_value(T.dscalar("x"))
    with pytest.raises(T.NotScalarConstantError, match="has 2 elements"):
        T.get_scalar_constant_value(T.constant([1, 2]))
    assert T.get_vector_length(T.dmatrix().shape) == 2
    with pytest.raises(ValueError, match="is not known"):
        T.get_vector_length(T.lvector())


# --- copies


def graph():
    x, w = T.dvector("x"), symc.shared(np.ones(2), "w")
    shared_part = x * w
    return x, w, (shared_part + 1) * shared_part


def test_clone_of_a_variable():
    x = T.dvector("x")
    x.tag.note = 1
    other = x.clone()
    assert other is not x
    assert (other.type, other.name, other.tag.note) == (x.type, "x", 1)
    other.tag.note = 2
    assert x.tag.note == 1


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_of_graphs(copied):
    x, _, y = graph()
    y.name, y.tag.note = "y", [1]
    new_x, new_y = copied((x, y))
    assert new_y is not y
    assert (new_y.name, new_y.tag.note) == ("y", [1])
    assert new_x in ancestors([new_y])
    assert x not in ancestors([new_y])
    assert len(list(ancestors([new_y]))) == len(list(ancestors([y])))
    assert new_y.eval({new_x: [1.0, 2.0]}).tolist() == [2, 6]
    assert str(new_y.owner.location.location) == str(y.owner.location.location)


def test_deep_graphs_are_copied_without_recursion():
    y = T.dscalar("x")
    for _ in range(5000):
        y = y + 1
    copied = copy.deepcopy(y)
    assert len(list(ancestors([copied]))) == len(list(ancestors([y])))


def test_deep_graphs_are_pickled_without_recursion():
    x = y = T.dscalar("x")
    for _ in range(5000):
        y = y + x
    again, leaf = pickle.loads(pickle.dumps((y, x)))
    nodes = list(ancestors([again]))
    assert len(nodes) == 5001
    assert leaf in nodes


def test_pickles_share_whatever_comes_first():
    x = T.dscalar("x")
    y = x * 2
    for order in ([x, y], [y, x], [y, x, y + x], [x, [y, y]]):
        again = pickle.loads(pickle.dumps(order))
        found = {v.name: v for v in again if isinstance(v, T.TensorVariable) and v.name}
        made = again[1] if isinstance(again[1], list) else again
        for v in made:
            assert set(ancestors([v])) >= {found["x"]}


def test_attributes_that_lead_back():
    n = symc.shared(1, "n")
    n.default_update = n + 1
    n.tag.me = n
    again = pickle.loads(pickle.dumps(n))
    assert again.tag.me is again
    assert again in ancestors([again.default_update])
    symc.function([], again)()
    assert (again.get_value(), n.get_value()) == (2, 1)


def test_shallow_copies():
    x, _, y = graph()
    other = copy.copy(y)
    assert other is not y
    assert other.owner.inputs == y.owner.inputs
    assert copy.copy(x).type == x.type


def test_clone_of_a_graph():
    x, _, y = graph()
    z = T.dvector("z")
    assert symc.clone(y, {x: z * 2}).eval({z: [1.0, 2.0]}).tolist() == [6, 20]
    assert symc.clone([x, y])[1] is y
    again = symc.clone(y, share_inputs=False)
    assert x not in ancestors([again])
    column = T.dcol("c")
    assert symc.clone(T.dmatrix("m") * 2, [], strict=False).ndim == 2
    matrix = T.dmatrix("m")
    assert symc.clone(matrix * 2, {matrix: column}).eval({column: [[1.0]]}) == 2
    wider = symc.clone(matrix * 2, {matrix: T.dtensor3("t")}, strict=False)
    assert wider.ndim == 3


def test_bad_clones():
    x, _, y = graph()
    with pytest.raises(TypeError, match="cannot be replaced by"):
        symc.clone(y, {x: T.dmatrix()})
    with pytest.raises(TypeError, match="is replaced twice"):
        symc.clone(y, [(x, x * 2), (x, x * 3)])
    with pytest.raises(TypeError, match="only a variable"):
        symc.clone(y, {3: x})


# --- NumPy's operators


def test_arrays_leave_their_operators_to_variables():
    x, array = T.dvector("x"), np.array([1.0, 2.0])
    given = {x: [3.0, 4.0]}
    for made, expected in [
        (array + x, [4, 6]),
        (array - x, [-2, -2]),
        (array * x, [3, 8]),
        (array / x, [1 / 3, 0.5]),
        (array**x, [1, 16]),
        (array @ x, 11),
        (np.float64(2) * x, [6, 8]),
        (np.sqrt(x), np.sqrt([3, 4])),
        (np.maximum(array, x), [3, 4]),
    ]:
        assert isinstance(made, T.TensorVariable)
        np.testing.assert_allclose(made.eval(given), expected)
    assert isinstance(array > x, T.TensorVariable)


def test_numpy_functions_without_a_counterpart():
    with pytest.raises(TypeError):
        np.nextafter(T.dvector(), 1)
    with pytest.raises(TypeError):
        np.add.accumulate(T.dvector())
