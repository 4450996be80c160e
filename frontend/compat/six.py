"""What programs took from theano.compat.six: Python's own names, of one version of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from io import BytesIO, StringIO
from typing import Any

PY2, PY3 = False, True
string_types, integer_types, class_types = (str,), (int,), (type,)
text_type, binary_type = str, bytes


def iteritems(mapping: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Return the pairs of a mapping."""
    return iter(mapping.items())


def iterkeys(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    """Return the keys of a mapping."""
    return iter(mapping.keys())


def itervalues(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    """Return the values of a mapping."""
    return iter(mapping.values())


def with_metaclass(meta: Any, *bases: type) -> Any:
    """Return a base class that gives its subclasses a metaclass and other bases."""

    class Temporary(type):
        def __new__(cls, name: str, _: Any, body: dict[str, Any]) -> Any:
            return meta(name, bases, body)

    return type.__new__(Temporary, "Temporary", (), {})


def add_metaclass(metaclass: Any) -> Callable[[type], Any]:
    """Return a decorator that makes a class anew with a metaclass."""

    def made(cls: type) -> Any:
        body = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
        return metaclass(cls.__name__, cls.__bases__, body)

    return made


def reraise(kind: Any, value: BaseException | None, traceback: Any = None) -> None:
    """Raise an exception with the traceback it had."""
    raise (kind() if value is None else value).with_traceback(traceback)


def b(text: str) -> bytes:
    """Return text as bytes."""
    return text.encode("latin-1")


def u(text: str) -> str:
    """Return text."""
    return text


__all__ = [
    "PY2",
    "PY3",
    "BytesIO",
    "StringIO",
    "add_metaclass",
    "b",
    "binary_type",
    "class_types",
    "integer_types",
    "iteritems",
    "iterkeys",
    "itervalues",
    "reraise",
    "string_types",
    "text_type",
    "u",
    "with_metaclass",
    "wraps",
]
