"""What stops or changes a derivative leaves the value alone."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.gradient import (
    consider_constant,
    disconnected_grad,
    grad_clip,
    grad_scale,
    zero_grad,
)

y = T.dscalar("y")


@pytest.mark.parametrize(
    ("bend", "slope"),
    [
        (lambda x: grad_clip(x, -1, 1), 1),
        (lambda x: grad_clip(x, -10, 1.5), 1.5),
        (lambda x: grad_clip(x, -10, 10), 4),
        (lambda x: grad_scale(x, -0.5), -2),
        (zero_grad, 0),
        (consider_constant, 0),
    ],
)
def test_values_stay_and_slopes_change(bend, slope):
    cost = bend(y) * 4
    assert cost.eval({y: 3.0}) == 12
    assert symc.grad(cost, y).eval({y: 3.0}) == slope


def test_a_clipped_slope_moves_forward_unclipped():
    along = symc.Rop(grad_clip(y, -1, 1) * 4, y, y)
    assert along.eval({y: 3.0}) == 12
    assert symc.Rop(grad_scale(y, -0.5) * 4, y, y).eval({y: 3.0}) == -6


def test_a_clipped_slope_can_be_differentiated():
    slope = symc.grad(grad_clip(y, -5, 5) ** 2, y)
    assert symc.grad(slope, y).eval({y: 1.0}) == 2
    assert symc.grad(slope, y).eval({y: 4.0}) == 0


def test_compiled():
    vector = T.fvector("vector")
    cost = (grad_clip(T.tanh(vector), -0.1, 0.1) ** 2).sum()
    slope = symc.function([vector], symc.grad(cost, vector), mode="FAST_RUN")
    got = slope(np.array([0.01, 2.0], "float32"))
    assert got.dtype == "float32"
    assert abs(got[0] - 0.02) < 1e-4
    assert 0 < got[1] < 0.1


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda: grad_clip(y, 1, -1), ValueError, "grad_clip: 1 is not below -1"),
        (lambda: grad_clip(T.lscalar(), 0, 1), TypeError, "no float"),
        (lambda: grad_scale(T.lscalar(), 2), TypeError, "no float"),
    ],
)
def test_bad_requests(ask, error, text):
    with pytest.raises(error, match=text):
        ask()


def test_disconnected_grad_is_not_reached():
    with pytest.raises(symc.gradient.DisconnectedInputError):
        symc.grad(disconnected_grad(y), y)


def test_sparse_grad_takes_chosen_elements_alone():
    w, i = symc.shared(np.arange(6.0).reshape(3, 2), "w"), T.lvector("i")
    chosen = symc.sparse_grad(w[i])
    step = symc.function([i], updates=[(w, w - symc.grad((chosen**2).sum() / 2, w))])
    step([1, 1])
    assert w.get_value().tolist() == [[0, 1], [-2, -3], [4, 5]]
    with pytest.raises(TypeError, match=r"sparse_grad: .* is no w\[indices\]"):
        symc.sparse_grad(w)
