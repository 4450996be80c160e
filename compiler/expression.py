"""Python's operators on symbolic expressions, the same in both layers of graph."""

from __future__ import annotations

from typing import Any

from symc.compiler.op import find


class Expression:
    """Give a class Python's arithmetic; comparison by == stays identity."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return find("add")(self, other)

    def __radd__(self, other: Any) -> Any:
        return find("add")(other, self)

    def __sub__(self, other: Any) -> Any:
        return find("subtract")(self, other)

    def __rsub__(self, other: Any) -> Any:
        return find("subtract")(other, self)

    def __mul__(self, other: Any) -> Any:
        return find("multiply")(self, other)

    def __rmul__(self, other: Any) -> Any:
        return find("multiply")(other, self)

    def __truediv__(self, other: Any) -> Any:
        return find("true_divide")(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return find("true_divide")(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return find("floor_divide")(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return find("floor_divide")(other, self)

    def __mod__(self, other: Any) -> Any:
        return find("remainder")(self, other)

    def __rmod__(self, other: Any) -> Any:
        return find("remainder")(other, self)

    def __pow__(self, other: Any) -> Any:
        return find("power")(self, other)

    def __rpow__(self, other: Any) -> Any:
        return find("power")(other, self)

    def __neg__(self) -> Any:
        return find("negate")(self)

    def __abs__(self) -> Any:
        return find("absolute")(self)

    def __lt__(self, other: Any) -> Any:
        return find("less")(self, other)

    def __le__(self, other: Any) -> Any:
        return find("less_equal")(self, other)

    def __gt__(self, other: Any) -> Any:
        return find("greater")(self, other)

    def __ge__(self, other: Any) -> Any:
        return find("greater_equal")(self, other)

    def __and__(self, other: Any) -> Any:
        return find("bit_and")(self, other)

    def __rand__(self, other: Any) -> Any:
        return find("bit_and")(other, self)

    def __or__(self, other: Any) -> Any:
        return find("bit_or")(self, other)

    def __ror__(self, other: Any) -> Any:
        return find("bit_or")(other, self)

    def __xor__(self, other: Any) -> Any:
        return find("bit_xor")(self, other)

    def __rxor__(self, other: Any) -> Any:
        return find("bit_xor")(other, self)

    def __invert__(self) -> Any:
        return find("bit_not")(self)
