"""Narrow elements of arrays of one dimension fill registers; anything else does not widen lanes."""

import pytest

from symc.compiler.kernel.record import Affine, Kernel
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.target.isa import TARGETS
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import line, plane


def lanes(kernel, target="x86-64-v4"):
    return choose_schedule(kernel, TARGETS[target]).lanes


def doubled(dtype, entry="i0", to=None):
    """Return y = x + x, read at an index, as another dtype."""
    d = Draft()
    x = d.read(0, dtype, entry)
    y = d("add", x, x)
    d.store(1, ("i0",), d.cast(y, to) if to else y)
    buffers = line("s0", dtype), line("s0", to or dtype, "out")
    return Kernel(1, buffers, axes(i0="s0"), (d.stage(),))


@pytest.mark.parametrize(
    ("dtype", "count"),
    [("int8", 64), ("uint8", 64), ("int16", 32), ("int32", 16), ("float16", 16), ("float64", 8)],
)
def test_the_widest_element_fills_a_register(dtype, count):
    assert lanes(doubled(dtype)) == count


def test_what_is_computed_counts_too():
    assert lanes(doubled("int8", to="int16")) == 32
    assert lanes(doubled("int8", to="float32")) == 16


def test_only_where_bytes_are_masked_one_by_one():
    assert lanes(doubled("int8"), "x86-64-v3") == 8


def test_only_along_the_array():
    backwards = Affine((("i0", -1), ("s0", 1)), -1)
    assert lanes(doubled("int8", backwards)) == 16
    d = Draft()
    place = d.cast(d.axis("i0"), "int8")
    d.store(1, ("i0",), d("add", d.read(0, "int8", "i0"), place))
    buffers = line("s0", "int8"), line("s0", "int8", "out")
    assert lanes(Kernel(1, buffers, axes(i0="s0"), (d.stage(),))) < 64


def test_not_along_rows():
    d = Draft()
    x = d.read(0, "int8", "i0", "i1")
    d.store(1, ("i0", "i1"), d("add", x, x))
    buffers = plane("int8"), plane("int8", "out")
    assert lanes(Kernel(2, buffers, axes(i0="s0", i1="s1"), (d.stage(),))) == 16
