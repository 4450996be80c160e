"""The host's threads and its allocator, as code that shares its work uses them."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register

LINE = 64
"""Bytes to which memory for a thread is aligned, so that no two write to one line."""


class Host(Struct, frozen=True):
    """The host, whose address may be null."""

    b: KernelBuilder
    pointer: Register

    def field(self, offset: int, dtype: str = "ptr") -> Register:
        """Load a field of the host, which is there."""
        return self.b.load(self.b.offset(self.pointer, "uint8", offset), dtype)

    def threads(self) -> Register:
        """Return how many threads the host lends, itself among them: 1 where there is none."""
        b, one = self.b, self.b.constant("int64", 1)
        null = b.constant("ptr", 0)

        def offered() -> list[Register]:
            count = b.cast(self.field(abi.HOST_MAX_THREADS, "int32"), "int64")
            lends = b.not_equal(self.field(abi.HOST_PARALLEL_FOR), null)
            return [b.select(lends, b.maximum(count, one), one)]

        (count,) = b.when(b.not_equal(self.pointer, null), offered, lambda: [one])
        return count

    def run(self, count: Register, function: str, closure: Register) -> None:
        """Call function(closure, lower, upper) for ranges that make 0 to count, on all threads."""
        b, user = self.b, self.field(abi.HOST_USER)
        arguments = [user, count, b.constant("int64", 1), b.address(function), closure]
        b.call_pointer(self.field(abi.HOST_PARALLEL_FOR), "int32", arguments)

    def alloc(self, total: Register) -> Register:
        """Return memory of so many bytes, null where there is none."""
        b, null, hook = self.b, self.b.constant("ptr", 0), self.field(abi.HOST_ALLOC)
        arguments = [self.field(abi.HOST_USER), total, b.constant("int64", LINE)]

        def ask() -> list[Register]:
            memory = b.call_pointer(hook, "ptr", arguments)
            assert memory is not None
            return [memory]

        (memory,) = b.when(b.not_equal(hook, null), ask, lambda: [null])
        return memory

    def release(self, memory: Register, total: Register) -> None:
        """Give memory back."""
        arguments = [self.field(abi.HOST_USER), memory, total, self.b.constant("int64", LINE)]
        self.b.call_pointer(self.field(abi.HOST_RELEASE), None, arguments)
