"""Equality, hash and text from the attributes that a class names in `__props__`."""

from __future__ import annotations

from typing import Any


class Compared:
    """Objects of a class with `__props__` are equal when those attributes are; others by identity.

    >>> class Scale(Compared):
    ...     __props__ = ("factor",)
    ...     def __init__(self, factor):
    ...         self.factor = factor
    >>> Scale(2) == Scale(2), str(Scale(2))
    (True, 'Scale{factor=2}')
    """

    __slots__ = ()

    def _properties(self) -> tuple[Any, ...] | None:
        names = getattr(type(self), "__props__", None)
        return None if names is None else tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        mine = self._properties()
        if mine is None or type(self) is not type(other):
            return self is other
        return mine == other._properties()

    def __hash__(self) -> int:
        mine = self._properties()
        return object.__hash__(self) if mine is None else hash((type(self), mine))

    def __str__(self) -> str:
        names = getattr(type(self), "__props__", None) or ()
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}{{{shown}}}" if shown else type(self).__name__

    def __repr__(self) -> str:
        return str(self)
