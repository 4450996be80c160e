"""Every pointwise operation's scalar body, run natively, against its reference."""

import itertools

import numpy as np
import pytest
from native import run_map
from operations import attributes_of
from stated import COARSE, ULPS, size

import symc.compiler.ops  # noqa: F401  # fills the registry
from symc.compiler.bfloat import convert
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import operand_count
from symc.compiler.kernel.scalars import apply_operation
from symc.compiler.op import registry
from symc.compiler.types import COMPLEX, DTYPES, FLOATS, HALVES

REAL = [d for d in DTYPES if d not in COMPLEX]
POINTWISE = [op for op in registry() if op.family == "pointwise"]
WHOLE = [0, 1, -1, 2, -2, 3, 5, -7, 63, 64, 100, -100]
SPECIAL = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 1e-3, -1e-3, 0.9, -0.9]
SPECIAL += [3.3, -3.4, 5.0, -6.0, 20.0, 1e4, -1e4, np.inf, -np.inf, np.nan, 1.0, -1.0]


def elements(dtype):
    """Return the elements that a dtype's trouble sits in."""
    if dtype == "bool":
        return np.array([False, True])
    if dtype in FLOATS:
        return convert(SPECIAL, dtype)
    ends = np.iinfo(dtype)
    inside = [x for x in WHOLE if ends.min <= x <= ends.max]
    return np.array([*inside, ends.min, ends.max], dtype)


def grid(dtypes):
    """Return operands of all combinations of elements."""
    columns = np.meshgrid(*map(elements, dtypes), indexing="ij")
    return [column.ravel() for column in columns]


def cases():
    """Yield each operation with the dtypes that it takes as they are."""
    for op in POINTWISE:
        count = operand_count(op.body) or 2
        for dtypes in itertools.product(REAL, repeat=count):
            try:
                takes, gives = op.promote(dtypes, attributes_of(op))
            except TypeMismatch:
                continue
            if takes == dtypes and gives not in COMPLEX:
                yield pytest.param(op, dtypes, id="-".join((op.name, *dict.fromkeys(dtypes))))


# These compute step by step in their own dtype, and narrow floats in float32; the others are
# compared with the reference in float64, rounded once.
STEPS = ("cast", "hard_sigmoid", "ultra_fast_sigmoid", "floor_divide", "remainder")


def expected(op, arrays, result):
    """Return the reference's result at the precision that the body is held to."""
    wider = (
        dict.fromkeys(HALVES, "float32") if op.name in STEPS else dict.fromkeys(FLOATS, "float64")
    )
    given = [x.astype(wider.get(str(x.dtype), x.dtype)) for x in arrays]
    with np.errstate(all="ignore"):
        return convert(np.asarray(op.reference(*given, **attributes_of(op))), result)


@pytest.mark.parametrize(("op", "dtypes"), list(cases()))
def test_body_is_the_reference(op, dtypes):
    arrays = grid(dtypes)
    attributes = tuple(attributes_of(op).items())
    _, result = op.promote(dtypes, attributes_of(op))
    got = run_map(
        lambda b, *xs: apply_operation(b, op.name, result, attributes, xs), arrays, result
    )
    wanted = expected(op, arrays, result)
    if result in FLOATS:
        assert_close(op, got, wanted, arrays)
    else:
        np.testing.assert_array_equal(got, wanted)


def assert_close(op, got, wanted, arrays):
    both_nan = np.isnan(got) & np.isnan(wanted)
    with np.errstate(all="ignore"):
        near = np.abs(got - wanted) <= ULPS * np.spacing(size(op.name, wanted))
        near |= np.abs(got - wanted) <= COARSE.get(op.name, 0) * np.maximum(1, np.abs(wanted))
    good = both_nan | near | (got == wanted)
    worst = [(*(x[k] for x in arrays), got[k], wanted[k]) for k in np.flatnonzero(~good)[:5]]
    assert good.all(), f"(operands, got, wanted): {worst}"
