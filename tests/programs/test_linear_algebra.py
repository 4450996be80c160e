"""Programs that solve systems: Gaussian processes, Kalman filters, whitening, ridge regression."""

import numpy as np

import symc as theano
import symc.tensor as T
from symc.tensor import nlinalg, slinalg


def close(found, wanted, tolerance=1e-9):
    tolerance = 2e-3 if found.dtype == "float32" else tolerance
    scale = max(1.0, float(np.abs(wanted).max()))
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * scale)


# --- a Gaussian process


def covariance(X, length, noise, backend):
    """Return the covariance of the points of X, by symc's tensors or NumPy's arrays."""
    gaps = ((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)
    return backend.exp(-gaps / (2 * length**2)) + noise**2 * backend.eye(X.shape[0])


def log_likelihood(X, y, length, noise):
    """Return the logarithm of the density of y, in NumPy."""
    K = covariance(X, length, noise, np)
    return -0.5 * (y @ np.linalg.solve(K, y) + np.linalg.slogdet(K)[1] + len(y) * np.log(2 * np.pi))


def test_likelihood_of_a_gaussian_process(floatX, random):
    X, y = T.matrix("X"), T.vector("y")
    length, noise = T.scalar("length"), T.scalar("noise")
    gaps = ((X.dimshuffle(0, "x", 1) - X.dimshuffle("x", 0, 1)) ** 2).sum(axis=2)
    K = T.exp(-gaps / (2 * length**2)) + noise**2 * T.eye(X.shape[0], dtype=floatX)
    L = slinalg.cholesky(K)
    alpha = slinalg.solve_upper_triangular(L.T, slinalg.solve_lower_triangular(L, y))
    n = T.cast(y.shape[0], floatX)
    likelihood = -0.5 * T.dot(y, alpha) - T.log(T.diag(L)).sum() - 0.5 * n * np.log(2 * np.pi)
    likelihood = T.cast(likelihood, floatX)
    slopes = T.grad(likelihood, [length, noise])
    f = theano.function([X, y, length, noise], [likelihood, *slopes])
    points, values = random(25, 2), random(25)
    at = np.asarray(1.3, floatX), np.asarray(0.7, floatX)
    value, by_length, by_noise = f(points, values, *at)
    wide = points.astype("float64"), values.astype("float64")
    close(value, log_likelihood(*wide, 1.3, 0.7))
    h = 1e-5
    for found, step in ((by_length, (h, 0)), (by_noise, (0, h))):
        ahead = log_likelihood(*wide, 1.3 + step[0], 0.7 + step[1])
        behind = log_likelihood(*wide, 1.3 - step[0], 0.7 - step[1])
        close(found, (ahead - behind) / (2 * h), 1e-7)


# --- a Kalman filter


def filtered(A, C, Q, R, observed):
    """Return the means of the states after each observation, in NumPy."""
    mean, spread, means = np.zeros(len(A)), np.eye(len(A)), []
    for y in observed:
        mean, spread = A @ mean, A @ spread @ A.T + Q
        gain = np.linalg.solve(C @ spread @ C.T + R, C @ spread).T
        mean = mean + gain @ (y - C @ mean)
        spread = spread - gain @ C @ spread
        means.append(mean)
    return np.array(means)


def kalman(floatX, A, C, Q, R, observed):
    """Return the means of the states, by scan."""

    def step(y, mean, spread):
        mean, spread = T.dot(A, mean), T.dot(T.dot(A, spread), A.T) + Q
        gain = slinalg.solve(T.dot(T.dot(C, spread), C.T) + R, T.dot(C, spread)).T
        mean = mean + T.dot(gain, y - T.dot(C, mean))
        return mean, spread - T.dot(T.dot(gain, C), spread)

    start = [T.zeros((A.shape[0],), floatX), T.eye(A.shape[0], dtype=floatX)]
    (means, _), _ = theano.scan(step, sequences=observed, outputs_info=start)
    return means


def test_kalman_filter(floatX, random):
    variables = T.matrices("A", "C", "Q", "R", "observed")
    means = kalman(floatX, *variables)
    f = theano.function(list(variables), means)
    A = np.asarray([[1, 0.1], [-0.2, 0.95]], floatX)
    C = np.asarray([[1, 0.5]], floatX)
    Q, R = (np.asarray(x, floatX) for x in ([[0.1, 0], [0, 0.2]], [[0.5]]))
    observed = random(12, 1)
    given = A, C, Q, R, observed
    wide = [x.astype("float64") for x in given]
    close(f(*given), filtered(*wide))
    slope = theano.function(list(variables), T.grad((means**2).sum(), variables[2]))(*given)
    step = np.zeros((2, 2))
    step[0, 0] = 1e-5
    ahead, behind = (
        (filtered(*wide[:2], wide[2] + s * step, *wide[3:]) ** 2).sum() for s in (1, -1)
    )
    close(slope[0, 0], (ahead - behind) / 2e-5, 1e-7)


# --- statistics


def test_whitening(floatX, random):
    X = T.matrix("X")
    centred = X - X.mean(axis=0)
    values, vectors = nlinalg.eigh(T.dot(centred.T, centred) / T.cast(X.shape[0], floatX))
    white = T.dot(T.dot(centred, vectors) / T.sqrt(values), vectors.T)
    made = theano.function([X], white)(random(200, 3) @ random(3, 3))
    close(made.T @ made / 200, np.eye(3))


def test_ridge_regression_learns_its_weight(floatX, random):
    X, y = random(30, 4), random(30)
    weight = theano.shared(np.asarray(1.0, floatX), "weight")
    A, b = T.matrix("A"), T.vector("b")
    gram = T.dot(A.T, A) + T.exp(weight) * T.eye(4, dtype=floatX)
    hat = T.dot(A, T.dot(nlinalg.matrix_inverse(gram), A.T))
    rest = b - T.dot(hat, b)
    cost = T.sqr(rest / (1 - T.diag(hat))).sum()
    rate = np.asarray(0.05, floatX)
    train = theano.function([A, b], cost, updates=[(weight, weight - rate * T.grad(cost, weight))])
    costs = [float(train(X, y)) for _ in range(20)]
    assert costs == sorted(costs, reverse=True)


def test_rotations_by_exponentials(floatX, random):
    axis = T.vector("axis")
    zero = T.zeros((), floatX)
    skew = T.stack(
        [
            T.stack([zero, -axis[2], axis[1]]),
            T.stack([axis[2], zero, -axis[0]]),
            T.stack([-axis[1], axis[0], zero]),
        ]
    )
    turn = slinalg.expm(skew)
    f = theano.function([axis], [turn, T.grad(turn[0, 1], axis)])
    given = random(3)
    made, slope = f(given)
    close(made @ made.T, np.eye(3))
    h = np.asarray(1e-2 if floatX == "float32" else 1e-5, floatX)
    for k in range(3):
        step = np.zeros(3, floatX)
        step[k] = h
        ahead, behind = (f(given + s * step)[0][0, 1] for s in (1, -1))
        np.testing.assert_allclose(slope[k], (ahead - behind) / (2 * h), atol=5e-4)
