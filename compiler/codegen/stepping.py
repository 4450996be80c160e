"""What printers of loops share: what they are offered, and how often the cancel word is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from symc.compiler.codegen.arguments import Failure
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import Buffer, Loop, Number, Statement

PERIOD = 100_000
"""Nanoseconds between two looks at the cancel word."""


class Body(Protocol):
    """What a printer of statements offers to loops."""

    b: KernelBuilder
    long: Register
    step_number: int | Register

    def number(self, number: Number) -> Register:
        """Return a host scalar's register."""

    def name(self, name: str, register: Register) -> None:
        """Name a host scalar."""

    def buffer(self, buffer: Buffer) -> Register:
        """Return a buffer's address."""

    def carry(self, index: int, address: Register) -> None:
        """Name an address that is carried."""

    def step(self, body: Sequence[Statement]) -> Failure:
        """Print the statements of a step."""

    def poll(self) -> Failure:
        """Ask the host whether to go on."""

    def good(self, failure: Failure) -> Register:
        """Return whether nothing has failed."""


def period(body: Body, loop: Loop) -> Register:
    """Return the number of steps between two looks at the cancel word."""
    b = body.b
    work = b.maximum(body.number(loop.work), b.constant("int64", 1))
    steps = b.divide(b.constant("int64", PERIOD), work)
    return b.maximum(steps, b.constant("int64", 1))
