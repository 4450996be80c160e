"""Local optimizers replace applications, the user's own too, where the mode takes them."""

from contextlib import contextmanager

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.exceptions import BadUse
from symc.extension.local import (
    in2out,
    local_optimizer,
    op_remove,
    op_sub,
    optdb,
    register_canonicalize,
)
from symc.extension.op import Op


class Double(Op):
    __props__ = ()
    itypes = (T.dvector,)
    otypes = (T.dvector,)
    calls = 0

    def perform(self, node, inputs, outputs):
        Double.calls += 1
        outputs[0][0] = inputs[0] * 2

    def infer_shape(self, node, shapes):
        return shapes


@contextmanager
def taken(optimizer, *tags):
    optdb.register("tested", optimizer, *(tags or ("fast_run",)))
    try:
        yield
    finally:
        optdb.unregister("tested")


@local_optimizer([Double])
def local_double(node):
    return [node.inputs[0] + node.inputs[0]]


@pytest.fixture
def calls():
    Double.calls = 0
    return lambda: Double.calls


x = T.dvector("x")


def test_an_operation_of_the_users_own_is_replaced_everywhere(calls):
    with taken(local_double):
        f = symc.function([x], Double()(Double()(x)) + T.exp(x), mode="INTERPRET")
    np.testing.assert_array_equal(f([0.0, 1.0]), [1.0, 4 + np.exp(1)])
    assert calls() == 0


@pytest.mark.parametrize("wish", ["tested", "special"])
def test_a_mode_leaves_it_out_by_name_or_tag(calls, wish):
    mode = symc.mode.INTERPRET.excluding(wish)
    with taken(local_double, "fast_run", "special"):
        assert symc.function([x], Double()(x), mode=mode)([1.0]).tolist() == [2.0]
    assert calls() == 1


def test_without_the_tag_of_its_pipeline_it_waits_to_be_included(calls):
    with taken(local_double, "special", 49.5):
        symc.function([x], Double()(x), mode="INTERPRET")([1.0])
        assert calls() == 1
        mode = symc.mode.INTERPRET.including("special")
        assert symc.function([x], Double()(x), mode=mode)([1.0]).tolist() == [2.0]
        assert calls() == 1


@pytest.mark.parametrize(
    ("tracked", "found"),
    [([T.exp], True), ([T.mul], False), (None, True), ([T.tanh, T.exp], True)],
    ids=["function", "other function", "all", "several"],
)
def test_what_it_tracks(tracked, found):
    seen = []

    @local_optimizer(tracked)
    def look(node):
        seen.append(node.title)
        return False

    with taken(look):
        symc.function([x], T.exp(x), mode="INTERPRET")
    assert seen == (["exp"] if found else [])


def test_updates_givens_and_several_results(calls):
    s = symc.shared(np.ones(1), "s")
    y = T.dvector("y")
    with taken(local_double):
        f = symc.function([x], y, updates={s: Double()(s)}, givens={y: Double()(x)})
    assert f([3.0]).tolist() == [6.0]
    assert s.get_value().tolist() == [2.0]
    assert calls() == 0


def test_substitution_and_removal():
    with taken(in2out(op_sub(T.exp, T.sin), op_remove(T.tanh))):
        f = symc.function([x], T.tanh(T.exp(x)), mode="INTERPRET")
    assert f([1.0]).tolist() == [np.sin(1.0)]


def test_registering_decorates():
    @register_canonicalize("special", name="decorated")
    @local_optimizer([T.exp])
    def local_exp(node):
        return [node.inputs[0]]

    try:
        assert symc.function([x], T.exp(x), mode="INTERPRET")([5.0]).tolist() == [5.0]
    finally:
        optdb.unregister("decorated")


def test_replacing_without_end_is_refused_with_the_line():
    @local_optimizer([T.exp])
    def again(node):
        return [T.exp(node.inputs[0])]

    @local_optimizer([T.exp])
    def around(node):
        return [node.outputs[0] * 2]

    for optimizer, how in ((again, "without end"), (around, "by what is made from it")):
        with taken(optimizer), pytest.raises(BadUse, match=f"replace exp {how}") as caught:
            symc.function([x], T.exp(x), mode="INTERPRET")
        assert "test_local.py" in str(caught.value)


def test_long_chains_are_replaced():
    @local_optimizer([T.exp])
    def leave_out(node):
        return [node.inputs[0]]

    y = x
    for _ in range(3000):
        y = T.exp(y)
    with taken(leave_out):
        assert symc.function([x], y, mode="INTERPRET")([5.0]).tolist() == [5.0]


def test_another_type_is_refused():
    @local_optimizer([T.exp])
    def narrow(node):
        return [T.cast(node.inputs[0], "float32")]

    with taken(narrow), pytest.raises(BadUse, match="'narrow' gives what cannot") as caught:
        symc.function([x], T.exp(x), mode="INTERPRET")
    assert "expected: exp(x): float64 vector" in str(caught.value)


def test_what_is_no_local_optimizer_is_refused():
    with pytest.raises(symc.NotSupported, match="'mine' is no local optimizer"):
        optdb.register("mine", object(), "fast_run")
    with pytest.raises(BadUse, match="tracks no operation"):
        local_optimizer([])
    with pytest.raises(BadUse, match="only local optimizers"):
        in2out(3)
