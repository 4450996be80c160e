"""Modes: what is made of one, and what it says of itself."""

import pytest

import symc
import symc.tensor as T
from symc import Mode
from symc.rewriting import on, unregister

x = T.dscalar("x")


def test_names_added_and_left_out():
    mode = Mode().including("a").excluding("b").requiring("c").excluding("a")
    assert (mode.include, mode.exclude) == ({"c"}, {"a", "b"})
    assert symc.function([x], x + 1, mode=mode)(1.0) == 2


def test_what_a_mode_says_of_itself():
    mode = Mode("py", "fast_compile")
    assert (mode.linker, mode.optimizer) == ("interpret", "FAST_COMPILE")
    assert (mode.provided_linker, mode.provided_optimizer) == ("interpret", "FAST_COMPILE")


def test_a_mode_with_another_optimizer():
    mode = Mode("py").excluding("fuse")
    assert mode.clone(link_kwargs={"allow_gc": False}) == mode
    other = mode.clone(optimizer="fast_compile")
    assert (other.pipeline, other.exclude) == ("FAST_COMPILE", {"fuse"})
    assert mode.pipeline == "FAST_RUN"


def test_a_mode_with_a_rule_of_its_own():
    @on("exp", exact=False)
    def first_order(value):
        return 1 + value.operands[0]

    mode = Mode().register((first_order, 2.5))
    try:
        assert symc.function([x], T.exp(x), mode=mode)(1.0) == 2
        assert symc.function([x], T.exp(x))(1.0) == pytest.approx(2.71828, rel=1e-5)
    finally:
        unregister("first_order")
