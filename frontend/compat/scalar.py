"""theano.scalar: the types of numbers, which are tensors of rank 0 here, and their operations."""

from __future__ import annotations

from typing import Any

from symc import tensor
from symc.compiler.errors import TypeMismatch
from symc.compiler.promotion import upcast  # noqa: F401  # a name of Theano's
from symc.compiler.types import OF_NUMPY
from symc.report import mistake
from symc.type import TensorType

TYPES = {dtype: TensorType(dtype, ()) for dtype in OF_NUMPY}
"""The type of a number of each dtype."""

OPERATIONS = (
    *("add", "sub", "mul", "true_div", "int_div", "mod", "pow", "neg", "inv", "sgn", "sqr", "sqrt"),
    *("eq", "neq", "lt", "le", "gt", "ge", "and_", "or_", "xor", "invert", "switch", "clip"),
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "erf", "erfc", "cast"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh"),
    *("arcsinh", "arccosh", "arctanh", "ceil", "floor", "trunc", "isnan", "isinf", "second"),
    *("maximum", "minimum", "round_half_to_even", "round_half_away_from_zero"),
    *("deg2rad", "rad2deg"),
)
"""The operations on numbers that have the name of one on tensors."""

globals().update(TYPES)
globals().update({name: getattr(tensor, name) for name in OPERATIONS})

all_types = tuple(TYPES.values())
bool_types = tuple(TYPES[d] for d in TYPES if d == "bool")
int_types = tuple(TYPES[d] for d in TYPES if d.startswith("int"))
uint_types = tuple(TYPES[d] for d in TYPES if d.startswith("uint"))
float_types = tuple(TYPES[d] for d in TYPES if d.startswith("float"))
complex_types = tuple(TYPES[d] for d in TYPES if d.startswith("complex"))
discrete_types = (*bool_types, *int_types, *uint_types)
continuous_types = (*float_types, *complex_types)
discrete_dtypes = tuple(t.dtype for t in discrete_types)
continuous_dtypes = tuple(t.dtype for t in continuous_types)
float_dtypes = tuple(t.dtype for t in float_types)
complex_dtypes = tuple(t.dtype for t in complex_types)


def get_scalar_type(dtype: Any) -> TensorType:
    """Return the type of numbers of a dtype."""
    return TensorType(dtype, ())


Scalar = get_scalar_type


def as_scalar(x: Any, name: str | None = None) -> Any:
    """Return a number as a constant, and a variable of rank 0 as it is. Raises TypeError."""
    made = tensor.as_tensor_variable(x, name=name)
    if made.ndim:
        raise mistake(TypeMismatch, f"as_scalar: {made!r} is no scalar: {made.type}")
    return made


def identity(x: Any) -> Any:
    """Return a variable equal to another."""
    return tensor.tensor_copy(x)


_OWN = (
    *("Scalar", "all_types", "as_scalar", "bool_types", "complex_dtypes", "complex_types"),
    *("continuous_dtypes", "continuous_types", "discrete_dtypes", "discrete_types"),
    *("float_dtypes", "float_types", "get_scalar_type", "identity", "int_types", "uint_types"),
    "upcast",
)
__all__ = [*_OWN, *TYPES, *OPERATIONS]  # made from the tables
