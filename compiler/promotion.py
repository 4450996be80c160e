"""Result dtypes of pointwise operations: Theano's rules, as functions from operand dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import Promotion
from symc.compiler.types import COMPLEX, DISCRETE

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


def upcast(*dtypes: str) -> str:
    """Return the smallest dtype that holds all of these, by NumPy's table."""
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


def float_test(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Keep the operand's dtype; the result is bool."""
    return dtypes, "bool"


def discrete(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Cast to the common discrete dtype, refusing floats."""
    common = upcast(*dtypes)
    if common not in DISCRETE:
        raise TypeMismatch(f"bit operations need bool or integer operands, not {common}")
    return (common,) * len(dtypes), common


def condition(dtypes: Dtypes, attributes: Attributes) -> Promotion:
    """Read the first operand as a condition; the others share a dtype, the result's."""
    common = upcast(*dtypes[1:])
    return ("bool", common, common), common
