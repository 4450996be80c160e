"""What rules see of one Value: itself, and how it reads as a sum or product, read once for all."""

from __future__ import annotations

from symc.compiler.value import Value
from symc.passes.algebra.product import PRODUCTS, WINDOW, Product, read_product
from symc.passes.algebra.sum import SUMS, Sum, read_sum

ADDITIONS = frozenset({"add"})
MULTIPLICATIONS = frozenset({"multiply"})


class Reading:
    """One Value, read lazily; the sums and products it gives are shared, and not to be changed.

    It is read in up to three depths, the last the whole: its own operands; then through all but
    additions (or multiplications), so that t in t - (1 - t) is one term where t is a sum.
    """

    __slots__ = ("_products", "_sum", "_sums", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self._sum: Sum | None = None
        self._sums: tuple[Sum, ...] = ()
        self._products: tuple[Product, ...] = ()

    @property
    def sum(self) -> Sum:
        """Return the whole value as a sum."""
        if self._sum is None:
            self._sum = read_sum(self.value, WINDOW if self._opens else 0)
        return self._sum

    @property
    def _opens(self) -> bool:
        return any(_has_sum(x) for x in self.value.operands)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Return the value as a sum, in growing depths."""
        if not self._sums:
            near = read_sum(self.value, 0) if self._opens else None
            part = read_sum(self.value, whole=ADDITIONS) if self.sum.nested else None
            self._sums = tuple(s for s in (near, part, self.sum) if s is not None)
        return self._sums

    @property
    def products(self) -> tuple[Product, ...]:
        """Return the value as a product, in growing depths."""
        if not self._products:
            value = self.value
            near = read_product(value, 0)
            if any(x.op.name in PRODUCTS or x.op.name == "negate" for x in value.operands):
                part = read_product(value, whole=MULTIPLICATIONS)
                self._products = near, part, read_product(value)
            else:
                self._products = (near,)
        return self._products


def _has_sum(x: Value) -> bool:
    """Tell whether an operand is a sum or a multiple of one."""
    name = x.op.name
    return name in SUMS or (name in PRODUCTS and any(y.op.name in SUMS for y in x.operands))
