"""A kernel under construction: its size parameters, buffers, checks and stages of scalars."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Carry,
    Picked,
    Read,
    Reduction,
    Scalar,
    SizeName,
    Write,
)
from symc.compiler.sizes import is_one
from symc.compiler.types import Size
from symc.compiler.value import Value

Role = Literal["in", "out", "inout", "row"]


class Misaligned(Exception):
    """Say that a Value cannot be read at this place of the kernel; the group is tried otherwise."""


Mark = tuple[int, ...]
"""How much of a draft there is, to go back to."""


def shorten(known: dict[Any, Any], count: int) -> None:
    """Forget the newest entries until so many are left."""
    while len(known) > count:
        known.popitem()


class DraftBuffer(Struct, eq=False):
    """A buffer argument: the Value it holds, with its sizes other than 1."""

    value: Value
    shape: tuple[SizeName, ...]
    role: Role


class KernelDraft:
    """Collects what all stages of one kernel share."""

    def __init__(self) -> None:
        self.sizes: dict[Value, str] = {}
        self.buffers: list[DraftBuffer] = []
        self.sites: list[int] = []
        self._bound: dict[tuple[Value, str, tuple[int, ...]], int] = {}

    def size(self, size: Size) -> SizeName:
        """Return a size as a number or the name of a size parameter."""
        if isinstance(size, Value):
            size = size.context.resolve(size)
        if isinstance(size, Value) and size.is_constant:
            return int(size.data)
        if not isinstance(size, Value):
            return int(size)  # type: ignore[arg-type]  # None never reaches the compiler
        return self.sizes.setdefault(size, f"s{len(self.sizes)}")

    def bind(self, value: Value, role: Role, kept: tuple[int, ...] = ()) -> int:
        """Return the number of the buffer that holds a Value, adding it when it is new.

        kept   dimensions of size 1 that stay in its shape, because an index there is checked
        """
        key = (value, "in" if role == "in" else "made", kept)
        if key not in self._bound:
            self._bound[key] = len(self.buffers)
            sizes = enumerate(value.type.shape)
            shape = tuple(self.size(s) for k, s in sizes if not is_one(s) or k in kept)
            self.buffers.append(DraftBuffer(value, shape, role))
        return self._bound[key]

    def scratch(self, value: Value, sizes: tuple[SizeName, ...]) -> int:
        """Return a buffer of one outer point for a Value that later stages read again."""
        key = (value, "row", ())
        if key not in self._bound:
            self._bound[key] = len(self.buffers)
            self.buffers.append(DraftBuffer(value, sizes, "row"))
        return self._bound[key]

    def check(self, site: int) -> int:
        """Return the number of a new run-time index check made for a site."""
        self.sites.append(site)
        return len(self.sites) - 1

    def mark(self) -> Mark:
        """Return where the draft stands."""
        return len(self.sizes), len(self.buffers), len(self.sites), len(self._bound)

    def rewind(self, mark: Mark) -> None:
        """Drop what has been added since a mark."""
        sizes, buffers, sites, bound = mark
        shorten(self.sizes, sizes)
        shorten(self._bound, bound)
        del self.buffers[buffers:], self.sites[sites:]


class StageDraft(Struct, eq=False):
    """One stage under construction; equal scalars are one."""

    kernel: KernelDraft
    axes: tuple[Axis, ...]
    scalars: list[Scalar] = field(default_factory=list)
    reductions: list[Reduction] = field(default_factory=list)
    carries: list[Carry] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    _known: dict[Any, int] = field(default_factory=dict)

    def scalar(self, op: str, operands: tuple[int, ...], dtype: str, attribute: Any = ()) -> int:
        """Return the position of a scalar, adding it when it is new."""
        # Numbers are told apart by their text: 0.0 and -0.0, 1 and True compare equal.
        exact = attribute if op == "read" or attribute == () else repr(attribute)
        key = (op, operands, dtype, exact)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.scalars)
            self.scalars.append(Scalar(op, operands, dtype, attribute))
        return known

    def read(self, buffer: int, index: tuple[Any, ...], guard: int | None, dtype: str) -> int:
        """Return the position of a read."""
        return self.scalar("read", (), dtype, Read(buffer, index, guard))

    def integer(self, affine: Affine) -> int:
        """Return the position of an index expression as an int64 scalar."""
        total: int | None = None
        for name, factor in affine.terms:
            kind = "size" if name.startswith("s") else "axis"
            term = self.scalar(kind, (), "int64", name)
            if factor != 1:
                scale = self.scalar("constant", (), "int64", factor)
                term = self.scalar("multiply", (term, scale), "int64", ())
            total = term if total is None else self.scalar("add", (total, term), "int64", ())
        if affine.constant or total is None:
            number = self.scalar("constant", (), "int64", affine.constant)
            total = number if total is None else self.scalar("add", (total, number), "int64", ())
        return total

    def mark(self) -> Mark:
        """Return where the stage stands."""
        lists = self.scalars, self.reductions, self.writes, self.carries
        return (*(len(made) for made in lists), len(self._known))

    def rewind(self, mark: Mark) -> None:
        """Drop what has been added since a mark."""
        scalars, reductions, writes, carries, known = mark
        shorten(self._known, known)
        del self.scalars[scalars:], self.reductions[reductions:]
        del self.writes[writes:], self.carries[carries:]


def checked_ones(value: Value, index: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the dimensions of size 1 in which an index is checked when the kernel runs."""
    return tuple(
        k
        for k, (i, size) in enumerate(zip(index, value.type.shape, strict=True))
        if isinstance(i, Picked) and i.check >= 0 and is_one(size)
    )


def scale(index: Affine, factor: int) -> Affine:
    """Multiply an index expression by a number."""
    terms = tuple((name, c * factor) for name, c in index.terms if isinstance(c, int))
    return Affine(terms, index.constant * factor)


def shift(index: Affine, name: SizeName, sign: int = 1) -> Affine:
    """Add a size, or subtract it."""
    if isinstance(name, int):
        return Affine(index.terms, index.constant + sign * name)
    terms = dict(index.terms)
    before = terms.get(name, 0)
    terms[name] = (before if isinstance(before, int) else 0) + sign
    return Affine(tuple((n, c) for n, c in terms.items() if c != 0), index.constant)
