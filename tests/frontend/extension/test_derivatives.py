"""Derivatives through users' operations: backward, forward, second, null, disconnected, wrong."""

import numpy as np
import pytest
from tutorial import Doubled, Positive, Square, SumAndDifference

import symc
import symc.tensor as T
from symc.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    Lop,
    NullTypeGradError,
    Rop,
    grad,
    grad_not_implemented,
    grad_undefined,
    hessian,
    jacobian,
    subgraph_grad,
    undefined_grad,
    verify_grad,
)

v, u = T.dvector("v"), T.dvector("u")
V, U = np.array([0.3, -1.2, 2.0]), np.array([1.0, 0.5, -2.0])
MODES = ["INTERPRET", "FAST_RUN"]


def through(x):
    """Return an expression with users' operations behind and beside one another."""
    total, difference = SumAndDifference()(Square()(T.sin(x)), x)
    return T.tanh(Square()(total)) * difference + Doubled()(x)


def plain(x):
    """Return the same without them."""
    return T.tanh((T.sin(x) ** 2 + x) ** 2) * (T.sin(x) ** 2 - x) + 2 * x


def both(derive, *arrays):
    """Return what a derivative gives of either expression."""
    inputs = [v, u][: len(arrays)]
    made = [derive(f) for f in (through, plain)]
    return [symc.function(inputs, y, on_unused_input="ignore")(*arrays) for y in made]


@pytest.mark.parametrize(
    "derive",
    [
        lambda f: grad(f(v).sum(), v),
        lambda f: grad((f(v) * u).sum(), v),
        lambda f: Lop(f(v), v, u),
        lambda f: Rop(f(v), v, u),
        lambda f: Rop(grad(f(v).sum(), v), v, u),
        lambda f: jacobian(f(v), v),
        lambda f: hessian(f(v).sum(), v),
        lambda f: grad(grad(f(v).sum(), v).sum(), v),
        lambda f: grad(None, v, known_grads={f(v): u}),
        lambda f: grad(f(f(v)).sum(), v),
    ],
)
def test_as_without_them(derive):
    found, expected = both(derive, V, U)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("mode", MODES)
def test_as_differences_have_it(mode):
    verify_grad(through, [V], rng=np.random.default_rng(0), mode=mode)
    verify_grad(
        lambda a, b: SumAndDifference()(Square()(a), b)[1], [V, U], rng=np.random.default_rng(0)
    )


def test_to_intermediate_variables():
    middle = Square()(v)
    cost = (Square()(middle) * v).sum()
    found = symc.function([v], grad(cost, [middle, v]))(V)
    np.testing.assert_allclose(found, [2 * V**3, 5 * V**4])


def test_to_shared_variables():
    w = symc.shared(V, "w")
    cost = Square()(w * v).sum()
    np.testing.assert_allclose(symc.function([v], grad(cost, w))(U), 2 * V * U**2)


def test_through_part_of_a_graph():
    middle = Square()(v)
    (slope,), (end,) = subgraph_grad([u], [middle], cost=(Square()(middle) * u).sum())
    values = symc.function([v, u], [slope, end])(V, U)
    np.testing.assert_allclose(values, [V**4, 2 * V**2 * U])


def test_constants_stop_it():
    middle = Square()(v)
    slope = grad((middle * v).sum(), v, consider_constant=[middle])
    np.testing.assert_allclose(slope.eval({v: V}), V**2)


def test_one_result_of_several():
    _, difference = SumAndDifference()(v, u)
    np.testing.assert_array_equal(grad(difference.sum(), [v, u])[1].eval({v: V, u: U}), [-1] * 3)


def test_steps_of_training():
    w = symc.shared(np.zeros(3), "w")
    cost = Square()(w - v).sum()
    step = symc.function([v], cost, updates={w: w - 0.25 * grad(cost, w)})
    costs = [float(step(V)) for _ in range(3)]
    assert costs == pytest.approx([costs[0], costs[0] / 4, costs[0] / 16])


# --- what has none


def test_no_gradient():
    with pytest.raises(symc.NotSupported, match="Positive has no gradient") as caught:
        grad(Positive()(v)[0].sum(), v)
    assert "test_derivatives.py" in str(caught.value)


def test_no_gradient_is_no_matter_elsewhere():
    chosen, _ = Positive()(u)
    np.testing.assert_array_equal(grad((v * chosen.sum()).sum(), v).eval({v: V, u: U}), [1.5] * 3)


class Gather(symc.Op):
    """Return elements; there is no derivative to the places, of which one form is not written."""

    __props__ = ("make",)

    def __init__(self, make):
        self.make = make

    def make_node(self, x, places):
        return symc.Apply(self, [x, places], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][inputs[1].astype(int)]

    def grad(self, inputs, output_grads):
        return [output_grads[0], self.make(self, 1, inputs[1], "places are no numbers")]


@pytest.mark.parametrize(
    ("make", "text"),
    [(grad_undefined, "is not defined"), (grad_not_implemented, "is not implemented")],
)
def test_null_derivatives(make, text):
    y = Gather(make)(v, T.exp(u))
    with pytest.raises(NullTypeGradError, match=rf"operand 1, exp.0, {text}: places are no num"):
        grad(y.sum(), u)
    null = grad(y.sum() + u.sum(), u, null_gradients="return")
    assert text in null.type.why_null
    assert (
        grad(y.sum(), v).eval(
            {v: V, u: U},
        )
        is not None
    )


def test_undefined_grad():
    y = undefined_grad(v * 2)
    assert (symc.function([v], y)(V) == 2 * V).all()
    with pytest.raises(NullTypeGradError, match="UndefinedGrad"):
        grad(y.sum(), v)
    with pytest.raises(DisconnectedInputError):
        Rop(y, v, u)
    with pytest.raises(symc.gradient.NullTypeGradError):
        jacobian(y, v)


class Connected(SumAndDifference):
    """Each result depends on one operand."""

    def perform(self, node, inputs, output_storage):
        output_storage[0][0], output_storage[1][0] = inputs[0] * 1, inputs[1] * 1

    def connection_pattern(self, node):
        return [[True, False], [False, True]]

    def L_op(self, inputs, outputs, output_grads):
        return list(output_grads)


def test_connections():
    first, second = Connected()(v, u)
    with pytest.raises(DisconnectedInputError):
        grad(first.sum(), u)
    slopes = grad(second.sum() * 2, [v, u], disconnected_inputs="ignore")
    np.testing.assert_array_equal(
        symc.function([v, u], slopes, on_unused_input="ignore")(V, U), [[0] * 3, [2] * 3]
    )
    none = grad(first.sum(), u, disconnected_inputs="ignore", return_disconnected="disconnected")
    assert isinstance(none.type, DisconnectedType)


def test_disconnected_by_the_gradient():
    class Constant(Doubled):
        def grad(self, inputs, output_grads):
            return [DisconnectedType()()]

    with pytest.raises(DisconnectedInputError):
        grad(Constant()(v).sum(), v)


def answering(answer):
    """Return an operation whose gradient is wrong."""

    class Wrong(Doubled):
        def grad(self, inputs, output_grads):
            return answer

    return Wrong()


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (None, TypeError, "the gradient of Wrong is no list"),
        ([], ValueError, "another number of terms than it has operands"),
        ([None], TypeError, "the gradient of Wrong to operand 0 is None"),
        ([T.lvector()], TypeError, "the gradient of Wrong to operand 0 is no float"),
        ([T.dmatrix()], ValueError, "the gradient of Wrong to operand 0 has another rank"),
    ],
)
def test_wrong_gradients(answer, error, text):
    with pytest.raises(error, match=text) as caught:
        grad(answering(answer)(v).sum(), v)
    assert isinstance(caught.value, symc.Error)
    assert "test_derivatives.py" in str(caught.value)


def test_wrong_forms():
    class Pattern(Doubled):
        def connection_pattern(self, node):
            return [[True, True]]

    class Forward(Doubled):
        def R_op(self, inputs, eval_points):
            return []

    with pytest.raises(ValueError, match="connection_pattern has another form"):
        grad(Pattern()(v).sum(), v)
    with pytest.raises(ValueError, match="R_op of Forward gives another number"):
        Rop(Forward()(v), v, u)


def test_rows_of_a_gradient_in_python():
    class Through(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0]

        def grad(self, inputs, output_grads):
            return [Doubled()(output_grads[0])]

    rows = symc.function([v], jacobian(Through()(v) ** 2, v))
    np.testing.assert_array_equal(rows([1.0, 3.0]), [[4, 0], [0, 12]])
