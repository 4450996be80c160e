"""Models of statistics and data analysis compute what NumPy computes."""

import numpy as np
from near import assert_near

import symc as theano
import symc.tensor as T


def test_ridge_regression_by_gradient_descent(floatX, random):
    X, Y = random(40, 5), random(40)
    x, y, penalty = T.matrix("x"), T.vector("y"), T.scalar("lambda")
    w = theano.shared(np.zeros(5, floatX), name="w")
    residual = y - T.dot(x, w)
    cost = T.mean(residual**2) + penalty * T.dot(w, w)
    step = theano.function([x, y, penalty], cost, updates=[(w, w - 0.1 * T.grad(cost, w))])
    W = np.zeros(5)
    for _ in range(200):
        cost_now = ((Y - X @ W) ** 2).mean() + 0.1 * W @ W
        assert_near(step(X, Y, np.asarray(0.1, floatX)), cost_now, floatX)
        W = W - 0.1 * (-2 * X.T.astype("float64") @ (Y - X @ W) / 40 + 0.2 * W)
    exact = np.linalg.solve(X.T.astype("float64") @ X / 40 + 0.1 * np.eye(5), X.T @ Y / 40)
    assert_near(w.get_value(), W, floatX)
    np.testing.assert_allclose(w.get_value(), exact, atol=1e-4)


def test_gaussian_log_likelihood(floatX, random):
    D = random(30)
    x = T.vector("x")
    mu, log_sigma = theano.shared(np.asarray(0.5, floatX)), theano.shared(np.asarray(-0.2, floatX))
    sigma = T.exp(log_sigma)
    loglik = T.sum(-0.5 * T.log(2 * np.pi) - T.log(sigma) - (x - mu) ** 2 / (2 * sigma**2))
    f = theano.function([x], [loglik, *T.grad(loglik, [mu, log_sigma])])
    Z, s = D.astype("float64"), np.exp(-0.2 if floatX == "float64" else float(np.float32(-0.2)))
    value, by_mu, by_sigma = f(D)
    assert_near(
        value, (-0.5 * np.log(2 * np.pi) - np.log(s) - (Z - 0.5) ** 2 / (2 * s * s)).sum(), floatX
    )
    assert_near(by_mu, ((Z - 0.5) / s**2).sum(), floatX)
    assert_near(by_sigma, ((Z - 0.5) ** 2 / s**2 - 1).sum(), floatX)


def test_mixture_of_gaussians(floatX, random):
    D, M = random(20, 3), random(4, 3)
    logits = random(4)
    x, mu, a = T.matrix("x"), T.matrix("mu"), T.vector("a")
    distance = T.sum((x.dimshuffle(0, "x", 1) - mu.dimshuffle("x", 0, 1)) ** 2, axis=2)
    joint = T.nnet.logsoftmax(a) - 0.5 * distance - 1.5 * T.log(2 * np.pi)
    evidence = T.logsumexp(joint, axis=1)
    responsibilities = T.exp(joint - evidence.dimshuffle(0, "x"))
    f = theano.function([x, mu, a], [evidence, responsibilities, T.grad(evidence.sum(), mu)])
    X, C = D.astype("float64"), M.astype("float64")
    J = logits - np.log(np.exp(logits.astype("float64")).sum())
    J = J - 0.5 * ((X[:, None] - C) ** 2).sum(2) - 1.5 * np.log(2 * np.pi)
    E = np.log(np.exp(J).sum(1))
    R = np.exp(J - E[:, None])
    got = f(D, M, logits)
    assert_near(got[0], E, floatX)
    assert_near(got[1], R, floatX)
    assert_near(got[2], (R[:, :, None] * (X[:, None] - C)).sum(0), floatX)


def test_k_means_step(floatX, random):
    X = random(50, 3)
    x = T.matrix("x")
    centers = theano.shared(X[:4].copy(), "centers")
    distance = ((x[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)
    nearest = T.argmin(distance, axis=1)
    members = T.eq(nearest.dimshuffle(0, "x"), T.arange(4).dimshuffle("x", 0)).astype(floatX)
    new = T.dot(members.T, x) / members.sum(axis=0).dimshuffle(0, "x")
    step = theano.function([x], [nearest, T.min(distance, axis=1).sum()], updates=[(centers, new)])
    C = X[:4].astype("float64")
    for _ in range(5):
        D = ((X[:, None] - C) ** 2).sum(2)
        labels, inertia = step(X)
        assert_near(labels, D.argmin(1), "int64")
        assert_near(inertia, D.min(1).sum(), floatX)
        C = np.stack([X[D.argmin(1) == k].astype("float64").mean(0) for k in range(4)])
    assert_near(centers.get_value(), C, floatX)


def test_matrix_factorisation_of_embedding_rows(floatX, random):
    users, items, ratings = T.lvector("users"), T.ivector("items"), T.vector("ratings")
    P, Q = theano.shared(random(6, 3), "P"), theano.shared(random(5, 3), "Q")
    prediction = T.sum(P[users] * Q[items], axis=1)
    cost = T.sum((prediction - ratings) ** 2)
    gp, gq = T.grad(cost, [P, Q])
    step = theano.function(
        [users, items, ratings], [prediction, cost], updates=[(P, P - 0.1 * gp), (Q, Q - 0.1 * gq)]
    )
    U, J = np.array([0, 3, 3, 5, 0]), np.array([4, 4, 1, 0, 0], "int32")
    R = random(5)
    p, q = P.get_value().astype("float64"), Q.get_value().astype("float64")
    for _ in range(3):
        E = (p[U] * q[J]).sum(1)
        got = step(U, J, R)
        assert_near(got[0], E, floatX)
        assert_near(got[1], ((E - R) ** 2).sum(), floatX)
        G, H = np.zeros_like(p), np.zeros_like(q)
        np.add.at(G, U, 2 * (E - R)[:, None] * q[J])
        np.add.at(H, J, 2 * (E - R)[:, None] * p[U])
        p, q = p - 0.1 * G, q - 0.1 * H
    assert_near(P.get_value(), p, floatX)
    assert_near(Q.get_value(), q, floatX)


def test_embedding_rows_updated_alone(floatX, random):
    table = theano.shared(random(7, 4), "table")
    rows = T.ivector("rows")
    picked = table[rows]
    cost = T.sum(T.tanh(picked))
    step = theano.function(
        [rows], cost, updates=[(table, T.inc_subtensor(picked, -0.5 * T.grad(cost, picked)))]
    )
    W, R = table.get_value().astype("float64"), np.array([1, 6, 1], "int32")
    assert_near(step(R), np.tanh(W[R]).sum(), floatX)
    np.add.at(W, R, -0.5 * (1 - np.tanh(W[R]) ** 2))
    assert_near(table.get_value(), W, floatX)


def test_power_iteration(floatX, random):
    A = random(6, 6)
    A = (A + A.T).astype(floatX)
    m = T.matrix("m")
    v = theano.shared(np.ones(6, floatX), "v")
    w = T.dot(m, v)
    value = T.dot(w, v) / T.dot(v, v)
    step = theano.function([m], value, updates={v: w / w.norm(2)})
    V = np.ones(6)
    for _ in range(12):
        W = A.astype("float64") @ V
        assert_near(step(A), W @ V / (V @ V), floatX)
        V = W / np.linalg.norm(W)
    assert_near(v.get_value(), V, floatX)


def test_principal_component_and_whitening(floatX, random):
    X = random(25, 4)
    x = T.matrix("x")
    centered = x - x.mean(axis=0)
    covariance = T.dot(centered.T, centered) / (x.shape[0] - 1)
    correlation = covariance / T.outer(x.std(axis=0, ddof=1), x.std(axis=0, ddof=1))
    f = theano.function([x], [covariance, correlation, T.diag(covariance)])
    Z = X.astype("float64")
    got = f(X)
    for array, wanted in zip(got, (np.cov(Z.T), np.corrcoef(Z.T), Z.var(0, ddof=1)), strict=True):
        assert_near(array.astype(floatX), wanted, floatX)


def test_poisson_regression_newton_step(floatX, random):
    X, K = random(30, 2), np.arange(30) % 5
    x, k = T.matrix("x"), T.lvector("k")
    w = T.vector("w")
    rate = T.exp(T.dot(x, w))
    cost = T.mean(rate - k * T.log(rate))
    gradient = T.grad(cost, w)
    rows = [T.grad(gradient[i], w) for i in range(2)]
    hessian = T.stack(rows)
    determinant = hessian[0, 0] * hessian[1, 1] - hessian[0, 1] * hessian[1, 0]
    inverse = (
        T.stacklists([[hessian[1, 1], -hessian[0, 1]], [-hessian[1, 0], hessian[0, 0]]])
        / determinant
    )
    f = theano.function([w, x, k], [hessian, w - T.dot(inverse, gradient)])
    W, Z = np.array([0.1, -0.2]), X.astype("float64")
    for _ in range(3):
        R = np.exp(Z @ W)
        G, H = Z.T @ (R - K) / 30, (Z.T * R) @ Z / 30
        hess, new = f(W.astype(floatX), X, K)
        W = W - np.linalg.solve(H, G)
        assert_near(hess.astype(floatX), H, floatX)
        assert_near(new.astype(floatX), W, floatX)


def test_gaussian_kernel_matrix(floatX, random):
    A, B = random(7, 3), random(5, 3)
    a, b, width = T.matrix("a"), T.matrix("b"), T.scalar("width")
    squares = (a**2).sum(1).dimshuffle(0, "x") + (b**2).sum(1) - 2 * T.dot(a, b.T)
    kernel = T.exp(-width * T.maximum(squares, 0))
    f = theano.function([a, b, width], [kernel, *T.grad(kernel.sum(), [a, width])])
    X, Y = A.astype("float64"), B.astype("float64")
    D = ((X[:, None] - Y) ** 2).sum(2)
    K = np.exp(-0.5 * D)
    got = f(A, B, np.asarray(0.5, floatX))
    assert_near(got[0], K, floatX)
    assert_near(got[1], -(K[:, :, None] * (X[:, None] - Y)).sum(1), floatX)
    assert_near(got[2], -(D * K).sum(), floatX)


def test_polynomial_by_horner_and_by_powers(floatX, random):
    C, X = random(6), random(9)
    x = T.vector("x")
    c = T.vector("c")
    horner = T.zeros_like(x)
    for k in reversed(range(6)):
        horner = horner * x + c[k]
    powers = T.sum(c * x.dimshuffle(0, "x") ** T.arange(6, dtype=floatX), axis=1)
    f = theano.function([x, c], [horner, powers, T.grad(horner.sum(), x)])
    P = np.polynomial.Polynomial(C.astype("float64"))
    got = f(X, C)
    assert_near(got[0], P(X.astype("float64")), floatX)
    assert_near(got[1], P(X.astype("float64")), floatX)
    assert_near(got[2], P.deriv()(X.astype("float64")), floatX)


def test_mandelbrot_steps(floatX):
    real, imaginary = T.matrix("real"), T.matrix("imaginary")
    zr, zi = T.zeros_like(real), T.zeros_like(real)
    count = T.zeros_like(real, dtype="int32")
    for _ in range(8):
        inside = zr**2 + zi**2 < 4
        zr, zi = (
            T.switch(inside, zr**2 - zi**2 + real, zr),
            T.switch(inside, 2 * zr * zi + imaginary, zi),
        )
        count = count + inside
    f = theano.function([real, imaginary], count)
    X, Y = np.meshgrid(np.linspace(-2, 0.5, 24), np.linspace(-1.2, 1.2, 17))
    X, Y = X.astype(floatX), Y.astype(floatX)
    Z, N = np.zeros(X.shape, "complex128"), np.zeros(X.shape, "int32")
    for _ in range(8):
        inside = np.abs(Z) ** 2 < 4
        Z = np.where(inside, Z**2 + (X.astype("float64") + 1j * Y), Z)
        N += inside
    assert (f(X, Y) == N).mean() > 0.99  # points on the border may fall either way
    assert f(X, Y).dtype == np.int32


def test_life(mode):
    start = (np.random.default_rng(1).random((9, 11)) > 0.6).astype("int8")
    board = theano.shared(start)
    x = T.bmatrix("x")
    rows, columns = x.shape
    padded = T.zeros((rows + 2, columns + 2), dtype="int8")
    padded = T.set_subtensor(padded[1:-1, 1:-1], x)
    near = sum(
        padded[i : i + rows, j : j + columns]
        for i in range(3)
        for j in range(3)
        if (i, j) != (1, 1)
    )
    new = T.or_(T.eq(near, 3), T.and_(T.eq(near, 2), x > 0))
    step = theano.function([], new.sum(), updates=[(board, new.astype("int8"))], givens={x: board})
    life = start
    for _ in range(4):
        around = np.pad(life, 1)
        around = sum(np.roll(np.roll(around, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1))
        around = around[1:-1, 1:-1] - life
        life = ((around == 3) | ((around == 2) & (life > 0))).astype("int8")
        assert_near(step(), life.sum(), "int64")
    assert_near(board.get_value(), life, "int8")


def test_the_best_of_a_population(floatX, random):
    """An index that the call itself computes reads, adds and replaces."""
    population, scores = theano.shared(random(6, 3), "population"), T.vector("scores")
    best, worst = T.argmax(scores), T.argmin(scores)
    step = theano.function(
        [scores],
        [population[best], scores[best], population[best, 1:], population[:, worst % 3]],
        updates=[(population, T.set_subtensor(population[worst], population[best] / 2))],
    )
    P, S = population.get_value(), random(6)
    got = step(S)
    high, low = S.argmax(), S.argmin()
    for array, wanted in zip(got, (P[high], S[high], P[high, 1:], P[:, low % 3]), strict=True):
        assert_near(array, wanted, floatX)
    P[low] = P[high] / 2
    assert_near(population.get_value(), P, floatX)
