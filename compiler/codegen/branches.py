"""Prints branches: a test of a bool in memory, around the statements of each arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from symc.compiler.codegen.arguments import Failure
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import Branch, Buffer, Statement


class Body(Protocol):
    """What a printer of statements offers to branches."""

    b: KernelBuilder

    def buffer(self, buffer: Buffer) -> Register:
        """Return a buffer's address."""

    def step(self, body: Sequence[Statement]) -> Failure:
        """Print the statements of an arm."""


def run(body: Body, branch: Branch) -> Failure:
    """Print a branch, which stands where nothing has failed."""
    b = body.b
    condition = b.load(body.buffer(branch.condition), "bool")

    def arm(statements: Sequence[Statement]) -> list[Register]:
        return body.step(statements).registers()

    return Failure(*b.when(condition, lambda: arm(branch.then), lambda: arm(branch.other)))
