"""Result dtypes of pointwise operations: Theano's rules, as functions from operand dtypes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import Promotion
from symc.compiler.types import COMPLEX, DISCRETE, DTYPES, FLOATS, PART

Dtypes = tuple[str, ...]
Attributes = dict[str, Any]

FLOAT_OF = {
    "bool": "float32",
    "int8": "float32",
    "uint8": "float32",
    "int16": "float32",
    "uint16": "float32",
    "int32": "float64",
    "uint32": "float64",
    "int64": "float64",
    "uint64": "float64",
}
"""The float that a discrete operand of a real function becomes."""


IN_BFLOAT16 = frozenset({"bool", "int8", "uint8", "bfloat16"})
"""The dtypes whose numbers are all bfloat16."""

ACCUMULATORS = {
    "float16": "float32",
    "bfloat16": "float32",
    "float32": "float64",
    "complex64": "complex128",
}
"""The wider dtype in which sums of a narrow one are kept."""


def accumulator(dtype: str) -> str:
    """Return the dtype in which a sum is kept."""
    return ACCUMULATORS.get(dtype, dtype)


@cache
def upcast(*dtypes: str) -> str:
    """Return the smallest dtype that holds all of these, by NumPy's table.

    It has no bfloat16, whose rule is that of float16: with what its 8 bits hold it stays, with all
    else, float16 among it, it is as float32.
    """
    if "bfloat16" in dtypes:
        if set(dtypes) <= IN_BFLOAT16:
            return "bfloat16"
        dtypes = tuple("float32" if d == "bfloat16" else d for d in dtypes)
    return str(np.result_type(*(np.dtype(d) for d in dtypes)))


def same(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Cast all operands to their common dtype, which is the result's."""
    common = upcast(*dtypes)
    return (common,) * len(dtypes), common


def same_not_bool(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Do as `same`, refusing bool."""
    common = upcast(*dtypes)
    if common == "bool":
        raise TypeMismatch("bool operands; cast them to a number first")
    return (common,) * len(dtypes), common


def real(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Do as `same`, refusing complex numbers, which have no order."""
    takes, common = same(dtypes, attributes)
    if common in COMPLEX:
        raise TypeMismatch("complex operands are not defined here")
    return takes, common


def real_not_bool(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Do as `same`, refusing bool and complex numbers."""
    same_not_bool(dtypes, attributes)
    return real(dtypes, attributes)


def only_float(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Keep the common dtype of floats, refusing all else."""
    takes, common = same(dtypes, attributes)
    if common not in FLOATS:
        raise TypeMismatch(f"needs floats, not {common}; cast first")
    return takes, common


def magnitude(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Keep the dtype; the result is real."""
    (dtype,) = dtypes
    return dtypes, PART.get(dtype, dtype)


def direction(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Compute an angle in float64, whatever is given."""
    (dtype,) = dtypes
    return ("complex128" if dtype in COMPLEX else "float64",), "float64"


def arithmetic(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Do as `same`, making an int8 of a bool."""
    common = upcast(*dtypes)
    common = "int8" if common == "bool" else common
    return (common,) * len(dtypes), common


def parts(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Make a complex number of reals, refusing complex ones."""
    if any(d in COMPLEX for d in dtypes):
        raise TypeMismatch("the two parts of a complex number are real")
    result = upcast("complex64", *dtypes)
    return (PART[result],) * len(dtypes), result


def to_float(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Cast discrete operands to a float; floats and complex numbers keep their common dtype."""
    common = upcast(*(FLOAT_OF.get(d, d) for d in dtypes))
    return (common,) * len(dtypes), common


def real_float(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Do as `to_float`, refusing complex numbers."""
    takes, common = to_float(dtypes, attributes)
    if common in COMPLEX:
        raise TypeMismatch("complex operands are not defined here")
    return takes, common


def comparison(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Compare in the common dtype; the result is bool."""
    common = upcast(*dtypes)
    return (common,) * len(dtypes), "bool"


def order(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Do as `comparison`, refusing complex numbers, which have no order."""
    return real(dtypes, attributes)[0], "bool"


def float_test(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Keep the operand's dtype; the result is bool."""
    return dtypes, "bool"


def discrete(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Cast to the common discrete dtype, refusing floats."""
    common = upcast(*dtypes)
    if common not in DISCRETE:
        raise TypeMismatch(f"bit operations need bool or integer operands, not {common}")
    return (common,) * len(dtypes), common


def integer(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Cast to the common integer dtype, refusing bool and floats."""
    same_not_bool(dtypes, attributes)
    return discrete(dtypes, attributes)


def words(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Take words of 64 bits only."""
    if set(dtypes) != {"uint64"}:
        raise TypeMismatch(f"needs uint64, not {' and '.join(dtypes)}")
    return dtypes, "uint64"


def float_of_word(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Take a word of 64 bits to the attribute `dtype`, float32 or float64."""
    if attributes["dtype"] not in ("float32", "float64"):
        raise TypeMismatch(f"makes float32 or float64, not {attributes['dtype']}")
    return words(dtypes, attributes)[0], attributes["dtype"]


def word_and_doubles(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Take a word of 64 bits and float64, to float64."""
    if dtypes[0] != "uint64" or set(dtypes[1:]) != {"float64"}:
        raise TypeMismatch(f"needs uint64 and float64, not {' and '.join(dtypes)}")
    return dtypes, "float64"


def conversion(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Take any dtype to the attribute `dtype`; only the way from complex to real is closed."""
    (dtype,), target = dtypes, attributes["dtype"]
    if target not in DTYPES:
        raise TypeMismatch(f"there is no dtype {target!r}")
    if dtype in COMPLEX and target not in COMPLEX:
        raise TypeMismatch(f"{dtype} to {target} would lose a part; take the real one or the other")
    return dtypes, target


def condition(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Read the first operand as a condition; the others share a dtype, the result's."""
    if dtypes[0] in COMPLEX:
        raise TypeMismatch("a complex number is no condition; compare it first")
    common = upcast(*dtypes[1:])
    return ("bool", common, common), common
