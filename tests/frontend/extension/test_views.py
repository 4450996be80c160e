"""Print, and operations that return their operand."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.printing import Print

v = T.dvector("v")
V = np.array([1.0, 2.0])


def test_it_prints_each_time_it_is_computed(capsys):
    f = symc.function([v], Print("v is")(v) * 2)
    assert capsys.readouterr().out == ""
    for _ in range(2):
        assert f(V).tolist() == [2.0, 4.0]
        assert capsys.readouterr().out == "v is __str__ = [1. 2.]\n"


def test_attributes_and_methods(capsys):
    symc.function([v], Print("v", attrs=("shape", "sum"))(v))(V)
    assert capsys.readouterr().out == "v shape = (2,)\nv sum = 3.0\n"


def test_a_function_of_the_users():
    seen = []
    y = Print("m", global_fn=lambda op, value: seen.append((op.message, value.tolist())))(v)
    symc.function([v], y)(V)
    assert seen == [("m", [1.0, 2.0])]


def test_it_stays_where_its_result_is_used_alone(capsys):
    y = Print("used")(v)
    symc.function([v], v * 2)(V)
    assert capsys.readouterr().out == ""
    symc.function([v], T.log(T.exp(y)) * 0)(V)
    assert "used" in capsys.readouterr().out


def test_derivatives_pass_through(capsys):
    y = Print("p")(v**2)
    assert symc.grad(y.sum(), v).eval({v: V}).tolist() == [2.0, 4.0]
    assert symc.Rop(y, v, v).eval({v: V}).tolist() == [2.0, 8.0]
    slope = symc.grad((y**2).sum(), v).eval({v: V})
    assert slope.tolist() == [4.0, 32.0]
    assert "p __str__ = [1. 4.]" in capsys.readouterr().out


def test_equality_and_text():
    assert Print("a") == Print("a")
    assert Print("a") != Print("b")
    assert str(Print("a")) == "Print{message='a'}"


def test_views_with_other_derivatives():
    class Reversed(symc.compile.ViewOp):
        __props__ = ("factor",)

        def __init__(self, factor):
            self.factor = factor

        def grad(self, inputs, output_grads):
            return [-self.factor * output_grads[0]]

    y = Reversed(3.0)(v)
    f = symc.function([v], [y, symc.grad((y**2).sum(), v)])
    assert "python" not in str(f.maker.fgraph)
    value, slope = f(V)
    assert value.tolist() == V.tolist()
    assert slope.tolist() == (-6 * V).tolist()
    np.testing.assert_array_equal(symc.compile.view_op(v).eval({v: V}), V)


@pytest.mark.parametrize("x", [3.0, [1.0, 2.0]])
def test_numbers_are_printed_too(x, capsys):
    assert Print("x")(x).eval().tolist() == x
    assert "x __str__" in capsys.readouterr().out
