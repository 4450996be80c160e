"""Groups of Values that one kernel computes, and how Values lie in its domain."""

from __future__ import annotations

from math import prod

from msgspec import Struct, field

from symc.compiler import sizes
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.fuse.reasons import Reason
from symc.passes.fuse.roots import HOST, REDUCTIONS, SCANS, is_inlined

Shape = tuple[Size, ...]

NARROW = 16
"""Elements of a joined row up to which its parts are moved one after the other."""

SMALL = 64
"""Elements of a join up to which it is computed with others, in registers where these are."""


class Domain(Struct, frozen=True):
    """The points a kernel visits: sizes, and which positions are its inner axes.

    inner is None while no reduction has settled it: then all axes are outer ones. step is -1 where
    a scan walks the inner axis from its end.
    """

    sizes: Shape
    inner: frozenset[int] | None
    step: int = 1

    @property
    def outer_sizes(self) -> Shape:
        """Return the sizes of the outer positions."""
        inner = self.inner or frozenset()
        return tuple(size for k, size in enumerate(self.sizes) if k not in inner)


class Group(Struct, eq=False):
    """Values computed together.

    members    in order of computation
    domain     None for what has a kernel of its own kind (products, scatters, joins)
    phase      'update' for values that only new states need, else 'body'
    number     its place in the order of making
    reads      what the members read from memory
    level      how many loads of computed sizes come before it (`symc.passes.fuse.levels`)
    memory     the members and what they read: as many buffers at least
    before     the groups whose results it reads, with why it is not one with each
    after      the groups that read its results
    rank       greater than that of every group before it
    weight     scalars its kernel computes, 0 while nothing has joined
    beside     groups that it was tried with too when it was formed, and why it is not one of them
    """

    members: list[Value]
    domain: Domain | None
    phase: str
    number: int
    level: int = 0
    reads: set[Value] = field(default_factory=set)
    memory: set[Value] = field(default_factory=set)
    before: dict[Group, Reason] = field(default_factory=dict)
    after: dict[Group, None] = field(default_factory=dict)
    rank: int = 0
    weight: int = 0
    beside: dict[Group, Reason] = field(default_factory=dict)


def equal_shapes(left: Shape, right: Shape) -> bool:
    """Tell whether two shapes are known to be equal."""
    return len(left) == len(right) and all(
        sizes.same(a, b) for a, b in zip(left, right, strict=True)
    )


def domain_of(value: Value) -> Domain | None:
    """Return the domain a Value asks for by itself."""
    if value.op.name in REDUCTIONS:
        return Domain(value.operands[0].type.shape, frozenset(value.attribute("axes")))
    if value.op.name in SCANS:
        return Domain(
            value.type.shape, frozenset([value.attribute("axis")]), value.attribute("step")
        )
    if value.op.name == "concatenate" and _is_moved_by_parts(value):
        return None
    written = is_inlined(value) or value.op.name in HOST
    return Domain(points_of(value), None) if written else None


def _is_moved_by_parts(value: Value) -> bool:
    """Tell whether the parts of a join are best moved one after the other.

    They are where each lies in one piece, and where they are narrower than a register: a choice at
    each element asks for memory that is not there, or leaves lanes idle; along rows it costs more
    than to copy them.
    """
    axis, shape = value.attribute("axis"), value.type.shape
    known = [size for size in shape if isinstance(size, int)]
    if len(known) == len(shape) and prod(known) <= SMALL:
        return False
    return is_joined_in_rows(value) or all(map(sizes.is_one, shape[:axis])) or _is_narrow(value)


def _is_narrow(value: Value) -> bool:
    """Tell whether joined rows are of few elements."""
    axis, width = value.attribute("axis"), value.type.shape[-1]
    last = axis == value.type.ndim - 1
    return last and isinstance(width, int) and width <= NARROW


def is_joined_in_rows(value: Value) -> bool:
    """Tell whether a join by parts is made row by row."""
    return value.attribute("axis") == value.type.ndim - 1 and not _is_narrow(value)


def points_of(value: Value) -> Shape:
    """Return the shape of the points at which a Value is computed: for pairs, both at one."""
    return value.type.shape[:-1] if value.op.name == "interleave" else value.type.shape


def kind_of(value: Value, domain: Domain) -> str | None:
    """Return how a Value lies in a domain: 'reduce', 'scan', 'full', 'outer', or None."""
    if value.op.name in SCANS:
        return "scan" if _same_walk(domain_of(value), domain) else None
    if value.op.name in REDUCTIONS:
        fits = equal_shapes(value.operands[0].type.shape, domain.sizes)
        return "reduce" if fits and _same_axes(value, domain) else None
    shape = points_of(value)
    if equal_shapes(shape, domain.sizes):
        return "full"
    if domain.inner is None:
        return None
    kept = tuple(1 if k in domain.inner else s for k, s in enumerate(domain.sizes))
    if equal_shapes(shape, domain.outer_sizes) or equal_shapes(shape, kept):
        return "outer"
    return None


def _same_walk(mine: Domain | None, domain: Domain) -> bool:
    return (
        mine is not None
        and (mine.inner, mine.step) == (domain.inner, domain.step)
        and equal_shapes(mine.sizes, domain.sizes)
    )


def _same_axes(value: Value, domain: Domain) -> bool:
    return domain.inner is not None and domain.inner == frozenset(value.attribute("axes"))


def joined_domain(group: Group, value: Value) -> Domain | None:
    """Return the domain of a group with one more member, or None if it does not fit."""
    domain = group.domain
    if domain is None or domain_of(value) is None:
        return None
    if value.op.name in REDUCTIONS and domain.inner is None:
        domain = Domain(domain.sizes, frozenset(value.attribute("axes")))
    return domain if kind_of(value, domain) else None
