"""Graphs as text: one line, a tree, and what a function was compiled to."""

import io

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.printing import debugprint, pp

x, v = T.dmatrix("x"), T.dvector("v")
s = T.dscalar()
n = T.lscalar("n")

EXPRESSIONS = {
    "(tanh((((x \\dot v) * 2) + <TensorType(float64, scalar)>)) ** 2)": T.tanh(x.dot(v) * 2 + s)
    ** 2,
    "x.T": x.T,
    "x[0, :]": x[0],
    "x[1:, ::2]": x[1:, ::2],
    "x[n:-1, :]": x[n:-1],
    "x[None, :, n]": x[None, :, n],
    "x.shape[1]": x.shape[1],
    "(-x)": -x,
    "((x - v) * 2)": (x - v) * 2,
    "maximum(x, 0)": T.maximum(x, 0),
    "(x > 0)": x > 0,
    "(x == v)": T.eq(x, v),
    "float32(x)": T.cast(x, "float32"),
    "sum{axes=(0), dtype=float64}(x)": x.sum(axis=0),
    "x.dimshuffle(0, x, 1)": x.dimshuffle(0, "x", 1),
    "softmax{axis=1}(x)": T.nnet.softmax(x),
    "(x + 1.5), v": None,
}


@pytest.mark.parametrize("text", [t for t, made in EXPRESSIONS.items() if made is not None])
def test_on_one_line(text):
    assert pp(EXPRESSIONS[text]) == text


def test_several_on_one_line():
    assert pp(x + 1.5, v) == "(x + 1.5), v"
    assert symc.pp is pp


def test_named_parts_stand_for_themselves():
    part = x * 2
    part.name = "part"
    assert pp(part + 1) == "(part + 1)"
    assert pp(part) == "(x * 2)"


def test_a_tree():
    part = T.tanh(x.dot(v))
    part.name = "part"
    assert debugprint(part + part * n, file="str") == (
        "add [id A] ''\n"
        " |tanh [id B] 'part'\n"
        " | |dot [id C] ''\n"
        " |   |x [id D]\n"
        " |   |v [id E]\n"
        " |multiply [id F] ''\n"
        "   |tanh [id B] 'part'\n"
        "   |dimshuffle{order=(x)} [id G] ''\n"
        "     |n [id H]\n"
    )


def test_types_and_numbers():
    text = debugprint([v + 1, v], ids="int", print_type=True, file="str")
    assert text == (
        "add [id 0] <TensorType(float64, vector)> ''\n"
        " |v [id 1] <TensorType(float64, vector)>\n"
        " |dimshuffle{order=(x)} [id 2] <TensorType(int8, (True,))> ''\n"
        "   |TensorConstant{1} [id 3] <TensorType(int8, scalar)>\n"
        "v [id 1] <TensorType(float64, vector)>\n"
    )


def test_depth_and_names_stop():
    part = T.exp(v)
    part.name = "part"
    assert debugprint(part + v, depth=2, ids="", file="str") == "add ''\n |exp 'part'\n |v\n"
    assert debugprint(part + v, stop_on_name=True, ids="", file="str") == (
        "add ''\n |exp 'part'\n |v\n"
    )


def test_many_letters():
    total = sum((T.dscalar() for _ in range(30)), T.dscalar())
    text = debugprint(total, file="str")
    assert "[id Z]" in text
    assert "[id AA]" in text


def test_where_it_is_written(capsys):
    stream = io.StringIO()
    debugprint(v, file=stream)
    assert stream.getvalue() == "v [id A]\n"
    debugprint(v)
    assert capsys.readouterr().out == "v [id A]\n"


def test_applications_and_wrong_things():
    assert debugprint((v + v).owner, ids="", file="str").startswith("add ''")
    with pytest.raises(TypeError, match="takes variables"):
        debugprint(3)
    with pytest.raises(ValueError, match="ids is one of"):
        debugprint(v, ids="roman")


def test_a_function_shows_its_kernels():
    f = symc.function([x, v], T.tanh(x * v) + 1, mode="FAST_RUN")
    text = debugprint(f, file="str")
    assert text.count("kernel @") == 1
    assert "tanh(" in text
    assert "test_printing.py" in text


def test_an_interpreted_function_shows_its_module():
    f = symc.function([v], v + 1, mode="INTERPRET")
    text = debugprint(f, file="str")
    assert "add(%v" in text
    assert "kernel" not in text


def test_a_deep_graph_is_shown_without_recursion():
    y = T.dscalar("y")
    for _ in range(3000):
        y = y + 1
    assert debugprint(y, file="str").count("add") == 3000
    assert pp(y).count("+") == 3000


def test_variables_show():
    assert str(v) == "v"
    assert repr(s) == "<TensorType(float64, scalar)>"
    assert str(v + 1) == "add.0"
    assert str(T.constant(3)) == "TensorConstant{3}"
    assert str(T.constant(np.arange(20))) == "TensorConstant{[ 0  1 ... 18 19]}"
    assert repr((v + x).owner) == "add(dimshuffle.0, x)"
