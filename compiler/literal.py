"""Constants and attributes as text, exactly: every element keeps its bits."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symc.compiler.digest import blake2b
from symc.compiler.errors import InternalError
from symc.compiler.types import DTYPES, ITEM_SIZE, PART, array_dtype, name_of

Array = NDArray[Any]

INLINE_BYTES = 64
"""A larger constant is data beside the text, which holds its digest alone."""

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def digest(array: Array) -> str:
    """Return the name of an array's bytes: 32 hexadecimal digits."""
    return blake2b(_bytes(array), digest_size=16).hexdigest()


def print_constant(array: Array) -> str:
    """Print an array: '3' for a 0-d int64, else 'dtype[shape](elements)' or '...data<digest>'."""
    if array.dtype == np.int64 and array.ndim == 0:
        return str(int(array))
    head = f"{array.dtype}[{', '.join(map(str, array.shape))}]"
    if array.nbytes > INLINE_BYTES:
        return f"{head}data<{digest(array)}>"
    return f"{head}({', '.join(print_elements(array))})"


def print_elements(array: Array) -> list[str]:
    """Print the elements in C order; a complex one as its two parts."""
    dtype = name_of(array.dtype)
    part = PART.get(dtype, dtype)
    flat = np.ascontiguousarray(array).reshape(-1).view(part)
    return [_print_element(element) for element in flat]


def parse_elements(words: list[str], dtype: str, shape: tuple[int, ...]) -> Array:
    """Return the array that `print_elements` printed."""
    if dtype not in DTYPES:
        raise InternalError(f"no dtype {dtype!r}")
    part = array_dtype(PART.get(dtype, dtype))
    flat = np.array([_parse_element(word, part) for word in words], dtype=part)
    if flat.nbytes != math.prod(shape) * ITEM_SIZE[dtype]:
        raise InternalError(f"{len(words)} elements do not fill {dtype}{list(shape)}")
    return flat.view(dtype).reshape(shape)


def print_attribute(value: Any) -> str:
    """Print an attribute made of tuples, strings, numbers, booleans and None."""
    if isinstance(value, tuple):
        inside = ", ".join(map(print_attribute, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if value is not None and type(value) not in (str, int, float, bool):
        raise InternalError(f"an attribute of type {type(value).__name__} has no text: {value!r}")
    return repr(value)


def parse_attribute(word: str) -> Any:
    """Return the string, number, boolean or None that a word of text stands for."""
    try:
        return _WORDS[word] if word in _WORDS else ast.literal_eval(word)
    except (ValueError, SyntaxError):
        raise InternalError(f"{word!r} is no literal") from None


def _bytes(array: Array) -> bytes:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.tobytes()


def _print_element(element: Any) -> str:
    if element.dtype.kind == "b":
        return "true" if element else "false"
    word = str(element)
    again = _parse_element(word, element.dtype)
    if _bytes(again) == _bytes(element):
        return word
    return "0x" + _bytes(element)[::-1].hex()  # a NaN with bits of its own


def _parse_element(word: str, dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "b":
        return np.bool_({"true": True, "false": False}[word])
    if word.startswith("0x"):
        raw = bytes.fromhex(word[2:])[::-1]
        return np.frombuffer(raw, dtype.newbyteorder("<"))[0].astype(dtype)
    return dtype.type(int(word) if dtype.kind in "iu" else float(word))
