"""Products of Jacobians with vectors agree with differences and with each other."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.exceptions import BadUse, BadValue
from symc.gradient import DisconnectedInputError, disconnected_grad, hessian_times_vector
from tests.frontend.test_gradient import CASES, GIVEN, S3, V, X, j, t, v, weighted, x

MOVED = [x, v, t]
TANGENTS = [T.dmatrix("dx"), T.dvector("dv"), T.dtensor3("dt")]
rng = np.random.default_rng(4)
DIRECTIONS = [rng.uniform(-1, 1, a.shape) for a in (X, V, S3)]
y, z = T.dscalar("y"), T.dscalar("z")


@pytest.mark.parametrize("name", [name for name in CASES if name != "cast"])
def test_against_differences_and_gradients(name):
    f = CASES[name]
    along = symc.Rop(f, MOVED, TANGENTS)
    assert along.type == f.type
    u = f.type("u")
    back = symc.Lop(f, MOVED, u, disconnected_inputs="ignore")
    assert [g.type for g in back] == [m.type for m in MOVED]
    inputs = list(GIVEN)
    plain = symc.function(inputs, f, on_unused_input="ignore")
    g = symc.function([*inputs, *TANGENTS, u], [along, *back], on_unused_input="ignore")
    arrays = list(GIVEN.values())
    ends = [
        plain(*(a + h * d for a, d in zip(arrays, DIRECTIONS, strict=False)), arrays[3])
        for h in (1e-6, -1e-6)
    ]
    weights = rng.uniform(-1, 1, ends[0].shape)
    forward, *backward = g(*arrays, *DIRECTIONS, weights)
    np.testing.assert_allclose(forward, (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-6)
    pulled = sum(np.sum(g * d) for g, d in zip(backward, DIRECTIONS, strict=True))
    np.testing.assert_allclose(np.sum(forward * weights), pulled, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["tanh", "power", "softmax", "dot matrices", "gather"])
def test_hessian_times_vector(name):
    cost = weighted(CASES[name])
    slope = symc.function([x, v, j], symc.grad(cost, x), on_unused_input="ignore")
    along = hessian_times_vector(cost, x, TANGENTS[0])
    f = symc.function([x, v, j, TANGENTS[0]], along, on_unused_input="ignore")
    high, low = (slope(X + h * DIRECTIONS[0], V, GIVEN[j]) for h in (1e-6, -1e-6))
    got = f(X, V, GIVEN[j], DIRECTIONS[0])
    np.testing.assert_allclose(got, (high - low) / 2e-6, rtol=1e-5, atol=1e-6)


def test_hessian_of_several_times_vectors():
    first, second = hessian_times_vector(y**2 * z, [y, z], [T.constant(1.0), T.constant(10.0)])
    assert first.eval({y: 3.0, z: 5.0}) == 2 * 5 * 1 + 2 * 3 * 10
    assert second.eval({y: 3.0, z: 5.0}) == 2 * 3 * 1


# --- what is asked for


def test_the_form_of_f_is_kept():
    assert symc.Rop(y * 2, y, z).type == y.type
    assert isinstance(symc.Rop([y * 2], [y], [z]), list)
    assert isinstance(symc.Rop((y * 2, y), y, z), tuple)
    assert isinstance(symc.Lop(y * 2, (y,), z), tuple)


def test_f_may_be_what_moves():
    along = symc.Rop([y, y * 3], y, z)
    assert [a.eval({z: 2.0}) for a in along] == [2, 6]
    assert symc.Lop([y, y**2], y, [z, T.constant(5.0)]).eval({y: 3.0, z: 2.0}) == 32


def test_one_output_may_be_made_from_another():
    first = y**2
    second = first * z
    pulled = symc.Lop([first, second], y, [T.constant(1.0), T.constant(10.0)])
    assert pulled.eval({y: 3.0, z: 2.0}) == 6 + 10 * 12


def test_intermediate_variables():
    inner = T.exp(y)
    assert symc.Rop(inner**2, inner, z).eval({y: 0.0, z: 3.0}) == 6
    assert symc.Lop(inner**2, inner, z).eval({y: 0.0, z: 3.0}) == 6
    # each moves on its own
    along = symc.Rop(inner * y, [inner, y], [T.constant(1.0), T.constant(10.0)])
    assert along.eval({y: 0.0}) == 10


def test_points_may_depend_on_what_moves():
    along = symc.Rop(y**3, y, y * 2)
    assert along.eval({y: 2.0}) == 48
    # and are differentiated as what they are
    assert symc.grad(along, y).eval({y: 2.0}) == 72
    assert symc.Rop(along, y, z).eval({y: 2.0, z: 1.0}) == 72


def test_none_stands_still():
    assert symc.Rop(y * z, [y, z], [None, T.constant(1.0)]).eval({y: 5.0}) == 5


def test_shared_variables():
    w = symc.shared(2.0, "w")
    assert symc.Rop(w**2 * y, w, z).eval({y: 3.0, z: 1.0}) == 12
    assert symc.Lop(w**2 * y, w, z).eval({y: 3.0, z: 1.0}) == 12


def test_consider_constant():
    inner = y**2
    assert symc.Lop(inner * y, y, z, consider_constant=[inner]).eval({y: 3.0, z: 1.0}) == 9


def test_sizes_must_agree():
    dv = TANGENTS[1]
    along = symc.function([v, dv], symc.Rop(v**2, v, dv))
    with pytest.raises(ValueError, match="3"):
        along(V, np.ones(2))


def test_column_moved_by_a_matrix():
    """The point has the sizes of what it moves, and is stretched where that is."""
    c, dc = T.dcol("c"), T.dmatrix("dc")
    y = v - c
    along = symc.function([c, dc, v], symc.Rop(y, c, dc))
    one = np.array([[2.0], [3.0]])
    np.testing.assert_array_equal(along(one, one, V), -one * np.ones(3))
    back = symc.function([c, dc], symc.Lop(c**2 / 2, c, dc))
    np.testing.assert_array_equal(back(one, one), one * one)
    for call in (lambda x: along(one, x, V), lambda x: back(one, x)):
        with pytest.raises(ValueError, match="not of size 1"):
            call(np.ones((2, 3)))


def test_integers_stand_still():
    n = T.lvector("n")
    along = symc.Rop((n * v).sum(), [n, v], [n, v])
    assert along.eval({n: [1, 2, 3], v: V}) == (np.array([1, 2, 3]) * V).sum()
    counts = symc.Rop(T.argmax(v), v, v, disconnected_outputs="ignore")
    assert counts.eval({v: V}) == 0


# --- what does not depend


def test_disconnected():
    with pytest.raises(DisconnectedInputError) as caught:
        symc.Rop(y**2, z, z)
    text = str(caught.value)
    assert "Rop: power(y, 2): float64 scalar does not depend on wrt" in text
    assert "test_directional.py" in text
    assert "disconnected_outputs='ignore'" in text
    with pytest.raises(DisconnectedInputError, match="Lop: f does not depend on z"):
        symc.Lop(y**2, z, y)
    with pytest.raises(DisconnectedInputError):
        symc.Rop(disconnected_grad(y), y, z)


def test_disconnected_as_asked():
    with pytest.warns(UserWarning, match="does not depend on wrt"):
        along = symc.Rop(v * 2, y, z, disconnected_outputs="warn")
    assert along.eval({v: V}).tolist() == [0, 0, 0]
    options = {"disconnected_outputs": "ignore", "return_disconnected": "none"}
    assert symc.Rop(v * 2, y, z, **options) is None
    assert symc.Lop(v * 2, y, v, disconnected_inputs="ignore").eval({y: 1.0}) == 0


# --- bad requests


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda: symc.Rop(v, [v, y], [v]), BadUse, "one of eval_points for each wrt"),
        (lambda: symc.Lop([v, y], v, [v]), BadUse, "one of eval_points for each f"),
        (lambda: symc.Rop(v, v, y), BadUse, "the point given for v.* has another rank"),
        (lambda: symc.Rop(3, v, v), BadUse, "Rop: f is a variable"),
        (lambda: symc.Rop(v, 3, v), BadUse, "Rop: wrt is a variable"),
        (
            lambda: symc.Rop(v, y, y, disconnected_outputs="no"),
            BadValue,
            "raise, warn or ignore",
        ),
        (
            lambda: symc.Rop(v, y, y, "ignore", "one"),
            symc.NotSupported,
            "'zero', 'none' and 'disconnected' are",
        ),
    ],
)
def test_bad_requests(ask, error, text):
    with pytest.raises(error, match=text):
        ask()
