"""Programs made of loops compute what NumPy computes, and their derivatives are the differences."""

import numpy as np
import pytest

import symc as theano
import symc.tensor as T
from symc.gradient import verify_grad
from symc.ifelse import ifelse
from symc.scan_module import until
from symc.tensor.shared_randomstreams import RandomStreams


def close(found, wanted, tolerance=0.0):
    """Compare by the dtype's rounding, or by that of the differences that are wanted."""
    tolerance = max(tolerance, 2e-4 if found.dtype == "float32" else 1e-10)
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# --- the examples of Theano's manual


def test_power_of_a_vector(floatX, random):
    k, A = T.iscalar("k"), T.vector("A")
    result, updates = theano.scan(
        fn=lambda prior, A: prior * A,
        outputs_info=T.ones_like(A),
        non_sequences=A,
        n_steps=k,
    )
    power = theano.function(inputs=[A, k], outputs=result[-1], updates=updates)
    a = random(6)
    close(power(a, 5), a**5)
    slope = theano.function([A, k], T.grad(result[-1].sum(), A))
    close(slope(a, 5), 5 * a**4)


def test_polynomial(floatX, random):
    coefficients, x = T.vector("coefficients"), T.scalar("x")
    powers = T.arange(10000)
    components, _ = theano.scan(
        fn=lambda coefficient, power, x: coefficient * (x**power),
        outputs_info=None,
        sequences=[coefficients, powers],
        non_sequences=x,
    )
    calculate = theano.function([coefficients, x], components.sum())
    close(calculate(np.asarray([1, 0, 2], floatX), np.asarray(3, floatX)), 19.0)


def test_counting_in_a_shared_variable(mode):
    k = theano.shared(0)
    n_sym = T.iscalar("n_sym")
    _, updates = theano.scan(lambda: {k: k + 1}, n_steps=n_sym)
    accumulator = theano.function([n_sym], [], updates=updates, allow_input_downcast=True)
    accumulator(5)
    accumulator(3)
    assert k.get_value() == 8


# --- recurrent networks


def masked(x, old, mask):
    return mask[:, None] * x + (1 - mask[:, None]) * old


def test_tanh_network_with_gradients(floatX, random):
    X, W, U = T.tensor3("X"), T.matrix("W"), T.matrix("U")

    def step(x, h, W, U):
        return T.tanh(T.dot(x, W) + T.dot(h, U))

    h, _ = theano.scan(step, X, T.zeros((X.shape[1], W.shape[1])), [W, U])
    cost = (h[-1] ** 2).mean()
    f = theano.function([X, W, U], [cost, *T.grad(cost, [W, U])])
    x, w, u = random(5, 3, 2), random(2, 4), random(4, 4)

    def plain(w, u):
        state = np.zeros((3, 4))
        for row in x:
            state = np.tanh(row @ w + state @ u)
        return (state**2).mean()

    found = f(x, w, u)
    close(found[0], plain(w, u))
    for place, (given, slope) in enumerate(zip((w, u), found[1:], strict=True)):
        close(slope, differences(plain, [w, u], place), 1e-3 if floatX == "float32" else 1e-6)
        assert slope.shape == given.shape


def differences(f, arrays, place):
    """Return central differences of a function of float64 arrays by one of them."""
    arrays = [np.array(x, "float64") for x in arrays]
    found = np.zeros(arrays[place].shape)
    for index in np.ndindex(found.shape):
        ends = []
        for side in (1e-6, -1e-6):
            moved = [x.copy() for x in arrays]
            moved[place][index] += side
            ends.append(f(*moved))
        found[index] = (ends[0] - ends[1]) / 2e-6
    return found


def lstm(x, m, h, c, W, U, n, lib):
    gates = lib.dot(x, W) + lib.dot(h, U)
    squash = sigmoid if lib is np else T.nnet.sigmoid
    i, f, o = (squash(gates[:, k * n : (k + 1) * n]) for k in range(3))
    new_c = masked(f * c + i * lib.tanh(gates[:, 3 * n :]), c, m)
    return masked(o * lib.tanh(new_c), h, m), new_c


def gru(x, m, h, W, U, V, n, lib):
    squash = sigmoid if lib is np else T.nnet.sigmoid
    gates = squash(lib.dot(x, W[:, : 2 * n]) + lib.dot(h, U))
    r, z = gates[:, :n], gates[:, n:]
    new = lib.tanh(lib.dot(x, W[:, 2 * n :]) + lib.dot(r * h, V))
    return masked((1 - z) * h + z * new, h, m)


def test_lstm_over_masked_minibatches(floatX, random):
    n = 3
    X, M, W, U = T.tensor3("X"), T.matrix("M"), T.matrix("W"), T.matrix("U")
    zeros = T.zeros((X.shape[1], n))
    (h, c), _ = theano.scan(
        lambda x, m, h, c, W, U: lstm(x, m, h, c, W, U, n, T), [X, M], [zeros, zeros], [W, U]
    )
    cost = (h[-1] * c[-1]).sum()
    f = theano.function([X, M, W, U], [h, cost, T.grad(cost, U)])
    x, w, u = random(4, 2, 5), random(5, 4 * n), random(n, 4 * n)
    m = np.array([[1, 1], [1, 1], [1, 0], [1, 0]], floatX)

    def plain(w, u):
        rows, state = [], (np.zeros((2, n)), np.zeros((2, n)))
        for row, mask in zip(x, m, strict=True):
            state = lstm(row, mask, *state, w, u, n, np)
            rows.append(state[0])
        return np.array(rows), (state[0] * state[1]).sum()

    rows, total, slope = f(x, m, w, u)
    close(rows, plain(w, u)[0])
    close(total, plain(w, u)[1])
    wanted = differences(lambda w, u: plain(w, u)[1], [w, u], 1)
    close(slope, wanted, 1e-3 if floatX == "float32" else 1e-6)


def test_gru_over_masked_minibatches(floatX, random):
    n = 3
    X, M = T.tensor3("X"), T.matrix("M")
    W, U, V = (theano.shared(random(*s)) for s in ((5, 3 * n), (n, 2 * n), (n, n)))
    h, _ = theano.scan(
        lambda x, m, h: gru(x, m, h, W, U, V, n, T), [X, M], T.zeros((X.shape[1], n))
    )
    f = theano.function([X, M], [h, T.grad(h[-1].sum(), V)])
    x, m = random(4, 2, 5), np.array([[1, 1], [1, 0], [1, 0], [1, 0]], floatX)
    weights = [y.get_value() for y in (W, U, V)]

    def plain(w, u, v):
        rows, state = [], np.zeros((2, n))
        for row, mask in zip(x, m, strict=True):
            state = gru(row, mask, state, w, u, v, n, np)
            rows.append(state)
        return np.array(rows)

    rows, slope = f(x, m)
    close(rows, plain(*weights))
    wanted = differences(lambda *w: plain(*w)[-1].sum(), weights, 2)
    close(slope, wanted, 1e-3 if floatX == "float32" else 1e-6)


# --- sampling


def test_gibbs_sampling(floatX, random):
    """A chain whose steps draw as the same draws do outside of a loop."""
    W = theano.shared(random(4, 3))
    stream, other = RandomStreams(11), RandomStreams(11)

    def sample(v, stream):
        hidden = stream.binomial((1, 3), p=T.nnet.sigmoid(T.dot(v, W)), dtype=floatX)
        return stream.binomial((1, 4), p=T.nnet.sigmoid(T.dot(hidden, W.T)), dtype=floatX)

    start = T.matrix("start")
    chain, updates = theano.scan(lambda v: sample(v, stream), None, start, n_steps=6)
    f = theano.function([start], chain, updates=updates)
    one = theano.function([start], sample(start, other))
    v = np.ones((1, 4), floatX)
    found = np.concatenate([f(v), f(v)])
    assert set(np.unique(found)) <= {0.0, 1.0}
    wanted = []
    for k in range(12):
        wanted.append(one(v if k % 6 == 0 else wanted[-1]))
    np.testing.assert_array_equal(found, np.array(wanted))


# --- numerical methods


def test_newton_iteration(mode):
    a = T.dscalar("a")

    def step(x):
        new = x - (x**3 - a) / (3 * x**2)
        return new, until(abs(new - x) < 1e-13)

    roots, _ = theano.scan(step, outputs_info=T.constant(1.0, dtype="float64"), n_steps=100)
    root, count = theano.function([a], [roots[-1], roots.shape[0]])(27.0)
    close(root, 3.0)
    assert 5 < count < 20


def test_power_method(mode):
    A = T.dmatrix("A")
    start = T.ones((A.shape[0],))

    def step(v):
        w = T.dot(A, v)
        return w / T.sqrt((w**2).sum())

    vectors, _ = theano.reduce(lambda _, v: step(v), T.arange(200), start)
    value = T.dot(vectors, T.dot(A, vectors))
    a = np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]])
    close(theano.function([A], value)(a), np.linalg.eigvalsh(a).max())
    slope = theano.function([A], T.grad(value, A))(a)
    vector = np.linalg.eigh(a)[1][:, -1]
    close(slope, np.outer(vector, vector), 1e-6)


def test_kalman_filter(mode):
    z, q, r = T.dvector("z"), T.dscalar("q"), T.dscalar("r")

    def step(seen, mean, variance):
        predicted = variance + q
        gain = predicted / (predicted + r)
        return mean + gain * (seen - mean), (1 - gain) * predicted

    zero, one = np.float64(0), np.float64(1)
    (means, variances), _ = theano.scan(step, z, [zero, one])
    f = theano.function([z, q, r], [means, variances, T.grad(means[-1], r)])
    seen = np.random.default_rng(5).normal(3.0, 1.0, size=20)

    def plain(r):
        mean, variance, rows = 0.0, 1.0, []
        for y in seen:
            predicted = variance + 0.01
            gain = predicted / (predicted + r)
            mean, variance = mean + gain * (y - mean), (1 - gain) * predicted
            rows.append((mean, variance))
        return np.array(rows)

    found = f(seen, 0.01, 0.5)
    close(np.stack(found[:2], axis=1), plain(0.5))
    close(found[2], (plain(0.5 + 1e-6)[-1, 0] - plain(0.5 - 1e-6)[-1, 0]) / 2e-6, 1e-6)


def test_runge_kutta(mode):
    y0, w, n = T.dvector("y0"), T.dscalar("w"), T.lscalar("n")

    def slope(y):
        return T.stack([y[1], -(w**2) * y[0]])

    def step(y, h):
        k1 = slope(y)
        k2 = slope(y + h / 2 * k1)
        k3 = slope(y + h / 2 * k2)
        k4 = slope(y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    path, _ = theano.scan(step, None, y0, 1.0 / T.cast(n, "float64"), n_steps=n)
    f = theano.function([y0, w, n], [path[-1], T.grad(path[-1][0], w)])
    end, by_w = f([1.0, 0.0], 2.0, 400)
    close(end, [np.cos(2.0), -2 * np.sin(2.0)], 1e-8)
    close(by_w, -np.sin(2.0), 1e-8)


def test_product_of_matrices_by_nested_scans(floatX, random):
    A, B = T.matrix("A"), T.matrix("B")

    def entry(row, column):
        total, _ = theano.foldl(lambda a, b, s: s + a * b, [row, column], T.zeros(()))
        return total

    rows, _ = theano.scan(lambda row: theano.scan(lambda column: entry(row, column), B.T)[0], A)
    f = theano.function([A, B], [rows, *T.grad((rows**2).sum(), [A, B])])
    a, b = random(2, 3), random(3, 4)
    found = f(a, b)
    close(found[0], a @ b)
    close(found[1], 2 * (a @ b) @ b.T)
    close(found[2], 2 * a.T @ (a @ b))


def test_a_walk_with_walls(mode):
    """Every step chooses; the derivative follows the choices."""
    moves, x0 = T.dvector("moves"), T.dscalar("x0")

    def step(move, x):
        return ifelse(T.gt(abs(x + move), 1.0), x * 0.5, x + move)

    path, _ = theano.scan(step, moves, x0)
    f = theano.function([moves, x0], [path, T.grad(path[-1], x0)])
    given = np.array([0.4, 0.8, -0.3, -0.9, -0.8])
    x, slope, wanted = 0.1, 1.0, []
    for move in given:
        turned = abs(x + move) > 1.0
        x, slope = (x * 0.5, slope * 0.5) if turned else (x + move, slope)
        wanted.append(x)
    found, by_start = f(given, 0.1)
    close(found, wanted)
    close(by_start, slope)
    assert slope < 1


@pytest.mark.parametrize("backwards", [False, True])
def test_derivatives_of_taps(mode, backwards):
    def made(x, start):
        rows, _ = theano.scan(
            lambda a, b, c, d: T.tanh(a * c + b * d),
            {"input": x, "taps": [-1, 1]},
            {"initial": start, "taps": [-2, -1]},
            go_backwards=backwards,
        )
        return rows

    random = np.random.RandomState(3)
    verify_grad(made, [random.normal(size=6), random.normal(size=2)], rng=random)


@pytest.mark.parametrize(
    "window",
    [
        lambda x, w, k: x[k : k + 2].reshape((2,)) * w,
        lambda x, w, k: x[k : k + 2] * w,
        lambda x, w, k: x[T.arange(2) + k] * w,
    ],
)
def test_windows_that_move(mode, window):
    """Rows whose size a step computes, where something says what it is."""
    x, w = T.dvector("x"), T.dvector("w")
    rows, _ = theano.scan(lambda k: window(x, w, k), T.arange(3))
    f = theano.function([x, w], [rows, *T.grad((rows**2).sum(), [x, w])])
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 5.0])
    made, by_x, by_w = f(a, b)
    wanted = np.stack([a[k : k + 2] * b for k in range(3)])
    close(made, wanted)
    slope = np.zeros(4)
    for k in range(3):
        slope[k : k + 2] += 2 * wanted[k] * b
    close(by_x, slope)
    close(by_w, sum(2 * wanted[k] * a[k : k + 2] for k in range(3)))
