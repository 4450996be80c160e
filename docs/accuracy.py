"""Writes the table of accuracy.md from the bounds that the tests hold."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "accuracy.md"
BEGIN, END = "<!-- errors -->\n", "<!-- end of errors -->\n"
NAMES = {"pow": "power", "atan2": "arctan2"} | {
    f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
}
"""What users call functions that the code generator calls by C's names."""
EXACT = ("sqrt", "floor_divide", "fmod", "remainder")


def rows(bounds: Mapping[str, tuple[float, float]], note: str) -> dict[str, str]:
    """Return lines of the table by the functions' names."""
    return {
        NAMES.get(name, name): f"{single} | {double} | {note}"
        for name, (single, double) in bounds.items()
    }


def table() -> str:
    """Return the table of errors."""
    known = runpy.run_path(str(HERE.parent / "tests" / "error_bounds.py"))
    found = rows(known["BOUNDS"], "") | rows(known["WAVES"], "of the size between zeros")
    found |= rows(known["GAMMAS"], "")
    found |= rows({name: known["GAMMAS"][name] for name in ("gammaln", "psi")}, "see below")
    found |= {name: "0.5 | 0.5 | correctly rounded" for name in EXACT}
    lines = ["| function | float32 | float64 | |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {line} |".replace("|  |", "| |") for name, line in sorted(found.items())
    ]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return the page's text with the table in its place."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
