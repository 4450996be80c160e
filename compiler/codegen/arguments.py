"""The first part of an entry point: tensors are checked and taken apart into pointers and sizes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import reduce

from msgspec import Struct

from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.instructions import Block
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import ArraySpec

FAIL = "symc_fail"
SCATTERED = "symc_scattered"
MISTYPED = "symc_mistyped"
STRIDED = "symc_strided"


class Failure(Struct, frozen=True):
    """Whether something has failed so far: an int32 status, 0 while nothing has.

    What failed was told to the host when it happened, in a block of its own beside the good way.
    """

    code: Register

    def registers(self) -> list[Register]:
        """Return the status, as blocks hand it on."""
        return [self.code]


class Fields:
    """Reads and writes the fields of C structures, and notes failures."""

    def __init__(self, builder: KernelBuilder, host: Register | None = None) -> None:
        self.b = builder
        self.host = host

    def load(self, pointer: Register, offset: int, dtype: str) -> Register:
        """Return the field at a byte offset."""
        return self.b.load(self.b.offset(pointer, "uint8", offset), dtype)

    def store(self, value: Register, pointer: Register, offset: int) -> None:
        """Set the field at a byte offset."""
        self.b.store(value, self.b.offset(pointer, "uint8", offset))

    def hook(self, offset: int) -> tuple[Register, Register]:
        """Return a hook of the host, which may be null, and the `user` that it takes."""
        assert self.host is not None
        return self.load(self.host, offset, "ptr"), self.load(self.host, abi.HOST_USER, "ptr")

    def number(self, value: int) -> Register:
        """Return an int64 constant."""
        return self.b.constant("int64", value)

    def no_failure(self) -> Failure:
        """Return the state before anything has failed."""
        return Failure(self.b.constant("int32", 0))

    def good(self, failure: Failure) -> Register:
        """Return whether nothing has failed."""
        return self.b.equal(failure.code, self.b.constant("int32", 0))

    def note(
        self,
        failure: Failure,
        bad: Register,
        code: int,
        *,
        arg: int | Register = -1,
        dim: int | Register = -1,
        expected: Register | None = None,
        got: Register | None = None,
        site: int = -1,
    ) -> Failure:
        """Return the failure that stands after a test: the earlier, or this one if it is bad."""
        zero = self.number(0)

        def fields() -> list[Register]:
            places = [self.number(x) if isinstance(x, int) else x for x in (arg, dim)]
            numbers = [self.number(code), *places]
            return [*numbers, expected or zero, got or zero, self.number(site)]

        return self.note_fields(failure, bad, fields)

    def note_fields(
        self, failure: Failure, bad: Register, fields: Callable[[], list[Register]]
    ) -> Failure:
        """Do as `note` with code, arg, dim, expected, got and site computed where it is bad."""
        first = self.b.bit_and(bad, self.good(failure))

        def describe() -> list[Register]:
            assert self.host is not None
            status = self.b.call(FAIL, "int32", [self.host, *fields()])
            assert status is not None
            return [status]

        return Failure(*self.b.when(first, describe, failure.registers))

    def when_good(self, failure: Failure, then: Block) -> list[Register]:
        """Run a block that returns a failure's registers, unless something has failed."""
        return self.b.when(self.good(failure), then, failure.registers)


class Tensor(Struct, frozen=True):
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
        self,
        table: Register,
        tensors: Sequence[Register],
        specs: Sequence[ArraySpec],
        failure: Failure,
        first: int,
    ) -> Failure:
        """Test the dtype and rank, which lie side by side, of all tensors of a table at once."""
        words = [word_of(spec) for spec in specs]
        wrong = [self._mistyped(t, word) for t, word in zip(tensors, words, strict=True)]

        def look() -> list[Register]:
            expected = self.b.data(struct.pack(f"<{len(words)}q", *words), 8)
            return self._ask(MISTYPED, [table, expected], len(words), first)

        return self._unless_any(wrong, failure, look)

    def check_type(self, tensor: Register, spec: ArraySpec, failure: Failure, arg: int) -> Failure:
        """Test one tensor's dtype and rank."""
        word = word_of(spec)

        def describe() -> list[Register]:
            got = self.load(tensor, abi.TENSOR_NDIM, "int64")
            return [describe_type(self, self.number(arg), self.number(word), got)]

        return self._unless_any([self._mistyped(tensor, word)], failure, describe)

    def _mistyped(self, tensor: Register, word: int) -> Register:
        got = self.load(tensor, abi.TENSOR_NDIM, "int64")
        return self.b.not_equal(got, self.number(word))

    def _unless_any(self, wrong: Sequence[Register], failure: Failure, look: Block) -> Failure:
        """Return the failure after a look for the first that is wrong, where one is."""
        if not wrong:
            return failure
        due = self.b.bit_and(reduce(self.b.bit_or, wrong), self.good(failure))
        return Failure(*self.b.when(due, look, failure.registers))

    def _ask(self, name: str, data: list[Register], count: int, first: int) -> list[Register]:
        """Call what finds the first of some tensors that is wrong and tells the host of it."""
        assert self.host is not None
        numbers = [self.number(count), self.number(first)]
        status = self.b.call(name, "int32", [self.host, *data, *numbers])
        assert status is not None
        return [status]

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
        """Test the sizes that the type fixes."""
        for dim, (got, size) in enumerate(zip(tensor.sizes, spec.shape, strict=True)):
            if isinstance(size, int):
                expected = self.number(size)
                bad = self.b.not_equal(got, expected)
                failure = self.note(
                    failure, bad, abi.E_SHAPE, arg=arg, dim=dim, expected=expected, got=got
                )
        return failure

    def check_order(
        self, table: Register, tensors: Sequence[Tensor], failure: Failure, first: int
    ) -> Failure:
        """Test that the elements of all tensors of a table lie in C order.

        Most have no strides, which says so.
        """
        null = self.b.constant("ptr", 0)
        given = [
            self.b.not_equal(self.load(tensor.descriptor, abi.TENSOR_STRIDES, "ptr"), null)
            for tensor in tensors
            if tensor.sizes
        ]
        return self._unless_any(
            given, failure, lambda: self._ask(STRIDED, [table], len(tensors), first)
        )


def word_of(spec: ArraySpec) -> int:
    """Return the eight bytes of a descriptor that hold the rank and the dtype."""
    return abi.dtype_word(spec.dtype) << 32 | len(spec.shape)


def describe_type(fields: Fields, arg: Register, expected: Register, got: Register) -> Register:
    """Tell the host of a wrong dtype, or else a wrong rank; return the status."""
    b, low = fields.b, fields.number(0xFFFFFFFF)
    dtypes = [b.shift_right_by(x, 32) for x in (expected, got)]
    ranks = [b.bit_and(x, low) for x in (expected, got)]
    wrong = b.not_equal(*dtypes)
    code = b.select(wrong, fields.number(abi.E_DTYPE), fields.number(abi.E_RANK))
    shown = [b.select(wrong, d, r) for d, r in zip(dtypes, ranks, strict=True)]
    none = fields.number(-1)
    return fail(fields, [code, arg, none, *shown, none])


def fail(fields: Fields, described: list[Register]) -> Register:
    """Tell the host of a failure: code, arg, dim, expected, got, site; return the status."""
    assert fields.host is not None
    status = fields.b.call(FAIL, "int32", [fields.host, *described])
    assert status is not None
    return status


# What is wrong with arguments ---------------------------------------------------------------------


def emit_mistyped(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that tells of the first tensor of a table with a wrong dtype or rank."""
    pointers = [(name, "ptr") for name in ("host", "table", "words")]
    numbers = [("count", "int64"), ("first", "int64")]
    with b.function(MISTYPED, [*pointers, *numbers], "int32", export=export) as registers:
        host, table, words, count, first = registers
        fields = Fields(b, host)

        def look(k: Register, carried: list[Register]) -> list[Register]:
            found = Failure(*carried)
            tensor = b.load(b.offset(table, "ptr", k), "ptr")
            got = fields.load(tensor, abi.TENSOR_NDIM, "int64")
            expected = b.load(b.offset(words, "int64", k), "int64")
            bad = b.bit_and(b.not_equal(got, expected), fields.good(found))
            arg = b.add(first, k)
            return b.when(bad, lambda: [describe_type(fields, arg, expected, got)], found.registers)

        zero, one, start = fields.number(0), fields.number(1), fields.no_failure()
        b.ret(*b.loop(zero, count, one, start.registers(), look))


def emit_strided(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that tells of the first tensor of a table that is not in C order."""
    pointers = [("host", "ptr"), ("table", "ptr")]
    numbers = [("count", "int64"), ("first", "int64")]
    with b.function(STRIDED, [*pointers, *numbers], "int32", export=export) as registers:
        host, table, count, first = registers
        fields = Fields(b, host)
        none = fields.number(-1)

        def look(k: Register, carried: list[Register]) -> list[Register]:
            found = Failure(*carried)
            tensor = b.load(b.offset(table, "ptr", k), "ptr")
            strides = fields.load(tensor, abi.TENSOR_STRIDES, "ptr")

            def scattered() -> list[Register]:
                dim = b.call(SCATTERED, "int64", [tensor])
                assert dim is not None
                return [dim]

            given = b.not_equal(strides, b.constant("ptr", 0))
            (dim,) = b.when(given, scattered, lambda: [none])
            bad = b.bit_and(b.not_equal(dim, none), fields.good(found))
            zero, code = fields.number(0), fields.number(abi.E_STRIDE)
            described = [code, b.add(first, k), dim, zero, zero, none]
            return b.when(bad, lambda: [fail(fields, described)], found.registers)

        zero, one, start = fields.number(0), fields.number(1), fields.no_failure()
        b.ret(*b.loop(zero, count, one, start.registers(), look))


def emit_scattered(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that names a dimension whose stride is not C order's, or returns -1."""
    with b.function(SCATTERED, [("tensor", "ptr")], "int64", export=export) as (tensor,):
        fields = Fields(b)
        shape = fields.load(tensor, abi.TENSOR_SHAPE, "ptr")
        strides = fields.load(tensor, abi.TENSOR_STRIDES, "ptr")
        ndim = b.cast(fields.load(tensor, abi.TENSOR_NDIM, "int32"), "int64")
        one = fields.number(1)

        def dimension(k: Register, carried: list[Register]) -> list[Register]:
            expected, found = carried
            dim = b.subtract(b.subtract(ndim, one), k)
            size = b.load(b.offset(shape, "int64", dim), "int64")
            got = b.load(b.offset(strides, "int64", dim), "int64")
            bad = b.bit_and(b.greater(size, one), b.not_equal(got, expected))
            return [b.multiply(expected, size), b.select(bad, dim, found)]

        _, found = b.loop(fields.number(0), ndim, one, [one, fields.number(-1)], dimension)
        b.ret(found)


def emit_fail(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that describes a failure to the host and returns its code."""
    names = ("code", "arg", "dim", "expected", "got", "site")
    parameters = [("host", "ptr"), *((name, "int64") for name in names)]
    with b.function(FAIL, parameters, "int32", export=export) as (host, *values):
        fields = Fields(b)
        error = fields.load(host, abi.HOST_ERROR, "ptr")
        code, arg, dim, expected, got, site = values
        narrow = (
            (code, abi.ERROR_CODE),
            (arg, abi.ERROR_ARG),
            (dim, abi.ERROR_DIM),
            (site, abi.ERROR_SITE),
        )

        def describe() -> None:
            for value, offset in narrow:
                fields.store(b.cast(value, "int32"), error, offset)
            fields.store(expected, error, abi.ERROR_EXPECTED)
            fields.store(got, error, abi.ERROR_GOT)

        b.when(b.not_equal(error, b.constant("ptr", 0)), describe)
        b.ret(b.cast(code, "int32"))
