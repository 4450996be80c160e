"""Complex numbers: their parts, angles and conjugates, and the ways they lie in memory.

A partial derivative of what makes a real number of a complex one z = x + iy is d/dx + i d/dy, as a
gradient is; any other is a factor of dz, but for the conjugate, whose differential is CONJUGATED.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion, sizes
from symc.compiler.errors import InternalError, TypeMismatch
from symc.compiler.families import general, pointwise
from symc.compiler.op import Op, Operand
from symc.compiler.ops.arithmetic import absolute
from symc.compiler.ops.logic import cast
from symc.compiler.ops.reduction import prod
from symc.compiler.ops.shape import dimshuffle, slice_
from symc.compiler.types import COMPLEX, PART, Size, TensorType

COMPLEX_OF = {part: whole for whole, part in PART.items()}
"""The complex dtype whose parts have a dtype."""


class Conjugated:
    """Stand for the derivative of a conjugate, which conjugates what it is applied to."""


CONJUGATED = Conjugated()


def is_complex(x: Any) -> bool:
    """Tell whether a Value or variable holds complex numbers."""
    return x.type.dtype in COMPLEX


def conjugate(x: Any) -> Any:
    """Return the conjugate; a real Value as it is, and the conjugate of one undone."""
    if not is_complex(x):
        return x
    return x.operands[0] if x.op is conj else conj(x)


def _zero(b: Any, x: Any) -> Any:
    return b.constant(x.dtype, 0, x.lanes)


def _no_body(b: Any, x: Any, y: Any) -> Any:
    raise InternalError("a kernel makes no complex number")


real: Op = pointwise(
    "real",
    np.real,
    lambda b, x: x,
    lambda y, x: (1,),
    promotion.magnitude,
    doc="Return the real part.",
)
imag: Op = pointwise(
    "imag",
    np.imag,
    _zero,
    lambda y, x: (1j if is_complex(x) else 0,),
    promotion.magnitude,
    doc="Return the imaginary part; of a real number 0.",
)
conj: Op = pointwise(
    "conj",
    np.conjugate,
    lambda b, x: x,
    lambda y, x: (CONJUGATED if is_complex(x) else 1,),
    promotion.arithmetic,
    doc="Turn over the sign of the imaginary part.",
)


def _angle_partials(y: Any, x: Any) -> tuple[Any]:
    """Return i z / |z|**2, in two steps that do not overflow."""
    if not is_complex(x):
        return (0,)
    size = cast(absolute(x), dtype=x.type.dtype)
    return (1j * (x / size) / size,)


angle: Op = pointwise(
    "angle",
    lambda x: np.angle(x),
    lambda b, x: b.math("atan2", _zero(b, x), x),
    _angle_partials,
    promotion.direction,
    doc="Return the angle in -pi..pi of a complex number, as float64.",
)


def _joined(real: Any, imag: Any) -> Any:
    """Put parts together as they are: real + 1j * imag would lose signs and infinities."""
    real, imag = np.broadcast_arrays(real, imag)
    result = np.empty(real.shape, COMPLEX_OF[str(real.dtype)])
    result.real, result.imag = real, imag
    return result


complex_: Op = pointwise(
    "complex",
    _joined,
    _no_body,
    lambda z, re, im: (1, 1j),
    promotion.parts,
    doc="Make a complex number of its real and its imaginary part.",
)
complex_from_polar: Op = pointwise(
    "complex_from_polar",
    lambda size, turn: _joined(size * np.cos(turn), size * np.sin(turn)),
    _no_body,
    lambda z, size, turn: (complex_from_polar(1, turn), 1j * z),
    promotion.parts,
    doc="Make a complex number of its magnitude and its angle.",
)

# --- complex numbers as they lie in memory: pairs of reals along one more dimension of size 2


def _infer_parts(x: Operand) -> TensorType:
    if x.type.dtype not in COMPLEX:
        raise TypeMismatch(f"parts: {x.type} is not complex")
    return TensorType(PART[x.type.dtype], (*x.type.shape, 2))


def _infer_whole(x: Operand) -> TensorType:
    if x.type.dtype not in COMPLEX_OF or x.type.shape[-1:] != (2,):
        raise TypeMismatch(f"whole: {x.type} is no array of pairs of reals")
    return TensorType(COMPLEX_OF[x.type.dtype], x.type.shape[:-1])


def _infer_interleave(re: Operand, im: Operand) -> TensorType:
    return TensorType(re.type.dtype, (*_same_shape(re, im, "interleave"), 2))


def _same_shape(re: Operand, im: Operand, what: str) -> tuple[Size, ...]:
    if re.type.dtype != im.type.dtype or re.type.ndim != im.type.ndim:
        raise TypeMismatch(f"{what}: {re.type} is not {im.type}")
    pairs = enumerate(zip(re.type.shape, im.type.shape, strict=True))
    return tuple(sizes.agree(a, b, f"{what}: sizes of dimension {k} differ") for k, (a, b) in pairs)


def part_of(pairs: Any, number: int) -> Any:
    """Return the first or the second number of each pair along the last dimension."""
    value, ndim = pairs.context.size_value, pairs.type.ndim - 1
    starts = (*(value(0) for _ in range(ndim)), value(number))
    lengths = (*(value(size) for size in pairs.type.shape[:-1]), value(1))
    return dimshuffle(
        slice_(pairs, *starts, *lengths, steps=(1,) * (ndim + 1)), order=(*range(ndim),)
    )


parts: Op = general(
    "parts",
    _infer_parts,
    lambda x: np.stack([x.real, x.imag], axis=-1),
    lambda g, y, x: (whole(g),),
    doc="Read complex numbers in memory as pairs of reals along a last dimension.",
)
whole: Op = general(
    "whole",
    _infer_whole,
    lambda x: _joined(x[..., 0], x[..., 1]),
    lambda g, y, x: (parts(g),),
    doc="Read pairs of reals in memory, along the last dimension, as complex numbers.",
)
interleave: Op = general(
    "interleave",
    _infer_interleave,
    lambda re, im: np.stack([re, im], axis=-1),
    lambda g, y, re, im: (part_of(g, 0), part_of(g, 1)),
    doc="Put two reals side by side along one more dimension, the last.",
)

# --- products over axes, of which each part needs both parts


def _infer_product(
    re: Operand, im: Operand, *, axes: tuple[int, ...], dtype: str, acc_dtype: str
) -> TensorType:
    shape = _same_shape(re, im, "prod")
    kept = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    return TensorType(dtype, kept)


def _product_reference(part: Any) -> Any:
    def reference(re: Any, im: Any, *, axes: tuple[int, ...], dtype: str, acc_dtype: str) -> Any:
        wide = COMPLEX_OF[acc_dtype]
        return part(np.prod(_joined(re, im), axis=axes, dtype=wide)).astype(dtype)

    return reference


def _product_vjp(cotangent: Any) -> Any:
    """Return the pullback by way of complex numbers; cotangent(g) is that of the product."""

    def vjp(g: Any, y: Any, re: Any, im: Any, **attributes: Any) -> tuple[Any, ...]:
        z = complex_(re, im)
        wide = {k: COMPLEX_OF[v] if "dtype" in k else v for k, v in attributes.items()}
        (back,) = prod.vjp(conjugate(cotangent(g)), prod(z, **wide), z, **wide)  # type: ignore[misc]
        return real(back), -imag(back)

    return vjp


prod_real: Op = general(
    "prod_real",
    _infer_product,
    _product_reference(np.real),
    _product_vjp(lambda g: complex_(g, 0)),
    doc="Multiply complex numbers, given by their parts, over axes; return the real part.",
)
prod_imag: Op = general(
    "prod_imag",
    _infer_product,
    _product_reference(np.imag),
    _product_vjp(lambda g: complex_(0, g)),
    doc="Multiply complex numbers, given by their parts, over axes; return the imaginary part.",
)
