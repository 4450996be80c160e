"""Sums and products as rules read them: terms with coefficients, factors with exponents.

The Values themselves stay as the user wrote them, so that bits equal NumPy's where no rule fires.
Read like this, subtraction and negation are coefficients and division is an exponent; what a rule
has changed is written back by `write_sum` and `write_product`, in the user's order.
"""

from symc.passes.algebra.number import Number, cast, number_like, number_of
from symc.passes.algebra.product import (
    PRODUCTS,
    Exponent,
    Factors,
    Product,
    read_product,
    write_product,
)
from symc.passes.algebra.reading import Reading
from symc.passes.algebra.sum import SUMS, Key, Sum, Term, read_sum, write_sum

__all__ = [
    "PRODUCTS",
    "SUMS",
    "Exponent",
    "Factors",
    "Key",
    "Number",
    "Product",
    "Reading",
    "Sum",
    "Term",
    "cast",
    "number_like",
    "number_of",
    "read_product",
    "read_sum",
    "write_product",
    "write_sum",
]
