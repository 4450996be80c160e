"""Indexing: x[...] for slices, numbers and integer arrays, and what sets or adds to such parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import NotSupported, TypeMismatch
from symc.compiler.op import Operand
from symc.compiler.promotion import upcast
from symc.compiler.types import DISCRETE, INTEGERS, TensorType
from symc.tensor import application, conversion, elementwise, indexing, joining, shaping, user_ops
from symc.tensor.template import Array, Index, Item, NewAxis, Slice, Template, result_shape
from symc.variable import Variable

# --- from Python's key to a template and operands


def _expanded(key: Any, ndim: int) -> list[Any]:
    """Return a key as one item per dimension, with None for new ones."""
    items = list(key) if isinstance(key, tuple) else [key]
    ellipses = sum(item is Ellipsis for item in items)
    if ellipses > 1:
        raise IndexError("an index holds at most one ellipsis (...)")
    used = sum(item is not None and item is not Ellipsis for item in items)
    if used > ndim:
        raise IndexError(f"too many indices: {used} for {ndim} dimensions")
    fill = [slice(None)] * (ndim - used)
    if not ellipses:
        return items + fill
    place = next(k for k, item in enumerate(items) if item is Ellipsis)
    return items[:place] + fill + items[place + 1 :]


def _bound(value: Any) -> Any:
    bound = conversion.as_tensor_variable(value)
    if bound.ndim or bound.dtype not in INTEGERS:
        raise TypeMismatch(f"a slice's bound is an integer scalar, not {bound!r}: {bound.type}")
    return bound


def _slice_item(key: slice) -> tuple[Item, list[Any]]:
    step = 1 if key.step is None else key.step
    if isinstance(step, Variable):
        known = application.known_size(step)
        step = step if known is None else known
    if isinstance(step, (int, np.integer)):
        if step == 0:
            raise ValueError("a slice's step cannot be 0")
        step = int(step)
    own = [_bound(x) for x in (key.start, key.stop) if x is not None]
    fixed = step if isinstance(step, int) else None
    own += [] if fixed is not None else [_bound(step)]
    return Slice(key.start is not None, key.stop is not None, fixed), own


def _array_item(key: Any) -> tuple[Item, list[Any]]:
    if isinstance(key, (bool, np.bool_)):
        raise NotSupported("indexing by a boolean: sizes that depend on values are not there yet")
    if isinstance(key, (str, bytes)):
        raise TypeMismatch(f"{key!r} is no index")
    index = conversion.as_tensor_variable(key)
    if index.dtype == "bool":
        raise NotSupported(
            "indexing by a boolean array: sizes that depend on values are not there yet; "
            "switch(mask, x, 0) keeps the shape"
        )
    if index.dtype not in INTEGERS:
        raise TypeMismatch(f"an index is an integer, not {index!r}: {index.type}")
    return (Index() if index.ndim == 0 else Array()), [index]


def _item(key: Any) -> tuple[Item, list[Any]]:
    if key is None:
        return NewAxis(), []
    return _slice_item(key) if isinstance(key, slice) else _array_item(key)


def parse_key(key: Any, ndim: int) -> tuple[Template, list[Any]]:
    """Return an index as its form and the variables in it."""
    items = [_item(one) for one in _expanded(key, ndim)]
    return tuple(item for item, _ in items), [x for _, own in items for x in own]


# --- reading


def _infer_subtensor(x: Operand, *operands: Operand, items: Template) -> TensorType:
    return TensorType(x.type.dtype, result_shape(x, operands, items))


subtensor_op = user_ops.define_user_op(
    "subtensor", _infer_subtensor, indexing.read, "Read the part of a tensor that an index names."
)


def take_items(x: Any, key: Any) -> Any:
    """Return x[key]."""
    if x.ndim == 1:
        known = _known_part(x, key)
        if known is not None:
            return known
    items, operands = parse_key(key, x.ndim)
    return application.apply(subtensor_op, (x, *operands), {"items": items})


def _known_part(x: Any, key: Any) -> Any:
    """Return x[key] of a shape or a stack of scalars without indexing, where it is known."""
    if x.owner is None or x.owner.op not in (user_ops.shape_op, user_ops.make_vector_op):
        return None
    if isinstance(key, (int, np.integer)):
        elements = shaping.vector_elements(x) or []
        if not -len(elements) <= key < len(elements):
            raise IndexError(f"index {key} is out of range for {len(elements)} sizes")
        return elements[key]
    bounds = (key.start, key.stop, key.step) if isinstance(key, slice) else ("no slice",)
    if all(bound is None or isinstance(bound, (int, np.integer)) for bound in bounds):
        chosen = (shaping.vector_elements(x) or [])[key]
        return joining.make_vector(chosen) if chosen else None
    return None


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Return the slices along an axis (of the flattened tensor for None) at integer positions."""
    a = conversion.as_tensor_variable(a)
    if mode != "raise":
        raise NotSupported(f"take: mode={mode!r} is not there yet; 'raise' is")
    if axis is None:
        a, axis = shaping.flatten(a), 0
    place = joining.static_axis(axis, a.ndim, "take")
    return a[(*(slice(None),) * place, conversion.as_tensor_variable(indices))]


# --- writing


def _infer_written(x: Operand, y: Operand, *operands: Operand, items: Template) -> TensorType:
    part = result_shape(x, operands, items)
    if y.type.ndim > len(part):
        raise TypeMismatch(
            f"a part of {len(part)} dimensions takes no value of {y.type.ndim} dimensions"
        )
    return x.type


inc_subtensor_op = user_ops.define_user_op(
    "inc_subtensor", _infer_written, indexing.add_to, "Add to the part that an index names."
)
set_subtensor_op = user_ops.define_user_op(
    "set_subtensor", _infer_written, indexing.put_into, "Replace the part that an index names."
)


def _written(op: user_ops.UserOp, part: Any, y: Any) -> Any:
    """Apply a writing operation to the tensor that a part was read from."""
    owner = getattr(part, "owner", None)
    if owner is None or owner.op is not subtensor_op:
        raise TypeMismatch(f"{op.name}: takes x[...] and a value for it, not {part!r}")
    x, *operands = owner.inputs
    y = _fitted(conversion.as_tensor_variable(y), x.dtype, op.name)
    return application.apply(op, (x, y, *operands), dict(owner.attributes))


def _fitted(y: Any, dtype: str, what: str) -> Any:
    """Cast a value to the tensor's dtype, refusing to make integers of floats."""
    if y.dtype == dtype:
        return y
    if dtype in DISCRETE and upcast(y.dtype, dtype) not in DISCRETE:
        raise TypeMismatch(f"{what}: {y.type} put into {dtype} would lose precision; cast it first")
    return elementwise.cast(y, dtype)


def set_subtensor(
    x: Any, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False
) -> Any:
    """Return the tensor that x is a part of, with y in place of that part.

    symc itself decides what happens in place; `inplace` has no effect.

    >>> from symc.tensor.constructors import vector
    >>> v = vector()
    >>> set_subtensor(v[1:], 0).type
    TensorType(float64, vector)
    """
    return _written(set_subtensor_op, x, y)


def inc_subtensor(
    x: Any,
    y: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False,
) -> Any:
    """Return the tensor that x is a part of, with y added to that part; repeated indices add up.

    symc itself decides what happens in place; `inplace` has no effect.
    """
    return _written(set_subtensor_op if set_instead_of_inc else inc_subtensor_op, x, y)
