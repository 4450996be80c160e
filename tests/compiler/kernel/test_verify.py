"""The verifier names what is wrong, and where."""

import pytest
from msgspec.structs import replace

from symc.compiler.errors import InternalError
from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Buffer,
    Carry,
    Kernel,
    Picked,
    Read,
    Reduction,
    Scalar,
    Stage,
    Write,
)
from symc.compiler.kernel.verify import verify, verify_combine

F = "float32"
HERE = Affine((("i0", 1),))
READ = Scalar("read", (), F, Read(0, (HERE,)))
NUMBER = Scalar("constant", (), "int64", 1)
TRUE = Scalar("constant", (), "bool", True)
BUFFERS = (Buffer(F, ("s0",), "in"), Buffer(F, ("s0",), "out"), Buffer(F, ("s1",), "row"))
SUM = combine_for("sum", F, F, F)
STORE = (Write(1, (HERE,), 0),)
INNER = (Axis("j0", "s1"),)


def kernel(*scalars, writes=STORE, stage=None, **changes):
    """Return a copy of a vector, with these scalars behind the read."""
    stage = stage or Stage((), (READ, *scalars), writes=tuple(writes))
    return replace(Kernel(2, BUFFERS, (Axis("i0", "s0"),), (stage,)), **changes)


def reduced(*reductions, axes=INNER, after=()):
    return kernel(stage=Stage(axes, (READ, *after), reductions))


def two(*scalars):
    """Return a kernel of two stages, the first with one result of float32."""
    first = Stage((Axis("j0", "s1"),), (READ,), (Reduction(SUM, (0,)),))
    return Kernel(2, BUFFERS, (Axis("i0", "s0"),), (first, Stage((), scalars)))


def test_accepts_what_is_right():
    verify(kernel())
    verify(two(Scalar("result", (), F, (0, 0))))


BAD = {
    "no size 's2'": kernel(outer=(Axis("i0", "s2"),)),
    "no size -1": kernel(outer=(Axis("i0", -1),)),
    "axis i0 is there twice": kernel(stage=Stage((Axis("i0", 3),), ())),
    "named like a size": kernel(stage=Stage((Axis("s7", 3),), ())),
    "buffer 0 is": kernel(buffers=(Buffer("complex64", (), "in"),)),
    "an operand is not an earlier scalar": kernel(Scalar("negate", (1,), F)),
    "'cosine' is no pointwise operation": kernel(Scalar("cosine", (0,), F)),
    "'sum' is no pointwise operation": kernel(Scalar("sum", (0,), F)),
    r"add takes .* not": kernel(NUMBER, Scalar("add", (0, 1), F)),
    r"exp takes .* and gives float32, not": kernel(Scalar("exp", (0,), "float64")),
    "attributes are pairs": kernel(Scalar("negate", (0,), F, None)),
    "constant 1.5 of int64": kernel(Scalar("constant", (), "int64", 1.5)),
    "no axis 'j0'": kernel(Scalar("axis", (), "int64", "j0")),
    "an axis is int64": kernel(Scalar("axis", (), "int32", "i0")),
    "a size is int64": kernel(Scalar("size", (), F, "s0")),
    "no buffer 3": kernel(Scalar("read", (), F, Read(3, ()))),
    "b0 has rank 1": kernel(Scalar("read", (), F, Read(0, ()))),
    "reads float32 as int32": kernel(Scalar("read", (), "int32", Read(0, (HERE,)))),
    "reads b2, which nothing has written": kernel(
        Scalar("read", (), F, Read(2, (Affine(),))),
    ),
    "scratch is indexed by i0": kernel(writes=[Write(2, (HERE,), 0)]),
    "the guard is no bool": kernel(Scalar("read", (), F, Read(0, (HERE,), 0))),
    "the guard is not an earlier scalar": kernel(Scalar("read", (), F, Read(0, (HERE,), 1))),
    "an index is not int64": kernel(Scalar("read", (), F, Read(0, (Picked(0),)))),
    "no check 0": kernel(NUMBER, Scalar("read", (), F, Read(0, (Picked(1, 0),)))),
    "no stage 0 before this one": kernel(Scalar("result", (), F, (0, 0))),
    "stage 0 has no result 1": two(Scalar("result", (), F, (0, 1))),
    r"result \(0, 0\) is float32, not": two(Scalar("result", (), "float64", (0, 0))),
    "a parameter outside a body": kernel(Scalar("parameter", (), F, 0)),
    "no carry 0": kernel(Scalar("carried", (), F, 0)),
    "carries without one axis": kernel(stage=Stage((), (READ,), (), (Carry(F, 0.0, 0),))),
    "a carry changes its dtype": kernel(
        stage=Stage((Axis("j0", 3),), (READ,), (), (Carry("float64", 0.0, 0),))
    ),
    "no scalar %4": kernel(writes=[Write(1, (HERE,), 4)]),
    "writes to b1, a float32": kernel(NUMBER, writes=[Write(1, (HERE,), 1)]),
    "writes to b0": kernel(writes=[Write(0, (HERE,), 0)]),
    "mode 'max'": kernel(writes=[Write(1, (HERE,), 0, "max")]),
    "sum takes": reduced(Reduction(SUM, (1,)), after=(NUMBER,)),
}


@pytest.mark.parametrize("message", BAD)
def test_refuses(message):
    with pytest.raises(InternalError, match=message):
        verify(BAD[message])


def test_says_where():
    with pytest.raises(InternalError, match="stage 0, %2: no axis 'k'"):
        verify(kernel(NUMBER, Scalar("axis", (), "int64", "k")))


def test_refuses_a_combine_whose_bodies_do_not_fit():
    product = combine_for("prod", "float64", "float64", F)
    for word in ("step", "merge", "finish"):
        mixed = replace(SUM, **{word: getattr(product, word)})
        with pytest.raises(InternalError, match=f"combine sum.*{word}"):
            verify_combine(mixed)


def test_refuses_a_body_that_reads():
    step = replace(SUM.step, scalars=(*SUM.step.scalars, READ))
    with pytest.raises(InternalError, match="read in a body"):
        verify_combine(replace(SUM, step=step))
