"""Prints the tests of pointers that come before a call: no NULL, no other device, all aligned."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from symc.compiler.artifact.interface import Array
from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import FAIL, Fields
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.types import ITEM_SIZE

GUARD = "symc_guard"


def call(b: KernelBuilder, name: str, arguments: Sequence[Register]) -> Register:
    """Call a function of the module that returns a status."""
    status = b.call(name, "int32", arguments)
    assert status is not None
    return status


def in_order(b: KernelBuilder, steps: Sequence[Callable[[], Register]]) -> Register:
    """Print steps that each return a status; one runs if those before it were good."""
    status = steps[0]()
    for step in steps[1:]:
        good = b.equal(status, b.constant("int32", 0))
        before = status
        (status,) = b.when(good, lambda step=step: [step()], lambda x=before: [x])  # type: ignore[misc]
    return status


def fail(b: KernelBuilder, host: Register, code: int, arg: Register | int = -1) -> Register:
    """Describe a failure that is about an argument, and return its code."""
    fields = Fields(b)
    none, zero = fields.number(-1), fields.number(0)
    place = fields.number(arg) if isinstance(arg, int) else arg
    (status,) = b.when(
        b.equal(host, b.constant("ptr", 0)),
        lambda: [b.constant("int32", code)],
        lambda: [call(b, FAIL, [host, fields.number(code), place, none, zero, zero, none])],
    )
    return status


def unless(b: KernelBuilder, bad: Register, failing: Callable[[], Register]) -> Register:
    """Return 0 unless a test says that something is bad."""
    (status,) = b.when(bad, lambda: [failing()], lambda: [b.constant("int32", abi.OK)])
    return status


def check_host(b: KernelBuilder, host: Register) -> Register:
    """Refuse a host that was compiled for another version of the header."""

    def version() -> list[Register]:
        return [Fields(b).load(host, abi.HOST_ABI, "uint32")]

    mine = b.constant("uint32", abi.VERSION)
    (got,) = b.when(b.not_equal(host, b.constant("ptr", 0)), version, lambda: [mine])
    # The rest of another version's host is not to be read.
    return unless(b, b.not_equal(got, mine), lambda: b.constant("int32", abi.E_ABI))


def require(b: KernelBuilder, host: Register, pointer: Register, code: int) -> Register:
    """Refuse a pointer that is NULL or not aligned to eight bytes."""
    address = b.bitcast(pointer, "int64")
    odd = b.bit_and(address, b.constant("int64", 7))
    zero = b.constant("int64", 0)
    bad = b.bit_or(b.equal(address, zero), b.not_equal(odd, zero))
    return unless(b, bad, lambda: fail(b, host, code))


def check_tensors(
    b: KernelBuilder,
    host: Register,
    table: Register,
    arrays: Sequence[Array],
    first: int,
    needs_data: int,
) -> Register:
    """Refuse tensors that must not be looked at: NULL, without data, elsewhere, askew."""
    if not arrays:
        return b.constant("int32", abi.OK)
    facts = b"".join(struct.pack("<qq", len(a.sizes), ITEM_SIZE[a.dtype]) for a in arrays)
    numbers = [b.constant("int64", n) for n in (len(arrays), first, needs_data)]

    def each() -> Register:
        return call(b, GUARD, [host, table, b.data(facts, 8), *numbers])

    missing = b.equal(table, b.constant("ptr", 0))
    (status,) = b.when(missing, lambda: [fail(b, host, abi.E_NULL)], lambda: [each()])
    return status


def emit_guard(b: KernelBuilder) -> None:
    """Print the function that tests the pointers of a table of tensors.

    `facts` holds rank and item size of each; `needs_data` is 1 if data may not be NULL.
    """
    pointers = [(name, "ptr") for name in ("host", "table", "facts")]
    numbers = [(name, "int64") for name in ("count", "first", "needs_data")]
    with b.function(GUARD, [*pointers, *numbers], "int32", export=False) as registers:
        host, table, facts, count, first, needs_data = registers

        def one(k: Register, carried: list[Register]) -> list[Register]:
            (status,) = carried

            def test() -> list[Register]:
                tensor = b.load(b.offset(table, "int64", k), "ptr")
                fact = b.offset(facts, "int64", b.shift_left_by(k, 1))
                return [_check_tensor(b, host, tensor, fact, b.add(first, k), needs_data)]

            return b.when(b.equal(status, b.constant("int32", 0)), test, lambda: [status])

        zero, step = b.constant("int64", 0), b.constant("int64", 1)
        (status,) = b.loop(zero, count, step, [b.constant("int32", abi.OK)], one)
        b.ret(status)


def _check_tensor(
    b: KernelBuilder,
    host: Register,
    tensor: Register,
    fact: Register,
    arg: Register,
    needs_data: Register,
) -> Register:
    def refuse(code: int, test: Callable[[], Register]) -> Callable[[], Register]:
        return lambda: unless(b, test(), lambda: fail(b, host, code, arg))

    one = _Tensor(b, tensor, fact, needs_data)
    tests = (
        (abi.E_NULL, one.missing),
        (abi.E_NULL, one.incomplete),
        (abi.E_DEVICE, one.elsewhere),
        (abi.E_ALIGN, one.askew),
    )
    return in_order(b, [refuse(code, test) for code, test in tests])


class _Tensor:
    """What may be wrong with the pointers of one tensor."""

    def __init__(
        self, b: KernelBuilder, tensor: Register, fact: Register, needs_data: Register
    ) -> None:
        self.b, self.fields = b, Fields(b)
        self.tensor, self.fact, self.needs_data = tensor, fact, needs_data
        self.null, self.zero = b.constant("ptr", 0), b.constant("int64", 0)

    def _data(self) -> Register:
        return self.fields.load(self.tensor, abi.TENSOR_DATA, "ptr")

    def missing(self) -> Register:
        return self.b.equal(self.tensor, self.null)

    def incomplete(self) -> Register:
        """Tell whether the shape, or data that must be there, is NULL."""
        b = self.b
        shape = self.fields.load(self.tensor, abi.TENSOR_SHAPE, "ptr")
        ranked = b.greater(self.fields.load(self.fact, 0, "int64"), self.zero)
        no_data = b.equal(self._data(), self.null)
        return b.bit_or(
            b.bit_and(b.equal(shape, self.null), ranked),
            b.bit_and(no_data, b.not_equal(self.needs_data, self.zero)),
        )

    def elsewhere(self) -> Register:
        b = self.b
        device = self.fields.load(self.tensor, abi.TENSOR_DEVICE, "int32")
        other = b.not_equal(device, b.constant("int32", abi.CPU))
        return b.bit_and(other, b.not_equal(self._data(), self.null))

    def askew(self) -> Register:
        b = self.b
        start = self.fields.load(self.tensor, abi.TENSOR_BYTE_OFFSET, "int64")
        address = b.add(b.bitcast(self._data(), "int64"), start)
        low = b.subtract(self.fields.load(self.fact, 8, "int64"), b.constant("int64", 1))
        return b.not_equal(b.bit_and(address, low), self.zero)
