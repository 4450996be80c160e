"""Every operation by dtype, layout, printer and mode against its reference in NumPy.

SYMC_CASES=all runs all of it, tens of thousands of cases; otherwise a part that SYMC_CASES_SEED
chooses.
"""

import itertools
import os
import random
import re

import pytest
from op_matrix import RAN, Pointwise, Sampled, aliased, compiled_parts, modes, samples, views
from operations import attributes_of

import symc
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import operand_count
from symc.compiler.op import registry
from symc.compiler.types import DTYPES

ALL = os.environ.get("SYMC_CASES") == "all"
SEED = int(os.environ.get("SYMC_CASES_SEED", "1"))
POINTWISE = [op for op in registry() if op.family == "pointwise"]
TURNS = range(12)


def part(cases, count):
    """Return all cases, or some that the seed chooses."""
    cases = list(cases)
    return cases if ALL else random.Random(SEED).sample(cases, min(count, len(cases)))


def ids(case):
    return f"{case[0]}-{case[1][0]}"


@pytest.mark.parametrize("case", part(itertools.product(DTYPES, modes()), 5), ids=ids)
def test_pointwise(case):
    dtype, (_, mode) = case
    made = Pointwise(dtype)
    function = made.function(mode)
    wrong = []
    for turn in TURNS:
        arrays = made.arrays(SEED + turn, turn)
        if turn < 2:
            for layout, given in views(arrays):
                wrong += made.check(function, given, layout)
        wrong += made.check(function, aliased(arrays), "aliased")
        wrong += made.check(function, arrays, f"shapes {turn}")
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("case", part(itertools.product(DTYPES, modes()), 5), ids=ids)
def test_samples(case):
    dtype, (_, mode) = case
    wrong = []
    for made, function in compiled_parts(Sampled(dtype, list(samples(dtype))), mode):
        for layout, given in views(made.arrays):
            wrong += made.check(function, given, layout)
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_other_dtypes_are_refused(op):
    """What has no meaning is refused where it is asked for, with the operation's name."""
    count = operand_count(op.body) or 2
    for dtypes in itertools.product(DTYPES, repeat=count):
        reason = refusal(op, dtypes)
        if reason:
            operands = [symc.TensorType(dtype, (False,))() for dtype in dtypes]
            with pytest.raises(TypeMismatch, match=f"{op.name}: {re.escape(reason)}"):
                op(*operands, **attributes_of(op))
            RAN["dtypes refused"] += 1


def refusal(op, dtypes):
    """Return why an operation does not take dtypes; None where it does."""
    try:
        op.promote(dtypes, attributes_of(op))
    except TypeMismatch as reason:
        return str(reason).splitlines()[0]
    return None
