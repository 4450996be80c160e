"""Texts that say how a variable is made, for messages: short, and without places in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from string import ascii_uppercase
from typing import Any


class TagGenerator:
    """Hands out tags: A, B, ..., Z, AA, AB, ..."""

    def __init__(self) -> None:
        self._tags = self._all()

    def _all(self) -> Iterator[str]:
        for length in count(1):
            yield from ("".join(letters) for letters in product(ascii_uppercase, repeat=length))

    def get_tag(self) -> str:
        """Return the next tag."""
        return next(self._tags)


def min_informative_str(obj: Any, indent_level: int = 0) -> str:
    """Return, line by line, how a variable is made of constants and named variables.

    >>> from symc.tensor import dvector, exp
    >>> x = dvector("x")
    >>> print(min_informative_str(exp(x) * x))
    A. multiply
        B. exp
            C. x
        <C>
    """
    tags: dict[Any, str] = {}
    generator = TagGenerator()
    lines = []
    stack = [(obj, indent_level)]
    while stack:
        node, level = stack.pop()
        indent = "    " * level
        if node in tags:
            lines.append(f"{indent}<{tags[node]}>")
            continue
        tags[node] = generator.get_tag()
        made = node.owner is not None and node.name is None
        lines.append(f"{indent}{tags[node]}. {node.owner.title if made else node}")
        if made:
            stack += [(x, level + 1) for x in reversed(node.owner.inputs)]
    return "\n".join(lines)


def var_descriptor(obj: Any) -> str:
    """Return on one line how a variable is made; what is used again is named by a tag.

    >>> from symc.tensor import dvector, exp
    >>> x = exp(dvector("x"))
    >>> var_descriptor(x * x)
    'multiply(A=exp(B=x),<A>)'
    """
    texts: dict[Any, str] = {}
    generator = TagGenerator()
    parts: list[str] = []
    stack: list[Any] = [(obj, "")]
    while stack:
        node, separator = stack.pop()
        parts.append(separator)
        if node is None:
            continue
        if node in texts:
            parts.append(f"<{texts[node]}>")
            continue
        if node is not obj:
            texts[node] = generator.get_tag()
            parts.append(f"{texts[node]}=")
        parts.append(_described(node, stack))
    return "".join(parts)


def _described(node: Any, stack: list[Any]) -> str:
    """Return a leaf, or the head of an application whose operands are put on the stack."""
    if node.owner is None:
        return str(node)
    stack.append((None, ")"))
    later = [(x, ",") for x in node.owner.inputs[1:]]
    stack += [*reversed(later), *((x, "(") for x in node.owner.inputs[:1])]
    return str(node.owner.title) if node.owner.inputs else f"{node.owner.title}("
