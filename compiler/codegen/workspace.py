"""Reserves work memory around what needs it: from the host's scratch memory, or its allocator."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import Failure, Fields
from symc.compiler.codegen.register import Register

ALIGNMENT = 64
"""Bytes to which the workspace and each of its slots are aligned."""


class Room(Struct, frozen=True):
    """Scratch memory of the host: its address, and how many bytes are left from there on."""

    memory: Register
    left: Register


def host_room(fields: Fields) -> Room:
    """Return the scratch memory that the host offers."""
    assert fields.host is not None
    return Room(
        fields.load(fields.host, abi.HOST_WORKSPACE, "ptr"),
        fields.load(fields.host, abi.HOST_WORKSPACE_BYTES, "int64"),
    )


def reserve(
    fields: Fields,
    room: Room,
    total: Register,
    failure: Failure,
    then: Callable[[Register, Callable[[], Room]], Failure],
) -> Failure:
    """Print then(memory, rest) with that much memory, which is given back at the end.

    rest prints what is left of the room; total is a multiple of the alignment.
    """
    b = fields.b
    fits = b.greater_equal(room.left, total)
    null = b.constant("ptr", 0)
    (memory,) = b.when(fits, lambda: [room.memory], lambda: [_alloc(fields, total)])
    failure = fields.note(failure, b.equal(memory, null), abi.E_NOMEM)

    def rest() -> Room:
        taken = b.select(fits, total, fields.number(0))
        return Room(b.offset(room.memory, "uint8", taken), b.subtract(room.left, taken))

    def reserved() -> list[Register]:
        found = then(memory, rest)
        b.when(b.bit_not(fits), lambda: _release(fields, memory, total))
        return found.registers()

    return Failure(*fields.when_good(failure, reserved))


def _alloc(fields: Fields, total: Register) -> Register:
    b = fields.b
    null = b.constant("ptr", 0)
    hook, user = fields.hook(abi.HOST_ALLOC)

    def call() -> list[Register]:
        memory = b.call_pointer(hook, "ptr", [user, total, fields.number(ALIGNMENT)])
        assert memory is not None
        return [memory]

    (memory,) = b.when(b.not_equal(hook, null), call, lambda: [null])
    return memory


def _release(fields: Fields, memory: Register, total: Register) -> None:
    b = fields.b
    hook, user = fields.hook(abi.HOST_RELEASE)
    arguments = [user, memory, total, fields.number(ALIGNMENT)]

    def call() -> None:
        b.call_pointer(hook, None, arguments)

    b.when(b.not_equal(hook, b.constant("ptr", 0)), call)
