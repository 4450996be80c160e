"""Notes where in the user's program a graph was made, cheaply, and resolves it when shown."""

from __future__ import annotations

import linecache
import sys
from functools import lru_cache
from types import CodeType

from symc.compiler.location import Location

FRAMES = 8
"""How many of the user's frames are noted."""


class Capture:
    """Up to eight frames outside symc, innermost first, as (code, instruction) pairs."""

    __slots__ = ("_location", "frames")

    def __init__(self, frames: tuple[tuple[CodeType, int], ...]) -> None:
        self.frames = frames
        self._location: Location | None = None

    @property
    def location(self) -> Location:
        """Return the frames as files, lines and functions."""
        if self._location is None:
            self._location = Location(
                tuple(
                    (code.co_filename, _span(code, at)[0], code.co_name) for code, at in self.frames
                )
            )
        return self._location

    def then(self, other: Capture) -> Capture:
        """Return these frames followed by another capture's that are not among them."""
        more = tuple(frame for frame in other.frames if frame not in self.frames)
        return Capture((*self.frames[: FRAMES // 2], *more)[:FRAMES])

    def excerpt(self) -> str:
        """Return the innermost line with carets under the expression; '' if it is not to be had."""
        if not self.frames:
            return ""
        code, at = self.frames[0]
        line, end_line, start, end = _span(code, at)
        text = linecache.getline(code.co_filename, line).rstrip()
        if not text.strip():
            return ""
        # Columns count bytes of UTF-8.
        first = len(text.encode()[:start].decode(errors="ignore"))
        last = len(text.encode()[:end].decode(errors="ignore")) if end_line == line else len(text)
        indent = len(text) - len(text.lstrip())
        first = max(first, indent)
        return f"{text[indent:]}\n{' ' * (first - indent)}{'^' * max(last - first, 1)}"

    def __reduce__(self) -> tuple[object, ...]:
        # Code objects do not travel; the lines do.
        return _restore, (self.location.frames,)


class Restored(Capture):
    """A capture that came from another process: lines without code."""

    __slots__ = ()

    def __init__(self, frames: tuple[tuple[str, int, str], ...]) -> None:
        super().__init__(())
        self._location = Location(frames)


def _restore(frames: tuple[tuple[str, int, str], ...]) -> Capture:
    return Restored(frames)


NOWHERE = Capture(())
"""The capture of what no user's line asked for."""


def capture() -> Capture:
    """Note the user's frames that led here."""
    frames: list[tuple[CodeType, int]] = []
    frame = sys._getframe(1)
    while len(frames) < FRAMES:
        module = frame.f_globals.get("__name__", "")
        if module != "symc" and not module.startswith("symc."):
            frames.append((frame.f_code, frame.f_lasti))
        back = frame.f_back
        if back is None:
            break
        frame = back
    return Capture(tuple(frames))


@lru_cache(4096)
def _span(code: CodeType, at: int) -> tuple[int, int, int, int]:
    """Return first line, last line, first column and last column of an instruction."""
    for index, position in enumerate(code.co_positions()):
        if index == at // 2:
            line, end_line, start, end = position
            line = line if line is not None else code.co_firstlineno
            return line, end_line or line, start or 0, end if end is not None else 10**6
    return code.co_firstlineno, code.co_firstlineno, 0, 10**6
