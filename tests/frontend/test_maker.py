"""f.maker.fgraph: what is left of a graph after the passes."""

import pytest

import symc
import symc.tensor as T
from symc.compat.ops import CLASSES

x = T.dmatrix("x")


def test_the_optimised_graph():
    w = symc.shared(1.0, "w")
    f = symc.function([x], T.nnet.softmax(x + 0), updates={w: w * 2}, mode="FAST_RUN")
    graph = f.maker.fgraph
    assert [node.op.name for node in graph.toposort()] == ["softmax", "multiply"]
    assert isinstance(graph.toposort()[0].op, CLASSES["Softmax"])
    assert len(graph.inputs) == len(graph.outputs) == 2
    assert graph.toposort()[0].inputs == graph.inputs[:1]
    assert graph.outputs == tuple(node.outputs[0] for node in graph.toposort())
    assert graph.apply_nodes == frozenset(graph.toposort())
    assert "softmax(%x)" in str(graph)
    assert repr(graph.toposort()[0]).endswith(f"= softmax({graph.inputs[0]})")
    assert f.maker.mode is f.mode


@pytest.mark.parametrize(("mode", "names"), [("INTERPRET", ["exp", "add"]), ("FAST_RUN", ["exp"])])
def test_the_mode_says_what_is_left(mode, names):
    f = symc.function([x], T.exp(x) + 0, mode=mode)
    assert [node.op.name for node in f.maker.fgraph.toposort()] == names
