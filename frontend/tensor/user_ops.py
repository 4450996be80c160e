"""Operations of the user's graph alone, lowered to the compiler's when a Module is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import InternalError, ShapeMismatch, TypeMismatch
from symc.compiler.op import Op, Operand, find
from symc.compiler.types import TensorType

_OPS: dict[str, UserOp] = {}


class UserOp(Op, frozen=True, eq=False):
    """An operation whose `lower` gives, of the compiler's Values, a Value of the compiler's ops."""

    def __reduce__(self) -> tuple[Any, ...]:
        return find_user_op, (self.name,)


def find_user_op(name: str) -> UserOp:
    """Return the user's operation of that name."""
    return _OPS[name]


def _lowered(*arrays: Any, **attributes: Any) -> Any:
    raise InternalError("an operation of the user's graph is lowered before it is evaluated")


def define_user_op(
    name: str, infer: Callable[..., TensorType], lower: Callable[..., Any], doc: str
) -> UserOp:
    """Register an operation of the user's graph."""
    op = UserOp(name, "general", infer, _lowered, lower=lower, doc=doc)
    _OPS[name] = op
    return op


# --- shapes as vectors


def _vector(context: Any, elements: list[Any], dtype: str) -> Any:
    if not elements:
        return context.constant(np.zeros(0, dtype))
    spread = [find("dimshuffle")(x, order=("x",)) for x in elements]
    return spread[0] if len(spread) == 1 else find("concatenate")(*spread, axis=0)


shape_op = define_user_op(
    "shape",
    lambda x: TensorType("int64", (None,)),
    lambda x: _vector(x.context, [x.context.size_value(s) for s in x.type.shape], "int64"),
    "Return the sizes of all dimensions as a vector.",
)


def _infer_make_vector(*elements: Operand) -> TensorType:
    return TensorType(elements[0].type.dtype, (1 if len(elements) == 1 else None,))


make_vector_op = define_user_op(
    "make_vector",
    _infer_make_vector,
    lambda *elements: _vector(elements[0].context, list(elements), elements[0].type.dtype),
    "Make a vector of scalars of one dtype.",
)

# --- reshape with one size left open


def _infer_reshape(x: Operand, *shape: Operand) -> TensorType:
    wanted = [size.as_size() for size in shape]
    if sum(size == -1 for size in wanted) > 1:
        raise ShapeMismatch("reshape: only one size can be -1")
    if any(isinstance(size, int) and size < -1 for size in wanted):
        raise ShapeMismatch(f"reshape: {tuple(wanted)} has a negative size")
    return TensorType(x.type.dtype, tuple(None if size == -1 else size for size in wanted))


def _lower_reshape(x: Any, *shape: Any) -> Any:
    open_axes = [k for k, size in enumerate(shape) if size.is_constant and int(size.data) == -1]
    known = list(shape)
    for axis in open_axes:
        rest = sizes.product(tuple(s.as_size() for k, s in enumerate(shape) if k != axis))
        total = sizes.product(x.type.shape)
        known[axis] = x.context.size_value(sizes.floor_divide(total, rest))
    for size in known:
        sizes.require_natural(size.as_size(), "reshape")
    return find("reshape")(x, *known)


reshape_op = define_user_op(
    "reshape",
    _infer_reshape,
    _lower_reshape,
    "Give the elements, in C order, another shape; a size of -1 is found from the others.",
)

# --- patterns


def _infer_rebroadcast(x: Operand, *, pattern: tuple[bool, ...]) -> TensorType:
    if len(pattern) != x.type.ndim:
        raise TypeMismatch(f"rebroadcast: {len(pattern)} flags for {x.type}")
    return TensorType(x.type.dtype, tuple(1 if flag else None for flag in pattern))


def _lower_rebroadcast(x: Any, *, pattern: tuple[bool, ...]) -> Any:
    """Leave out the dimensions that must have size 1, which is checked, and put them back."""
    fixed = [k for k, flag in enumerate(pattern) if flag and x.type.shape[k] != 1]
    if not fixed:
        return x
    for k in fixed:
        x.context.equate(x.type.shape[k], 1, f"rebroadcast: dimension {k} is not of size 1")
    kept = [k for k in range(len(pattern)) if k not in fixed]
    dropped = find("dimshuffle")(x, order=tuple(kept))
    order = tuple("x" if k in fixed else kept.index(k) for k in range(len(pattern)))
    return find("dimshuffle")(dropped, order=order)


rebroadcast_op = define_user_op(
    "rebroadcast",
    _infer_rebroadcast,
    _lower_rebroadcast,
    "State which dimensions have size 1; that they do is checked when the function runs.",
)

# --- sizes


def _infer_specify_shape(x: Operand, *shape: Operand) -> TensorType:
    if len(shape) != x.type.ndim:
        raise TypeMismatch(f"specify_shape: {len(shape)} sizes for {x.type}")
    pairs = zip(x.type.shape, shape, strict=True)
    return TensorType(
        x.type.dtype, tuple(1 if 1 in (own, stated.as_size()) else None for own, stated in pairs)
    )


def _lower_specify_shape(x: Any, *shape: Any) -> Any:
    stated = [size.as_size() for size in shape]
    x = _lower_rebroadcast(x, pattern=tuple(size == 1 for size in stated))
    for axis, (own, size) in enumerate(zip(x.type.shape, stated, strict=True)):
        sizes.agree(own, size, f"specify_shape: size of dimension {axis} is not the one stated")
    return x


specify_shape_op = define_user_op(
    "specify_shape",
    _infer_specify_shape,
    _lower_specify_shape,
    "State the sizes of all dimensions; that they hold is checked when the function runs.",
)
