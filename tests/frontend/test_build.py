"""Modules built from graphs: parameters, sites, checks, sizes, and the way back to variables."""

import os
import subprocess
import sys

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build, build_module
from symc.compiler.interpret import interpret
from symc.compiler.module import walk
from symc.compiler.text import to_text
from symc.compiler.value import Value
from symc.lift import Lift
from symc.location import NOWHERE

x, v, n = T.dmatrix("x"), T.dvector("v"), T.lscalar("n")


def operations(module):
    return [value.op.name for value in walk(module.roots()) if value.op.family != "leaf"]


def test_parameters_are_inputs_then_states():
    a, b = symc.shared(1.0, "a"), symc.shared(2.0, "b")
    module = build_module([x, v], [b * 2, a + x], [(b, a * 1.0)])
    assert [(p.name, p.kind) for p in module.parameters] == [
        ("x", "input"),
        ("v", "input"),
        ("b", "state"),
        ("a", "state"),
    ]
    assert [index for index, _ in module.updates] == [2]


def test_variables_of_one_container_are_one_parameter():
    a = symc.shared(np.ones((1, 2)), "a")
    row = symc.shared(np.ones((1, 2)), "row", broadcastable=(True, False))
    row.container = a.container
    module = build_module([x], [a + x, row + x])
    assert len(module.parameters) == 2
    with pytest.raises(ValueError, match="not of size 1"):
        interpret(module, [np.ones((2, 2))], [np.ones((2, 2))])


def test_equal_expressions_are_one_value():
    module = build_module([x], [T.tanh(x) + 1, T.tanh(x) + 1])
    assert module.outputs[0] is module.outputs[1]
    assert operations(module).count("tanh") == 1


def test_casts_are_explicit_and_those_of_constants_done():
    module = build_module([x, n], [x * n + 2])
    assert operations(module).count("cast") == 1
    (constant,) = [v for v in walk(module.roots()) if v.is_constant]
    assert constant.type.dtype == "float64"


def test_sizes_that_are_equal_are_one_value():
    first, second = v[1:], v[:-1]
    module = build_module([v], [first - second])
    assert not module.checks
    module = build_module([x], [x.flatten() * T.ones((x.shape[0] * x.shape[1],))])
    assert not module.checks
    module = build_module([v], [v[::-1] + v])
    assert not module.checks


def test_arithmetic_of_sizes_is_canonical():
    one, other = v.shape[0] * 2 + 1 - v.shape[0], 1 + v.shape[0]
    module = build_module([v], [T.zeros((one,)) + T.zeros((other,))])
    assert not module.checks


def test_arithmetic_beyond_64_bits_wraps():
    big = T.constant(2**62, dtype="int64")
    assert symc.function([], big * 4 + 1)() == 1


def test_checks_carry_their_site():
    module = build_module([x, v], [x + v])
    (check,) = module.checks
    site = module.sites[check.site]
    assert (site.operation, site.file) == ("add", __file__)
    assert check.what == "add: sizes of dimension 1 differ"


def test_broadcastable_dimensions_are_known():
    row = T.drow("row")
    module = build_module([row], [row])
    assert module.parameters[0].value.type.shape[0] == 1
    assert isinstance(module.parameters[0].value.type.shape[1], Value)


def test_deep_graphs_need_no_recursion():
    y = v
    for _ in range(3000):
        y = T.tanh(y)
    assert operations(build_module([v], [y])).count("tanh") == 3000


def test_lifting_gives_the_same_function():
    w = symc.shared(np.arange(3.0), "w")
    y = T.nnet.softmax(x * w)[:, 1:].sum(axis=0) + x.shape[0]
    built = build([x], [y])
    lift = Lift(built, [x])
    (again,) = lift.variables(built.module.outputs, NOWHERE)
    assert again.type == y.type
    given = {x: np.arange(6.0).reshape(2, 3)}
    assert np.array_equal(again.eval(given), y.eval(given))
    assert again.owner.location.location.file == __file__
    assert lift.variables(built.module.outputs, NOWHERE)[0] is again


PROGRAM = """
import symc, symc.tensor as T, numpy as np
from symc.build import build_module
from symc.compiler.text import to_text
x, y = T.dmatrix("x"), T.lvector("y")
w, b = symc.shared(np.zeros((3, 2)), "w"), symc.shared(np.zeros(2), "b")
hidden = T.tanh(T.dot(x, w) + b)
cost = T.nnet.categorical_crossentropy(T.nnet.softmax(hidden), y).mean()
first = symc.grad(cost, [w, b])
second = symc.grad(cost, [w, hidden], consider_constant={b, x})
updates = [(p, p - 0.1 * g) for p, g in zip([w, b], first)]
print(to_text(build_module([x, y], [cost, *second], updates)))
"""


def test_text_is_the_same_in_every_run():
    texts = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(texts) == 1
    assert "dot" in texts.pop()


def test_to_text_shows_names():
    assert "%x" in to_text(build_module([x], [x + 1], name="f"))
