"""Reads the subscripts of einsum, in either of NumPy's spellings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

from symc.exceptions import BadUse, BadValue
from symc.report import mistake

Labels = tuple[Any, ...]
"""The labels of one tensor's dimensions: letters or numbers, and ('...', k) for the k-th last of
the dimensions under an ellipsis."""


def read(given: Sequence[Any]) -> tuple[list[Any], list[list[Any]], list[Any] | None]:
    """Return the operands of einsum, the subscripts of each, and the result's if they are written.

    Subscripts are letters or numbers, and Ellipsis.
    """
    if given and isinstance(given[0], str):
        inputs, result = _letters(given[0])
        operands = list(given[1:])
    else:
        operands, inputs = list(given[0 : len(given) - 1 : 2]), [list(x) for x in given[1::2]]
        result = list(given[-1]) if len(given) % 2 else None
    if not operands:
        raise mistake(BadUse, "einsum: no operands", help="write einsum('ij,jk->ik', a, b)")
    if len(inputs) != len(operands):
        raise _wrong(f"subscripts for {len(inputs)} operands, and {len(operands)} operands")
    return operands, inputs, result


def _letters(text: str) -> tuple[list[list[Any]], list[Any] | None]:
    left, arrow, right = text.replace(" ", "").partition("->")
    inputs = [_term(term, text) for term in left.split(",")]
    return inputs, _term(right, text) if arrow else None


def _term(term: str, text: str) -> list[Any]:
    before, dots, after = term.partition("...")
    for letter in before + after:
        if not letter.isalpha():
            raise _wrong(f"{letter!r} in {text!r} is no letter, no '->' and no '...'")
    return [*before, *([Ellipsis] if dots else []), *after]


def place(labels: Sequence[Any], ndim: int, operand: int) -> Labels:
    """Return a label for each dimension of an operand of that rank."""
    spread = ndim - len(labels) + 1
    if labels.count(Ellipsis) > 1:
        raise _wrong(f"operand {operand} has two ellipses")
    if spread < 0 or (Ellipsis not in labels and spread != 1):
        count = len(labels) - labels.count(Ellipsis)
        raise _wrong(f"operand {operand} has {ndim} dimensions and {count} subscripts")
    return _spread(labels, spread)


def _spread(labels: Sequence[Any], count: int) -> Labels:
    under = [("...", k) for k in range(count, 0, -1)]
    return tuple(chain.from_iterable(under if x is Ellipsis else [x] for x in labels))


def place_result(labels: Sequence[Any] | None, inputs: Sequence[Labels]) -> Labels:
    """Return the labels of the result: those written, or else those that occur once, in order."""
    occurring = Counter(chain.from_iterable(inputs))
    under = max((x[1] for x in occurring if isinstance(x, tuple)), default=0)
    if labels is None:
        once = [x for x, times in occurring.items() if times == 1 and not isinstance(x, tuple)]
        return _spread([Ellipsis, *sorted(once)], under)
    if under and Ellipsis not in labels:
        raise _wrong("the result has no '...' for the dimensions under it in the operands")
    result = _spread(labels, under)
    for label, times in Counter(result).items():
        if times > 1:
            raise _wrong(f"the result has subscript {label!r} {times} times")
        if label not in occurring:
            raise _wrong(f"no operand has the result's subscript {label!r}")
    return result


def _wrong(reason: str) -> Exception:
    return mistake(BadValue, f"einsum: {reason}")
