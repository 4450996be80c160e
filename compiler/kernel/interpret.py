"""The interpreter of kernels: plain NumPy, one inner point after the other; the oracle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symc.compiler.bfloat import convert, refer
from symc.compiler.kernel.record import (
    Affine,
    Body,
    Index,
    Kernel,
    Read,
    Reduction,
    Scalar,
    SizeName,
    Stage,
    Write,
)
from symc.compiler.op import find
from symc.compiler.types import FLOATS

Array = NDArray[Any]


def interpret(
    kernel: Kernel, buffers: Sequence[Array], sizes: Sequence[int], run: range | None = None
) -> Array:
    """Run a kernel on arrays of its buffers' shapes (scratch rows aside) and return its status.

    run is the range of the first outer axis. All outer points go side by side, as arrays of one
    dimension, since they are independent or only add; so additions to shared places come in the
    order of the inner points first.
    """
    with np.errstate(all="ignore"):
        return _Interpreter(kernel, buffers, sizes, run).run()


def evaluate_body(body: Body, *arguments: Any) -> list[Any]:
    """Compute a body on arrays that broadcast, by the operations' references."""
    values: list[Any] = []
    for scalar in body.scalars:
        if scalar.op == "parameter":
            values.append(arguments[scalar.attribute])
        else:
            values.append(_apply(scalar, [values[k] for k in scalar.operands]))
    return [values[k] for k in body.results]


def starting_value(dtype: str, value: Any) -> Any:
    """Return a combine's starting value, 'min' and 'max' as numbers."""
    if value not in ("min", "max"):
        return value
    if dtype == "bool":
        return value == "max"
    if dtype in FLOATS:
        return float("-inf") if value == "min" else float("inf")
    limits = np.iinfo(dtype)
    return int(limits.min if value == "min" else limits.max)


def _apply(scalar: Scalar, operands: list[Any]) -> Any:
    if scalar.op == "constant":
        return convert(np.asarray(scalar.attribute), scalar.dtype)
    result = refer(find(scalar.op), operands, dict(scalar.attribute))
    return convert(result, scalar.dtype)


class _Interpreter:
    """The state of one run; a value is an array over the outer points."""

    def __init__(
        self, kernel: Kernel, buffers: Sequence[Array], sizes: Sequence[int], run: range | None
    ) -> None:
        self.kernel = kernel
        self.sizes = {f"s{k}": int(size) for k, size in enumerate(sizes)}
        extents = [range(self.size(axis.size)) for axis in kernel.outer]
        if run is not None and extents:
            extents[0] = run
        self.count = math.prod(map(len, extents))
        grid = np.array(list(product(*extents)), "int64").reshape(self.count, len(extents))
        self.outer = {axis.name: grid[:, k] for k, axis in enumerate(kernel.outer)}
        self.axes: dict[str, Any] = {}
        self.buffers = [
            np.zeros((self.count, *map(self.size, b.shape)), b.dtype)
            if b.role == "row"
            else np.atleast_1d(array)
            for b, array in zip(kernel.buffers, buffers, strict=True)
        ]
        self.results: list[list[Array]] = []
        self.carried: list[Array] = []
        self.status = np.zeros(4, "int64")

    def run(self) -> Array:
        """Run all stages."""
        for stage in self.kernel.stages:
            self.results.append(self.run_stage(stage))
        return self.status

    def size(self, size: SizeName) -> int:
        """Return a size as a number."""
        return self.sizes[size] if isinstance(size, str) else size

    def full(self, value: Any, dtype: str) -> Array:
        """Return a value at every outer point."""
        return np.array(np.broadcast_to(convert(np.asarray(value), dtype), (self.count,)))

    def run_stage(self, stage: Stage) -> list[Array]:
        """Run one stage at every inner point in order; return its results."""
        state = [
            [self.full(starting_value(d, v), d) for d, v in reduction.combine.init]
            for reduction in stage.reductions
        ]
        self.carried = [self.full(self.start(c.init), c.dtype) for c in stage.carries]
        extents = [range(self.size(axis.size)) for axis in stage.axes]
        for point in product(*extents):
            places = {a.name: np.int64(i) for a, i in zip(stage.axes, point, strict=True)}
            self.axes = self.outer | places
            values = self.point(stage)
            state = [self.step(r, s, values) for r, s in zip(stage.reductions, state, strict=True)]
            for write in stage.writes:
                self.write(write, values)
            self.carried = [self.full(values[c.next], c.dtype) for c in stage.carries]
        finished = [
            self.full(value, reduction.combine.finish.scalars[k].dtype)
            for reduction, s in zip(stage.reductions, state, strict=True)
            for value, k in zip(
                evaluate_body(reduction.combine.finish, *s),
                reduction.combine.finish.results,
                strict=True,
            )
        ]
        return finished + self.carried

    def start(self, init: Any) -> Any:
        """Return a carry's first value."""
        return self.results[init[1]][init[2]] if isinstance(init, tuple) else init

    def step(self, reduction: Reduction, state: list[Array], values: list[Array]) -> list[Array]:
        """Take one point into a reduction."""
        inputs = (values[k] for k in reduction.inputs)
        results = evaluate_body(reduction.combine.step, *state, *inputs)
        return [self.full(x, old.dtype.name) for x, old in zip(results, state, strict=True)]

    def point(self, stage: Stage) -> list[Array]:
        """Compute the scalars of a stage at one inner point."""
        values: list[Array] = []
        for scalar in stage.scalars:
            values.append(self.full(self.scalar(scalar, values), scalar.dtype))
        return values

    def scalar(self, scalar: Scalar, values: list[Array]) -> Any:
        """Compute one scalar."""
        match scalar.op:
            case "axis":
                return self.axes[scalar.attribute]
            case "size":
                return self.size(scalar.attribute)
            case "read":
                return self.read(scalar.attribute, values)
            case "result":
                stage, number = scalar.attribute
                return self.results[stage][number]
            case "carried":
                return self.carried[scalar.attribute]
        return _apply(scalar, [values[k] for k in scalar.operands])

    def read(self, read: Read, values: list[Array]) -> Array:
        """Read an element at every outer point, 0 where there is none."""
        places, inside = self.places(read, values)
        array = self.buffers[read.buffer]
        result = np.zeros(self.count, array.dtype)
        result[inside] = array[tuple(place[inside] for place in places)]
        return result

    def write(self, write: Write, values: list[Array]) -> None:
        """Write an element at every outer point."""
        places, inside = self.places(write, values)
        where = tuple(place[inside] for place in places)
        value = values[write.scalar][inside]
        array = self.buffers[write.buffer]
        if write.mode == "store":
            array[where] = value
        elif array.dtype == bool:
            np.logical_or.at(array, where, value)
        else:
            np.add.at(array, where, value)

    def places(self, access: Read | Write, values: list[Array]) -> tuple[list[Array], Any]:
        """Return the index of each dimension, and where the access happens."""
        buffer = self.kernel.buffers[access.buffer]
        inside = np.ones(self.count, bool) if access.guard is None else values[access.guard]
        places = []
        for dimension, (index, size) in enumerate(zip(access.index, buffer.shape, strict=True)):
            place = self.index(index, values)
            if not isinstance(index, Affine) and index.check >= 0:
                length = self.size(size)
                wrapped = np.where(place < 0, place + length, place)
                bad = inside & ((wrapped < 0) | (wrapped >= length))
                self.report(index.check, place[bad], length, dimension)
                inside, place = inside & ~bad, wrapped
            places.append(place)
        if buffer.role == "row":
            places.insert(0, np.arange(self.count))
        elif not places:
            places.append(np.zeros(self.count, "int64"))
        return places, inside

    def index(self, index: Index, values: list[Array]) -> Array:
        """Return an index at every outer point."""
        if not isinstance(index, Affine):
            return values[index.scalar]
        total: Any = index.constant
        for name, factor in index.terms:
            here = self.axes[name] if name in self.axes else self.size(name)
            total = total + self.size(factor) * here
        return self.full(total, "int64")

    def report(self, check: int, bad: Array, size: int, dimension: int) -> None:
        """Note the first failure."""
        if bad.size and self.status[0] == 0:
            self.status[:] = check + 1, bad[0], size, dimension
