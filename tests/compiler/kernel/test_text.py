"""Kernels as text: exact, readable, and refused where it is none."""

import math

import pytest
from msgspec.structs import replace

from symc.compiler.errors import InternalError
from symc.compiler.kernel.parse import parse
from symc.compiler.kernel.record import Affine, Buffer, Kernel, Picked, Read, Scalar, Stage
from symc.compiler.kernel.text import to_text
from tests.compiler.kernel.gallery import EXAMPLES

GATHER = """\
kernel sizes=3 checks=1
buffer 0 in float32[s2, s1]
buffer 1 in int64[s0]
buffer 2 out float32[s0, s1]
outer i0 < s0
outer i1 < s1
stage
  %0: int64 = read b1[i0]
  %1: float32 = read b0[%0!0, i1]
  store b2[i0, i1] = %1
"""


def with_scalars(*scalars):
    return Kernel(2, (Buffer("float64", (4, "s0"), "in"),), (), (Stage((), scalars),), 3)


def test_is_readable():
    assert to_text(EXAMPLES["gather of rows"].kernel) == GATHER


@pytest.mark.parametrize(
    "value", [True, False, 0, 1, -1, 0.0, -0.0, 1.0, 1e-300, math.inf, -math.inf]
)
def test_numbers_stay_apart(value):
    again = parse(to_text(with_scalars(Scalar("constant", (), "float64", value))))
    got = again.stages[0].scalars[0].attribute
    assert (type(got), repr(got)) == (type(value), repr(value))


def test_nan_is_read_back():
    again = parse(to_text(with_scalars(Scalar("constant", (), "float64", math.nan))))
    assert math.isnan(again.stages[0].scalars[0].attribute)


INDICES = [
    Affine(),
    Affine((), -3),
    Affine((("i0", 1),)),
    Affine((("i0", -2), ("s0", 1)), 5),
    Affine((("j0_1", "s1"), ("s0", "s0"))),
    Picked(0),
    Picked(7, 2),
]


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("guard", [None, 4])
def test_indices_are_read_back(index, guard):
    kernel = with_scalars(Scalar("read", (), "float64", Read(0, (index, Affine()), guard)))
    assert parse(to_text(kernel)) == kernel


@pytest.mark.parametrize("attribute", [(), (("dtype", "int8"),), (("axes", (0, -1)), ("k", None))])
def test_attributes_are_read_back(attribute):
    kernel = with_scalars(Scalar("cast", (0, 1), "int8", attribute))
    assert parse(to_text(kernel)) == kernel


def test_equal_combines_are_printed_once():
    kernel = EXAMPLES["max with NaN"].kernel
    twice = replace(kernel, stages=(*kernel.stages, kernel.stages[0]))
    assert to_text(twice).count("combine 0 max") == 1
    assert parse(to_text(twice)) == twice


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("kernel sizes=3", "line 1 is not"),
        ("  %0: int64 = read b1(i0)", "no place in a buffer"),
        ("  %0: int64 = exp[0]", "no operation"),
        ("  %0: int64 = constant print(1)", "no literal"),
        ("  keep b2[i0] = %1", "line 10 is not"),
    ],
)
def test_refuses_other_text(line, message):
    lines = GATHER.splitlines()
    place = next(k for k, old in enumerate(lines) if old[:5] == line[:5] or "store" in old)
    lines[place] = line
    with pytest.raises(InternalError, match=message):
        parse("\n".join(lines))
