"""rebuild_collect_shared: replaced variables, new inputs, and the updates that are met."""

import numpy as np

import symc
import symc.tensor as T
from symc.rebuild import rebuild_collect_shared

x, y = T.dscalars("x", "y")


def test_replaced():
    inputs, out, (mapping, updates, values, shared) = rebuild_collect_shared(
        x * 2, [x], replace={x: y + 1}
    )
    assert inputs == [mapping[x]]
    assert out.eval({y: 3.0}) == 8
    assert mapping[x].owner is not None
    assert (updates, values, shared) == ({}, [], [])


def test_new_inputs():
    (new,), (out,), _ = rebuild_collect_shared([x * 2], [symc.In(x)], copy_inputs_over=False)
    assert new is not x
    assert new.name == "x"
    assert symc.function([new], out)(2.0) == 4


def test_shared_variables_and_default_updates():
    first, second = symc.shared(1.0, "first"), symc.shared(2.0, "second")
    first.default_update = first + second
    second.default_update = second * 2
    _, out, (_, updates, values, shared) = rebuild_collect_shared(first + x, [x])
    assert shared == [first, second]
    assert list(updates) == [first, second]
    assert [value.owner.op.name for value in values] == ["add", "multiply"]
    _, _, (_, updates, _, shared) = rebuild_collect_shared(first, no_default_updates=[first])
    assert (updates, shared) == ({}, [first])
    _, _, (_, updates, _, shared) = rebuild_collect_shared(
        first, updates={first: first + second}, no_default_updates=True
    )
    assert list(updates) == [first]
    assert shared == [first, second]
    assert np.isfinite(out.eval({x: 1.0}))
