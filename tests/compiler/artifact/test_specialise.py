"""Shared variables of fixed size: constants where nothing changes them, else state in place."""

import numpy as np
import pytest

from symc.compiler.artifact import Shared, Source
from symc.compiler.artifact.source import written
from symc.compiler.artifact.specialise import specialise
from symc.compiler.errors import NotSupported, ShapeMismatch
from symc.compiler.interpret import interpret
from symc.compiler.location import Location
from symc.compiler.module import Module
from symc.compiler.op import find
from symc.compiler.program.record import Copy
from symc.compiler.target.isa import host_target
from symc.compiler.text import to_text
from symc.compiler.value import Context
from symc.compiler.verify import verify
from tests.artifacts import Loaded, library_of, planner, source_of
from tests.passes.cases import CASES
from tests.passes.modules import parameter, random_arrays


@pytest.mark.parametrize("name", CASES)
def test_means_the_same(name):
    case = CASES[name]
    source, states = source_of(case)
    inputs = random_arrays(case.shapes)
    new = specialise(source, source.states)
    verify(new.module)
    for a, b in zip(
        interpret(source.module, inputs, states), interpret(new.module, inputs, states), strict=True
    ):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)


def test_sizes_become_numbers():
    source, _ = source_of(CASES["sgd"])
    text = to_text(specialise(source, source.states).module)
    assert "float32[4, 3] state" in text
    assert "check" in text  # that the input has four columns


@pytest.mark.parametrize("name", ["sgd", "momentum", "embedding"])
def test_updates_are_in_place(name):
    source, _ = source_of(CASES[name])
    fixed = specialise(source, source.states)
    program = planner(host_target())(fixed.module)
    assert not program.swaps
    assert len(program.written) == len(source.states)
    assert not [s for s in (*program.body, *program.commit) if isinstance(s, Copy)]


def dense(name="predict", update=False, weights=None, shared=None):
    """f(x) = dot(x, w), and w + 1 as an update."""
    context = Context()
    x = parameter(context, 0, "float64", 2)
    w = parameter(context, 1, "float64", 2, "state")
    with context.at(0):
        y = find("dot")(x.value, w.value)
    updates = ((1, w.value + 1),) if update else ()
    sites = (Location((("net.py", 7, "build"),), "dot"),)
    module = Module(name, context, (x, w), (y,), updates, tuple(context.checks), sites)
    shared = shared or Shared("w", np.ones((3, 2)) if weights is None else weights)
    return Source(name, module, (shared,), ("y",))


def test_what_nothing_updates_is_a_constant(tmp_path):
    library = library_of(dense())
    assert library.interface.state == ()
    assert library.interface.functions[0].inputs[0].sizes == ("p0_0", 3)
    loaded = Loaded(library, tmp_path)
    np.testing.assert_array_equal(loaded.call("f", np.ones((4, 3)))[0], np.full((4, 2), 3.0))


def test_functions_share_state(tmp_path):
    weights = Shared("w", np.ones((3, 2)))
    sources = [dense("train", update=True, shared=weights), dense(shared=weights)]
    assert written(sources) == (weights,)
    library = library_of(*sources, name="model")
    assert library.interface.state_bytes == 48
    loaded = Loaded(library, tmp_path)
    x = np.ones((1, 3))
    assert loaded.call("predict", x)[0][0, 0] == 3
    loaded.call("train", x)
    loaded.flat("train", x)
    assert loaded.call("predict", x)[0][0, 0] == 9
    assert loaded.flat("predict", x)[0][0, 0] == 9
    assert weights.value[0, 0] == 1  # the artefact has its own


def test_state_may_be_copied(tmp_path):
    loaded = Loaded(library_of(dense("f", update=True)), tmp_path)
    x = np.ones((1, 3))
    loaded.call("f", x)
    kept = loaded.state.copy()
    loaded.call("f", x)
    other, loaded.state = loaded.state, kept
    assert loaded.call("f", x)[0][0, 0] == 6
    loaded.state = other
    assert loaded.call("f", x)[0][0, 0] == 9


def test_an_update_of_another_size_is_refused():
    context = Context()
    x = parameter(context, 0, "float64", 1)
    w = parameter(context, 1, "float64", 1, "state")
    module = Module("f", context, (x, w), (), ((1, x.value * 2),))
    shared = Shared("history", np.zeros(3))
    with pytest.raises(NotSupported, match=r"'history' may change its shape \(3,\) to \(\?,\)"):
        specialise(Source("f", module, (shared,)), (shared,))
    joined = find("concatenate")(w.value, w.value, axis=0)
    module = Module("f", context, (x, w), (), ((1, joined),))
    with pytest.raises(NotSupported, match=r"to \(6,\)"):
        specialise(Source("f", module, (shared,)), (shared,))


def test_sizes_that_cannot_fit_name_the_line():
    context = Context()
    v = parameter(context, 0, "float64", 1, "state")
    w = parameter(context, 1, "float64", 1, "state")
    with context.at(0):
        y = v.value * w.value
    sites = (Location((("net.py", 9, "build"),), "mul"),)
    module = Module("f", context, (v, w), (y,), (), tuple(context.checks), sites)
    states = Shared("v", np.ones(2)), Shared("w", np.ones(3))
    with pytest.raises(ShapeMismatch, match=r"^net.py:9: multiply: .* 2 is not 3|3 is not 2"):
        specialise(Source("f", module, states), ())
