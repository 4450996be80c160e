"""The base of compiled functions hands plain calls on and leaves the others to its subclass."""

import gc
import weakref

import pytest

from symc.runtime import Caller


class Function(Caller):
    def __init__(self, name):
        self.name = name

    def call_general(self, *args, **named):
        return self.name, args, named


def test_plain_call_goes_straight():
    function = Function("f")
    function.call_straight(max, 2)
    assert function(3, 4) == 4


@pytest.mark.parametrize(
    ("args", "named"), [((1,), {}), ((), {}), ((1, 2), {"x": 3}), ((1, 2, 3), {})]
)
def test_other_calls_are_general(args, named):
    function = Function("f")
    function.call_straight(max, 2)
    assert function(*args, **named) == ("f", args, named)


def test_nothing_is_straight_before_it_is_said():
    assert Function("f")(1, 2) == ("f", (1, 2), {})


def test_errors_pass_through():
    function = Function("f")
    function.call_straight(max, 1)
    with pytest.raises(TypeError, match="not iterable"):
        function(3)


def test_without_general_call():
    with pytest.raises(AttributeError, match="call_general"):
        Caller()()


def test_cycles_are_collected():
    function = Function("f")
    held = [function]
    function.call_straight(held.copy, 0)
    known = weakref.ref(function)
    assert function() == [function]
    del function, held
    gc.collect()
    assert known() is None


def test_callable_is_replaced():
    function = Function("f")
    function.call_straight(min, 2)
    function.call_straight(max, 2)
    assert function(1, 2) == 2
