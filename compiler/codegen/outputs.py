"""Sees that outputs have memory: the caller's, whose shape must fit, or the host's."""

from __future__ import annotations

from collections.abc import Sequence

from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import ArgumentReader, Failure
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import ArraySpec


class OutputProvider:
    """Prints, for one output after the other, the test of the caller's or the host's memory."""

    def __init__(self, reader: ArgumentReader, inputs: int) -> None:
        self.b = reader.b
        self.reader = reader
        self.inputs = inputs

    def provide(
        self, tensor: Register, spec: ArraySpec, sizes: Sequence[Register], k: int, failure: Failure
    ) -> Failure:
        """Print what gives output k its data; return the failure that stands after it."""
        b, reader = self.b, self.reader
        data = reader.load(tensor, abi.TENSOR_DATA, "ptr")

        def given() -> list[Register]:
            found = reader.check_type(tensor, spec, failure, self.inputs + k)
            return self._check_given(tensor, spec, sizes, k, found).registers()

        def asked() -> list[Register]:
            self._describe(tensor, spec, sizes)
            return self._ask(tensor, k, failure).registers()

        has_data = b.not_equal(data, b.constant("ptr", 0))
        block = b.when(has_data, given, asked)
        return Failure(*block)

    def _check_given(
        self, tensor: Register, spec: ArraySpec, sizes: Sequence[Register], k: int, found: Failure
    ) -> Failure:
        mine = self.reader.read(tensor, spec)
        for dim, (expected, got) in enumerate(zip(sizes, mine.sizes, strict=True)):
            found = self.reader.note(
                found,
                self.b.not_equal(got, expected),
                abi.E_SHAPE,
                arg=self.inputs + k,
                dim=dim,
                expected=expected,
                got=got,
            )
        return found

    def _describe(self, tensor: Register, spec: ArraySpec, sizes: Sequence[Register]) -> None:
        reader = self.reader
        reader.store(self.b.constant("int32", len(spec.shape)), tensor, abi.TENSOR_NDIM)
        word = self.b.constant("int32", abi.dtype_word(spec.dtype))
        reader.store(word, tensor, abi.TENSOR_DTYPE)
        if sizes:
            shape = reader.load(tensor, abi.TENSOR_SHAPE, "ptr")
            for k, size in enumerate(sizes):
                reader.store(size, shape, 8 * k)

    def _ask(self, tensor: Register, k: int, failure: Failure) -> Failure:
        b, reader = self.b, self.reader
        hook, user = reader.hook(abi.HOST_OUTPUT)

        def call() -> list[Register]:
            index = b.constant("int32", k)
            status = b.call_pointer(hook, "int32", [user, index, tensor])
            assert status is not None
            return [status]

        known = b.not_equal(hook, b.constant("ptr", 0))
        missing = b.constant("int32", abi.E_NOMEM)
        (status,) = b.when(known, call, lambda: [missing])
        return Failure(b.select(reader.good(failure), status, failure.code))
