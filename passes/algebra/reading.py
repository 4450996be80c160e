"""What rules see of one Value: itself, and how it reads as a sum or product, read once for all."""

from __future__ import annotations

from symc.compiler.value import Value
from symc.passes.algebra.product import Product, read_product
from symc.passes.algebra.sum import Sum, read_sum


class Reading:
    """One Value, read lazily; the sums and products it gives are shared, and not to be changed."""

    __slots__ = ("_products", "_sums", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self._sums: tuple[Sum, Sum] | None = None
        self._products: tuple[Product, Product] | None = None

    @property
    def sums(self) -> tuple[Sum, Sum]:
        """Return the sum of the value's own operands, and that of what they are made of."""
        if self._sums is None:
            self._sums = read_sum(self.value, 0), read_sum(self.value)
        return self._sums

    @property
    def products(self) -> tuple[Product, Product]:
        """Return the product of the value's own operands, and that of what they are made of."""
        if self._products is None:
            self._products = read_product(self.value, 0), read_product(self.value)
        return self._products
