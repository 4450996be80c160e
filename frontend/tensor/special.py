"""Special functions and functions of complex numbers, under Theano's names."""

from __future__ import annotations

from symc.tensor.elementwise import Function, binary, unary

ONE = (
    *("erf", "erfc", "erfcx", "erfinv", "erfcinv", "gamma", "gammaln", "psi", "tri_gamma"),
    *("j0", "j1", "i0", "i1"),
    *("real", "imag", "conj", "angle"),
)
TWO = (
    *("jv", "iv", "gammainc", "gammaincc", "gammal", "gammau", "chi2sf"),
    *("complex", "complex_from_polar"),
)

FUNCTIONS: dict[str, Function] = {
    **{name: unary(name, name) for name in ONE},
    **{name: binary(name, name) for name in TWO},
}
"""Functions of the operations of the same names."""
