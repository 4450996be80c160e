"""Lists of dtypes and types: those of Theano 1.0.5."""

import pytest

import symc.tensor as T

FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]

DTYPES = {
    "all_dtypes": ["bool", *SIGNED, *UNSIGNED, *FLOATS, *COMPLEX],
    "complex_dtypes": COMPLEX,
    "continuous_dtypes": FLOATS + COMPLEX,
    "discrete_dtypes": ["bool", *SIGNED, *UNSIGNED],
    "float_dtypes": FLOATS,
    "int_dtypes": SIGNED,
    "integer_dtypes": SIGNED + UNSIGNED,
    "uint_dtypes": UNSIGNED,
}


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes(name):
    assert getattr(T, name) == DTYPES[name]


@pytest.mark.parametrize(
    ("kind", "dtypes"), [("int", SIGNED), ("float", FLOATS[1:]), ("complex", COMPLEX)]
)
def test_types(kind, dtypes):
    for ndim, rank in enumerate(("scalar", "vector", "matrix")):
        types = getattr(T, f"{kind}_{rank}_types")
        assert [(t.dtype, t.ndim) for t in types] == [(dtype, ndim) for dtype in dtypes]
    assert getattr(T, f"{kind}_types") == getattr(T, f"{kind}_scalar_types")
