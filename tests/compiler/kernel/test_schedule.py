"""Lanes run where memory is walked in steps of one."""

import pytest
from msgspec.structs import replace

from symc.compiler.kernel.record import Axis, Kernel
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.target.isa import TARGETS
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import plane, total
from tests.compiler.kernel.gallery import EXAMPLES

CHOICES = {
    "softmax": "inner",
    "softmax with scratch": "inner",
    "argmax": "inner",
    "full sum and maximum": "inner",
    "sum over outside axes": "inner",
    "column sums": "outer",
    "column argmax": "outer",
    "broadcasts": "outer",
    "transpose": "outer",
    "padding": "outer",
    "gather of rows": "outer",
    "join": "inner",
    "scatter of rows": "inner",
    "scatter of numbers": "inner",
    "histogram": "none",
    "cumsum down": "outer",
    "cumsum along": "inner",
    "recurrence a column": "outer",
}


@pytest.mark.parametrize("name", CHOICES)
def test_direction(name):
    assert choose_schedule(EXAMPLES[name].kernel, TARGETS["x86-64-v4"]).vector == CHOICES[name]


SWEPT = {
    *("column sums", "column argmax", "cumsum down", "recurrence a column"),
    "sum over outside axes",
}


@pytest.mark.parametrize("name", CHOICES)
def test_columns_are_walked_along_rows(name):
    schedule = choose_schedule(EXAMPLES[name].kernel, TARGETS["x86-64-v4"])
    assert (schedule.sweep > 0) == (name in SWEPT)


TILED = {"transpose": "i0", "planes across": "i0", "axes turned round": "i0"}


def test_planes_across_are_turned_in_tiles():
    for name, example in EXAMPLES.items():
        schedule = choose_schedule(example.kernel, TARGETS["x86-64-v4"])
        assert schedule.tile == TILED.get(name, ""), name
    short = replace(EXAMPLES["transpose"].kernel, outer=axes(i0=3, i1="s1"))
    assert choose_schedule(short, TARGETS["x86-64-v4"]).tile == ""


LANES = {"x86-64": 4, "aarch64": 4, "x86-64-v3": 8, "x86-64-v4": 16}


@pytest.mark.parametrize("target", LANES)
def test_lanes_are_counted_in_the_widest_floats(target):
    lanes = LANES[target]
    assert choose_schedule(EXAMPLES["softmax"].kernel, TARGETS[target]).lanes == lanes
    assert choose_schedule(EXAMPLES["gather of rows"].kernel, TARGETS[target]).lanes == lanes
    assert choose_schedule(EXAMPLES["product"].kernel, TARGETS[target]).lanes == lanes // 2
    assert choose_schedule(EXAMPLES["all"].kernel, TARGETS[target]).lanes == lanes


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_accumulators_fit_and_steps_are_powers_of_two(name, target):
    kernel = EXAMPLES[name].kernel
    schedule = choose_schedule(kernel, TARGETS[target])
    assert len(schedule.unroll) == len(kernel.stages)
    assert all(count.bit_count() == 1 and count <= 8 for count in schedule.unroll)
    assert schedule.lanes == 0 or schedule.lanes.bit_count() == 1
    if schedule.vector == "outer":
        assert len(set(schedule.unroll)) == 1


def test_an_empty_kernel_has_no_lanes():
    kernel = Kernel(0, (), (Axis("i0", 3),), ())
    assert choose_schedule(kernel, TARGETS["x86-64"]).lanes in (0, 4)


def test_long_bodies_are_not_unrolled():
    d = Draft(j0="s0")
    x = d.read(0, "float32", "j0", "i1")
    for _ in range(40):
        x = d("add", x, x)
    d.reduce(total("float32"), x)
    kernel = Kernel(2, (plane(),), axes(i1="s1"), (d.stage(),))
    assert choose_schedule(kernel, TARGETS["x86-64-v4"]).unroll == (1,)
