"""OpFromGraph: graphs as operations, with derivatives of their own and with others."""

import copy
import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import OpFromGraph
from symc.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    NullType,
    NullTypeGradError,
    Rop,
    grad,
    jacobian,
)

x, y, z = T.dscalars("x", "y", "z")
v, u = T.dvectors("v", "u")
POINT = (2.0, 3.0, 4.0)
MODES = ["INTERPRET", "FAST_RUN"]


def values(expressions, inputs=(x, y, z), point=POINT):
    """Return what expressions are at a point."""
    f = symc.function(list(inputs), expressions, on_unused_input="ignore")
    return [float(value) for value in f(*point)]


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_a_program_of_the_manual(mode, inline):
    op = OpFromGraph([x, y, z], [x + y * z], inline=inline)
    f = symc.function([x, y, z], [op(x, y, z) + op(z, y, x)], mode=mode)
    assert f(*POINT) == [24.0]


@pytest.mark.parametrize("mode", MODES)
def test_shared_variables_inside(mode):
    s = symc.shared(np.array([[1.0, 2.0]]), "s")
    op = OpFromGraph([x, y, z], [x + y * z + s])
    out = op(x, y, z)
    assert out.owner.inputs == (x, y, z, s)
    f = symc.function([x, y, z], [out, grad(out.sum(), s)], updates={s: s * 2}, mode=mode)
    assert f(*POINT)[0].tolist() == [[15.0, 16.0]]
    assert f(*POINT)[0].tolist() == [[16.0, 18.0]]


def test_several_results_and_nesting():
    inner = OpFromGraph([v], [v.sum(), v * 2])
    outer = OpFromGraph([v], [inner(v)[1] * inner(v + 1)[0]])
    f = symc.function([v], [outer(v), grad(outer(v).sum(), v)])
    V = np.array([1.0, 2.0])
    value, slope = f(V)
    assert value.tolist() == [10.0, 20.0]
    assert slope.tolist() == [16.0, 16.0]


def test_default_derivatives():
    op = OpFromGraph([x, y], [T.exp(x * y)])
    found = values([*grad(op(x, y), [x, y]), Rop(op(x, y), [x, y], [z, z])])
    expected = values([*grad(T.exp(x * y), [x, y]), Rop(T.exp(x * y), [x, y], [z, z])])
    assert found == expected


def test_one_gradient_overridden():
    def rescaled(inputs, slopes):
        return slopes[0] * inputs[2] * 2

    op = OpFromGraph([x, y, z], [x + y * z], grad_overrides=["default", rescaled, "default"])
    assert values(grad(op(x, y, z), [x, y, z])) == [1.0, 8.0, 3.0]


def test_all_overridden_with_results():
    s = symc.shared(2.0, "s")

    def pull(inputs, outputs, slopes):
        return [slopes[0] * outputs[0], slopes[0], inputs[0] * 0]

    op = OpFromGraph([x, y, z], [x + y * z * s], lop_overrides=pull)
    cost = op(x * 1, y, z) * 10
    assert values(grad(cost, [x, y, z, s])) == [260.0, 10.0, 0.0, 120.0]


def test_graphs_override():
    pull = OpFromGraph([x, y, z], [z * y, z * x * 7])
    op = OpFromGraph([x, y], [x * y], grad_overrides=pull, rop_overrides=lambda i, p: [p[0] * 100])
    assert values(grad(op(x, y), [x, y])) == [3.0, 14.0]
    assert values([Rop(op(x, y), [x], [z])]) == [400.0]
    whole = OpFromGraph([x, y, z], [x * 0 + y * 0 + z * 5])
    op = OpFromGraph([x], [x**2], lop_overrides=whole)
    assert values([grad(op(x), x)]) == [5.0]


def test_special_overrides():
    product = [x, y], [x * y]
    null = OpFromGraph(*product, lop_overrides=[NullType("no slope")(), "default"])
    with pytest.raises(NullTypeGradError, match="no slope"):
        grad(null(x, y), x)
    assert values([grad(null(x, y), y)]) == [2.0]
    for nothing in (DisconnectedType()(), [None, None]):
        op = OpFromGraph(*product, lop_overrides=nothing)
        with pytest.raises(DisconnectedInputError):
            grad(op(x, y), x)
    with pytest.raises(NullTypeGradError):
        grad(OpFromGraph(*product, grad_overrides=NullType("all")())(x, y), y)


def test_forward_overrides():
    product = [x, y], [x * y, x + y]
    mixed = OpFromGraph(*product, rop_overrides=["default", lambda i, p: p[1] * 9])
    assert values(Rop(mixed(x, y), [x, y], [z, z])) == [20.0, 36.0]
    null = OpFromGraph(*product, rop_overrides=NullType("stuck")())
    with pytest.raises(NullTypeGradError, match="stuck"):
        Rop(null(x, y)[0], x, z)
    still = OpFromGraph(*product, rop_overrides=DisconnectedType()())
    with pytest.raises(DisconnectedInputError):
        Rop(still(x, y)[0], x, z)


def test_rows_of_overridden_gradients():
    op = OpFromGraph([v], [v**2], grad_overrides=lambda i, g: [g[0] * i[0] * 3])
    rows = jacobian(op(v) * 2, v).eval({v: [1.0, 2.0]})
    assert rows.tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_second_derivatives_of_overridden_ones():
    op = OpFromGraph([x], [x**2], lop_overrides=lambda i, o, g: [g[0] * o[0]])
    slope = grad(op(x), x)
    assert values([slope, grad(slope, x)]) == [4.0, 4.0]  # the slope is the result again


def test_results_that_nothing_flows_to():
    seen = []

    def pull(inputs, outputs, slopes):
        seen.extend(slopes)
        return [slopes[0] + slopes[1]]

    op = OpFromGraph([v], [v * 2, v * 3], lop_overrides=pull)
    assert grad(op(v)[0].sum(), v).eval({v: [1.0, 1.0]}).tolist() == [1.0, 1.0]
    assert all(g.type == v.type for g in seen)


def test_connections():
    op = OpFromGraph([x, y], [x * 2, y * 2], lop_overrides=["default", lambda i, o, g: g[1]])
    assert op.connection_pattern(op(x, y)[0].owner) == [[True, False], [True, True]]
    stated = OpFromGraph([x], [x * 2], connection_pattern=[[False]], rop_overrides=[None])
    with pytest.raises(DisconnectedInputError):
        grad(stated(x), x)


def test_types_are_fitted_or_refused():
    op = OpFromGraph([v], [v * 2])
    assert op([1.0, 2.0]).eval().tolist() == [2.0, 4.0]
    with pytest.raises(TypeError):
        op(x)
    with pytest.raises(ValueError, match="another number of operands"):
        op(v, v)


def test_arguments():
    with pytest.raises(TypeError, match="inputs and outputs are lists"):
        OpFromGraph([x], x)
    with pytest.raises(TypeError, match="inputs and outputs are variables"):
        OpFromGraph([x, 3], [x])
    with pytest.raises(TypeError, match="has no updates"):
        OpFromGraph([x], [x], updates={})
    with pytest.raises(TypeError, match="the graph needs y: float64 scalar"):
        OpFromGraph([x], [x * y])
    with pytest.raises(ValueError, match="lop_overrides or grad_overrides, not both"):
        OpFromGraph([x], [x], lop_overrides=len, grad_overrides=len)
    with pytest.raises(TypeError, match="an override is something else"):
        OpFromGraph([x], [x * 1], rop_overrides=3)
    with pytest.raises(ValueError, match="another number of derivatives"):
        grad(OpFromGraph([x], [x * 1], lop_overrides=[None, None])(x), x)
    with pytest.raises(TypeError, match="an override of all terms returns a list"):
        grad(OpFromGraph([x], [x * 1], grad_overrides=lambda i, g: g[0])(x), x)


def test_texts():
    op = OpFromGraph([v], [v * 2], name="double")
    assert str(op) == "double{inline=False}"
    assert str(OpFromGraph([v], [v], inline=True)) == "OpFromGraph{inline=True}"
    text = symc.printing.debugprint(op(v + 1), file="str")
    assert text.splitlines()[0] == "double{inline=False} [id A] ''"
    inner = text[text.index("Inner graphs:") :].splitlines()
    assert inner[2] == "double{inline=False}"
    assert inner[3].startswith(" >multiply")


def test_copies_and_travel():
    op = OpFromGraph([v], [v * 2], lop_overrides=[None])
    again = pickle.loads(pickle.dumps([v, op(v)]))
    leaf, root = again
    assert root.eval({leaf: [1.0]}).tolist() == [2.0]
    assert copy.copy(op(v)).owner.op is op
    assert symc.clone(op(v), {v: u + 1}).eval({u: [1.0]}).tolist() == [4.0]
