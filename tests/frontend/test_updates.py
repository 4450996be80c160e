"""OrderedUpdates keep their order, take shared variables alone, and add up."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import OrderedUpdates
from symc.exceptions import BadUse

s, t = symc.shared(np.float64(1), "s"), symc.shared(np.float64(2), "t")


def test_they_are_updates_of_a_function():
    updates = OrderedUpdates([(t, t + s)])
    updates[s] = 5.0
    assert list(updates) == [t, s]
    symc.function([], updates=updates)()
    assert (s.get_value(), t.get_value()) == (5.0, 3.0)


def test_they_add_up():
    new = s + 1
    both = OrderedUpdates({s: new}) + {t: t * 2}
    assert list(both) == [s, t]
    assert isinstance(both, OrderedUpdates)
    assert list({t: t * 2} + OrderedUpdates({s: new})) == [t, s]
    assert list(both + {s: new}) == [s, t]
    with pytest.raises(KeyError, match=r"s: .* two different updates"):
        both + {s: s + 2}


def test_keys_are_shared_variables():
    with pytest.raises(BadUse, match="only a shared variable can be updated"):
        OrderedUpdates({T.dscalar("x"): s})
    assert repr(OrderedUpdates({s: s + 1})) == "OrderedUpdates({s: (s + 1)})"
