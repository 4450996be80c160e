"""Sizes of a program as formulas in letters."""

import symc.tensor as T
from symc.build import build_module
from symc.compiler.kernel.linear import polynomial
from symc.compiler.program.formula import Formulas, evaluate, substitute, text
from symc.mode import get_mode
from symc.passes.pipeline import run
from symc.passes.plan import plan

x, y = T.fmatrix("x"), T.fmatrix("y")


def formulas(inputs, made, **known):
    """Return the formulas of a program, and the sizes of its outputs in words."""
    fused = run(build_module(inputs, [made]), get_mode("FAST_RUN"))
    program = plan(fused, lambda record: 64)
    found = Formulas({("input", int(k[1]), int(k[3])): size for k, size in known.items()})
    found.take(program)
    return found, [text(found[size]) for size in program.outputs[0].shape]


def test_sizes_that_must_agree_have_one_letter():
    found, sizes = formulas([x, y], x + y)
    assert list(map(len, found.legend.values())) == [2, 2]
    assert sorted(sizes) == ["m", "n"]


def test_what_is_known_of_one_is_known_of_its_equals():
    _, sizes = formulas([x, y], T.dot(x, y) + 1, i1_0=7, i0_0=3)
    assert sizes == ["3", "n"]
    found, _ = formulas([x, y], x + y, i1_0=7, i1_1=5)
    assert found.legend == {}


def test_sizes_are_computed():
    _, sizes = formulas([x], T.concatenate([x, x, x[1:2]], axis=1)[:, 3:] + 1)
    assert sizes[0] == "n" or sizes[0] == "m"
    _, sizes = formulas([x], T.concatenate([x, x], axis=0) + 1, i0_0=4, i0_1=2)
    assert sizes == ["8", "2"]


def test_the_text_of_a_formula():
    assert text(()) == "0"
    assert text(((("m", "n"), 4), ((), 10_000))) == "4 m n + 10,000"


def test_formulas_in_formulas():
    square = ((("s0", "s0"), 3),)
    inside = {"s0": ((("n",), 1), ((), 1))}
    assert substitute(square, inside) == ((((), 3)), (("n",), 6), (("n", "n"), 3))
    assert evaluate(substitute(square, {"s0": polynomial(2)})) == 12
