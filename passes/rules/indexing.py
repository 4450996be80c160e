"""Reads and additions through integer arrays: none through all positions, additions in place."""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.ops.arithmetic import add, multiply
from symc.compiler.ops.index import scatter_add
from symc.compiler.ops.shape import dimshuffle, zeros_like
from symc.compiler.types import FLOATS, Size
from symc.compiler.value import Value
from symc.passes.algebra import Product, Reading, Sum, Term, number_of, write_product, write_sum
from symc.passes.rule import on, on_reading


def _is_one(size: Size) -> bool:
    return isinstance(size, int) and size == 1


def _same_shape(left: Value, right: Value) -> bool:
    pairs = zip(left.type.shape, right.type.shape, strict=True)
    return left.type.ndim == right.type.ndim and all(sizes.same(a, b) for a, b in pairs)


def _counts(index: Value, x: Value) -> bool:
    """Tell whether an index array is 0, 1, ... through all of x's first dimension."""
    return index.op.name == "arange" and sizes.same(index.type.shape[0], x.type.shape[0])


@on("gather", exact=True)
def gather_all(value: Value) -> Value | None:
    """Read everything directly."""
    x, *indices = value.operands
    return x if len(indices) == 1 and _counts(indices[0], x) else None


@on("scatter_add", exact=True)
def scatter_all(value: Value) -> Value | None:
    """Add everywhere directly."""
    x, y, *indices = value.operands
    return add(x, y) if len(indices) == 1 and _counts(indices[0], x) else None


# --- the gradient of a crossentropy of chosen classes: g - softmax(x) * sum(g)


@on_reading("add", "subtract", exact=False)
def total_of_chosen(reading: Reading) -> Value | None:
    """Take the sum over classes of what was added to one class a row from what was added.

    Only beside the scattered rows themselves, so that their indices are still checked.
    """
    value, total = reading.value, reading.sums[-1]
    for key, term in total.terms.items():
        for factor, exponent in term.factors.items():
            chosen = _chosen(factor, total) if exponent == 1 else None
            if chosen is not None:
                factors = {x: e for x, e in term.factors.items() if x is not factor}
                factors[chosen] = factors.get(chosen, 0) + 1
                product = write_product(Product(1, factors), value)
                terms = dict(total.terms)
                terms[key] = Term(term.coefficient, {product: 1}, product, 1)
                return write_sum(replace(total, terms=terms), value)
    return None


def _chosen(kept: Value, total: Sum) -> Value | None:
    """Return what a sum over classes, kept as a column, adds up to."""
    if kept.op.name != "dimshuffle" or kept.attribute("order") != (0, "x"):
        return None
    reduced = kept.operands[0]
    if reduced.op.name != "sum" or reduced.attribute("axes") != (1,):
        return None
    rows = reduced.operands[0]
    if rows not in total.terms or not _is_scattered(rows) or len(rows.operands) != 4:
        return None
    x, y, first, _ = rows.operands
    if first.op.name != "arange" or y.type.ndim != 1 or y.type.dtype != reduced.type.dtype:
        return None
    if not sizes.same(first.type.shape[0], y.type.shape[0]):
        return None  # of the one row that there is, several classes are chosen
    if not _counts(first, x):
        y = scatter_add(zeros_like(reduced), y, first)
    return dimshuffle(y, order=(0, "x"))


def _is_scattered(value: Value) -> bool:
    return value.op.name == "scatter_add" and number_of(value.operands[0]) == 0


# --- additions in place: w - rate * scatter_add(0, g, i) is scatter_add(w, -rate * g, i), and so on
# --- where 0 is itself something scattered, as in the gradient of a table that is read twice


@on_reading("add", "subtract", exact=False)
def add_scattered(reading: Reading) -> Value | None:
    """Add to the other terms of a sum, instead of to zeros of its size."""
    value, total = reading.value, reading.sums[-1]
    if value.type.dtype not in FLOATS:
        return None
    for key, term in total.terms.items():
        rows = next((x for x, e in term.factors.items() if e == 1 and _scattered(x)), None)
        if rows is None or not _same_shape(rows, value):
            continue
        others = {x: e for x, e in term.factors.items() if x is not rows}
        rest = {k: t for k, t in total.terms.items() if k is not key}
        if not rest or not all(map(_is_one, (s for x in others for s in x.type.shape))):
            continue
        base = write_sum(Sum(rest, total.constant), value)
        if _same_shape(base, value):
            return _added(base, rows, Product(term.coefficient, others))
    return None


def _scattered(value: Value) -> list[Value]:
    """Return the additions to zeros that a Value is made by, the first first; none of others."""
    found = [value]
    while found[-1].op.name == "scatter_add":
        if _is_scattered(found[-1]):
            return found[::-1]
        found.append(found[-1].operands[0])
    return []


def _added(base: Value, rows: Value, scale: Product) -> Value:
    """Add scaled rows to a base."""
    for step in _scattered(rows):
        _, y, *indices = step.operands
        base = scatter_add(base, _scaled(y, scale, rows), *indices)
    return base


def _scaled(y: Value, scale: Product, rows: Value) -> Value:
    if scale.factors:
        return multiply(dimshuffle(write_product(scale, rows), order=("x",) * y.type.ndim), y)
    if scale.coefficient != 1:
        return write_product(Product(scale.coefficient, {y: 1}), y)
    return y
