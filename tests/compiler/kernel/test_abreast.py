"""Short rows are turned so that lanes are rows: same values, bits of a row by itself, no trace."""

from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.kernel.abreast import fits_abreast, panels, with_rows_apart
from symc.compiler.kernel.record import Affine, Kernel, Read, Schedule
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.kernel.short import ways_of
from symc.compiler.target.isa import TARGETS
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import plane, total
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.running import compiled
from tests.compiler.kernel.test_examples import check

ROWS = ("softmax", "softmax with scratch", "argmax", "max with NaN", "all", "layer norm")
LONGEST = 256
V4 = TARGETS["x86-64-v4"]


def abreast(kernel, lanes):
    """Return a kernel and its schedule as for short rows, with room for the tests' longest."""
    schedule = Schedule("outer", lanes, (1,) * len(kernel.stages), longest=LONGEST)
    return with_rows_apart(kernel), schedule


@pytest.mark.parametrize("target", ["host", "x86-64-v3", "x86-64"])
@pytest.mark.parametrize("lanes", [4, 8])
@pytest.mark.parametrize("name", ROWS)
def test_values(name, lanes, target):
    kernel, schedule = abreast(EXAMPLES[name].kernel, lanes)
    check(name, compiled(kernel, "llvm", target, schedule))


@pytest.mark.parametrize("name", ROWS)
def test_bits_depend_on_no_printer_and_on_no_neighbours(name):
    example = EXAMPLES[name]
    kernel, schedule = abreast(example.kernel, 8)
    sizes = (21, 11)
    made = [np.array(b) for b in example.buffers(np.random.default_rng(7), *sizes)]
    seen = []
    for printer in ("llvm", "mlir"):
        for ends in ((0, 21), (0, 1, 9, 10, 21)):
            buffers = [b.copy() for b in made]
            for begin, end in pairwise(ends):
                points = range(begin, end)
                compiled(kernel, printer, "host", schedule)(buffers, sizes, points)
            kept = zip(buffers, kernel.buffers, strict=True)
            seen.append([b.tobytes() for b, record in kept if record.role != "row"])
    assert all(bits == seen[0] for bits in seen)


# --- which arrays are turned


def stages_of(*drafts):
    return tuple(draft.stage() for draft in drafts)


def centred(buffers, *, target=0, source=0, index=("i0", "j0"), guard=False):
    """Return rows less their sums, stored at an index of a buffer."""
    top, low = Draft(j0="s1"), Draft(j0="s1")
    top.reduce(total("float32"), top.read(0, "float32", "i0", "j0"))
    x = low.read(source, "float32", "i0", "j0")
    value = low("subtract", x, low.result(0, 0, "float32"))
    if guard:
        low.store(target, index, value, guard=low("greater", x, low.constant(0.0, "float32")))
    else:
        low.store(target, index, value)
    return Kernel(2, buffers, axes(i0="s0"), stages_of(top, low))


def ways(kernel):
    return [(panel.loads, panel.stores) for panel in panels(kernel)]


def test_what_is_overwritten_is_read_before():
    assert ways(centred((plane(role="inout"),))) == [(True, True)]


def test_what_is_only_read_or_written():
    assert ways(centred((plane(), plane(role="out")), target=1)) == [(True, False), (False, True)]


def test_scratch_is_neither_read_nor_written():
    kernel = with_rows_apart(EXAMPLES["softmax with scratch"].kernel)
    assert ways(kernel) == [(True, False), (False, False), (False, True)]


def test_what_is_written_elsewhere_is_left_where_it_lies():
    aside = centred((plane(role="inout"),), index=("j0", "i0"))
    assert ways(aside) == []
    guarded = centred((plane(), plane(role="out")), target=1, guard=True)
    assert ways(guarded) == [(True, False)]


def test_wide_elements_do_not_fit():
    kernel = with_rows_apart(EXAMPLES["softmax with scratch"].kernel)
    assert fits_abreast(kernel, 8, 64)
    assert not fits_abreast(kernel, 16, 64)


# --- when


def short(kernel):
    return ways_of(kernel, choose_schedule(kernel, V4), V4).short


def test_short_rows_are_turned_and_long_ones_are_not():
    kernel = EXAMPLES["softmax"].kernel
    way = short(kernel)
    assert (way.length, way.below) == ("s1", 48)
    assert way.schedule.longest == way.below


@pytest.mark.parametrize(("length", "turned"), [(10, True), (47, True), (48, False)])
def test_lengths_that_are_known(length, turned):
    top, low = Draft(j0=length), Draft(j0=length)
    top.reduce(total("float32"), top.read(0, "float32", "i0", "j0"))
    e = low("exp", low("subtract", low.read(0, "float32", "i0", "j0"), low.result(0, 0, "float32")))
    low.store(1, ("i0", "j0"), e)
    buffers = (plane(), plane(role="out"))
    known = tuple(replace(b, shape=("s0", length)) for b in buffers)
    kernel = Kernel(1, known, axes(i0="s0"), stages_of(top, low))
    assert (short(kernel) is not None) == turned


def test_columns_are_not_rows():
    assert short(EXAMPLES["column sums"].kernel) is None


def test_scratch_that_is_read_elsewhere_is_no_panel():
    """There is no memory for a row of it beside each other row."""
    kernel = EXAMPLES["softmax with scratch"].kernel
    *others, low = kernel.stages
    first = Read(2, (Affine(),))
    scalars = (replace(low.scalars[0], attribute=first), *low.scalars[1:])
    changed = replace(kernel, stages=(*others, replace(low, scalars=scalars)))
    assert short(kernel) is not None
    assert short(changed) is None
