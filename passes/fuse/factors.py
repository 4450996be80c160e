"""Factorings: the record and the sizes of each."""

from __future__ import annotations

from symc.compiler import sizes
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.types import Size
from symc.compiler.value import Value


def factoring_of(value: Value) -> tuple[Factoring, tuple[Size, ...]]:
    """Return the record of a factoring, with the sizes that its letters stand for."""
    options = tuple(str(word) for _, word in value.attributes)
    record = Factoring(value.op.name, value.type.dtype, options)
    known: dict[str, Size] = {"k": value.type.shape[0]}
    for operand, letters in zip(value.operands, record.rules.operands, strict=False):
        for size, letter in zip(operand.type.shape, letters, strict=True):
            known.setdefault(letter[0], sizes.subtract(size, len(letter) - 1))
    return record, tuple(known[letter] for letter in record.rules.sizes)
