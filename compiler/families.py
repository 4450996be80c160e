"""The families of operations: what each derives from the little that an operation states."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.op import Op, Operand, Promotion, define, find
from symc.compiler.promotion import accumulator
from symc.compiler.types import Size, TensorType


def broadcast_sizes(shapes: list[tuple[Size, ...]], what: str) -> tuple[Size, ...]:
    """Return the common shape of shapes of one rank; only a size known to be 1 is stretched."""
    result = []
    for axis, column in enumerate(zip(*shapes, strict=True)):
        size: Size = 1
        for other in column:
            if isinstance(other, int) and other == 1:
                continue
            if isinstance(size, int) and size == 1:
                size = other
            else:
                size = sizes.agree(size, other, f"{what}: sizes of dimension {axis} differ")
        result.append(size)
    return tuple(result)


def operand_count(body: Callable[..., Any]) -> int | None:
    """Return how many operands a pointwise operation takes, or None for any number.

    Read from the signature of its body, which is (builder, *operands, **attributes).
    """
    parameters = inspect.signature(body).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters) - 1


def _infer_pointwise(
    name: str, promote: Callable[..., Promotion], count: int | None
) -> Callable[..., TensorType]:
    def infer(*operands: Operand, **attributes: Any) -> TensorType:
        types = [x.type for x in operands]
        if count is not None and len(types) != count:
            raise TypeMismatch(f"{name}: takes {count} operands, not {len(types)}")
        if len({t.ndim for t in types}) > 1:
            raise TypeMismatch(f"{name}: ranks differ: " + " and ".join(map(str, types)))
        try:
            dtype = promote(tuple(t.dtype for t in types), attributes)[1]
        except TypeMismatch as error:
            raise TypeMismatch(f"{name}: {error}") from None
        return TensorType(dtype, broadcast_sizes([t.shape for t in types], name))

    return infer


def pointwise(
    name: str,
    reference: Callable[..., Any],
    body: Callable[..., Any],
    partials: Callable[..., tuple[Any, ...]] | None,
    promote: Callable[..., Promotion],
    commutative: bool = False,
    doc: str = "",
) -> Op:
    """Define an operation on each element: types, shapes, fusion and both gradients follow."""
    return define(
        Op(
            name,
            "pointwise",
            _infer_pointwise(name, promote, operand_count(body)),
            reference,
            promote=promote,
            body=body,
            partials=partials,
            commutative=commutative,
            doc=doc,
        )
    )


def general(
    name: str,
    infer: Callable[..., TensorType],
    reference: Callable[..., Any],
    vjp: Callable[..., tuple[Any, ...]] | None,
    jvp: Callable[..., Any] | None = None,
    lower: Callable[..., Any] | None = None,
    sized: int | None = None,
    can_fail: bool = False,
    doc: str = "",
) -> Op:
    """Define an operation with its own type rule and its own reverse derivative."""
    return define(
        Op(
            name,
            "general",
            infer,
            reference,
            vjp=vjp,
            jvp=jvp,
            lower=lower,
            sized=sized,
            can_fail=can_fail,
            doc=doc,
        )
    )


def multilinear(
    name: str,
    infer: Callable[..., TensorType],
    reference: Callable[..., Any],
    transpose: Callable[..., tuple[Any, ...]],
    jvp: Callable[..., Any] | None = None,
    lower: Callable[..., Any] | None = None,
    sized: int | None = None,
    doc: str = "",
) -> Op:
    """Define an operation linear in each operand, by its transpose with respect to each.

    Its tangent is the sum of itself over operands of which one is replaced by its tangent; an
    operation linear in all operands at once states its own.
    """
    jvp = jvp or _swapped(name)
    return define(
        Op(
            name,
            "multilinear",
            infer,
            reference,
            vjp=transpose,
            jvp=jvp,
            lower=lower,
            sized=sized,
            doc=doc,
        )
    )


def _swapped(name: str) -> Callable[..., Any]:
    def jvp(tangents: tuple[Any, ...], y: Any, *xs: Any, **attributes: Any) -> Any:
        terms = [
            find(name)(*xs[:k], tangent, *xs[k + 1 :], **attributes)
            for k, tangent in enumerate(tangents)
            if tangent is not None and not isinstance(tangent, int)
        ]
        return find("add")(*terms) if len(terms) > 1 else terms[0]

    return jvp


def sum_to(g: Any, x: Any) -> Any:
    """Sum a cotangent over the dimensions in which an operand of size 1 was stretched."""
    axes = tuple(
        axis
        for axis, (mine, full) in enumerate(zip(x.type.shape, g.type.shape, strict=True))
        if isinstance(mine, int) and mine == 1 and not (isinstance(full, int) and full == 1)
    )
    if not axes:
        return g
    from symc.compiler.ops import reduction, shape

    dtype = g.type.dtype
    total = reduction.sum_(g, axes=axes, dtype=dtype, acc_dtype=accumulator(dtype))
    return shape.keep(total, axes)
