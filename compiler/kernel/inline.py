"""Kernels of a few elements, printed where they stand: no call, no loop, elements in registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import KIND, Register
from symc.compiler.kernel.interpret import starting_value
from symc.compiler.kernel.plan import is_operation
from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Buffer,
    Index,
    Kernel,
    Reduction,
    Scalar,
    Stage,
)
from symc.compiler.kernel.scalars import apply_operation, number, run_body

MOST_OPERATIONS = 128
"""Operations, at all points together, up to which a kernel is small."""

MOST_ELEMENTS = 16
"""Elements that one of its arrays may have."""

ReadElement = Callable[[int, int], Register]
"""(number of a buffer, element in C order) -> its value"""
WriteElement = Callable[[int, int, Register], None]
Point = dict[str, int]


def is_small(kernel: Kernel) -> bool:
    """Tell whether a kernel can be printed where it stands: few elements, all at known places."""
    return (
        not kernel.checks
        and all(_is_few(buffer) for buffer in kernel.buffers)
        and all(isinstance(axis.size, int) for axis in _axes(kernel))
        and not any(stage.carries for stage in kernel.stages)
        and all(map(_is_plain, _accesses(kernel)))
        and _operations(kernel) <= MOST_OPERATIONS
    )


def _is_few(buffer: Buffer) -> bool:
    sizes = [size for size in buffer.shape if isinstance(size, int)]
    whole = len(sizes) == len(buffer.shape) and 0 < prod(sizes) <= MOST_ELEMENTS
    return whole and buffer.role in ("in", "out") and KIND[buffer.dtype] != "narrow"


def _axes(kernel: Kernel) -> Iterator[Axis]:
    yield from kernel.outer
    for stage in kernel.stages:
        yield from stage.axes


def _accesses(kernel: Kernel) -> Iterator[tuple[Sequence[Index], bool]]:
    """Yield the index of each read and write, and whether it is done in any case."""
    for stage in kernel.stages:
        for scalar in stage.scalars:
            if scalar.op == "read":
                yield scalar.attribute.index, scalar.attribute.guard is None
        for write in stage.writes:
            yield write.index, write.guard is None and write.mode == "store"


def _is_plain(access: tuple[Sequence[Index], bool]) -> bool:
    index, always = access
    return always and all(
        isinstance(x, Affine)
        and all(not name.startswith("s") and isinstance(factor, int) for name, factor in x.terms)
        for x in index
    )


def _operations(kernel: Kernel) -> int:
    """Return how many operations all points take."""
    total = 0
    for stage in kernel.stages:
        points = prod(int(axis.size) for axis in (*kernel.outer, *stage.axes))
        own = sum(is_operation(scalar) for scalar in stage.scalars)
        steps = sum(len(r.combine.step.scalars) for r in stage.reductions)
        total += points * (own + steps)
    return total


def print_inline(
    b: KernelBuilder,
    kernel: Kernel,
    sizes: Sequence[Register],
    read: ReadElement,
    write: WriteElement,
) -> None:
    """Print a small kernel over its elements."""
    for outer in _points(kernel.outer):
        results: list[list[Register]] = []
        for stage in kernel.stages:
            results.append(_Stage(b, kernel, stage, sizes, read, write).run(outer, results))


def _points(axes: Sequence[Axis]) -> Iterator[Point]:
    names = [axis.name for axis in axes]
    for place in product(*(range(int(axis.size)) for axis in axes)):
        yield dict(zip(names, place, strict=True))


class _Stage:
    """Prints one stage at one outer point."""

    def __init__(
        self,
        b: KernelBuilder,
        kernel: Kernel,
        stage: Stage,
        sizes: Sequence[Register],
        read: ReadElement,
        write: WriteElement,
    ) -> None:
        self.b = b
        self.kernel = kernel
        self.stage = stage
        self.sizes = sizes
        self.read = read
        self.write = write

    def run(self, outer: Point, results: list[list[Register]]) -> list[Register]:
        """Print all inner points; return the results of reductions."""
        rows = [self._start(reduction) for reduction in self.stage.reductions]
        for inner in _points(self.stage.axes):
            values = self._values({**outer, **inner}, results)
            rows = [
                run_body(self.b, r.combine.step, [*row, *(values[k] for k in r.inputs)], 0)
                for r, row in zip(self.stage.reductions, rows, strict=True)
            ]
            for write in self.stage.writes:
                place = self._element(write.buffer, write.index, {**outer, **inner})
                self.write(write.buffer, place, values[write.scalar])
        pairs = zip(self.stage.reductions, rows, strict=True)
        return [x for r, row in pairs for x in run_body(self.b, r.combine.finish, row, 0)]

    def _start(self, reduction: Reduction) -> list[Register]:
        init = reduction.combine.init
        return [number(self.b, dtype, starting_value(dtype, value)) for dtype, value in init]

    def _values(self, point: Point, results: list[list[Register]]) -> list[Register]:
        """Print the scalars at one point."""
        values: list[Register] = []
        for scalar in self.stage.scalars:
            values.append(self._value(scalar, values, point, results))
        return values

    def _value(
        self,
        scalar: Scalar,
        values: list[Register],
        point: Point,
        results: list[list[Register]],
    ) -> Register:
        match scalar.op:
            case "read":
                access = scalar.attribute
                return self.read(access.buffer, self._element(access.buffer, access.index, point))
            case "constant":
                return number(self.b, scalar.dtype, scalar.attribute)
            case "axis":
                return self.b.constant("int64", point[scalar.attribute])
            case "size":
                return self._size(scalar.attribute)
            case "result":
                stage, k = scalar.attribute
                result: Register = results[stage][k]
                return result
        operands = [values[k] for k in scalar.operands]
        return apply_operation(self.b, scalar.op, scalar.dtype, scalar.attribute, operands)

    def _size(self, size: int | str) -> Register:
        if isinstance(size, int):
            return self.b.constant("int64", size)
        return self.sizes[int(size[1:])]

    def _element(self, buffer: int, index: Sequence[Index], point: Point) -> int:
        """Return the place of an element in C order."""
        place = 0
        for size, x in zip(self.kernel.buffers[buffer].shape, index, strict=True):
            assert isinstance(x, Affine)
            at = x.constant + sum(int(factor) * point[name] for name, factor in x.terms)
            place = place * int(size) + at
        return place
