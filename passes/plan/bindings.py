"""Where each result of the kernels lies: an output, a state in place, or workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from symc.compiler import sizes
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.record import Affine, Index, Kernel, Picked
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.module import Module, walk
from symc.compiler.types import TensorType
from symc.compiler.value import Value
from symc.passes.fuse.roots import data_operands, loop_reads, storage


class Foreign(Struct, frozen=True):
    """Mark a step that calls Python, or takes over a result of such a call."""


class Looping(Struct, frozen=True):
    """Mark a step that is a loop: its first result is the number of steps run."""


class Branching(Struct, frozen=True):
    """Mark a step that is a branch: its results are what is read of what it computes."""


Record = Kernel | Contraction | Sorting | Factoring | Foreign | Looping | Branching


class Step(Struct, eq=False):
    """A kernel application, part of a Python call, loop or branch: the memory it reads and makes.

    reads     the Values in memory it reads, in the order of the record's 'in' buffers
    targets   the Values that 'inout' results start from
    results   the Values it makes, in the order of the record's 'out' and 'inout' buffers
    sizes     its size parameters
    level     the piece of the body it belongs to (`symc.passes.fuse.levels`)
    measures  whether it makes a number that is used as a size
    """

    value: Value
    record: Record
    reads: tuple[Value, ...]
    targets: tuple[Value, ...]
    results: tuple[Value, ...]
    sizes: tuple[Value, ...]
    sites: tuple[int, ...]
    level: int = 0
    measures: bool = False

    @property
    def early(self) -> bool:
        """Tell whether it belongs before the commit part: it can fail, or makes a size."""
        if self.measures or isinstance(self.record, Foreign | Looping | Branching):
            return True
        if isinstance(self.record, Factoring):
            return self.record.fails
        return isinstance(self.record, Kernel) and self.record.checks > 0

    def changed(self) -> Iterator[tuple[Value, Value]]:
        """Yield each target with the result that starts from it."""
        if isinstance(self.record, Kernel):
            roles = [b.role for b in self.record.buffers if b.role in ("out", "inout")]
            made = zip(self.results, roles, strict=True)
            becomes = (result for result, role in made if role == "inout")
            yield from zip(self.targets, becomes, strict=True)

    def memory(self) -> Iterator[Value]:
        """Yield the memory it reads, views resolved."""
        for value in (*self.reads, *self.targets):
            yield storage(value)


def find_steps(module: Module, levels: Mapping[Value, int]) -> list[Step]:
    """Return the kernel applications in order, which is that of their levels."""
    order = list(walk((*module.outputs, *(v for _, v in module.updates), *computed(module))))
    parts: dict[Value, dict[int, Value]] = {}
    for value in order:
        if value.op.name in ("result", "loop_result", "branch_result"):
            parts.setdefault(value.operands[0], {})[value.attribute("index")] = value
    measures = set(map(storage, computed(module)))
    steps = [
        MAKERS.get(v.op.name, _step)(v, parts.get(v, {}))
        for v in order
        if v.op.name == "kernel" or v.op.name in MAKERS
    ]
    for step in steps:
        step.level = levels.get(step.value, 0)
        step.measures = any(v in measures for v in step.results)
    return sorted(steps, key=lambda step: step.level)


def computed(module: Module) -> tuple[Value, ...]:
    """Return the Values that are loaded to be sizes."""
    return tuple(module.measured().values())


def _foreign(value: Value, parts: dict[int, Value]) -> Step:
    return Step(value, Foreign(), data_operands(value), (), (value,), (), (value.site,))


def _loop(value: Value, parts: dict[int, Value]) -> Step:
    results = (value, *(parts[k] for k in sorted(parts)))
    sizes = value.operands[-1:]
    return Step(value, Looping(), loop_reads(value), (), results, sizes, (value.site,))


def _branch(value: Value, parts: dict[int, Value]) -> Step:
    results = tuple(parts[k] for k in sorted(parts))
    return Step(value, Branching(), data_operands(value), (), results, (), (value.site,))


MAKERS = {"python": _foreign, "python_result": _foreign, "loop": _loop, "branch": _branch}
"""What makes the steps that are no kernels, by the operation's name."""


def _step(value: Value, parts: dict[int, Value]) -> Step:
    record = value.attribute("kernel")
    count = 4 if isinstance(record, Contraction) else record.sizes
    split = len(value.operands) - count
    data, numbers = value.operands[:split], value.operands[split:]
    targets = 0
    if isinstance(record, Kernel):
        targets = sum(1 for b in record.buffers if b.role == "inout")
    reads = data[: len(data) - targets]
    results: tuple[Value, ...] = (value,)
    if len(value.results) > 1:
        results = tuple(
            parts[k] if k in parts else _unread(value, k, type)
            for k, type in enumerate(value.results)
        )
    return Step(
        value,
        record,
        reads,
        data[len(data) - targets :],
        results,
        numbers,
        value.attribute("sites"),
    )


def _unread(value: Value, index: int, type: TensorType) -> Value:
    from symc.compiler.op import find

    return value.context.leaf_of(find("result"), value, type, index=index)


def same_shape(left: Value, right: Value) -> bool:
    """Tell whether two Values are known to have one shape."""
    a, b = left.type.shape, right.type.shape
    return len(a) == len(b) and all(sizes.same(x, y) for x, y in zip(a, b, strict=True))


def can_overwrite(step: Step, result: Value, state: Value) -> bool:
    """Tell whether a step may write a result over an old state that it may itself read.

    Every read of the old state must be at the point that is written, no later than the write.
    """
    if isinstance(step.record, Foreign | Looping | Branching):
        return False
    if isinstance(step.record, Contraction):
        return _contraction_can(step, state)
    if isinstance(step.record, Sorting | Factoring):
        return all(storage(v) is not state for v in step.reads)
    outs = [k for k, b in enumerate(step.record.buffers) if b.role in ("out", "inout")]
    target = outs[step.results.index(result)]
    if step.record.buffers[target].role == "inout" and storage(step.targets[0]) is not state:
        return False
    if any(isinstance(index, Picked) for index in _places(step.record, target)):
        return all(storage(v) is not state for v in step.reads)
    ins = [k for k, b in enumerate(step.record.buffers) if b.role == "in"]
    mine = {k for k, v in zip(ins, step.reads, strict=True) if storage(v) is state}
    return not mine or _reads_before_write(step.record, mine, target)


def _places(kernel: Kernel, target: int) -> Iterator[Index]:
    for stage in kernel.stages:
        for write in stage.writes:
            if write.buffer == target:
                yield from write.index


def _contraction_can(step: Step, state: Value) -> bool:
    left, right, *operands = step.reads
    if storage(left) is state or storage(right) is state:
        return False
    assert isinstance(step.record, Contraction)
    kinds = step.record.operands
    return all(
        kind.kind == "full" or storage(v) is not state
        for v, kind in zip(operands, kinds, strict=True)
    )


def _are_pairs(writes: list[tuple[int, tuple[Index, ...]]]) -> bool:
    """Tell whether two writes of one stage are those of the two parts of one number."""
    (stage, first), *others = writes
    parts = tuple((*first[:-1], Affine((), k)) for k in (0, 1))
    return [index for _, index in writes] == list(parts) and all(k == stage for k, _ in others)


def _reads_before_write(kernel: Kernel, mine: set[int], target: int) -> bool:
    writes = [
        (k, w.index) for k, s in enumerate(kernel.stages) for w in s.writes if w.buffer == target
    ]
    if len(writes) != 1 and not _are_pairs(writes):
        return False
    stage, written = writes[0][0], {index for _, index in writes}
    for k, s in enumerate(kernel.stages):
        for scalar in s.scalars:
            if scalar.op == "read" and scalar.attribute.buffer in mine:
                shape = kernel.buffers[scalar.attribute.buffer].shape
                same = scalar.attribute.index in written and shape == kernel.buffers[target].shape
                if k > stage or not same:
                    return False
    return True
