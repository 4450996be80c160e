"""Matrix products with scales, additions and transposes: one product each, seen in the program."""

import itertools

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.program.record import Multiply, Poll
from symc.compiler.target.isa import host_target
from symc.native import plan_module

TRANSPOSES = list(itertools.product((False, True), repeat=3))


def variables(dtype):
    return [
        *(T.matrix(name, dtype=dtype) for name in "ABC"),
        *(T.scalar(name, dtype=dtype) for name in "ab"),
        T.vector("r", dtype=dtype),
    ]


def product(left, right, transposes):
    """Return dot(left, right), each of the three transposed or not."""
    flip_left, flip_right, flip = transposes
    made = T.dot(left.T if flip_left else left, right.T if flip_right else right)
    return made.T if flip else made


FORMS = {
    "(a * dot).T": lambda A, B, C, a, b, r, p: (a * p(A, B)).T,
    "dot": lambda A, B, C, a, b, r, p: p(A, B),
    "a * dot": lambda A, B, C, a, b, r, p: a * p(A, B),
    "a * (b * dot)": lambda A, B, C, a, b, r, p: a * (b * p(A, B)),
    "-dot": lambda A, B, C, a, b, r, p: -p(A, B),
    "dot + C": lambda A, B, C, a, b, r, p: p(A, B) + C,
    "C + dot": lambda A, B, C, a, b, r, p: C + p(A, B),
    "C - dot": lambda A, B, C, a, b, r, p: C - p(A, B),
    "dot - C": lambda A, B, C, a, b, r, p: p(A, B) - C,
    "a * dot + b * C": lambda A, B, C, a, b, r, p: a * p(A, B) + b * C,
    "C - 0.5 * dot": lambda A, B, C, a, b, r, p: C - 0.5 * p(A, B),
    "dot / a - C / b": lambda A, B, C, a, b, r, p: p(A, B) / a - C / b,
    "(a * dot + C) * b": lambda A, B, C, a, b, r, p: (a * p(A, B) + C) * b,
    "dot(a * A, B) + C": lambda A, B, C, a, b, r, p: p(a * A, B) + C,
    "dot(A, B / a) + C": lambda A, B, C, a, b, r, p: p(A, B / a) + C,
    "dot(-A, 2 * B) - C": lambda A, B, C, a, b, r, p: p(-A, 2 * B) - C,
    "dot(a * A, b * B)": lambda A, B, C, a, b, r, p: p(a * A, b * B),
    "dot + r": lambda A, B, C, a, b, r, p: p(A, B) + r,
}


def planned(outputs, inputs, updates=()):
    module = build_module(inputs, outputs, updates)
    program, _ = plan_module(module, symc.FAST_RUN, host_target())
    statements = [s for s in (*program.body, *program.commit) if not isinstance(s, Poll)]
    return statements, program


CASES = [*(("float64", flips) for flips in TRANSPOSES), ("float32", TRANSPOSES[5])]


@pytest.mark.parametrize(("dtype", "transposes"), CASES)
@pytest.mark.parametrize("form", FORMS)
def test_one_product_and_nothing_else(form, transposes, dtype):
    given = variables(dtype)
    made = FORMS[form](*given, lambda x, y: product(x, y, transposes))
    made = T.cast(made, dtype)
    statements, program = planned([made], given)
    assert [type(s) for s in statements] == [Multiply]
    assert len(program.slots) == 1  # the product's own work memory


@pytest.mark.parametrize("transposes", TRANSPOSES[1::3])
@pytest.mark.parametrize("form", FORMS)
def test_accumulated_in_place(form, transposes):
    given = variables("float64")
    W = symc.shared(np.zeros((3, 3)), "W")
    made = FORMS[form](*given, lambda x, y: product(x, y, transposes))
    statements, program = planned([], given, [(W, 0.9 * W - 0.1 * made)])
    assert [type(s) for s in statements] == [Multiply]
    assert len(program.slots) == 1
    assert program.written == (0,)


def test_the_step_of_a_layer():
    x, d, rate = T.dmatrix("x"), T.dmatrix("d"), T.dscalar("rate")
    W = symc.shared(np.zeros((3, 4)), "W")
    statements, program = planned([], [x, d, rate], [(W, W - rate * T.dot(x.T, d))])
    assert [type(s) for s in statements] == [Multiply]
    assert [b.place for b in statements[0].buffers].count("state") == 2  # read and written
    assert len(program.slots) == 1


VECTORS = {
    "outer": lambda M, x, y, a: M + a * T.outer(x, y),
    "column times row": lambda M, x, y, a: (
        M - a * T.dot(x.dimshuffle(0, "x"), y.dimshuffle("x", 0))
    ),
    "matrix times vector": lambda M, x, y, a: a * T.dot(M, y) + x,
    "transposed times vector": lambda M, x, y, a: x - a * T.dot(M.T, y),
    "vector times matrix": lambda M, x, y, a: a * T.dot(x, M) - y,
    "scaled inside": lambda M, x, y, a: T.dot(a * M, y) + x,
    "vectors": lambda M, x, y, a: a * T.dot(x, y) + 1,
}


@pytest.mark.parametrize("form", VECTORS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_vectors_take_one_kernel(form, dtype):
    given = [
        T.matrix("M", dtype=dtype),
        *(T.vector(name, dtype=dtype) for name in "xy"),
        T.scalar("a", dtype=dtype),
    ]
    statements, program = planned([VECTORS[form](*given)], given)
    assert len(statements) == 1
    assert len(program.slots) <= 1


def test_stacks_of_products():
    A, B, C = T.dtensor3s("A", "B", "C")
    a = T.dscalar("a")
    for left, right in itertools.product((A, A.dimshuffle(0, 2, 1)), (B, B.dimshuffle(0, 2, 1))):
        made = C - a * T.batched_dot(2 * left, right)
        statements, program = planned([made], [A, B, C, a])
        assert [type(s) for s in statements] == [Multiply]
        assert len(program.slots) == 1


def test_the_gradient_of_a_sum_of_a_product():
    A, B = T.dmatrices("A", "B")
    statements, _ = planned([T.grad(T.dot(A, B).sum(), A)], [A, B])
    assert not any(isinstance(s, Multiply) for s in statements)
    f = symc.function([A, B], T.grad(T.dot(A, B).sum(), A))
    a, b = np.ones((2, 3)), np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(f(a, b), np.ones((2, 4)) @ b.T, rtol=1e-14)


@pytest.mark.parametrize("transposes", TRANSPOSES[2::3])
@pytest.mark.parametrize("form", FORMS)
def test_values(form, transposes):
    given = variables("float64")
    made = FORMS[form](*given, lambda x, y: product(x, y, transposes))
    rng = np.random.default_rng(0)
    values = [rng.normal(size=(3, 3)) for _ in range(3)] + [0.7, 1.3, rng.normal(size=3)]
    expected = symc.function(given, made, mode="INTERPRET", on_unused_input="ignore")(*values)
    got = symc.function(given, made, mode="FAST_RUN", on_unused_input="ignore")(*values)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
