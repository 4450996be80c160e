"""Programs as data: leaves with their arrays, lines of symc code, what a function returns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import symc
import symc.tensor as T
from symc.compiler.op import find
from symc.compiler.types import array_dtype, holds_floats
from symc.ifelse import ifelse
from symc.mode import Mode

Array = np.ndarray[Any, Any]
NAME = re.compile(r"\b[vxs]\d+(?:_\d+)*\b")
ANY_NAME = re.compile(r"\b[vxsbr]\d+(?:_\d+)*\b")
"""Of what a step is given, too, and of what it makes."""
BODY = "BODY"


def kind_of(array: Array) -> str:
    """Return the letter of what an array holds; bfloat16 is a float, which NumPy does not know."""
    return "f" if holds_floats(array) and array.dtype.kind != "c" else str(array.dtype.kind)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An input or a shared variable; arrays are its values in one call after the other."""

    name: str
    kind: str
    pattern: tuple[bool, ...]
    arrays: tuple[Array, ...]

    @property
    def line(self) -> str:
        """Return the code that makes the variable."""
        first = self.arrays[0]
        if self.kind == "shared":
            return (
                f"symc.shared({_literal(first)}, name={self.name!r}, broadcastable={self.pattern})"
            )
        return f"T.TensorType({str(first.dtype)!r}, {self.pattern})({self.name!r})"


@dataclass(frozen=True, slots=True)
class Slope:
    """What a line differentiates: an expression, by values."""

    cost: str
    wrt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """`makes = text`: one statement; BODY in the text stands for the statements of a step."""

    makes: tuple[str, ...]
    text: str
    body: tuple[Line, ...] = ()
    slope: Slope | None = None

    @property
    def code(self) -> str:
        """Return the right side."""
        return self.text.replace(BODY, " ".join(f"{x.named}," for x in self.body))

    @property
    def named(self) -> str:
        """Return the statement as a part of an expression."""
        if len(self.makes) == 1:
            return f"({self.makes[0]} := {self.code})"
        whole, _ = self.makes[0].rsplit("_", 1)
        parts = (f"({name} := {whole}[{k}])" for k, name in enumerate(self.makes))
        return f"({whole} := {self.code}), {', '.join(parts)}"

    @property
    def uses(self) -> frozenset[str]:
        """Return the names of the program that the statement reads."""
        return frozenset(NAME.findall(self.code))

    @property
    def reads(self) -> frozenset[str]:
        """Return all names that it reads, those of the step that it stands in too."""
        return frozenset(ANY_NAME.findall(self.code))

    def __str__(self) -> str:
        return f"{', '.join(self.makes)} = {self.code}"


@dataclass(frozen=True, slots=True)
class Program:
    """A function: outputs and new states by name, and what stands for other variables."""

    leaves: tuple[Leaf, ...]
    lines: tuple[Line, ...] = ()
    outputs: tuple[str, ...] = ()
    updates: tuple[tuple[str, str], ...] = ()
    givens: tuple[tuple[str, str], ...] = ()
    label: str = ""

    @property
    def calls(self) -> int:
        """Return how many sets of arguments there are."""
        return min(len(leaf.arrays) for leaf in self.leaves)

    def graph(self) -> dict[str, Any]:
        """Make the variables, by name."""
        known = names()
        for leaf in self.leaves:
            known[leaf.name] = eval(leaf.line, known)
        for line in self.lines:
            assign(known, line)
        return known

    def needed(self) -> Program:
        """Return the program without the lines and leaves that nothing needs."""
        wanted = {*self.outputs, *(name for pair in self.updates + self.givens for name in pair)}
        kept = []
        for line in reversed(self.lines):
            if wanted & set(line.makes):
                kept.append(line)
                wanted |= line.uses
        leaves = tuple(leaf for leaf in self.leaves if leaf.name in wanted) or self.leaves[:1]
        return replace(self, leaves=leaves, lines=tuple(reversed(kept)))


def names() -> dict[str, Any]:
    """Return what the lines of a program may name."""
    array_dtype("bfloat16")  # NumPy knows the name from here on
    return {"np": np, "symc": symc, "T": T, "find": find, "array": np.array, "ifelse": ifelse}


def assign(known: dict[str, Any], line: Line) -> list[Any]:
    """Run one line, and return what it makes."""
    made = eval(line.code, known)
    values = list(made) if len(line.makes) > 1 else [made]
    known.update(zip(line.makes, values, strict=True))
    return values


def compiled(program: Program, known: dict[str, Any], mode: Mode) -> Any:
    """Return the function of a program whose graph is made."""
    return symc.function(
        [known[leaf.name] for leaf in program.leaves if leaf.kind == "input"],
        [known[name] for name in program.outputs],
        updates=[(known[old], known[new]) for old, new in program.updates],
        givens=[(known[old], known[new]) for old, new in program.givens],
        mode=mode,
        on_unused_input="ignore",
    )


def code(program: Program) -> str:
    """Return the program as a script that prints the first call's results in every mode."""
    inputs = [leaf for leaf in program.leaves if leaf.kind == "input"]
    lines = [
        "import ml_dtypes",
        "import numpy as np",
        "from numpy import array, inf, nan",
        "import symc",
        "import symc.tensor as T",
        "from symc.compiler.op import find",
        "from symc.ifelse import ifelse",
        "",
        *(f"{leaf.name} = {leaf.line}" for leaf in program.leaves),
        *map(str, program.lines),
        "for mode in ('FAST_RUN', 'FAST_COMPILE', 'INTERPRET'):",
        f"    f = symc.function([{', '.join(leaf.name for leaf in inputs)}],",
        f"        [{', '.join(program.outputs)}], mode=mode, on_unused_input='ignore',",
        f"        updates=[{_pairs(program.updates)}], givens=[{_pairs(program.givens)}])",
        f"    print(mode, *f({', '.join(_literal(leaf.arrays[0]) for leaf in inputs)}), sep='\\n')",
    ]
    return "\n".join(lines)


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"({old}, {new})" for old, new in pairs)


def _literal(array: Array) -> str:
    with np.printoptions(threshold=100_000, floatmode="unique", linewidth=10_000):
        return f"array({array.tolist()!r}, {str(array.dtype)!r}).reshape({array.shape})"
