"""Values and their context: interning, constants, sites, equalities, operators."""

import gc
import weakref

import numpy as np
import pytest

from symc.compiler.errors import InternalError, ShapeMismatch
from symc.compiler.interpret import interpret
from symc.compiler.module import Module, make_parameter, walk, walk_with_sizes
from symc.compiler.op import find
from symc.compiler.types import TensorType
from symc.compiler.value import Context


@pytest.fixture
def x():
    return make_parameter(Context(), 0, "float64", (False,), "x").value


def test_equal_makers_are_one_value(x):
    assert x + 1 is x + 1
    assert x + 1 is not x + 2
    assert find("sum")(x, axes=(0,), dtype="float64", acc_dtype="float64") is find("sum")(
        x, acc_dtype="float64", dtype="float64", axes=(0,)
    )


def test_the_order_of_operands_is_kept(x):
    assert (x + 1).operands[0] is x
    assert (1 + x).operands[1] is x
    assert x + 1 is not 1 + x


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (0.0, -0.0),
        (1.0, 1),
        (1, True),
        (np.float32(1), 1.0),
        ([1.0], 1.0),
        ([0.0, 1.0], [1.0, 0.0]),
    ],
)
def test_constants_differ_by_dtype_shape_and_bytes(left, right):
    context = Context()
    assert context.constant(left) is context.constant(left)
    assert context.constant(left) is not context.constant(right)


def test_constants_are_equal_nan_to_nan():
    context = Context()
    assert context.constant(np.nan) is context.constant(float("nan"))


def test_constants_are_copied_and_locked():
    context, array = Context(), np.zeros(2)
    constant = context.constant(array)
    array[0] = 1
    np.testing.assert_array_equal(constant.data, [0.0, 0.0])
    with pytest.raises(ValueError, match="read-only"):
        constant.data[0] = 1


def test_numbers_take_dtype_and_rank_of_the_others(x):
    two = (x * 2).operands[1]
    assert two.type == TensorType("float64", (1,))
    assert two.is_constant
    flag = x > 0
    assert (find("switch")(flag, x, 0)).operands[2].type.dtype == "float64"


def test_values_are_hashed_and_compared_by_identity(x):
    assert (x == x + 0) is False
    assert len({x, x + 1, x + 1}) == 2


def test_values_go_with_their_context():
    parameter = make_parameter(Context(), 0, "float64", ())
    seen = weakref.ref(parameter.value + 1)
    assert seen() is not None
    del parameter
    gc.collect()
    assert seen() is None


class Counted:
    """An attribute that counts how often it is printed."""

    printed = 0

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        Counted.printed += 1
        return self.text


def test_kernels_of_the_same_operands_are_told_apart_by_their_text(x, monkeypatch):
    monkeypatch.setattr(Counted, "printed", 0)
    op, context = find("kernel"), x.context

    def kernel(text):
        return context.kernel(op, (x,), (("kernel", Counted(text)),), (x.type,))

    first = kernel("0")
    assert Counted.printed == 0
    made = [kernel(str(k)) for k in range(1, 50)]
    assert Counted.printed == 50
    assert len({first, *made}) == 50
    assert kernel("0") is first
    assert kernel("7") is made[6]


def test_sites_nest_and_the_first_maker_keeps_its_own(x):
    context = x.context
    with context.at(4):
        outer = x + 1
        with context.at(7):
            inner = x + 2
            again = x + 1
        after = x + 3
    assert (outer.site, inner.site, again.site, after.site) == (4, 7, 4, 4)
    assert (x + 4).site == -1


def test_equate_prefers_numbers_then_older_sizes():
    context = Context()
    a, b, c = make_parameter(context, 0, "float64", (False,) * 3).value.type.shape
    assert context.equate(b, a, "") is a
    assert context.equate(b, c, "") is a
    assert context.equate(3, c, "") == 3
    assert context.resolve(a) == context.resolve(b) == 3
    with pytest.raises(ShapeMismatch):
        context.equate(b, 4, "no")


def test_restore_takes_the_stated_type(x):
    stated = TensorType("float64", (5,))
    value = x.context.restore(find("exp"), (x,), (), stated)
    assert value.type is stated
    assert find("exp")(x) is value


def test_operators():
    parameter = make_parameter(Context(), 0, "int64", (False,))
    n = parameter.value
    array = np.array([-3, 0, 5])
    expected = {
        n + 2: array + 2,
        9 - n: 9 - array,
        n * n: array * array,
        7 // n: [-3, 0, 1],
        n % 3: array % 3,
        2**n: [0, 1, 32],
        -n: -array,
        abs(n): [3, 0, 5],
        n < 2: array < 2,
        n >= 5: array >= 5,
        ~n: ~array,
        n & 1: array & 1,
        6 ^ n: 6 ^ array,
        1 | n: 1 | array,
    }
    module = Module("f", n.context, (parameter,), tuple(expected))
    found, _ = interpret(module, [array])
    for value, result in zip(expected, found, strict=True):
        np.testing.assert_array_equal(result, expected[value], value.op.name)


def test_a_number_that_the_dtype_does_not_hold_is_an_error():
    n = make_parameter(Context(), 0, "int64", (False,)).value
    with pytest.raises(InternalError, match=r"0.5 is no int64"):
        n + 0.5
    assert (n + 2.0).type.dtype == "int64"


def test_walks_yield_operands_first_and_each_value_once(x):
    n = x.type.shape[0]
    total = find("broadcast")(x.context.constant([1.0]), n * 2) + (x.context.constant(1.0, ndim=1))
    for order in (list(walk([total, x])), list(walk_with_sizes([total, x]))):
        assert len(order) == len(set(order))
        places = {value: k for k, value in enumerate(order)}
        for value in order:
            assert all(places[operand] < places[value] for operand in value.operands)
        assert {total, x} <= set(order)
    sized = list(walk_with_sizes([x]))
    assert sized == [n, x]


def test_a_long_chain_does_not_recurse(x):
    for _ in range(5000):
        x = -x + 1
    assert sum(1 for _ in walk_with_sizes([x])) > 10_000
