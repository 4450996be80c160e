"""einsum: sums of products that a line of subscripts names, one pair of operands after another."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import chain
from typing import Any

from symc.compiler.promotion import upcast
from symc.exceptions import BadValue
from symc.report import mistake
from symc.shared import SharedVariable
from symc.tensor import application, conversion, creation, elementwise, user_ops, variable
from symc.tensor.contraction import Labelled, broadcast_together, contract
from symc.tensor.subscripts import Labels, place, place_result, read

NOMINAL = 64
"""The size that stands for unknown ones when the order of the products is chosen."""


def einsum(*operands: Any, optimize: Any = "auto") -> Any:
    """Sum products of tensors over the subscripts that the result does not have.

    einsum("ij,jk->ik", a, b) is NumPy's: without `->` the result has, in alphabetical order, the
    subscripts that occur once; `...` stands for dimensions that broadcast; a subscript that occurs
    twice in one operand reads its diagonal. einsum(a, [0, 1], b, [1, 2], [0, 2]) does the same.

    optimize   the search for the order of the products, as opt_einsum takes it: 'auto', 'optimal',
               'greedy', or the order itself; it takes sizes that are not known for equal

    Raises ValueError for subscripts that do not fit the operands. Sizes that differ are found when
    the function runs; only those known to be 1 broadcast.

    >>> from symc.tensor.constructors import matrix
    >>> einsum("ij,ij->i", matrix(), matrix()).type
    TensorType(float64, vector)
    """
    given, written, output = read(operands)
    tensors = [conversion.as_tensor_variable(x) for x in given]
    inputs = [
        place(labels, x.ndim, k) for k, (labels, x) in enumerate(zip(written, tensors, strict=True))
    ]
    result = place_result(output, inputs)
    dtype = upcast(*(x.dtype for x in tensors))
    order = _order(inputs, result, tensors, optimize)
    parts = [
        _diagonal(elementwise.cast(x, dtype), labels)
        for x, labels in zip(tensors, inputs, strict=True)
    ]
    return _multiplied(parts, order, result).ordered(result)


def _multiplied(parts: list[Labelled], order: Iterable[Sequence[int]], result: Labels) -> Labelled:
    """Multiply tensors in an order of their places; each product is put behind the others."""
    for places in order:
        chosen = [parts[k] for k in places]
        parts = [x for k, x in enumerate(parts) if k not in places]
        parts.append(_product(chosen, {*result, *_labels(parts)}))
    return parts[0]


def _product(parts: Sequence[Labelled], kept: set[Hashable]) -> Labelled:
    """Multiply tensors from the left to the right, summing over what is not kept."""
    first, *others = parts
    for k, other in enumerate(others):
        both = broadcast_together(first, other, {*first.labels, *other.labels})
        first = contract(*both, {*kept, *_labels(others[k + 1 :])})
    return first.summed(kept)


def _labels(parts: Iterable[Labelled]) -> set[Hashable]:
    return set(chain.from_iterable(x.labels for x in parts))


def _diagonal(x: Any, labels: Labels) -> Labelled:
    """Return a tensor whose labels differ, by reading diagonals where they do not."""
    repeated = next((k for k, label in enumerate(labels) if label in labels[:k]), None)
    if repeated is None:
        return Labelled(x, labels)
    first = labels.index(labels[repeated])
    rest = tuple(label for k, label in enumerate(labels) if k not in (first, repeated))
    square = _square(x, first, repeated)
    return _diagonal(creation.diagonal(square, axis1=first, axis2=repeated), (*rest, labels[first]))


def _square(x: Any, first: int, second: int) -> Any:
    """State that two dimensions have one size."""
    sizes = [application.call("size", x, axis=k) for k in range(x.ndim)]
    sizes[second] = sizes[first]
    return application.apply(user_ops.specify_shape_op, (x, *sizes), {})


# --- the order of the products


def _order(
    inputs: Sequence[Labels], result: Labels, tensors: Sequence[Any], optimize: Any
) -> list[tuple[int, ...]]:
    """Return which tensors are multiplied in each step, as opt_einsum writes a path."""
    if len(inputs) <= 2:
        return [tuple(range(len(inputs)))]
    import opt_einsum

    symbols: dict[Hashable, str] = {}
    for label in chain.from_iterable(inputs):
        symbols.setdefault(label, opt_einsum.get_symbol(len(symbols)))
    sides = [",".join("".join(symbols[x] for x in labels) for labels in inputs)]
    sides.append("".join(symbols[x] for x in result))
    sizes = _sizes(inputs, tensors)
    shapes = [tuple(sizes[x] for x in labels) for labels in inputs]
    try:
        path, _ = opt_einsum.contract_path(
            "->".join(sides), *shapes, shapes=True, optimize=optimize
        )
    except (KeyError, TypeError, ValueError) as error:
        raise mistake(BadValue, f"einsum: optimize={optimize!r}: {error}") from None
    return [tuple(step) for step in path]


def _sizes(inputs: Sequence[Labels], tensors: Sequence[Any]) -> dict[Hashable, int]:
    """Return a size for each label: the one known, or a nominal one."""
    sizes: dict[Hashable, int] = {}
    for labels, x in zip(inputs, tensors, strict=True):
        for label, size in zip(labels, _likely_shape(x), strict=True):
            sizes[label] = max(size or 1, sizes.get(label, 1))
    return sizes


def _likely_shape(x: Any) -> tuple[int, ...]:
    if isinstance(x, variable.TensorConstant):
        return tuple(x.data.shape)
    if isinstance(x, SharedVariable):
        return tuple(x.container.get().shape)
    return tuple(1 if single else NOMINAL for single in x.broadcastable)
