"""Sums of products of two tensors whose dimensions carry labels: what all products come down to."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

from msgspec import Struct

from symc.tensor import application, conversion, elementwise, reductions, shaping, user_ops

Label = Hashable


class Labelled(Struct, frozen=True):
    """A tensor with a label for each of its dimensions, no two the same."""

    tensor: Any
    labels: tuple[Label, ...]

    def without(self, dropped: Collection[Label]) -> Labelled:
        """Return this tensor without dimensions that are known to have size 1."""
        kept = [k for k, label in enumerate(self.labels) if label not in dropped]
        return Labelled(self.tensor.dimshuffle(*kept), tuple(self.labels[k] for k in kept))

    def summed(self, kept: Collection[Label]) -> Labelled:
        """Return the sum over the dimensions whose labels are not kept."""
        axes = [k for k, label in enumerate(self.labels) if label not in kept]
        if not axes:
            return self
        total = reductions.sum(self.tensor, axis=axes, dtype=self.tensor.dtype)
        return Labelled(total, tuple(x for x in self.labels if x in kept))

    def ordered(self, labels: Sequence[Label]) -> Any:
        """Return the tensor with its dimensions in an order; size 1 for labels it does not have."""
        order = [self.labels.index(x) if x in self.labels else "x" for x in labels]
        return self.tensor.dimshuffle(*order)

    def size(self, label: Label) -> Any:
        """Return the size of a dimension."""
        return shaping.size_of(self.tensor, self.labels.index(label))

    def is_single(self, label: Label) -> bool:
        """Tell whether a dimension is known to have size 1."""
        return bool(self.tensor.broadcastable[self.labels.index(label)])


def contract(a: Labelled, b: Labelled, kept: Collection[Label]) -> Labelled:
    """Multiply tensors along the dimensions whose labels both have, and sum over those not kept.

    Dimensions of one label have one size, which is checked. The result's labels are those that both
    have, then those of a alone, then those of b alone.
    """
    shared = [x for x in a.labels if x in b.labels]
    b = _agreeing(a, b, shared)
    a, b = a.summed({*kept, *b.labels}), b.summed({*kept, *a.labels})
    batch, inner = [x for x in shared if x in kept], [x for x in shared if x not in kept]
    rows = [x for x in a.labels if x not in shared]
    columns = [x for x in b.labels if x not in shared]
    if not inner or not (rows or columns) or (batch and not (rows and columns)):
        return _elementwise(a, b, [*batch, *rows, *columns], inner)
    left = _grouped(a, batch, rows, inner)
    right = _grouped(b, batch, inner, columns)
    product = application.call("batched_dot" if batch else "dot", left, right)
    result = [*batch, *rows, *columns]
    if any(len(group) > 1 for group in (batch, rows, columns)):
        product = shaping.reshape(product, [(a if x in a.labels else b).size(x) for x in result])
    return Labelled(product, tuple(result))


def broadcast_together(
    a: Labelled, b: Labelled, labels: Collection[Label]
) -> tuple[Labelled, Labelled]:
    """Drop what has size 1 where the other has a dimension of the same label and of any size."""
    shared = [x for x in a.labels if x in b.labels and x in labels]
    from_a = {x for x in shared if a.is_single(x)}
    return a.without(from_a), b.without({x for x in shared if b.is_single(x)} - from_a)


def _agreeing(a: Labelled, b: Labelled, shared: Sequence[Label]) -> Labelled:
    """State that sizes are equal, where a reshape or a known size of 1 would let others pass."""
    if len(shared) < 2 and all(a.is_single(x) == b.is_single(x) for x in shared):
        return b
    source = [a if x in shared else b for x in b.labels]
    sizes = [one.size(x) for one, x in zip(source, b.labels, strict=True)]
    stated = application.apply(user_ops.specify_shape_op, (b.tensor, *sizes), {})
    return Labelled(stated, b.labels)


def _elementwise(
    a: Labelled, b: Labelled, result: Sequence[Label], inner: Sequence[Label]
) -> Labelled:
    labels = (*result, *inner)
    product = elementwise.mul(a.ordered(labels), b.ordered(labels))
    return Labelled(product, labels).summed(result)


def _grouped(x: Labelled, *groups: Sequence[Label]) -> Any:
    """Return a tensor with one dimension for each group of labels that is not empty."""
    tensor = x.ordered([label for group in groups for label in group])
    if all(len(group) <= 1 for group in groups):
        return tensor
    sizes = [shaping.product_of([x.size(label) for label in group]) for group in groups if group]
    return shaping.reshape(tensor, sizes)


def labelled(tensor: Any, labels: Sequence[Label]) -> Labelled:
    """Return a tensor, or what can be made one, with a label for each dimension."""
    return Labelled(conversion.as_tensor_variable(tensor), tuple(labels))
