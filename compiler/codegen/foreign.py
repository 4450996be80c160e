"""Prints Python calls and what takes over their results, through hooks of the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import Failure, Fields
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import ArraySpec, Buffer, CallPython, Number, Receive

Described = tuple[Buffer, ArraySpec]


class Body(Protocol):
    """What a printer of statements offers to those that call out."""

    b: KernelBuilder
    host: Register | None

    def number(self, number: Number) -> Register:
        """Return a host scalar's register."""

    def buffer(self, buffer: Buffer) -> Register:
        """Return a buffer's address."""


def call_python(body: Body, statement: CallPython) -> Failure:
    """Print one call: its operands are described in the work slot, its sizes stored."""
    b = body.b
    tensors = _describe(body, statement.work, statement.operands)
    numbers = (statement.callee, statement.number, len(statement.operands))
    first = [b.constant("int32", number) for number in numbers]
    count = b.constant("int32", statement.count)
    return _ask(body, abi.HOST_CALL, [*first, tensors, count, body.buffer(statement.sizes)])


def receive(body: Body, statement: Receive) -> Failure:
    """Print the copy of one result to its place."""
    b = body.b
    tensor = _describe(body, statement.work, [(statement.target, statement.spec)])
    numbers = (statement.number, statement.index, statement.site)
    first = [b.constant("int32", number) for number in numbers]
    return _ask(body, abi.HOST_RECEIVE, [*first, tensor])


def _ask(body: Body, offset: int, arguments: list[Register]) -> Failure:
    hook, user = Fields(body.b, body.host).hook(offset)
    status = body.b.call_pointer(hook, "int32", [user, *arguments])
    assert status is not None
    return Failure(status)


def _describe(body: Body, work: Buffer, arrays: Sequence[Described]) -> Register:
    """Print the descriptors of some arrays, one after the other, with their shapes behind."""
    b = body.b
    start = body.buffer(work)
    place = len(arrays) * abi.TENSOR_SIZE
    for k, (buffer, spec) in enumerate(arrays):
        tensor = b.offset(start, "uint8", k * abi.TENSOR_SIZE)
        shape = b.offset(start, "uint8", place)
        place += 8 * len(spec.shape)
        _describe_one(body, tensor, shape, body.buffer(buffer), spec)
    return start


def _describe_one(
    body: Body, tensor: Register, shape: Register, data: Register, spec: ArraySpec
) -> None:
    b, fields = body.b, Fields(body.b)
    fields.store(data, tensor, abi.TENSOR_DATA)
    fields.store(b.constant("int64", abi.CPU), tensor, abi.TENSOR_DEVICE)
    fields.store(b.constant("int32", len(spec.shape)), tensor, abi.TENSOR_NDIM)
    fields.store(b.constant("int32", abi.dtype_word(spec.dtype)), tensor, abi.TENSOR_DTYPE)
    fields.store(shape, tensor, abi.TENSOR_SHAPE)
    fields.store(b.constant("ptr", 0), tensor, abi.TENSOR_STRIDES)
    fields.store(b.constant("int64", 0), tensor, abi.TENSOR_BYTE_OFFSET)
    for axis, size in enumerate(spec.shape):
        assert size is not None
        fields.store(body.number(size), shape, 8 * axis)
