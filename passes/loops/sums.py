"""Sums over all steps of products, as one product after the loop.

The derivative to a matrix that every step multiplies by is a sum over the steps of products, which
is the product of the operands of all steps, put together along what is summed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from symc.compiler.ops.arithmetic import add
from symc.compiler.ops.product import dot
from symc.compiler.ops.shape import dimshuffle, reshape
from symc.compiler.sizes import multiply
from symc.compiler.value import Value

Pair = tuple[Value, Value]


class Moved(Struct, frozen=True):
    """A sum over all steps, taken apart.

    pairs   factors (k, m) and (k, n), matrices or vectors without the k, whose products
            transposed(first) times second are summed after the loop
    rest    what is added up in the loop; None for nothing
    """

    pairs: tuple[Pair, ...]
    rest: Value | None

    @staticmethod
    def product(first: Value, second: Value) -> Value:
        """Return the sum of the products of all rows of two factors."""
        made: Value = dot(dimshuffle(_flat(first), order=(1, 0)), _flat(second))
        return made


def moved(total: Value) -> Moved:
    """Take apart what one step adds to a sum."""
    pairs: list[Pair] = []
    rest: list[Value] = []
    for term in _terms(total):
        pair = _factors(term)
        if pair is None:
            rest.append(term)
        else:
            pairs.append(pair)
    return Moved(tuple(pairs), add(*rest) if len(rest) > 1 else rest[0] if rest else None)


def _terms(total: Value) -> Iterator[Value]:
    stack = [total]
    while stack:
        value = stack.pop()
        if value.op.name == "add":
            stack.extend(reversed(value.operands))
        else:
            yield value


def _factors(term: Value) -> Pair | None:
    """Return the factors of a product of matrices, or of the outer product of two vectors."""
    if term.op.name == "dot" and all(x.type.ndim == 2 for x in term.operands):
        left, right = term.operands
        if left.op.name == "dimshuffle" and left.attribute("order") == (1, 0):
            return left.operands[0], right
        return dimshuffle(left, order=(1, 0)), right
    if term.op.name == "multiply" and len(term.operands) == 2 and term.type.ndim == 2:
        first, second = term.operands
        column, row = _vector(first, (0, "x")), _vector(second, ("x", 0))
        if column is not None and row is not None:
            return column, row
    return None


def _vector(value: Value, order: tuple[object, ...]) -> Value | None:
    if value.op.name == "dimshuffle" and value.attribute("order") == order:
        return value.operands[0]
    return None


def _flat(rows: Value) -> Value:
    """Return the rows of all steps one below the other."""
    if rows.type.ndim == 2:
        return rows
    context = rows.context
    steps, inner, columns = rows.type.shape
    made: Value = reshape(
        rows, context.size_value(multiply(steps, inner)), context.size_value(columns)
    )
    return made
