"""The first part of an entry point: tensors are checked and taken apart into pointers and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import ArraySpec


@dataclass(slots=True)
class Failure:
    """The first failure so far, as int64 registers; code is 0 while there is none."""

    code: Register
    arg: Register
    dim: Register
    expected: Register
    got: Register
    site: Register

    def registers(self) -> list[Register]:
        """Return the fields in order."""
        return [self.code, self.arg, self.dim, self.expected, self.got, self.site]


class Fields:
    """Reads and writes the fields of C structures."""

    def __init__(self, builder: KernelBuilder) -> None:
        self.b = builder

    def load(self, pointer: Register, offset: int, dtype: str) -> Register:
        """Return the field at a byte offset."""
        return self.b.load(self.b.offset(pointer, "uint8", offset), dtype)

    def store(self, value: Register, pointer: Register, offset: int) -> None:
        """Set the field at a byte offset."""
        self.b.store(value, self.b.offset(pointer, "uint8", offset))

    def number(self, value: int) -> Register:
        """Return an int64 constant."""
        return self.b.constant("int64", value)

    def no_failure(self) -> Failure:
        """Return the state before anything has failed."""
        zero, none = self.number(0), self.number(-1)
        return Failure(zero, none, none, zero, zero, none)

    def note(
        self,
        failure: Failure,
        bad: Register,
        code: int,
        *,
        arg: int = -1,
        dim: int = -1,
        expected: Register | None = None,
        got: Register | None = None,
        site: int = -1,
    ) -> Failure:
        """Return the failure that stands after a test: the earlier, or this one if it is bad."""
        b, zero = self.b, self.number(0)
        first = b.bit_and(bad, b.equal(failure.code, zero))
        new = (
            self.number(code),
            self.number(arg),
            self.number(dim),
            expected or zero,
            got or zero,
            self.number(site),
        )
        return Failure(
            *(b.select(first, n, o) for n, o in zip(new, failure.registers(), strict=True))
        )

    def when_good(self, failure: Failure, then: object) -> list[Register]:
        """Run a block that returns a failure's registers, unless something has failed."""
        good = self.b.equal(failure.code, self.number(0))
        return self.b.when(good, then, failure.registers)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Tensor:
    """An argument taken apart: its descriptor, data and sizes (numbers where the type says so)."""

    descriptor: Register
    data: Register
    sizes: tuple[Register, ...]


class ArgumentReader(Fields):
    """Checks the descriptors of a call against what the program expects."""

    def descriptors(self, table: Register, count: int) -> list[Register]:
        """Return the pointers of a table of tensors."""
        return [self.load(table, 8 * k, "ptr") for k in range(count)]

    def check_types(
        self, tensors: Sequence[Register], specs: Sequence[ArraySpec], failure: Failure, first: int
    ) -> Failure:
        """Test each tensor's dtype and rank."""
        b = self.b
        for k, (tensor, spec) in enumerate(zip(tensors, specs, strict=True)):
            for offset, wanted, code in (
                (abi.TENSOR_DTYPE, abi.dtype_word(spec.dtype), abi.E_DTYPE),
                (abi.TENSOR_NDIM, len(spec.shape), abi.E_RANK),
            ):
                got = b.cast(self.load(tensor, offset, "int32"), "int64")
                expected = self.number(wanted)
                bad = b.not_equal(got, expected)
                failure = self.note(failure, bad, code, arg=first + k, expected=expected, got=got)
        return failure

    def read(self, tensor: Register, spec: ArraySpec) -> Tensor:
        """Return a tensor's parts; its type has been checked."""
        b = self.b
        start = self.load(tensor, abi.TENSOR_BYTE_OFFSET, "int64")
        data = b.offset(self.load(tensor, abi.TENSOR_DATA, "ptr"), "uint8", start)
        sizes: list[Register] = []
        if spec.shape:
            shape = self.load(tensor, abi.TENSOR_SHAPE, "ptr")
            sizes = [self.load(shape, 8 * k, "int64") for k in range(len(spec.shape))]
        return Tensor(tensor, data, tuple(sizes))

    def check_sizes(self, tensor: Tensor, spec: ArraySpec, failure: Failure, arg: int) -> Failure:
        """Test the sizes that the type fixes, and that the elements lie in C order."""
        b = self.b
        for dim, (got, size) in enumerate(zip(tensor.sizes, spec.shape, strict=True)):
            if isinstance(size, int):
                expected = self.number(size)
                bad = b.not_equal(got, expected)
                failure = self.note(
                    failure, bad, abi.E_SHAPE, arg=arg, dim=dim, expected=expected, got=got
                )
        return self._check_strides(tensor, failure, arg) if spec.shape else failure

    def _check_strides(self, tensor: Tensor, failure: Failure, arg: int) -> Failure:
        b = self.b
        strides = self.load(tensor.descriptor, abi.TENSOR_STRIDES, "ptr")
        given = b.not_equal(strides, b.constant("ptr", 0))

        def compare() -> list[Register]:
            found = failure
            expected = self.number(1)
            for dim in reversed(range(len(tensor.sizes))):
                got = self.load(strides, 8 * dim, "int64")
                long = b.greater(tensor.sizes[dim], self.number(1))
                bad = b.bit_and(long, b.not_equal(got, expected))
                found = self.note(
                    found, bad, abi.E_STRIDE, arg=arg, dim=dim, expected=expected, got=got
                )
                expected = b.multiply(expected, tensor.sizes[dim])
            return found.registers()

        return Failure(*b.when(given, compare, failure.registers))
