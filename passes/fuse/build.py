"""Writes the kernel record of one group: stages by level, writes of what others need."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Affine, Axis, Carry, Index, Reduction, Scalar, Write
from symc.compiler.ops.cumulative import INITIAL, following
from symc.compiler.sizes import is_one
from symc.compiler.types import FLOATS
from symc.compiler.value import Value
from symc.passes.fuse.draft import KernelDraft, Mark, Misaligned, StageDraft, shift, shorten
from symc.passes.fuse.element import ZERO, Elements
from symc.passes.fuse.group import Domain, equal_shapes, kind_of, points_of
from symc.passes.fuse.roots import (
    COSTLY,
    HOST,
    SOURCES,
    data_operands,
    runs_alone,
    storage,
)
from symc.passes.fuse.trees import Trees

POSITIONS = frozenset({"argmax", "argmin"})


class Anew(Exception):
    """Say that a further member changes stages that are written already."""


class Axes(Struct, frozen=True):
    """A domain's loops: the index of each position, and which axes are outer and inner."""

    index: tuple[Affine, ...]
    outer: tuple[Axis, ...]
    inner: tuple[Axis, ...]


def make_axes(draft: KernelDraft, domain: Domain) -> Axes:
    """Name the axes of a domain; positions of size 1 have none."""
    inner_at = domain.inner or frozenset()
    index: list[Affine] = []
    outer: list[Axis] = []
    inner: list[Axis] = []
    for k, size in enumerate(domain.sizes):
        if is_one(size):
            index.append(ZERO)
            continue
        axis = Axis(f"{'j' if k in inner_at else 'i'}{k}", draft.size(size))
        (inner if k in inner_at else outer).append(axis)
        walked = k in inner_at and domain.step < 0
        index.append(_from_end(axis) if walked else Affine(((axis.name, 1),)))
    if inner_at and not inner:
        inner.append(Axis("j", 1))
    return Axes(tuple(index), tuple(outer), tuple(inner))


def _from_end(axis: Axis) -> Affine:
    """Return the index along an axis that is walked from its end."""
    return shift(Affine(((axis.name, -1),), -1), axis.size)


class GroupBuilder:
    """Builds the stages of one group.

    A member's level says when it can be computed: even levels loop over the inner axes, odd levels
    run once at an outer point, after the reductions of the level below. All members are written to
    memory where `needed` is None.
    """

    def __init__(
        self, members: list[Value], domain: Domain, trees: Trees, needed: set[Value] | None
    ) -> None:
        self.draft = KernelDraft()
        self.stages: dict[int, tuple[StageDraft, Elements]] = {}
        self.members = dict.fromkeys(members)
        self.domain = domain
        self.trees = trees
        self.roots = trees.roots
        self.axes = make_axes(self.draft, domain)
        self.plain = trees.are_plain(members, domain)
        self.kinds = {v: self._kind(v) for v in members}
        self.levels: dict[Value, int] = {}
        for value in members:
            self.levels[value] = self._level(value)
        self.needed = self.members if needed is None else self._with_read_again(needed)
        self.first: dict[Value, int] = {}
        self.kept = self._find_kept()
        self.scans: dict[Value, int] = {}
        self.places: dict[Value, tuple[int, int]] = {}
        used = {level for v in members for level in self._levels_of(v)}
        self.order = {level: k for k, level in enumerate(sorted(used))}

    def build(self) -> list[StageDraft]:
        """Return the stages in order."""
        stages = [self._stage(level) for level in sorted(self.order)]
        self._check_lanes(stages)
        return stages

    def _check_lanes(self, stages: Iterable[StageDraft]) -> None:
        """Raise Misaligned where costly work has no axis left for lanes beside the scans'."""
        alone = any(self.kinds[v] == "scan" and runs_alone(v) for v in self.members)
        if alone and any(_wastes_lanes(stage) for stage in stages):
            raise Misaligned("costly operations in a loop without lanes")

    def _with_read_again(self, needed: set[Value]) -> set[Value]:
        """Add the scans that later stages read from memory: they cannot be computed twice."""
        last = max(self.levels.values())
        again = {v for v, k in self.levels.items() if self.kinds[v] == "scan" and k < last}
        # What is needed is all of a module's: copying it for each group would take quadratic time.
        return needed | again if again else needed

    def _kind(self, value: Value) -> str:
        kind = kind_of(value, self.domain)
        if kind is None:
            raise Misaligned(f"{value!r} does not lie in the domain")
        return kind

    def append(self, value: Value) -> None:
        """Add a member after the others, and write it to the stages of its levels.

        Raise Misaligned where it does not fit, and Anew where other stages would change.
        """
        self.members[value] = None
        self.plain = False
        self.kinds[value] = self._kind(value)
        level = self.levels[value] = self._level(value)
        everything = self._costly(value)[1]
        if any(self.first.get(v, level) != level for v in everything):
            raise Anew
        for one in self._levels_of(value):
            self.order.setdefault(one, len(self.order))
            stage, elements = self._open(one)
            if one == level:
                self._member(stage, elements, value, level)
            else:
                self._store(stage, elements, value)
        self._check_lanes(stage for stage, _ in self.stages.values())
        self.first.update(dict.fromkeys(everything, level))

    def mark(self) -> Mark:
        """Return where the draft, and the costly Values written, stand."""
        return (*self.draft.mark(), len(self.first))

    def rewind(self, value: Value, mark: Mark) -> None:
        """Forget the member that was to be appended since a mark."""
        *draft, first = mark
        self.draft.rewind(tuple(draft))
        shorten(self.first, first)
        for known in (self.members, self.kinds, self.levels, self.places, self.scans):
            known.pop(value, None)

    def _level(self, value: Value) -> int:
        odd = self.kinds[value] == "outer"
        level = 1 if odd else 0
        for leaf in self.trees.of(value).leaves:
            if leaf in self.levels:
                level = max(level, self._after(leaf, self.levels[leaf], odd))
        return level + (level % 2 != odd)

    def _levels_of(self, value: Value) -> tuple[int, ...]:
        """Return the levels of the stages that a member is computed and written in."""
        level = self.levels[value]
        later = self.kinds[value] == "reduce" and value in self.needed
        return (level, level + 1) if later else (level,)

    def _after(self, leaf: Value, level: int, odd: bool) -> int:
        kind = self.kinds[leaf]
        if kind in ("full", "scan") and odd:
            raise Misaligned("a value of the outer axes cannot read one of all axes")
        return level + (kind == "reduce" or (kind == "outer" and not odd))

    def _find_kept(self) -> dict[Value, int]:
        """Return costly Values that several levels need, with the first that computes them."""
        everywhere, kept = self.first, dict[Value, int]()
        if self.plain:
            return kept  # it has one level
        for value in sorted(self.members, key=lambda v: self.levels[v]):
            level = self.levels[value]
            if level % 2:
                continue  # it runs at one point of the inner axes, and has no whole row to keep
            outermost, everything = self._costly(value)
            for v in outermost:
                if everywhere.get(v, level) < level:
                    kept[v] = everywhere[v]
            for v in everything:
                everywhere.setdefault(v, level)
        return kept

    def _costly(self, value: Value) -> tuple[list[Value], list[Value]]:
        """Return the costly Values of the whole domain inside a member: outermost, and all."""
        if not self.trees.of(value).costly:
            return [], []
        outermost: dict[Value, None] = {}
        everything: dict[Value, None] = {}
        stack = [(v, False) for v in data_operands(value)]
        seen: set[tuple[Value, bool]] = set()
        while stack:
            item = stack.pop()
            current, below = item
            if item in seen or current in self.roots or current.op.name in SOURCES | HOST:
                continue
            seen.add(item)
            if current.op.name in COSTLY and equal_shapes(current.type.shape, self.domain.sizes):
                everything[current] = None
                if not below:
                    outermost[current] = None
                below = True
            stack.extend((v, below) for v in data_operands(current))
        return list(outermost), list(everything)

    def _open(self, level: int) -> tuple[StageDraft, Elements]:
        """Return the stage of a level, begun where it is new."""
        if level not in self.stages:
            stage = StageDraft(self.draft, self.axes.inner if level % 2 == 0 else ())
            elements = Elements(stage, lambda s, v, i, g: self._held(s, v, i, g, level))
            self.stages[level] = stage, elements
        return self.stages[level]

    def _stage(self, level: int) -> StageDraft:
        stage, elements = self._open(level)
        for value in self.members:
            if self.levels[value] == level:
                self._member(stage, elements, value, level)
            elif self.levels[value] == level - 1 and self.kinds[value] == "reduce":
                self._store(stage, elements, value)
        for value, first in self.kept.items():
            if first == level:
                buffer, index = self._keep(value)
                stage.writes.append(Write(buffer, index, elements.at(value, self.axes.index)))
        return stage

    def _member(self, stage: StageDraft, elements: Elements, value: Value, level: int) -> None:
        if self.kinds[value] == "reduce":
            self._reduce(stage, elements, value, level)
            return
        if self.kinds[value] == "scan":
            self._scan(stage, elements, value)
        self._store(stage, elements, value)

    def _store(self, stage: StageDraft, elements: Elements, value: Value) -> None:
        if value not in self.needed:
            return
        index, buffer = self._index_of(value), self.draft.bind(value, "out")
        long = tuple(i for i, n in zip(index, points_of(value), strict=True) if not is_one(n))
        if value.op.name != "interleave":
            stage.writes.append(Write(buffer, long, self._element(elements, value, index)))
            return
        for k, part in enumerate(value.operands):
            at = (*long, Affine((), k))
            stage.writes.append(Write(buffer, at, elements.at(part, index)))

    def _element(self, elements: Elements, value: Value, index: tuple[Index, ...]) -> int:
        """Return the position of a member's element."""
        if self.plain:
            return elements.at_plain(value, index, self._is_leaf)
        return elements.at(value, index)

    def _is_leaf(self, value: Value) -> bool:
        """Tell whether a Value in a plain tree is read, not computed."""
        return value.op.family != "pointwise" or (value in self.roots and value not in self.members)

    def _index_of(self, value: Value) -> tuple[Index, ...]:
        if self.kinds[value] in ("full", "scan"):
            return self.axes.index
        inner = self.domain.inner or frozenset()
        ndim = len(points_of(value))
        if value.op.name not in POSITIONS and ndim == len(self.domain.sizes) and inner:
            return tuple(ZERO if k in inner else i for k, i in enumerate(self.axes.index))
        return tuple(i for k, i in enumerate(self.axes.index) if k not in inner)

    def _reduce(self, stage: StageDraft, elements: Elements, value: Value, level: int) -> None:
        operand = value.operands[0]
        inputs = [elements.at(x, self.axes.index) for x in value.operands]
        name = value.op.name
        if name in POSITIONS:
            inputs.append(self._position(stage, value.attribute("axes")))
            name += "_backwards" if self.domain.step < 0 else ""
        attributes = dict(value.attributes)
        accumulate = attributes.get("acc_dtype", operand.type.dtype)
        combine = combine_for(name, operand.type.dtype, accumulate, value.type.dtype)
        stage.reductions.append(Reduction(combine, tuple(inputs)))
        self.places[value] = (self.order[level], self._result_number(stage))

    def _scan(self, stage: StageDraft, elements: Elements, value: Value) -> None:
        name, dtype = value.op.name, value.type.dtype
        last = stage.scalar("carried", (), dtype, len(stage.carries))
        # 0 + -0.0 is 0, but the first element alone is -0.0.
        init = -0.0 if name == "cumsum" and dtype in FLOATS else INITIAL[name]
        operands = tuple(elements.at(x, self.axes.index) for x in value.operands)
        self.scans[value] = following(
            lambda op, *xs: stage.scalar(op, xs, dtype, ()), name, last, operands
        )
        stage.carries.append(Carry(dtype, init, self.scans[value]))

    @staticmethod
    def _result_number(stage: StageDraft) -> int:
        return sum(len(r.combine.finish.results) for r in stage.reductions[:-1])

    def _position(self, stage: StageDraft, axes: tuple[int, ...]) -> int:
        """Return the place of an inner point, counted over the reduced axes in their order."""
        total: int | None = None
        for k in axes:
            here = stage.integer(self.axes.index[k])
            if total is None:
                total = here
                continue
            name = self.draft.size(self.domain.sizes[k])
            kind = "constant" if isinstance(name, int) else "size"
            size = stage.scalar(kind, (), "int64", name)
            total = stage.scalar("multiply", (total, size), "int64", ())
            total = stage.scalar("add", (total, here), "int64", ())
        return total if total is not None else stage.integer(ZERO)

    def _held(
        self,
        stage: StageDraft,
        value: Value,
        index: tuple[Index, ...] | None,
        guard: int | None,
        level: int,
    ) -> int | None:
        if index is None:
            if storage(value) in self.members:
                raise Misaligned("a reshaped value of the same kernel")
            return None
        if value in self.members:
            return self._own(stage, value, index, guard, level)
        if value in self.kept and self.kept[value] < level and index == self.axes.index:
            buffer, where = self._keep(value)
            return stage.read(buffer, where, guard, value.type.dtype)
        if value in self.roots:
            return Elements(stage, lambda *_: None).load(value, index, guard)
        return None

    def _own(
        self,
        stage: StageDraft,
        value: Value,
        index: tuple[Index, ...],
        guard: int | None,
        level: int,
    ) -> int | None:
        """Answer for a member of the group: it may only be read at its own point."""
        if value.op.name == "interleave":
            raise Misaligned("pairs of the same kernel are read apart")
        mine = tuple(
            ZERO if is_one(size) else i
            for i, size in zip(self._index_of(value), value.type.shape, strict=True)
        )
        if index != mine:
            raise Misaligned("a value of the same kernel is read at another point")
        if self.kinds[value] == "reduce":
            return stage.scalar("result", (), value.type.dtype, self.places[value])
        if self.kinds[value] == "scan" and self.levels[value] == level:
            return self.scans[value]
        if self.kinds[value] != "outer" and self.levels[value] < level and value in self.needed:
            long = tuple(i for i, n in zip(mine, value.type.shape, strict=True) if not is_one(n))
            buffer = self.draft.bind(value, "out")
            return stage.read(buffer, long, guard, value.type.dtype)
        return None

    def _keep(self, value: Value) -> tuple[int, tuple[Index, ...]]:
        """Return the buffer that keeps a costly Value between stages, and its index there."""
        last = max((k for k, s in enumerate(self.domain.sizes) if not is_one(s)), default=0)
        if self.domain.inner and last in self.domain.inner:
            # An axis of one point has no loop in the stages that run once at an outer point.
            inner = tuple(
                ZERO if axis.size == 1 else Affine(((axis.name, 1),)) for axis in self.axes.inner
            )
            return self.draft.scratch(value, tuple(a.size for a in self.axes.inner)), inner
        pairs = zip(self.axes.index, self.domain.sizes, strict=True)
        long = tuple(i for i, size in pairs if not is_one(size))
        return self.draft.bind(value, "out"), long


FREE = frozenset({"constant", "axis", "size", "result", "parameter"})
"""Scalars that nothing is computed for."""


def is_computed(scalar: Scalar) -> bool:
    """Tell whether a scalar costs an instruction."""
    return scalar.op not in FREE


def _wastes_lanes(stage: StageDraft) -> bool:
    return bool(stage.carries) and any(scalar.op in COSTLY for scalar in stage.scalars)
