"""The verifier of kernels: what a record promises, checked; a failure is a compiler's mistake."""

from __future__ import annotations

from typing import Any

from symc.compiler.codegen.register import ITEMSIZE
from symc.compiler.errors import InternalError, TypeMismatch
from symc.compiler.kernel.plan import is_size
from symc.compiler.kernel.record import (
    Affine,
    Body,
    Carry,
    Combine,
    Index,
    Kernel,
    Picked,
    Read,
    Reduction,
    Scalar,
    SizeName,
    Stage,
    Write,
)
from symc.compiler.kernel.text import LEAVES
from symc.compiler.op import registry

ROLES = ("in", "out", "inout", "row")
NUMBERS: dict[str, type | tuple[type, ...]] = {"bool": bool, "float": (int, float)}
BODY_LEAVES = ("constant", "parameter")


def verify(kernel: Kernel) -> None:
    """Raise InternalError, naming the stage and the scalar, unless a kernel is well formed."""
    _Verifier(kernel).run()


def result_dtypes(stage: Stage) -> list[str]:
    """Return the dtypes of a stage's results: of its reductions, then of its carries."""
    finished = [
        reduction.combine.finish.scalars[k].dtype
        for reduction in stage.reductions
        for k in reduction.combine.finish.results
    ]
    return finished + [carry.dtype for carry in stage.carries]


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InternalError(f"kernel: {message}")


def _operation(scalar: Scalar, dtypes: tuple[str, ...], where: str) -> None:
    """Check an operation's operands against its promotion rule."""
    op = next((op for op in registry() if op.name == scalar.op), None)
    if op is None or op.promote is None:
        raise InternalError(f"kernel: {where}: {scalar.op!r} is no pointwise operation")
    _require(isinstance(scalar.attribute, tuple), f"{where}: attributes are pairs")
    try:
        takes, gives = op.promote(dtypes, dict(scalar.attribute))
    except TypeMismatch as error:
        raise InternalError(f"kernel: {where}: {error}") from None
    expected = f"{where}: {scalar.op} takes {takes} and gives {gives}"
    _require((takes, gives) == (dtypes, scalar.dtype), f"{expected}, not {dtypes} {scalar.dtype}")


def verify_body(body: Body, where: str) -> None:
    """Raise InternalError unless a body is a function of its parameters alone."""
    for k, scalar in enumerate(body.scalars):
        here = f"{where}, %{k}"
        earlier = all(0 <= i < k for i in scalar.operands)
        _require(earlier, f"{here}: an operand is not an earlier step")
        if scalar.op == "parameter":
            known = 0 <= scalar.attribute < len(body.parameters)
            _require(known, f"{here}: no parameter {scalar.attribute}")
            _require(scalar.dtype == body.parameters[scalar.attribute], f"{here}: dtype differs")
        elif scalar.op not in BODY_LEAVES:
            _require(scalar.op not in LEAVES, f"{here}: {scalar.op} in a body")
            _operation(scalar, tuple(body.scalars[i].dtype for i in scalar.operands), here)
    _require(all(0 <= k < len(body.scalars) for k in body.results), f"{where}: no such result")


def _results(body: Body) -> tuple[str, ...]:
    return tuple(body.scalars[k].dtype for k in body.results)


def verify_combine(combine: Combine) -> None:
    """Raise InternalError unless the bodies of a combine fit together."""
    where = f"combine {combine.name}"
    carried = tuple(dtype for dtype, _ in combine.init)
    for word in ("step", "merge", "finish"):
        verify_body(getattr(combine, word), f"{where}, {word}")
    steps = combine.step.parameters[: len(carried)] == carried == _results(combine.step)
    _require(steps, f"{where}: step does not carry {carried}")
    merges = combine.merge.parameters == carried * 2 and _results(combine.merge) == carried
    _require(merges, f"{where}: merge does not carry {carried}")
    _require(combine.finish.parameters == carried, f"{where}: finish does not take {carried}")


class _Verifier:
    """Checks one kernel, stage by stage."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.names: dict[str, SizeName] = {}
        self.stage = Stage((), ())
        self.where = ""
        self.number = 0

    def require(self, condition: bool, message: str) -> None:
        """Fail with the place in the kernel."""
        _require(condition, f"{self.where}: {message}")

    def run(self) -> None:
        """Check everything."""
        self.where = "buffers"
        for k, buffer in enumerate(self.kernel.buffers):
            known = buffer.dtype in ITEMSIZE and buffer.dtype != "ptr"
            self.require(known and buffer.role in ROLES, f"buffer {k} is {buffer}")
            for size in buffer.shape:
                self.size(size)
        self.where = "outer axes"
        self.outer = self.axes({}, self.kernel.outer)
        for number, stage in enumerate(self.kernel.stages):
            self.number, self.stage = number, stage
            self.run_stage()

    def run_stage(self) -> None:
        """Check the current stage."""
        stage = self.stage
        self.where = f"stage {self.number}"
        self.names = self.axes(self.outer, stage.axes)
        for k, scalar in enumerate(stage.scalars):
            self.where = f"stage {self.number}, %{k}"
            self.scalar(k, scalar)
        self.where = f"stage {self.number}"
        for reduction in stage.reductions:
            self.reduction(reduction)
        self.require(not stage.carries or len(stage.axes) == 1, "carries without one axis")
        for carry in stage.carries:
            self.carry(carry)
        for write in stage.writes:
            self.write(write)

    def size(self, size: Any) -> None:
        """Check a number or a size's name."""
        known = isinstance(size, str) and is_size(size) and int(size[1:]) < self.kernel.sizes
        self.require(known or (isinstance(size, int) and size >= 0), f"no size {size!r}")

    def axes(self, outside: dict[str, SizeName], axes: Any) -> dict[str, SizeName]:
        """Return the axes in reach."""
        names = dict(outside)
        for axis in axes:
            self.require(axis.name not in names, f"axis {axis.name} is there twice")
            self.require(not is_size(axis.name), f"axis {axis.name!r} is named like a size")
            self.size(axis.size)
            names[axis.name] = axis.size
        return names

    def dtype_of(self, position: Any) -> str:
        """Return a scalar's dtype."""
        count = len(self.stage.scalars)
        self.require(isinstance(position, int) and 0 <= position < count, f"no scalar %{position}")
        dtype: str = self.stage.scalars[position].dtype
        return dtype

    def scalar(self, position: int, scalar: Scalar) -> None:
        """Check one scalar."""
        earlier = all(0 <= k < position for k in scalar.operands)
        self.require(earlier, "an operand is not an earlier scalar")
        self.require(scalar.dtype in ITEMSIZE and scalar.dtype != "ptr", f"dtype {scalar.dtype}")
        if scalar.op in LEAVES:
            self.require(not scalar.operands, f"{scalar.op} has operands")
            getattr(self, f"_{scalar.op}")(position, scalar)
        else:
            _operation(scalar, tuple(self.dtype_of(k) for k in scalar.operands), self.where)

    def _constant(self, position: int, scalar: Scalar) -> None:
        kind = "float" if "float" in scalar.dtype else scalar.dtype
        fits = isinstance(scalar.attribute, NUMBERS.get(kind, int))
        self.require(fits, f"constant {scalar.attribute!r} of {scalar.dtype}")

    def _axis(self, position: int, scalar: Scalar) -> None:
        self.require(scalar.attribute in self.names, f"no axis {scalar.attribute!r}")
        self.require(scalar.dtype == "int64", "an axis is int64")

    def _size(self, position: int, scalar: Scalar) -> None:
        self.size(scalar.attribute)
        self.require(scalar.dtype == "int64", "a size is int64")

    def _read(self, position: int, scalar: Scalar) -> None:
        read: Read = scalar.attribute
        dtype = self.access(read, position)
        self.require(dtype == scalar.dtype, f"reads {dtype} as {scalar.dtype}")
        written = any(
            w.buffer == read.buffer
            for stage in self.kernel.stages[: self.number + 1]
            for w in stage.writes
        )
        fresh = self.kernel.buffers[read.buffer].role in ("out", "row")
        self.require(written or not fresh, f"reads b{read.buffer}, which nothing has written")

    def _result(self, position: int, scalar: Scalar) -> None:
        self.result(scalar.attribute, scalar.dtype)

    def result(self, place: Any, dtype: str) -> None:
        """Check a reference to a result of an earlier stage."""
        stage, number = place
        self.require(0 <= stage < self.number, f"no stage {stage} before this one")
        dtypes = result_dtypes(self.kernel.stages[stage])
        self.require(0 <= number < len(dtypes), f"stage {stage} has no result {number}")
        self.require(dtypes[number] == dtype, f"result {place} is {dtypes[number]}, not {dtype}")

    def _parameter(self, position: int, scalar: Scalar) -> None:
        self.require(False, "a parameter outside a body")

    def _carried(self, position: int, scalar: Scalar) -> None:
        known = 0 <= scalar.attribute < len(self.stage.carries)
        self.require(known, f"no carry {scalar.attribute}")
        self.require(self.stage.carries[scalar.attribute].dtype == scalar.dtype, "dtype differs")

    def access(self, access: Read | Write, before: int) -> str:
        """Check a read's or write's place and guard; return the buffer's dtype."""
        self.require(0 <= access.buffer < len(self.kernel.buffers), f"no buffer {access.buffer}")
        buffer = self.kernel.buffers[access.buffer]
        rank = len(buffer.shape)
        self.require(len(access.index) == rank, f"b{access.buffer} has rank {rank}")
        for index in access.index:
            self.index(index, before, buffer.role == "row")
        if access.guard is not None:
            self.require(access.guard < before, "the guard is not an earlier scalar")
            self.require(self.dtype_of(access.guard) == "bool", "the guard is no bool")
        return buffer.dtype

    def index(self, index: Index, before: int, inner: bool) -> None:
        """Check one index; `inner` tells that outer axes may not occur in it."""
        if isinstance(index, Picked):
            self.require(index.scalar < before, "an index is not an earlier scalar")
            self.require(self.dtype_of(index.scalar) == "int64", "an index is not int64")
            self.require(-1 <= index.check < self.kernel.checks, f"no check {index.check}")
            return
        self.require(isinstance(index, Affine), f"no index: {index!r}")
        for name, factor in index.terms:
            if name not in self.names:
                self.size(name)
            self.require(not (inner and name in self.outer), f"scratch is indexed by {name}")
            if isinstance(factor, str):
                self.size(factor)

    def reduction(self, reduction: Reduction) -> None:
        """Check one reduction."""
        verify_combine(reduction.combine)
        takes = reduction.combine.step.parameters[len(reduction.combine.init) :]
        given = tuple(self.dtype_of(k) for k in reduction.inputs)
        self.require(given == takes, f"{reduction.combine.name} takes {takes}, not {given}")

    def carry(self, carry: Carry) -> None:
        """Check one carry."""
        self.require(self.dtype_of(carry.next) == carry.dtype, "a carry changes its dtype")
        if isinstance(carry.init, tuple):
            word, *place = carry.init
            self.require(word == "result", f"a carry begins with {carry.init!r}")
            self.result(tuple(place), carry.dtype)

    def write(self, write: Write) -> None:
        """Check one write."""
        dtype = self.access(write, len(self.stage.scalars))
        self.require(self.dtype_of(write.scalar) == dtype, f"writes to b{write.buffer}, a {dtype}")
        self.require(self.kernel.buffers[write.buffer].role != "in", f"writes to b{write.buffer}")
        self.require(write.mode in ("store", "add"), f"mode {write.mode!r}")
