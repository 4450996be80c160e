"""Explains what failed in a call: the user's line, the operation, the shapes that came."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from symc.build import Built
from symc.compiler.errors import Error, InternalError, ShapeMismatch
from symc.exceptions import BadArgument, IndexOutOfBounds
from symc.io import In
from symc.location import NOWHERE, Capture
from symc.report import complaint, label

Shapes = Sequence[tuple[int, ...]]

NULL, DTYPE, RANK, SHAPE, STRIDE, ALIGN = -1, -2, -3, -4, -5, -6
INDEX, DEADLINE, CPU = -17, -14, -12
"""The status codes of symc.h that a call can end with and that have an error of their own."""

SITE = re.compile(r" \([^()]*:\d+\)$")


class Reporter:
    """Builds the exceptions of one function's calls."""

    def __init__(self, built: Built, inputs: Sequence[In]) -> None:
        self.built = built
        self.names = [entry.name or label(entry.variable) for entry in inputs]
        self.states = [label(variable) for variable in built.states]

    def native(self, sites: dict[int, int]) -> Callable[..., BaseException]:
        """Return what the runtime calls for a failed call; sites maps the code's numbers."""

        def fail(
            code: int,
            arg: int,
            dim: int,
            expected: int,
            got: int,
            site: int,
            inputs: Shapes,
            states: Shapes,
        ) -> BaseException:
            place = sites.get(site, -1)
            if code == INDEX:
                return self.index(place, dim, expected, got, inputs, states)
            if code == SHAPE:
                return self.shape(place, arg, dim, expected, got, inputs, states)
            return InternalError(
                f"[{InternalError.code}] the call ended with status {code}: argument {arg}, "
                f"dimension {dim}, expected {expected}, got {got}"
            )

        return fail

    def interpreted(self, error: Exception, inputs: Any, states: Any) -> BaseException:
        """Return what a failure of the interpreter means to the user."""
        shapes = [array.shape for array in inputs], [array.shape for array in states]
        if isinstance(error, IndexError):
            return self._explained(IndexOutOfBounds, str(error), -1, *shapes)
        if isinstance(error, Error):
            site = getattr(error, "site", -1)
            return self._explained(type(error), SITE.sub("", str(error)), site, *shapes)
        return self._explained(ShapeMismatch, str(error), -1, *shapes)

    def index(
        self, site: int, dim: int, expected: int, got: int, inputs: Shapes, states: Shapes
    ) -> Error:
        """Return the error for an index outside its dimension."""
        summary = f"index {got} is out of bounds for dimension {dim} with size {expected}"
        return self._explained(IndexOutOfBounds, summary, site, inputs, states)

    def shape(
        self,
        site: int,
        arg: int,
        dim: int,
        expected: int,
        got: int,
        inputs: Shapes,
        states: Shapes,
    ) -> Error:
        """Return the error for two sizes that differ."""
        if site < 0 and 0 <= arg < len(self.names):
            return BadArgument(
                f"[{BadArgument.code}] {self.names[arg]}: dimension {dim} broadcasts, so its size "
                f"is {expected}, not {got}"
            )
        what = self._check_text(site)
        return self._explained(
            ShapeMismatch, f"{what}: {expected} is not {got}", site, inputs, states
        )

    def _check_text(self, site: int) -> str:
        known = (check.what for check in self.built.module.checks if check.site == site)
        return next(known, "two sizes that must agree differ")

    def _explained(
        self, kind: type[Error], summary: str, site: int, inputs: Shapes, states: Shapes
    ) -> Error:
        captures = self.built.captures
        known = 0 <= site < len(captures)
        where: Capture = captures[site] if known else NOWHERE
        location = self.built.module.sites[site] if known else None
        operation = f"{location.operation}({', '.join(location.operands)})" if location else ""
        shapes = [
            f"{name} {tuple(shape)}"
            for names, given in ((self.names, inputs), (self.states, states))
            for name, shape in zip(names, given, strict=True)
        ]
        return complaint(kind, summary, where, operation=operation, got=", ".join(shapes))
