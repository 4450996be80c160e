"""Python objects that are no arrays, in a call of a compiled function: handles stand for them.

A handle is a place in a table that lives as long as the call, of one thread. Calls nest where a
function is called by an operation of another one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from symc.compiler.errors import InternalError
from symc.compiler.module import Module, walk
from symc.compiler.ops import leaf
from symc.compiler.ops.foreign import python, python_result
from symc.compiler.value import Value
from symc.extension.type import is_tensor


class _Tables(threading.local):
    def __init__(self) -> None:
        self.stack: list[list[Any]] = []


_tables = _Tables()


@contextmanager
def table() -> Iterator[None]:
    """Keep objects for the time of one call."""
    _tables.stack.append([])
    try:
        yield
    finally:
        _tables.stack.pop()


def keep(item: Any) -> np.ndarray[Any, Any]:
    """Return a handle of an object."""
    if not _tables.stack:
        raise InternalError("an object needs the table of a call")
    _tables.stack[-1].append(item)
    return np.asarray(len(_tables.stack[-1]) - 1, "int64")


def kept(handle: Any) -> Any:
    """Return the object of a handle."""
    return _tables.stack[-1][int(handle)]


def has_objects(module: Module, inputs: Sequence[Any]) -> bool:
    """Tell whether objects go into a function or live in it."""
    return not all(is_tensor(x.variable.type) for x in inputs) or any(
        value.attribute("callee").run.has_objects
        for value in walk(module.roots())
        if value.op is python
    )


def is_object(module: Module, inputs: Sequence[Any], value: Value) -> bool:
    """Tell whether a Value of a Module is the handle of an object."""
    if value.op is python_result:
        callee = value.operands[0].attribute("callee")
        return not is_tensor(callee.run.results[value.attribute("index")])
    if value.op is leaf.parameter and value.attribute("index") < len(inputs):
        return not is_tensor(inputs[value.attribute("index")].variable.type)
    return False


Filter = Callable[[Any], Any]


def carrying(
    run: Callable[..., Any],
    takes: Sequence[Filter | None],
    gives: Sequence[bool],
    form: str,
) -> Callable[..., Any]:
    """Return a call that takes and returns objects, of one that takes and returns their handles.

    takes   for each input what makes the object of an argument, or None for an array
    gives   for each output whether it is an object
    form    'none', 'single' or 'list', in which outputs are returned
    """

    def carried(*values: Any) -> Any:
        with table():
            given = [
                value if own is None else keep(own(value))
                for value, own in zip(values, [*takes, *[None] * len(values)], strict=False)
            ]
            made = run(*given)
            listed = [made] if form == "single" else made
            found = [kept(x) if own else x for x, own in zip(listed, gives, strict=True)]
            return found[0] if form == "single" else found

    return carried
