"""Derivatives of loops: reverse, forward and second ones against differences."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.scan_module import scan, until


def recurrence():
    x, h, a = T.dvector("x"), T.dscalar("h"), T.dscalar("a")
    rows, _ = scan(lambda e, s, a: T.tanh(a * s + e), [x], [h], [a])
    return [x, h, a], rows, [(5,), (), ()]


def only_the_last():
    x, h, a = T.dvector("x"), T.dscalar("h"), T.dscalar("a")
    rows, _ = scan(lambda e, s: s * a + T.sin(e), x, h)
    return [x, h, a], rows[-1:], [(4,), (), ()]


def recurrent_net():
    x, h = T.dtensor3("x"), T.dmatrix("h")
    w, u, b = T.dmatrix("w"), T.dmatrix("u"), T.dvector("b")
    rows, _ = scan(lambda e, s: T.tanh(T.dot(e, w) + T.dot(s, u) + b), x, h)
    return [x, h, w, u, b], rows, [(4, 2, 3), (2, 4), (3, 4), (4, 4), (4,)]


def vector_state():
    h, u = T.dvector("h"), T.dmatrix("u")
    rows, _ = scan(lambda s: T.tanh(T.dot(s, u)), outputs_info=h, n_steps=4)
    return [h, u], rows, [(3,), (3, 3)]


def far_taps():
    v = T.dvector("v")
    start = {"initial": v, "taps": [-3, -1]}
    rows, _ = scan(lambda p, q: p * q + T.sin(p), outputs_info=start, n_steps=6)
    return [v], rows, [(3,)]


def taps_of_sequences():
    x = T.dvector("x")
    rows, _ = scan(lambda before, after: before * after**2, {"input": x, "taps": [-1, 1]})
    return [x], rows, [(6,)]


def backwards():
    x = T.dmatrix("x")
    rows, _ = scan(lambda e, s: s * T.cos(e), x, T.ones_like(x[0]), go_backwards=True)
    return [x], rows, [(4, 2)]


def states_and_rows():
    x, a = T.dvector("x"), T.dscalar("a")
    (first, second, sums), _ = scan(
        lambda e, s, t: (s + e * t, t * a, e * s * t), x, [T.constant(np.float64(0.5)), a, None]
    )
    return [x, a], T.stack([first, second, sums]), [(4,), ()]


def until_large():
    h, a = T.dscalar("h"), T.dscalar("a")
    rows, _ = scan(lambda p: (p * 2 * a, until(p * 2 * a > 50)), outputs_info=h, n_steps=100)
    return [h, a], rows, [(), ()]


def nested():
    a, b = T.dmatrix("a"), T.dmatrix("b")

    def row(left):
        return scan(lambda column: (left * column).sum(), b.T)[0]

    return [a, b], scan(row, a)[0], [(3, 4), (4, 2)]


def matrix_outside():
    w, x = T.dmatrix("w"), T.dmatrix("x")
    rows, _ = scan(lambda s: T.dot(s, w + w.T) / 4, outputs_info=x, n_steps=3)
    return [w, x], rows, [(3, 3), (2, 3)]


CASES = (
    *(recurrence, only_the_last, recurrent_net, vector_state, far_taps, taps_of_sequences),
    *(backwards, states_and_rows, until_large, nested, matrix_outside),
)
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)


def arrays(shapes):
    made = np.random.default_rng(7)
    return [np.asarray(made.uniform(0.4, 1.6, shape)) for shape in shapes]


def differences(f, args, directions):
    """Return the central difference quotient of a function along directions."""
    step = 1e-6
    ahead, behind = (
        f(*(x + sign * step * d for x, d in zip(args, directions, strict=True))) for sign in (1, -1)
    )
    return (ahead - behind) / (2 * step)


@every
def test_gradient(case):
    inputs, rows, shapes = case()
    weights = np.random.default_rng(1).normal(
        size=symc.function(inputs, rows)(*arrays(shapes)).shape
    )
    cost = (rows * weights).sum()
    f, found = symc.function(inputs, cost), symc.function(inputs, symc.grad(cost, inputs))
    args = arrays(shapes)
    for k, g in enumerate(found(*args)):
        for place in np.ndindex(g.shape):
            directions = [np.zeros_like(x) for x in args]
            directions[k][place] = 1
            want = differences(f, args, directions)
            np.testing.assert_allclose(g[place], want, rtol=1e-5, atol=1e-6)


@every
def test_r_operator(case):
    inputs, rows, shapes = case()
    moves = [x.type() for x in inputs]
    pushed = symc.function([*inputs, *moves], T.Rop(rows, inputs, moves))
    args, directions = arrays(shapes), arrays(shapes[::-1])[::-1]
    want = differences(symc.function(inputs, rows), args, directions)
    np.testing.assert_allclose(pushed(*args, *directions), want, rtol=1e-5, atol=1e-6)


@every
def test_second_derivative(case):
    inputs, rows, shapes = case()
    slopes = symc.grad(T.tanh(rows).sum(), inputs)
    cost = sum(T.sqr(g).sum() for g in slopes)
    f, found = symc.function(inputs, cost), symc.function(inputs, symc.grad(cost, inputs))
    args, directions = arrays(shapes), arrays(shapes[::-1])[::-1]
    got = sum((g * d).sum() for g, d in zip(found(*args), directions, strict=True))
    np.testing.assert_allclose(got, differences(f, args, directions), rtol=1e-4, atol=1e-5)


@every
def test_jacobian(case):
    inputs, rows, shapes = case()
    wrt = [k for k, x in enumerate(inputs) if x.ndim < 3]
    flat = rows.flatten()
    found = symc.function(inputs, symc.gradient.jacobian(flat, [inputs[k] for k in wrt]))
    args = arrays(shapes)
    directions = [np.zeros_like(x) for x in args]
    for k in wrt:
        directions[k] = np.random.default_rng(k).normal(size=args[k].shape)
    want = differences(symc.function(inputs, flat), args, directions)
    pairs = zip(found(*args), wrt, strict=True)
    got = sum(j.reshape(len(want), -1) @ directions[k].ravel() for j, k in pairs)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 5, 9])
def test_truncated(steps):
    x, a = T.dvector("x"), T.dscalar("a")
    rows, _ = scan(lambda e, s: s * a + e, x, T.constant(np.float64(0)), truncate_gradient=steps)
    found = symc.function([x, a], symc.grad(rows[-1], [x, a]))
    values, slope = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.5
    states = [0.0]
    for value in values:
        states.append(states[-1] * slope + value)
    walked = range(max(0, 5 - steps), 5)
    wanted = [slope ** (4 - t) if t in walked else 0 for t in range(5)]
    of_x, of_a = found(values, slope)
    np.testing.assert_allclose(of_x, wanted)
    np.testing.assert_allclose(of_a, sum(states[t] * slope ** (4 - t) for t in walked))


def test_no_step_leaves_the_initial_value():
    h, a = T.dscalar("h"), T.dscalar("a")
    n = T.iscalar("n")
    rows, _ = scan(lambda s: s * a, outputs_info=h, n_steps=n)
    found = symc.function([h, a, n], symc.grad(rows.sum(), [h, a]))
    assert [float(g) for g in found(2.0, 3.0, 0)] == [0, 0]
    assert [float(g) for g in found(2.0, 3.0, 2)] == [3 + 9, 2 + 12]


def test_products_come_after_the_loop():
    inputs, rows, _ = recurrent_net()
    module = symc.function(inputs, symc.grad(rows.sum(), inputs[2:4])).module
    from symc.compiler.text import to_text

    text = to_text(module)
    back = text.split("body @")[2]
    # One product for the state's cotangent, none that adds up what the weights receive.
    assert back.count("= dot(") == 1


def test_an_integer_state_stops_the_derivative():
    x = T.dscalar("x")
    (whole, rows), _ = scan(
        lambda k, s: (k + 1, s * x + k), outputs_info=[T.constant(np.int64(0)), x], n_steps=3
    )
    found = symc.function([x], symc.grad(rows[-1] + whole.sum().astype("float64"), x))
    # s3 = x**4 + x + 2
    np.testing.assert_allclose(found(2.0), 4 * 8 + 1)
