"""Operations that move elements: axes, broadcasting, reshaping, joining, slicing."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general, multilinear, sum_to
from symc.compiler.op import Operand, find
from symc.compiler.types import INTEGERS, Size, TensorType

# --- axes


def _infer_dimshuffle(x: Operand, *, order: tuple[int | str, ...]) -> TensorType:
    kept = [axis for axis in order if axis != "x"]
    if len(set(kept)) != len(kept) or not all(
        isinstance(axis, int) and 0 <= axis < x.type.ndim for axis in kept
    ):
        raise TypeMismatch(f"dimshuffle: {order} does not name the axes of {x.type}")
    for axis in set(range(x.type.ndim)) - set(kept):
        sizes.agree(x.type.shape[axis], 1, f"dimshuffle: dropped dimension {axis} is not of size 1")
    return TensorType(x.type.dtype, tuple(1 if a == "x" else x.type.shape[a] for a in order))  # type: ignore[index]


def _dimshuffle_reference(x: Any, *, order: tuple[int | str, ...]) -> Any:
    kept = [axis for axis in order if isinstance(axis, int)]
    dropped = [axis for axis in range(np.ndim(x)) if axis not in kept]
    moved = np.transpose(x, [*kept, *dropped])
    moved = moved.reshape(moved.shape[: len(kept)])
    return moved[tuple(np.newaxis if axis == "x" else slice(None) for axis in order)]


def _dimshuffle_transpose(g: Any, y: Any, x: Any, *, order: tuple[int | str, ...]) -> tuple[Any]:
    back = tuple(order.index(axis) if axis in order else "x" for axis in range(x.type.ndim))
    return (dimshuffle(g, order=back),)


dimshuffle = multilinear(
    "dimshuffle",
    _infer_dimshuffle,
    _dimshuffle_reference,
    _dimshuffle_transpose,
    doc="Permute axes, insert axes of size 1 ('x') and drop axes of size 1.",
)


def keep(x: Any, axes: tuple[int, ...]) -> Any:
    """Put axes of size 1 where a reduction removed them."""
    ndim = x.type.ndim + len(axes)
    left = iter(range(x.type.ndim))
    return dimshuffle(x, order=tuple("x" if axis in axes else next(left) for axis in range(ndim)))


# --- broadcasting


def _sizes(operands: tuple[Operand, ...], what: str) -> tuple[Size, ...]:
    if any(x.type.ndim or x.type.dtype not in INTEGERS for x in operands):
        raise TypeMismatch(f"{what}: a size is a 0-d integer")
    return tuple(x.as_size() for x in operands)


def _infer_broadcast(x: Operand, *shape: Operand) -> TensorType:
    if x.type.ndim != len(shape):
        raise TypeMismatch(f"broadcast: {x.type} has not the {len(shape)} dimensions asked for")
    result = []
    for axis, (mine, wanted) in enumerate(
        zip(x.type.shape, _sizes(shape, "broadcast"), strict=True)
    ):
        size = wanted
        if not (isinstance(mine, int) and mine == 1):
            size = sizes.agree(
                mine, size, f"broadcast: size of dimension {axis} is not the one asked for"
            )
        result.append(size)
    return TensorType(x.type.dtype, tuple(result))


broadcast = multilinear(
    "broadcast",
    _infer_broadcast,
    lambda x, *shape: np.broadcast_to(x, tuple(int(s) for s in shape)),
    lambda g, y, x, *shape: (sum_to(g, x), *(None,) * len(shape)),
    sized=1,
    doc="Stretch dimensions of size 1 to sizes given as 0-d integers.",
)


def broadcast_like(x: Any, like: Any) -> Any:
    """Stretch a Value to another's shape."""
    context = like.context
    return broadcast(x, *(context.size_value(size) for size in like.type.shape))


def zeros_like(x: Any) -> Any:
    """Return zeros of a Value's type."""
    return broadcast_like(x.context.constant(0, x.type.dtype, x.type.ndim), x)


# --- reshaping


def _infer_reshape(x: Operand, *shape: Operand) -> TensorType:
    wanted = _sizes(shape, "reshape")
    sizes.agree(
        sizes.product(x.type.shape),
        sizes.product(wanted),
        "reshape: the number of elements differs",
    )
    return TensorType(x.type.dtype, wanted)


def _reshape_transpose(g: Any, y: Any, x: Any, *shape: Any) -> tuple[Any, ...]:
    back = reshape(g, *(x.context.size_value(size) for size in x.type.shape))
    return (back, *(None,) * len(shape))


reshape = multilinear(
    "reshape",
    _infer_reshape,
    lambda x, *shape: np.reshape(x, tuple(int(s) for s in shape)),
    _reshape_transpose,
    sized=1,
    doc="Give the elements, in C order, another shape of as many elements.",
)

# --- sizes as numbers of the graph


def _infer_size(x: Operand, *, axis: int) -> TensorType:
    return TensorType("int64")


size = general(
    "size",
    _infer_size,
    lambda x, *, axis: np.asarray(x.shape[axis], "int64"),
    lambda g, y, x, *, axis: (None,),
    lower=lambda x, *, axis: x.context.size_value(x.context.resolve(x.type.shape[axis])),
    doc="Return one size of the operand as a 0-d int64.",
)


def _infer_arange(length: Operand) -> TensorType:
    (size,) = _sizes((length,), "arange")
    return TensorType("int64", (sizes.maximum(size, 0),))


arange = general(
    "arange",
    _infer_arange,
    lambda length: np.arange(int(length), dtype="int64"),
    lambda g, y, length: (None,),
    sized=0,
    doc="Count 0, 1, ... up to a length given as a 0-d integer; there are none below 0.",
)

# --- joining


def _infer_concatenate(*xs: Operand, axis: int) -> TensorType:
    first = xs[0].type
    if not 0 <= axis < first.ndim:
        raise TypeMismatch(f"concatenate: {first} has no axis {axis}")
    total: Size = 0
    shape = list(first.shape)
    for x in xs:
        if x.type.ndim != first.ndim or x.type.dtype != first.dtype:
            raise TypeMismatch(f"concatenate: {first} and {x.type} differ in rank or dtype")
        total = sizes.add(total, x.type.shape[axis])
        for other in range(first.ndim):
            if other != axis:
                what = f"concatenate: sizes of dimension {other} differ"
                shape[other] = sizes.agree(shape[other], x.type.shape[other], what)
    shape[axis] = total
    return TensorType(first.dtype, tuple(shape))


def _concatenate_transpose(g: Any, y: Any, *xs: Any, axis: int) -> tuple[Any, ...]:
    terms, start = [], 0
    for x in xs:
        length = x.type.shape[axis]
        terms.append(_section(g, axis, start, length))
        start = sizes.add(start, length)  # type: ignore[assignment]
    return tuple(terms)


def _section(x: Any, axis: int, start: Size, length: Size) -> Any:
    value = x.context.size_value
    starts = tuple(value(start if k == axis else 0) for k in range(x.type.ndim))
    lengths = tuple(value(length if k == axis else s) for k, s in enumerate(x.type.shape))
    return slice_(x, *starts, *lengths, steps=(1,) * x.type.ndim)


def _concatenate_jvp(tangents: tuple[Any, ...], y: Any, *xs: Any, axis: int) -> Any:
    moving = (
        zeros_like(x) if tangent is None or isinstance(tangent, int) else tangent
        for x, tangent in zip(xs, tangents, strict=True)
    )
    return concatenate(*moving, axis=axis)


concatenate = multilinear(
    "concatenate",
    _infer_concatenate,
    lambda *xs, axis: np.concatenate(xs, axis=axis),
    _concatenate_transpose,
    _concatenate_jvp,
    doc="Join operands along an axis.",
)

# --- slicing


def _halves(operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    middle = len(operands) // 2
    return operands[:middle], operands[middle:]


def _infer_slice(x: Operand, *bounds: Operand, steps: tuple[int, ...]) -> TensorType:
    if not 2 * x.type.ndim == len(bounds) == 2 * len(steps):
        raise TypeMismatch(f"slice: {len(bounds)} bounds and steps {steps} for {x.type}")
    _, lengths = _halves(bounds)
    return TensorType(x.type.dtype, _sizes(lengths, "slice"))


def _region(
    shape: tuple[int, ...],
    starts: tuple[Any, ...],
    lengths: tuple[Any, ...],
    steps: tuple[int, ...],
) -> Any:
    """Return the indices of a region, which must lie inside of the shape."""
    regions = [
        int(start) + step * np.arange(int(length))
        for start, length, step in zip(starts, lengths, steps, strict=True)
    ]
    for region, size in zip(regions, shape, strict=True):
        if region.size and not 0 <= min(region[0], region[-1]) <= max(region[0], region[-1]) < size:
            raise IndexError(f"a region from {region[0]} to {region[-1]} leaves the size {size}")
    return np.ix_(*regions)


def _slice_reference(x: Any, *bounds: Any, steps: tuple[int, ...]) -> Any:
    starts, lengths = _halves(bounds)
    return np.asarray(x[_region(x.shape, starts, lengths, steps)])


def _slice_transpose(
    g: Any, y: Any, x: Any, *bounds: Any, steps: tuple[int, ...]
) -> tuple[Any, ...]:
    starts, _ = _halves(bounds)
    full = (x.context.size_value(s) for s in x.type.shape)
    return (place(g, *starts, *full, steps=steps), *(None,) * len(bounds))


slice_ = multilinear(
    "slice",
    _infer_slice,
    _slice_reference,
    _slice_transpose,
    sized=1,
    doc="Read start, start + step, ... in each dimension; operands are starts, then lengths.",
)


def _place_reference(x: Any, *bounds: Any, steps: tuple[int, ...]) -> Any:
    starts, full = _halves(bounds)
    result = np.zeros(tuple(int(s) for s in full), x.dtype)
    result[_region(result.shape, starts, x.shape, steps)] = x
    return result


def _place_transpose(
    g: Any, y: Any, x: Any, *bounds: Any, steps: tuple[int, ...]
) -> tuple[Any, ...]:
    starts, _ = _halves(bounds)
    lengths = (x.context.size_value(s) for s in x.type.shape)
    return (slice_(g, *starts, *lengths, steps=steps), *(None,) * len(bounds))


place = multilinear(
    "place",
    _infer_slice,
    _place_reference,
    _place_transpose,
    sized=1,
    doc="Put the operand at start, start + step, ... of zeros; operands are starts, then sizes.",
)


def check_index(index: Any, length: Size) -> Any:
    """Return an index counted from the front, failing at run time where it is out of bounds."""
    return find("bounded")(index, index.context.size_value(length))


def _bounded_reference(index: Any, length: Any) -> Any:
    position = np.where(index < 0, index + length, index)
    if np.any((position < 0) | (position >= length)):
        raise IndexError(f"index {index} is out of bounds for size {length}")
    return np.asarray(position, "int64")


def _infer_bounded(index: Operand, length: Operand) -> TensorType:
    _sizes((index, length), "bounded")
    return TensorType("int64")


bounded = general(
    "bounded",
    _infer_bounded,
    _bounded_reference,
    lambda g, y, index, length: (None, None),
    can_fail=True,
    sized=0,
    doc="Check a 0-d index against a size and count it from the front.",
)
