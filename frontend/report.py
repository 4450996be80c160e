"""Writes errors the way the user reads them: line and caret, operation, expected, got, help."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import Error
from symc.compiler.location import Location
from symc.config import config
from symc.location import Capture, capture

ADAPTED = 4
"""Casts and dimensions that a number is looked for under; what adapts one adds one of each."""


def describe(variable: Any) -> str:
    """Return a variable in the user's words: its name or making, and its type."""
    written = _written(variable)
    return f"{label(written)}: {written.type}"


def _written(variable: Any) -> Any:
    """Return the number that the user wrote, without the dimensions it was given to fit."""
    found = variable
    for _ in range(ADAPTED):
        if found.owner is None or found.owner.kind not in ("dimshuffle", "cast"):
            break
        found = found.owner.inputs[0]
    return found if _is_leaf_number(found) else variable


def _is_number(variable: Any) -> bool:
    return _is_leaf_number(_written(variable))


def _is_leaf_number(variable: Any) -> bool:
    return variable.owner is None and hasattr(variable, "data") and variable.ndim == 0


def label(variable: Any) -> str:
    """Return a variable's name; what makes it where it has none."""
    variable = _written(variable)
    if variable.name is not None:
        return str(variable.name)
    if variable.owner is None:
        data = getattr(variable, "data", None)
        if data is None:
            return "unnamed"
        return str(data) if variable.ndim == 0 else "constant"
    inside = ", ".join(_short(x) for x in variable.owner.inputs)
    return f"{variable.owner.title}({inside})"


def _short(variable: Any) -> str:
    return label(variable) if variable.name or _is_number(variable) else "..."


def complaint(
    kind: type[Error],
    summary: str,
    where: Capture,
    *,
    operation: str = "",
    expected: str = "",
    got: str = "",
    inputs: str = "",
    help: str = "",
) -> Error:
    """Make an error of a kind whose message says all that is known, in this order."""
    return kind(
        "\n".join(
            [
                f"[{kind.code}] {summary}",
                *_place(where),
                *_facts(operation=operation, expected=expected, got=got, inputs=inputs, help=help),
                *_callers(where),
            ]
        )
    )


def mistake(
    kind: type[Error], summary: str, *, expected: str = "", got: str = "", help: str = ""
) -> Error:
    """Make an error of a kind at the user's line that is running now."""
    return complaint(kind, summary, capture(), expected=expected, got=got, help=help)


def _facts(**facts: str) -> list[str]:
    return [f"  {name}: {text}" for name, text in facts.items() if text]


def _place(where: Capture) -> list[str]:
    location = where.location
    if not location.frames:
        return []
    lines = [f"  at {location}, in {location.frames[0][2]}"]
    return lines + [f"    {line}" for line in where.excerpt().splitlines()]


def _callers(where: Capture) -> list[str]:
    frames = where.location.frames[1:]
    shown = frames if config.exception_verbosity == "high" else frames[:2]
    return [f"  called from {file}:{line}, in {function}" for file, line, function in shown]


def at(location: Location) -> str:
    """Return a location as file:line."""
    return str(location)
