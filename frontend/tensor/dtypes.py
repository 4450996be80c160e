"""The lists of dtypes, and of the types of numbers, vectors and matrices."""

from __future__ import annotations

from symc.compiler.types import COMPLEX, DISCRETE, FLOATS, INTEGERS, OF_NUMPY, SIGNED, UNSIGNED
from symc.type import TensorType

DTYPE_LISTS = {
    "all_dtypes": list(OF_NUMPY),
    "complex_dtypes": list(COMPLEX),
    "continuous_dtypes": [d for d in (*FLOATS, *COMPLEX) if d in OF_NUMPY],
    "discrete_dtypes": list(DISCRETE),
    "float_dtypes": [d for d in FLOATS if d in OF_NUMPY],
    "int_dtypes": list(SIGNED),
    "integer_dtypes": list(INTEGERS),
    "uint_dtypes": list(UNSIGNED),
}
"""Dtypes by kind: NumPy's, since programs make arrays of each, and bfloat16 is not among them."""

RANKS = {"scalar": 0, "vector": 1, "matrix": 2}
KINDS = {"int": SIGNED, "float": ("float32", "float64"), "complex": COMPLEX}
"""The dtypes of the lists of types; float16 is not among them."""

TYPES: dict[str, tuple[TensorType, ...]] = {
    f"{kind}_{rank}_types": tuple(TensorType(dtype, (False,) * ndim) for dtype in dtypes)
    for kind, dtypes in KINDS.items()
    for rank, ndim in RANKS.items()
}
"""int_scalar_types, float_vector_types, ...: the types of one kind of dtype and one rank."""

TYPES |= {f"{kind}_types": TYPES[f"{kind}_scalar_types"] for kind in KINDS}

LISTS: dict[str, object] = {**DTYPE_LISTS, **TYPES}
"""All of them by name."""
