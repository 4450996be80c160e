"""Indexing: x[...] for slices, numbers and integer arrays, and what sets or adds to such parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import Operand
from symc.compiler.promotion import upcast
from symc.compiler.types import DISCRETE, TensorType
from symc.exceptions import BadIndex
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, joining, masks, shaping, user_ops
from symc.tensor.keys import parse_key
from symc.tensor.template import Template, result_shape

# --- reading


def _infer_subtensor(x: Operand, *operands: Operand, items: Template) -> TensorType:
    return TensorType(x.type.dtype, result_shape(x, operands, items))


subtensor_op = user_ops.define_user_op(
    "subtensor", _infer_subtensor, masks.read, "Read the part of a tensor that an index names."
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
            raise mistake(BadIndex, f"index {key} is out of range for {len(elements)} sizes")
        return elements[key]
    bounds = (key.start, key.stop, key.step) if isinstance(key, slice) else ("no slice",)
    if all(bound is None or isinstance(bound, (int, np.integer)) for bound in bounds):
        chosen = (shaping.vector_elements(x) or [])[key]
        return joining.make_vector(chosen) if chosen else None
    return None


# --- writing


def _infer_written(x: Operand, y: Operand, *operands: Operand, items: Template) -> TensorType:
    part = result_shape(x, operands, items)
    if y.type.ndim > len(part):
        raise TypeMismatch(
            f"a part of {len(part)} dimensions takes no value of {y.type.ndim} dimensions"
        )
    return x.type


inc_subtensor_op = user_ops.define_user_op(
    "inc_subtensor", _infer_written, masks.add_to, "Add to the part that an index names."
)
set_subtensor_op = user_ops.define_user_op(
    "set_subtensor", _infer_written, masks.put_into, "Replace the part that an index names."
)


def _written(op: user_ops.UserOp, part: Any, y: Any) -> Any:
    """Apply a writing operation to the tensor that a part was read from."""
    owner = getattr(part, "owner", None)
    if owner is None or owner.op is not subtensor_op:
        raise mistake(TypeMismatch, f"{op.name}: takes x[...] and a value for it, not {part!r}")
    x, *operands = owner.inputs
    y = _fitted(conversion.as_tensor_variable(y), x.dtype, op.name)
    return application.apply(op, (x, y, *operands), dict(owner.attributes))


def _fitted(y: Any, dtype: str, what: str) -> Any:
    """Cast a value to the tensor's dtype, refusing to make integers of floats."""
    if y.dtype == dtype:
        return y
    if dtype in DISCRETE and upcast(y.dtype, dtype) not in DISCRETE:
        raise mistake(
            TypeMismatch, f"{what}: {y.type} put into {dtype} would lose precision; cast it first"
        )
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
