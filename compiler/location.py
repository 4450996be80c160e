"""Where in the user's program an operation was asked for."""

from __future__ import annotations

from msgspec import Struct


class Location(Struct, frozen=True):
    """The user's frames, innermost first, each as (file, line, function), and what was written.

    `operation` and `operands` describe the application in the user's words for error messages.
    """

    frames: tuple[tuple[str, int, str], ...]
    operation: str = ""
    operands: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Return the innermost frame's file, or '' when there is none."""
        return self.frames[0][0] if self.frames else ""

    @property
    def line(self) -> int:
        """Return the innermost frame's line, or 0 when there is none."""
        return self.frames[0][1] if self.frames else 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.frames else "?"
