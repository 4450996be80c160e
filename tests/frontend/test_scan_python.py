"""Loops and branches whose steps and sides call Python, as native code."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.ifelse import ifelse
from tests.frontend.looping import close, compiled, normal, v

__all__ = ["compiled", "v"]  # fixtures


@symc.as_op([T.dscalar], [T.dscalar])
def halved(x):
    return np.asarray(x / 2)


@symc.as_op([T.dvector], [T.dvector])
def turned(x):
    return x[::-1].copy()


@symc.as_op([T.dvector], [T.dvector, T.dscalar], infer_shape=lambda node, shapes: [shapes[0], ()])
def ordered(x):
    return np.sort(x), np.asarray(x.max())


def test_numbers(compiled, v):
    rows, _ = symc.scan(lambda e, s: halved(s) + e, v.x, v.a)
    x, s = normal(5), 0.3
    for e, got in zip(x, compiled([v.x, v.a], rows)(x, 0.3), strict=True):
        s = s / 2 + e
        close(got, s)


def test_a_state_keeps_its_size(compiled, v):
    rows, _ = symc.scan(lambda s: turned(s) * 2, outputs_info=v.x, n_steps=3)
    function = compiled([v.x], rows)
    x = normal(4)
    close(function(x), [x[::-1] * 2, x * 4, x[::-1] * 8])


def test_a_state_whose_size_changes_fails_in_its_step(compiled, v):
    @symc.as_op([T.dvector], [T.dvector])
    def shorter(x):
        return x if x[0] < 4 else x[1:]

    rows, _ = symc.scan(lambda s: shorter(s) + 1, outputs_info=v.x, n_steps=v.n)
    function = compiled([v.x, v.n], rows)
    close(function(np.zeros(3), 4)[-1], [4, 4, 4])
    with pytest.raises(ValueError, match="sizes of dimension 0"):
        function(np.zeros(3), 6)


def test_sizes_that_are_known(compiled, v):
    def step(row, total):
        up, most = ordered(row + total)
        return total + up, most

    rows, _ = symc.scan(step, v.X, [v.x, None])
    x, total = normal(4, 3), np.zeros(3)
    got = compiled([v.X, v.x], rows)(x, total)
    for k, row in enumerate(x):
        up = np.sort(row + total)
        total = total + up
        close(got[0][k], total)
        close(got[1][k], up[-1])


def test_calls_inside_and_outside(compiled, v):
    # The result of the call outside is taken over after the loop has made calls of its own.
    first, most = ordered(v.x)
    rows, _ = symc.scan(lambda s: halved(s) + most, outputs_info=v.a, n_steps=3)
    got = compiled([v.x, v.a], [rows[-1], first])(np.array([2.0, 3.0, 1.0]), 8.0)
    close(got[0], ((8 / 2 + 3) / 2 + 3) / 2 + 3)
    close(got[1], [1, 2, 3])


def test_loops_in_loops(compiled, v):
    def row_sum(row, total):
        inner, _ = symc.scan(lambda e, s: halved(s) + e, row, total)
        return halved(inner[-1])

    rows, _ = symc.scan(row_sum, v.X, v.a)
    x, s = normal(3, 2), 0.5
    for row, got in zip(x, compiled([v.X, v.a], rows)(x, 0.5), strict=True):
        for e in row:
            s = s / 2 + e
        s /= 2
        close(got, s)


def test_what_the_function_raises_ends_the_loop(compiled, v):
    seen = []

    @symc.as_op([T.dscalar], [T.dscalar])
    def third_fails(x):
        seen.append(float(x))
        if len(seen) == 3:
            raise RuntimeError("enough")
        return x

    count = symc.shared(np.float64(0))
    _, updates = symc.scan(lambda e: {count: count + third_fails(e)}, v.x)
    function = compiled([v.x], [], updates=updates)
    with pytest.raises(RuntimeError, match="enough"):
        function(np.arange(5.0))
    assert seen == [0, 1, 2]
    assert count.get_value() == 0


def test_one_side_of_a_branch_calls(compiled, v):
    calls = []

    @symc.as_op([T.dscalar], [T.dscalar])
    def noted(x):
        calls.append(float(x))
        return np.asarray(-x)

    function = compiled([v.n, v.a], ifelse(v.n, noted(v.a), v.a * 3))
    assert [float(function(k, 2.0)) for k in (0, 1, 0)] == [6, -2, 6]
    assert calls == [2]


class Cube(symc.Op):
    __props__ = ()

    def make_node(self, x):
        return symc.Apply(self, [x], [x.type()])

    def infer_shape(self, node, shapes):
        return shapes

    def perform(self, node, inputs, outputs):
        outputs[0][0] = np.asarray(inputs[0] ** 3)

    def grad(self, inputs, gradients):
        return [gradients[0] * 3 * inputs[0] ** 2]


cube = Cube()


def test_gradients_ask_the_operation(compiled, v):
    rows, _ = symc.scan(lambda s: cube(s) * v.a, outputs_info=v.x[0], n_steps=2)
    function = compiled([v.x, v.a], symc.grad(rows[-1], [v.x, v.a]))
    to_x, to_a = function(np.array([1.1]), 0.9)
    close(to_x, [9 * 0.9**4 * 1.1**8])  # of a (a x^3)^3
    close(to_a, 4 * 0.9**3 * 1.1**9)


def test_gradients_with_loops_in_loops_and_second_ones(compiled, v):
    def row_sum(row, total):
        inner, _ = symc.scan(lambda e, s: T.sin(cube(s) * 0.1) + e * v.a, row, total)
        return inner[-1]

    rows, _ = symc.scan(row_sum, v.X, v.y[0])
    slope = symc.grad(T.sqr(rows).sum(), v.a)
    second = symc.grad(slope, v.a)
    given = normal(3, 2), normal(1)
    slopes = compiled([v.X, v.y, v.a], [slope, second])
    value = compiled([v.X, v.y, v.a], T.sqr(rows).sum())
    step, a = 1e-5, 0.4
    ahead, behind = ([f(*given, a + d) for f in (value, slopes)] for d in (step, -step))
    close_to = (ahead[0] - behind[0]) / (2 * step), (ahead[1][0] - behind[1][0]) / (2 * step)
    np.testing.assert_allclose(slopes(*given, a), close_to, rtol=1e-7)


def test_an_operation_without_derivative_is_named(v):
    rows, _ = symc.scan(lambda e, s: halved(s) * v.a + e, v.x, v.y[0])
    with pytest.raises(Exception, match="halved"):
        symc.grad(rows[-1], v.a)
    with pytest.raises(Exception, match="halved}: has no R-operator in a step of a loop"):
        T.Rop(rows[-1], v.a, v.a)


def test_what_no_derivative_is_asked_of_needs_none(compiled, v):
    # The call depends on data alone.
    rows, _ = symc.scan(lambda e, s: s * v.a + halved(e), v.x, v.y[0])
    function = compiled([v.x, v.y, v.a], symc.grad(rows[-1], v.a))
    close(function(np.ones(2), np.ones(1), 0.5), 2 * 0.5 + 0.5)


def test_derivatives_that_are_not_defined_say_why(v):
    class Undefined(Cube):
        def grad(self, inputs, gradients):
            return [symc.gradient.grad_undefined(self, 0, inputs[0], "it jumps")]

    rows, _ = symc.scan(lambda s: Undefined()(s) * v.a, outputs_info=v.y[0], n_steps=2)
    with pytest.raises(Exception, match="it jumps"):
        symc.grad(rows[-1], v.a)
