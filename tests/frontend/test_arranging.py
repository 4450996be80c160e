"""Arguments by place and by name, and which outputs a call returns."""

import pytest

import symc
import symc.tensor as T
from symc import In

x, y, z = T.dscalars("x", "y", "z")


def test_defaults_anywhere():
    f = symc.function([In(x, value=1.0), y, In(z, value=5.0)], x + 10 * y + 100 * z)
    assert (f(y=2.0), f(3.0, 2.0), f(z=0.0, y=2.0, x=0.0)) == (521, 523, 20)
    with pytest.raises(symc.BadArgument, match="misses 1 input: y"):
        f(3.0)


@pytest.mark.parametrize(
    ("outputs", "wanted", "result"),
    [
        ([x, x + 1, x + 2], [0, 2], [2, 4]),
        (x, [0], [2]),
        ({"b": x, "a": x + 1}, ["a"], {"a": 3}),
        ([x], [], []),
    ],
)
def test_some_of_the_outputs(outputs, wanted, result):
    f = symc.function([x], outputs)
    assert f(2.0, output_subset=wanted) == result


@pytest.mark.parametrize(("outputs", "wanted"), [([x], [1]), ({"a": x}, ["b"])])
def test_outputs_that_are_not_there(outputs, wanted):
    with pytest.raises(TypeError, match="output_subset: there is no output"):
        symc.function([x], outputs)(2.0, output_subset=wanted)
