"""Writes operations.md and names.md, the tables of this folder that are made from the code."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import symc.compiler.ops  # noqa: F401  # fills the registry
from symc.compat.finder import find
from symc.compat.table import INSTEAD, MODULES, PLANNED
from symc.compiled import Function
from symc.compiler.errors import Error, NotSupported
from symc.compiler.families import operand_count
from symc.compiler.module import make_parameter
from symc.compiler.op import Op, registry
from symc.compiler.types import DTYPES, TensorType
from symc.compiler.value import Context, Value
from symc.maker import Maker
from symc.shared import TensorSharedVariable

HERE = Path(__file__).parent
RANKING = HERE.parent / "tests" / "frontend" / "theano_names.json"
MAKE_FLOATS = ("unit", "normal")
"""Pointwise operations that must be told which float to make."""

CLASSES = {"bool": "bool", "int": "int32", "uint": "uint8", "float": "float32", "c": "complex64"}

# --- operations


class Sample:
    """An operand of which only the type is known."""

    def __init__(self, dtype: str) -> None:
        self.type = TensorType(dtype, (None, None))

    def as_size(self) -> None:
        """Return that the number is not known."""


def _count(op: Op) -> int:
    """Return how many operands an operation takes, two where it takes any number."""
    if op.body is not None:
        return operand_count(op.body) or 2
    parameters = list(inspect.signature(op.reference).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2
    fixed = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    return sum(p.name not in ("out", "dtype") for p in fixed)


def _own_attributes(op: Op, dtype: str) -> dict[str, Any]:
    """Return attributes with which an operation can be asked about a dtype."""
    if op.name in MAKE_FLOATS:
        return {"dtype": "float32"}
    known = {"axes": (0,), "axis": 0, "dtype": dtype, "acc_dtype": dtype}
    parameters = inspect.signature(op.reference).parameters.values()
    wanted = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name in known]
    plain = op.family == "pointwise" and op.name != "cast"
    return {} if plain else {name: known[name] for name in wanted}


def _takes(op: Op, dtype: str) -> bool:
    own = _own_attributes(op, dtype)
    try:
        if op.promote is not None:
            op.promote((dtype,) * _count(op), own)
        else:
            op.infer(*(Sample(dtype) for _ in range(_count(op))), **own)
    except Error:
        return False
    return True


def dtypes(op: Op) -> str:
    """Return the kinds of dtype that an operation takes."""
    try:
        kinds = [kind for kind, dtype in CLASSES.items() if _takes(op, dtype)]
        kinds = kinds or [dtype for dtype in DTYPES if _takes(op, dtype)]
    except (TypeError, IndexError, AttributeError, KeyError):
        return "see the page"  # its operands are not all of one kind
    if op.promote is not None and not kinds:
        return "uint64 and float64"
    return "all" if len(kinds) == len(CLASSES) else " ".join(kinds).replace("c", "complex")


def _word_and_doubles(op: Op) -> tuple[str, ...]:
    """Return the dtypes of a pointwise operation that makes numbers of bits and parameters."""
    assert op.body is not None
    count = operand_count(op.body)
    assert count is not None
    return "uint64", *("float64",) * (count - 1)


def derivative(op: Op) -> str:
    """Return whether an operation has a derivative: 'zero' where it never depends on operands."""
    if op.partials is None or op.promote is None:
        return "yes" if op.vjp else "no"
    tried = (dtype for dtype in ("float32", "int32", "uint64") if _takes(op, dtype))
    dtype = next(tried, "")
    context = Context()
    attributes = _own_attributes(op, dtype)
    given = (dtype,) * _count(op) if dtype else _word_and_doubles(op)
    takes, _ = op.promote(given, attributes)
    xs = [make_parameter(context, k, kind, ()).value for k, kind in enumerate(takes)]
    try:
        found = op.partials(op(*xs, **attributes), *xs, **attributes)
    except NotSupported:
        return "no"
    flows = any(isinstance(partial, Value) or partial for partial in found)
    return "yes" if flows else "zero"


def notes(op: Op) -> str:
    """Return what is particular about an operation."""
    said = {
        "operands in any order": op.commutative,
        "can fail at run time": op.can_fail,
        "becomes other operations before fusion": op.lower is not None,
    }
    return ", ".join(text for text, holds in said.items() if holds)


def operations() -> str:
    """Return the table of operations."""
    lines = [
        "# Operations",
        "",
        "Made by `docs/tables.py` from the registry: what each operation takes (kinds of dtype),",
        "whether it has a derivative (and with it an R-operator), and what is particular about it.",
        "Where nothing is said of dtypes, operands of several kinds or attributes decide.",
        "",
        "| operation | what it does | takes | derivative | notes |",
        "|---|---|---|---|---|",
    ]
    for op in sorted(registry(), key=lambda op: op.name):
        if op.family != "leaf":
            takes = dtypes(op).replace("see the page", "")
            lines.append(f"| `{op.name}` | {op.doc} | {takes} | {derivative(op)} | {notes(op)} |")
    return "\n".join(lines) + "\n"


# --- names

ADDED = "symc.config.pthreads."
"""The flags that a library adds by AddConfigVar, which are no names of Theano's."""


def _served(path: str) -> bool:
    """Tell whether a dotted name of Theano is there."""
    module, _, name = path.rpartition(".")
    while module and module not in MODULES:
        module, _, rest = module.rpartition(".")
        name = f"{rest}.{name}"
    names = MODULES[module or "theano"]
    first, *others = name.split(".")
    targets = [names.own[first]] if first in names.own else [f"{s}:{first}" for s in names.sources]
    return path in MODULES or any(_leads(target, others) for target in targets)


def _leads(target: str, attributes: list[str]) -> bool:
    try:
        found = find(target)
        for name in attributes:
            found = getattr(found, name)
    except AttributeError:
        return False
    return True


def is_there(name: str) -> bool:
    """Tell whether symc has a name of the ranking."""
    kind, _, rest = name.partition(".")
    if kind == "var":
        holders: tuple[Any, ...] = (TensorSharedVariable, Function, Maker)
        known = {"name", "type", "container", "test_value", "default_update"}
        return rest in known or any(hasattr(holder, rest) for holder in holders)
    return _served(f"theano.{rest}")


def missing() -> Iterator[tuple[str, int, int]]:
    """Yield the names that are not there, with the number of libraries and of places."""
    for name, libraries, places in json.loads(RANKING.read_text()):
        if not is_there(name) and not name.startswith(ADDED):
            yield name, libraries, places


def plan(name: str) -> str:
    """Return the part of the plan that brings a name, or ''."""
    if name == "var.toarray":
        return "sparse matrices"
    parts = re.sub(r"^symc", "theano", name).split(".")
    if ".".join(parts) in INSTEAD:
        return "will not: see `symc.rewriting`"
    prefixes = (".".join(parts[:k]) for k in range(len(parts), 0, -1))
    return next((PLANNED[prefix] for prefix in prefixes if prefix in PLANNED), "")


def names() -> str:
    """Return the table of missing names."""
    rows = list(missing())
    total = len(json.loads(RANKING.read_text()))
    lines = [
        "# Names of Theano that are missing",
        "",
        f"Made by `docs/tables.py`: {len(rows)} of the {total} names that eight libraries and",
        "manuals written on Theano use are not in symc yet.",
        "",
        "| name | used by | places | comes with |",
        "|---|---|---|---|",
        *(f"| `{name}` | {of} | {places} | {plan(name)} |" for name, of, places in rows),
    ]
    return "\n".join(lines) + "\n"


TABLES = {"operations.md": operations, "names.md": names}
"""Each file and what writes it."""

if __name__ == "__main__":
    for file, write in TABLES.items():
        (HERE / file).write_text(write())
