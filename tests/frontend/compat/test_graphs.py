"""Theano's walks over graphs, and copies of them."""

from collections import deque

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compat import graph

x, y = T.dvectors("x", "y")
w = symc.shared(np.array([1.0, 2.0]), name="w")
inner = x * w
outer = T.tanh(inner) + y


def test_applications():
    nodes = graph.list_of_nodes([x, y], [outer])
    assert [node.op.name for node in nodes] == ["multiply", "tanh", "add"]
    assert graph.ops([x, y], [outer]) == set(nodes)
    found, orphans = graph.variables_and_orphans([x, y], [outer])
    assert orphans == [w]
    assert set(found) == {x, y, w, inner, nodes[1].outputs[0], outer}
    assert graph.is_in_ancestors(outer.owner, inner.owner)
    assert not graph.is_in_ancestors(inner.owner, outer.owner)


def test_copies():
    (a, b), (made,) = graph.clone([x, y], [outer])
    assert (a is x, a.name, made is outer) == (False, "x", False)
    np.testing.assert_allclose(made.eval({a: [1.0, 1.0], b: [0.0, 0.0]}), np.tanh([1, 2]))
    (a, _), (made,) = graph.clone([x, y], [outer], copy_inputs=False)
    assert a is x
    assert set(graph.inputs([made])) == {x, y, w}
    copies = graph.clone_get_equiv([x, y], [outer])
    assert copies[outer.owner].outputs[0] is copies[outer]
    assert copies[w].container is w.container


def test_copies_of_shared_variables_update_by_themselves():
    mean = symc.shared(0.0)
    running = symc.clone(mean, share_inputs=False)
    running.default_update = running + 1
    assert symc.function([], mean * 1)() == 0
    assert mean.get_value() == 0
    assert symc.function([], running * 1)() == 0
    assert mean.get_value() == 1


def test_walks():
    def deps(v):
        return v.owner.inputs if v.owner else []

    order = graph.general_toposort([outer], deps)
    assert order[-1] is outer
    assert all(order.index(d) < order.index(v) for v in order for d in deps(v))
    assert graph.stack_search(deque([outer]), deps)[0] is outer
    assert set(graph.stack_search(deque([outer]), deps, "dfs")) == set(order)
    with pytest.raises(ValueError, match="cycle"):
        graph.general_toposort([0], lambda n: [1 - n])
