"""Bessel functions against published values, closed forms and their laws."""

import numpy as np
import pytest
from calling import run

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported

inf, nan = np.inf, np.nan
# Abramowitz and Stegun (1964), tables 9.1, 9.2, 9.4 and 9.8, to all digits of float64.
KNOWN = {
    "j0": {0.0: 1.0, 1.0: 0.7651976865579666, 10.0: -0.2459357644513483, 50.0: 0.05581232766925181},
    "j1": {0.0: 0.0, 1.0: 0.4400505857449335, 10.0: 0.04347274616886144, -1.0: -0.4400505857449335},
    "i0": {0.0: 1.0, 1.0: 1.2660658777520084, 10.0: 2815.716628466254, -1.0: 1.2660658777520084},
    "i1": {0.0: 0.0, 1.0: 0.5651591039924851, 10.0: 2670.988303701255, -1.0: -0.5651591039924851},
}
POINTS = np.concatenate(
    [np.linspace(0.005, 30, 97), [1e-9, 24.99, 25.01, 60.0, 99.9, 100.1, 700.0]]
)


@pytest.mark.parametrize("name", KNOWN)
def test_published_values(name):
    points, values = (np.array(column) for column in zip(*KNOWN[name].items(), strict=True))
    np.testing.assert_allclose(run(name, points), values, rtol=4e-15, atol=1e-16)


def envelope(x):
    return np.sqrt(2 / (np.pi * np.maximum(x, 1)))


def test_half_orders_are_elementary():
    x = POINTS
    half = np.full_like(x, 0.5)
    sine = np.sqrt(2 / (np.pi * x)) * np.sin(x)
    assert (np.abs(run("jv", half, x) - sine) < 4e-15 * envelope(x)).all()
    np.testing.assert_allclose(
        run("iv", half, x), np.sqrt(2 / (np.pi * x)) * np.sinh(x), rtol=1e-14
    )


@pytest.mark.parametrize("order", [1.0, 2.0, 3.7, 7.5])
def test_neighbours_in_order(order):
    x = POINTS
    below, at, above = (np.full_like(x, order + k) for k in (-1, 0, 1))
    sums = run("jv", below, x) + run("jv", above, x)
    scale = 2 * order / x * np.abs(run("jv", at, x)) + envelope(x)
    assert (np.abs(sums - 2 * order / x * run("jv", at, x)) < 1e-13 * scale).all()
    apart = run("iv", below, x) - run("iv", above, x)
    scale = run("iv", below, x) + run("iv", above, x)
    assert (np.abs(apart - 2 * order / x * run("iv", at, x)) < 1e-13 * scale).all()


def test_whole_orders_of_both_signs():
    x = np.array([0.3, 4.0, -4.0, 30.0])
    for n in (1, 2, 5):
        up, down = (np.full_like(x, k) for k in (n, -n))
        np.testing.assert_array_equal(run("jv", down, x), (-1) ** n * run("jv", up, x))
        np.testing.assert_array_equal(run("iv", down, x), run("iv", up, x))
        np.testing.assert_array_equal(run("jv", up, -x), (-1) ** n * run("jv", up, x))
    for name, n in (("j0", 0), ("j1", 1), ("i0", 0), ("i1", 1)):
        same = run(name[0] + "v", np.full_like(x, n), x)
        np.testing.assert_allclose(run(name, x), same, rtol=1e-13)


def test_ends():
    ends = np.array([0.0, inf, -inf, nan])
    np.testing.assert_array_equal(run("j0", ends), [1, 0, 0, nan])
    np.testing.assert_array_equal(run("i0", ends), [1, inf, inf, nan])
    np.testing.assert_array_equal(run("i1", ends), [0, inf, -inf, nan])
    np.testing.assert_array_equal(
        run("jv", np.array([0.5, -0.5, 12.0]), np.array([-1, 1, 101.0])), nan
    )


def test_derivatives():
    rng, x = np.random.default_rng(0), np.array([0.3, 2.0, 7.5])
    for function in (T.j0, T.j1, T.i0, T.i1, lambda x: T.jv(2.5, x), lambda x: T.iv(3, x)):
        T.verify_grad(function, [x], rng=rng)
    v = T.dscalar("v")
    with pytest.raises(NotSupported, match="jv: there is no derivative to the order"):
        symc.grad(T.jv(v, 1.0), v)


@pytest.mark.parametrize("name", ["jv", "iv", "gammainc", "gammau", "chi2sf"])
def test_an_order_that_is_an_input_does_not_keep_from_the_other_derivative(name):
    v, x = T.dscalars("v", "x")
    function, swapped = getattr(T, name), name == "chi2sf"
    y = function(x, v) if swapped else function(v, x)
    fixed = function(x, 2.5) if swapped else function(2.5, x)
    found = symc.function([v, x], [symc.grad(y, x), T.Rop(y, x, 1.0), symc.grad(fixed, x)])
    slopes = found(2.5, 0.75)
    np.testing.assert_allclose(slopes, slopes[-1], rtol=1e-13)
    with pytest.raises(NotSupported, match="no derivative to"):
        T.Rop(y, v, 1.0)


def test_slopes_at_zero():
    x = T.dvector("x")
    total = T.jv(0, x) + 10 * T.jv(1, x) + 100 * T.iv(2, x)
    slope = symc.function([x], symc.grad(total.sum(), x))(np.zeros(2))
    np.testing.assert_array_equal(slope, 5.0)
