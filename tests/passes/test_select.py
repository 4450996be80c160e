"""Which slices of sorts become selections, and that they give what the slices gave."""

import numpy as np
import pytest
from running import native

from symc.compiler.module import walk
from symc.compiler.ops.order import argsort, sort
from symc.compiler.ops.shape import slice_
from symc.passes.select import select
from tests.passes.graphs import build, compute


def cut(x, start, length, step=1):
    """Return neighbours of a matrix's last axis; numbers count from its end where negative."""
    value = x.context.size_value
    rows, size = (value(s) for s in x.type.shape)
    start = size + start if start < 0 else value(start)
    return slice_(x, value(0), start, rows, value(length), steps=(1, step))


def names(module):
    return [value.op.name for value in walk(module.roots())]


CASES = {
    "first": lambda x: cut(sort(x), 0, 2),
    "largest": lambda x: cut(sort(x), -3, 3),
    "turned": lambda x: cut(sort(x), -1, 3, -1),
    "positions": lambda x: cut(argsort(x), -1, 2, -1),
    "none": lambda x: cut(sort(x), 2, 0, -1),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("threads", [1, 2])
def test_one_slice_is_a_selection(case, threads):
    module = build(CASES[case], ("float32", 2))
    selected = select(module)
    assert {"sort_some", "argsort_some"} & set(names(selected))
    assert not {"sort", "argsort"} & set(names(selected))
    x = np.random.default_rng(3).integers(0, 50, (3, 1000)).astype("float32")
    x[:, ::7] = np.nan
    (want,), (got,) = compute(module, x), compute(selected, x)
    np.testing.assert_array_equal(got, want)
    run, _ = native(selected, threads=threads)
    np.testing.assert_array_equal(run(x)[0], want)


def test_what_is_read_elsewhere_is_sorted_whole():
    def both(x):
        ordered = sort(x)
        return cut(ordered, 0, 2), cut(ordered, 1, 2)

    def rows(x):
        value = x.context.size_value
        numbers = (value(1), value(0), value(2), value(x.type.shape[1]))
        return slice_(sort(x), *numbers, steps=(1, 1))

    def returned(x):
        ordered = sort(x)
        return ordered, cut(ordered, 0, 2)

    for make in (both, rows, returned, lambda x: cut(sort(x), 0, 2, 2)):
        module = build(make, ("float32", 2))
        assert select(module).outputs == module.outputs
