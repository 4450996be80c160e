"""Indexing by integer arrays: gather, its transpose, scatter with addition, and replacement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import broadcast_sizes, general, sum_to
from symc.compiler.hosting import hosted
from symc.compiler.op import Operand
from symc.compiler.ops.arithmetic import floor_divide, remainder
from symc.compiler.ops.comparison import equal
from symc.compiler.ops.logic import switch
from symc.compiler.ops.shape import (
    arange,
    broadcast,
    broadcast_like,
    dimshuffle,
    place,
    reshape,
    slice_,
    zeros_like,
)
from symc.compiler.types import INTEGERS, TensorType


def _index_shape(x: Operand, indices: tuple[Operand, ...], what: str) -> tuple[Any, ...]:
    if any(i.type.dtype not in INTEGERS for i in indices):
        raise TypeMismatch(f"{what}: index arrays are integers, not " + _types(indices))
    if len(indices) > x.type.ndim:
        raise TypeMismatch(f"{what}: {len(indices)} indices for {x.type}")
    if len({i.type.ndim for i in indices}) > 1:
        raise TypeMismatch(f"{what}: index arrays are of one rank, not " + _types(indices))
    return broadcast_sizes([i.type.shape for i in indices], what)


def _types(operands: tuple[Operand, ...]) -> str:
    return ", ".join(str(x.type) for x in operands)


def _infer_gather(x: Operand, *indices: Operand) -> TensorType:
    shape = _index_shape(x, indices, "gather")
    return TensorType(x.type.dtype, shape + x.type.shape[len(indices) :])


def _gather_vjp(g: Any, y: Any, x: Any, *indices: Any) -> tuple[Any, ...]:
    return (scatter_add(zeros_like(x), g, *indices), *(None,) * len(indices))


gather = general(
    "gather",
    _infer_gather,
    lambda x, *indices: x[tuple(indices)],
    _gather_vjp,
    can_fail=True,
    doc="Read at integer arrays of one rank, broadcast together, along the leading dimensions.",
)


def _infer_scatter(what: str) -> Callable[..., TensorType]:
    def infer(x: Operand, y: Operand, *indices: Operand) -> TensorType:
        shape = _index_shape(x, indices, what) + x.type.shape[len(indices) :]
        if y.type.ndim != len(shape) or y.type.dtype != x.type.dtype:
            raise TypeMismatch(f"{what}: {y.type} does not fit {len(indices)} indices of {x.type}")
        for axis, (mine, wanted) in enumerate(zip(y.type.shape, shape, strict=True)):
            if not (isinstance(mine, int) and mine == 1):
                sizes.agree(mine, wanted, f"{what}: sizes of dimension {axis} differ")
        return x.type

    return infer


def _scatter_add_reference(x: Any, y: Any, *indices: Any) -> Any:
    result = np.array(x)
    np.add.at(result, tuple(indices), y)
    return result


def _scatter_add_vjp(g: Any, z: Any, x: Any, y: Any, *indices: Any) -> tuple[Any, ...]:
    return (g, sum_to(gather(g, *indices), y), *(None,) * len(indices))


scatter_add = general(
    "scatter_add",
    _infer_scatter("scatter_add"),
    _scatter_add_reference,
    _scatter_add_vjp,
    can_fail=True,
    doc="Add to the places that integer arrays name along the leading dimensions; repeats add up.",
)

# --- replacement


def _scatter_set_reference(x: Any, y: Any, *indices: Any) -> Any:
    """Assign in C order of the index arrays, which NumPy keeps to for vectors alone."""
    result = np.array(x)
    arrays = np.broadcast_arrays(*indices)
    rest = x.shape[len(indices) :]
    values = np.broadcast_to(y, arrays[0].shape + rest).reshape((arrays[0].size, *rest))
    result[tuple(a.ravel() for a in arrays)] = values
    return result


def distinct(indices: tuple[Any, ...]) -> bool:
    """Tell whether index arrays surely name no place twice."""
    if all(a.is_constant for a in indices):
        places = np.stack([a.ravel() for a in np.broadcast_arrays(*(a.data for a in indices))])
        one_sign = all((row >= 0).all() or (row < 0).all() for row in places)
        return bool(one_sign and len(np.unique(places, axis=1).T) == places.shape[1])
    if all(a.type.ndim == 0 for a in indices):
        return True
    counts = any(a.op.name == "arange" for a in indices)
    return counts and all(a.type.ndim == 1 for a in indices)


def _is_last(x: Any, indices: tuple[Any, ...]) -> Any:
    """Tell, at each position of the index arrays, whether none after it names the same place."""
    value = x.context.size_value
    shape = broadcast_sizes([i.type.shape for i in indices], "scatter_set")
    count = arange(value(sizes.product(shape)))
    positions = reshape(count, *(value(size) for size in shape))
    none = x.context.constant(0, "int64", len(indices))
    none = broadcast(none, *(value(size) for size in x.type.shape[: len(indices)]))
    return equal(gather(scatter_set(none, positions, *indices), *indices), positions)


def _scatter_set_vjp(g: Any, z: Any, x: Any, y: Any, *indices: Any) -> tuple[Any, ...]:
    """Cut off what was overwritten: of x all named places, of y all but the last of a place."""
    zero = x.context.constant(0, g.type.dtype, y.type.ndim)
    taken = gather(g, *indices)
    if not distinct(indices):
        last = _is_last(x, indices)
        front = last.type.ndim
        order = (*range(front), *("x",) * (y.type.ndim - front))
        taken = switch(dimshuffle(last, order=order), taken, zero)
    return (scatter_set(g, zero, *indices), sum_to(taken, y), *(None,) * len(indices))


scatter_set = general(
    "scatter_set",
    _infer_scatter("scatter_set"),
    _scatter_set_reference,
    _scatter_set_vjp,
    can_fail=True,
    doc="Replace the places that integer arrays name along the leading dimensions; the last wins.",
)

# --- where a mask is true


def _infer_positions(mask: Operand) -> TensorType:
    if mask.type.ndim != 1 or mask.type.dtype != "bool":
        raise TypeMismatch(f"positions: {mask.type} is no vector of booleans")
    return TensorType("int64", (sizes.add(mask.type.shape[0], 1),))


def _positions_reference(mask: Any) -> Any:
    found = np.flatnonzero(mask)
    return np.concatenate([[len(found)], found, np.zeros(len(mask) - len(found), "int64")])


positions = general(
    "positions",
    _infer_positions,
    _positions_reference,
    lambda g, y, mask: (None,),
    doc="Count the true elements of a vector; after the count come their positions, then zeros.",
)


def true_positions(mask: Any) -> Any:
    """Return the positions, in C order, of a mask's true elements; how many is a computed size."""
    value = mask.context.size_value
    total = value(sizes.product(mask.type.shape))
    found = positions(mask if mask.type.ndim == 1 else reshape(mask, total))
    count = dimshuffle(slice_(found, value(0), value(1), steps=(1,)), order=())
    length = sizes.maximum(hosted(count).as_size(), 0)
    return slice_(found, value(1), value(length), steps=(1,))


def position(mask: Any, axis: int) -> Any:
    """Return along one axis the positions of a mask's true elements, taken in C order."""
    found = true_positions(mask)
    stride = sizes.product(mask.type.shape[axis + 1 :])
    if not (isinstance(stride, int) and stride == 1):
        found = floor_divide(found, _spread(mask, stride))
    return found if axis == 0 else remainder(found, _spread(mask, mask.type.shape[axis]))


def _spread(x: Any, size: Any) -> Any:
    return dimshuffle(x.context.size_value(size), order=("x",))


# --- regions, written where they lie


def _infer_region(x: Operand, y: Operand, *starts: Operand, steps: tuple[int, ...]) -> TensorType:
    ndim = x.type.ndim
    if not ndim == y.type.ndim == len(starts) == len(steps) or x.type.dtype != y.type.dtype:
        raise TypeMismatch(f"a region of {y.type} at {len(starts)} starts is none of {x.type}")
    return x.type


def _region_reference(x: Any, y: Any, *starts: Any, steps: tuple[int, ...]) -> Any:
    inside = place.reference(np.ones(y.shape, bool), *starts, *x.shape, steps=steps)
    return np.where(inside, place.reference(y, *starts, *x.shape, steps=steps), x)


def _part(g: Any, y: Any, starts: tuple[Any, ...], steps: tuple[int, ...]) -> Any:
    lengths = (g.context.size_value(size) for size in y.type.shape)
    return slice_(g, *starts, *lengths, steps=steps)


def _region_set_vjp(
    g: Any, z: Any, x: Any, y: Any, *starts: Any, steps: tuple[int, ...]
) -> tuple[Any, ...]:
    full = (x.context.size_value(size) for size in x.type.shape)
    true = broadcast_like(x.context.constant(True, "bool", y.type.ndim), y)
    inside = place(true, *starts, *full, steps=steps)
    outside = switch(inside, x.context.constant(0, g.type.dtype, g.type.ndim), g)
    return (outside, _part(g, y, starts, steps), *(None,) * len(starts))


region_set = general(
    "region_set",
    _infer_region,
    _region_reference,
    _region_set_vjp,
    sized=2,
    doc="Replace start, start + step, ... of x by y, in a kernel that visits the region alone.",
)

region_add = general(
    "region_add",
    _infer_region,
    lambda x, y, *starts, steps: x + place.reference(y, *starts, *x.shape, steps=steps),
    lambda g, z, x, y, *starts, steps: (
        g,
        _part(g, y, starts, steps),
        *(None,) * len(starts),
    ),
    sized=2,
    doc="Add y to start, start + step, ... of x, in a kernel that visits the region alone.",
)
