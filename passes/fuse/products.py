"""Matrix products: which become contractions, and what follows them as an epilogue."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.kernel.contraction import Contraction, EpilogueOperand
from symc.compiler.kernel.record import Affine, Body, Index, Scalar
from symc.compiler.op import find
from symc.compiler.sizes import implied
from symc.compiler.types import HALVES, Size
from symc.compiler.value import Value
from symc.passes.fuse.build import make_axes
from symc.passes.fuse.draft import KernelDraft, Misaligned, StageDraft
from symc.passes.fuse.element import Elements
from symc.passes.fuse.group import Domain
from symc.passes.fuse.reasons import MISALIGNED, OTHER_POINTS, Reason
from symc.passes.fuse.roots import stored_factors

PACKED = ("float32", "float64")


class Product(Struct, frozen=True):
    """A contraction with the Values it reads, the Value it makes, and its sizes."""

    contraction: Contraction
    operands: tuple[Value, ...]
    result: Value
    sizes: tuple[Size, Size, Size, Size]


def expand_product(value: Value) -> Value | None:
    """Write a product that no packed kernel takes as a sum of products; None for the others."""
    if value.op.name not in ("dot", "batched_dot"):
        return None
    if value.type.dtype in HALVES:
        return _widened(value)
    x, y = value.operands
    if min(x.type.ndim, y.type.ndim) > 1 and value.type.dtype in PACKED:
        return None
    shuffle, dtype = find("dimshuffle"), value.type.dtype
    if value.op.name == "batched_dot":
        left, right, axis = shuffle(x, order=(0, 1, 2, "x")), shuffle(y, order=(0, "x", 1, 2)), 2
    elif y.type.ndim == 1:
        order = (0,) if x.type.ndim == 1 else ("x", 0)
        left, right, axis = x, shuffle(y, order=order), x.type.ndim - 1
    elif x.type.ndim == 1:
        left, right, axis = shuffle(x, order=(0, "x")), y, 0
    else:
        left, right, axis = shuffle(x, order=(0, 1, "x")), shuffle(y, order=("x", 0, 1)), 1
    terms = find("multiply")(left, right)
    return find("sum")(terms, axes=(axis,), dtype=dtype, acc_dtype=dtype)  # type: ignore[no-any-return]


def _widened(value: Value) -> Value:
    """Write a product of narrow floats as one of float32 that is rounded at its end."""
    cast = find("cast")
    wide = value.op(*(cast(x, dtype="float32") for x in value.operands))
    return cast(expand_product(wide) or wide, dtype=value.type.dtype)  # type: ignore[no-any-return]


def make_product(
    value: Value,
    result: Value,
    body: Body | None,
    extra: tuple[Value, ...],
    kinds: tuple[EpilogueOperand, ...],
) -> Product:
    """Return the contraction that computes a product and, from it, the result."""
    factors, ((left, flip_left), (right, flip_right)) = stored_factors(value)
    contraction = Contraction(
        dtype=value.type.dtype,
        transpose_left=flip_left,
        transpose_right=flip_right,
        epilogue=body,
        operands=kinds,
        out_dtype=result.type.dtype,
        factors=factors,
    )
    batch: Size = 1 if value.op.name == "dot" else value.type.shape[0]
    inner = value.operands[0].type.shape[-1]
    sizes = (batch, value.type.shape[-2], value.type.shape[-1], inner)
    return Product(contraction, (left, right, *extra), result, sizes)


def bare_product(value: Value) -> Product:
    """Return a product without an epilogue."""
    return make_product(value, value, None, (), ())


def with_epilogue(value: Value, result: Value, roots: set[Value]) -> Product | Reason:
    """Return the product that computes a pointwise result on its hot tile, or why it cannot."""
    if not _same_shape(value, result):  # its first rows are at the same points
        return OTHER_POINTS
    draft = KernelDraft()
    axes = make_axes(draft, Domain(result.type.shape, None))
    stage = StageDraft(draft, ())

    def held(
        s: StageDraft, v: Value, index: tuple[Index, ...] | None, guard: int | None
    ) -> int | None:
        if v is value:
            if index != axes.index or guard is not None:
                raise Misaligned("the product is read at another point")
            return s.scalar("parameter", (), v.type.dtype, 0)
        if index is not None and v in roots and v is not result:
            return Elements(s, lambda *_: None).load(v, index, guard)
        return None

    try:
        position = Elements(stage, held).at(result, axes.index)
        body, buffers, kinds = _to_body(stage, position, value, axes.index)
    except Misaligned as error:
        return MISALIGNED.of(error)
    extra = tuple(draft.buffers[b].value for b in buffers)
    return make_product(value, result, body, extra, kinds)


def _same_shape(value: Value, result: Value) -> bool:
    pairs = zip(value.type.shape, result.type.shape, strict=False)
    return value.type.ndim == result.type.ndim and all(implied(a, b) for a, b in pairs)


def _to_body(
    stage: StageDraft, position: int, value: Value, full: tuple[Affine, ...]
) -> tuple[Body, list[int], tuple[EpilogueOperand, ...]]:
    """Turn a stage's scalars into a body whose reads are parameters."""
    buffers: list[int] = []
    kinds: list[EpilogueOperand] = []
    scalars: list[Scalar] = []
    for scalar in stage.scalars:
        if scalar.op in ("axis", "size"):
            raise Misaligned("an epilogue knows neither indices nor sizes")
        if scalar.op == "read":
            kind = _operand_kind(scalar.attribute.index, scalar.attribute.guard, full)
            scalars.append(Scalar("parameter", (), scalar.dtype, len(buffers) + 1))
            buffers.append(scalar.attribute.buffer)
            kinds.append(EpilogueOperand(scalar.dtype, kind))  # type: ignore[arg-type]
        else:
            scalars.append(scalar)
    dtypes = (value.type.dtype, *(k.dtype for k in kinds))
    return Body(dtypes, tuple(scalars), (position,)), buffers, tuple(kinds)


def _operand_kind(index: tuple[Index, ...], guard: int | None, full: tuple[Affine, ...]) -> str:
    long = tuple(i for i in full if i.terms)
    if guard is not None:
        raise Misaligned("a guarded read")
    if index == long:
        return "full"
    if not index:
        return "scalar"
    if len(full) == 2 and index == (full[1],):
        return "row"
    if len(full) == 2 and index == (full[0],):
        return "column"
    raise Misaligned("a read at a place the tile does not have")
