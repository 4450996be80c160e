"""The whole text of what users read, kept as golden files: SYMC_UPDATE_GOLDEN=1 writes them anew.

A file holds a program and the text of its error for each mistake.
"""

import linecache
import os
import re
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as T

FOLDER = Path(__file__).parent / "errors"
BETWEEN = "\n---\n"
INNER = re.compile(r"\b(Value|frontend/|compiler/|passes/|subtensor_op|%\d+)")
"""What belongs to symc's own words and has no place in a message."""


def sections(file):
    """Yield (title, program, text) from a golden file; the text is '' where it is not written."""
    for section in re.split(r"^=== ", file.read_text(), flags=re.MULTILINE)[1:]:
        title, _, rest = section.partition("\n")
        program, _, text = rest.partition(BETWEEN)
        yield title, program.strip("\n"), text.strip("\n")


CASES = [
    pytest.param(file, title, program, text, id=f"{file.stem}: {title}")
    for file in sorted(FOLDER.glob("*.txt"))
    for title, program, text in sections(file)
]


def variables():
    """Return the names that programs use."""
    return {
        **{"np": np, "symc": symc, "T": T, "x": T.dmatrix("x"), "y": T.dmatrix("y")},
        **{"v": T.dvector("v"), "s": T.dscalar("s"), "i": T.lvector("i"), "j": T.lvector("j")},
        **{"n": T.lscalar("n"), "b": T.bscalar("b"), "m": T.fmatrix("m"), "r": T.drow("r")},
    }


def text_of(program):
    """Return the text of the error that a program ends with."""
    lines = [line + "\n" for line in program.splitlines()]
    linecache.cache["program.py"] = (len(program), None, lines, "program.py")
    with pytest.raises(symc.Error) as caught:
        exec(compile(program, "program.py", "exec"), variables())
    shown = str(caught.value).splitlines()
    kept = [line for line in shown if "called from" not in line or "program.py" in line]
    return "\n".join(kept)


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
@pytest.mark.parametrize(("file", "title", "program", "text"), CASES)
def test_text(mode, file, title, program, text):
    with symc.config.change_flags(mode=mode):
        shown = text_of(program)
    if os.environ.get("SYMC_UPDATE_GOLDEN"):
        write(file, title, shown)
        return
    assert shown == text
    assert not INNER.search(shown)
    assert "  at program.py:" in shown


def write(file, title, shown):
    """Put the text of one error into its file."""
    parts = [
        f"=== {known}\n{program}{BETWEEN}{shown if known == title else text}\n"
        for known, program, text in sections(file)
    ]
    file.write_text("\n".join(parts))
