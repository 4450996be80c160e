"""Programs of complex numbers: a filter, a Fourier transform, and gradients through them."""

import numpy as np
import pytest

import symc
import symc.tensor as T

RNG = np.random.default_rng(5)


def array(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


def fourier(n):
    k = np.arange(n)
    return np.exp(-2j * np.pi * np.outer(k, k) / n)


def test_a_fourier_transform_is_numpys():
    x = T.dmatrix("x")
    spectrum = T.dot(x, T.constant(fourier(16)))
    f = symc.function([x], [spectrum, abs(spectrum), T.angle(spectrum)])
    xs = RNG.normal(size=(3, 16))
    wanted = np.fft.fft(xs)
    got, size, turn = f(xs)
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(size, np.abs(wanted), rtol=1e-12)
    np.testing.assert_allclose(size * np.exp(1j * turn), wanted, rtol=1e-12, atol=1e-12)


def test_the_gradient_of_power_is_the_signal():
    """By Parseval's theorem the power of a spectrum is n times the signal's."""
    n = 8
    x = T.zvector("x")
    cost = (abs(T.dot(T.constant(fourier(n)), x)) ** 2).sum()
    xs = array(n)
    value, slope = symc.function([x], [cost, symc.grad(cost, x)])(xs)
    np.testing.assert_allclose(value, n * np.sum(np.abs(xs) ** 2), rtol=1e-12)
    np.testing.assert_allclose(slope, 2 * n * xs, rtol=1e-12)


def test_a_filter_learns_its_response():
    """Descend along the gradient of a squared error, which finds complex weights."""
    target, weights = array(6), symc.shared(np.zeros(6, "complex128"), name="w")
    x, y = T.zmatrix("x"), T.zvector("y")
    error = T.dot(x, weights) - y
    cost = (error.real**2 + error.imag**2).mean()
    train = symc.function([x, y], cost, updates=[(weights, weights - 0.2 * T.grad(cost, weights))])
    xs = array(40, 6)
    costs = [float(train(xs, xs @ target)) for _ in range(150)]
    assert costs[-1] < 1e-12 * costs[0]
    np.testing.assert_allclose(weights.get_value(), target, rtol=1e-5)


def test_narrow_numbers_stay_narrow():
    x = T.cvector("x")
    step = x - 0.5 * T.grad(abs(x).sum(), x)
    xs = array(4).astype("complex64")
    got = symc.function([x], step)(xs)
    assert got.dtype == np.complex64
    np.testing.assert_allclose(got, xs - 0.5 * xs / np.abs(xs), rtol=1e-6, atol=1e-6)


FORMULAS = {
    "abs": lambda z, w, x: abs(z) * x,
    "real": lambda z, w, x: z.real * x,
    "imag": lambda z, w, x: z.imag * x,
    "angle": lambda z, w, x: T.angle(z) * x,
    "conj": lambda z, w, x: z * w.conj() * x,
    "quotient": lambda z, w, x: z / w,
    "power": lambda z, w, x: z**w,
    "complex": lambda z, w, x: T.complex(x, 2 * x) ** 2 * z,
    "polar": lambda z, w, x: T.complex_from_polar(x, 2 * x) * z,
    "dot": lambda z, w, x: T.dot(T.outer(z, w), w * x),
    "prod": lambda z, w, x: T.prod(z * w),
    "index": lambda z, w, x: T.inc_subtensor(z[[0, 0, 2]], w * x)[::-1],
    "choice": lambda z, w, x: T.switch(x > 0.7, z, w) * z,
    **{
        name: lambda z, w, x, name=name: getattr(T, name)(z) * w
        for name in ("exp", "log", "sqrt", "sin", "tan", "cosh", "tanh", "log1p", "inv", "arcsinh")
    },
}
POINT = [np.array([1 + 2j, -0.5 + 1j, 3 - 1j]), np.array([0.3 - 2j, 1 + 1j, 2 + 0.5j])]


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_are_the_differences(name):
    points = [*POINT, np.array([0.5, 1.0, 2.0])]
    T.verify_grad(FORMULAS[name], points, n_tests=1, rng=np.random.default_rng(1))


def test_tangents_are_the_gradients():
    z, w = T.zvectors("z", "w")
    cost = abs(T.exp(z) * w - z.conj()).sum()
    along = T.Rop(cost, [z, w], [w, z])
    slopes = symc.grad(cost, [z, w])
    got, dz, dw = symc.function([z, w], [along, *slopes])(*POINT)
    np.testing.assert_allclose(got, np.real(np.vdot(dz, POINT[1]) + np.vdot(dw, POINT[0])))


def test_a_complex_cost_is_refused():
    z = T.zvector("z")
    with pytest.raises(TypeError, match="the cost must be a float"):
        symc.grad(z.sum(), z)


def test_a_real_part_moves_a_real_number_alone():
    x = T.dvector("x")
    cost = T.imag(T.exp(1j * x)).sum()
    xs = np.array([0.1, 1.2])
    slope = symc.function([x], symc.grad(cost, x))(xs)
    assert slope.dtype == np.float64
    np.testing.assert_allclose(slope, np.cos(xs))
