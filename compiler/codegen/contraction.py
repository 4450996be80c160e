"""Contractions as native functions: a thin entry and epilogue around a family they share."""

from __future__ import annotations

from collections.abc import Iterable

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves.family import emit_halves
from symc.compiler.codegen.halves.tile import half_tile
from symc.compiler.codegen.product.cancel import begin
from symc.compiler.codegen.product.epilogue import (
    context_bytes,
    emit_epilogue,
    store_operands,
)
from symc.compiler.codegen.product.family import emit_family
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.scratch import scratch_elements
from symc.compiler.codegen.product.tile import Tile, tile_for
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.target.isa import Target

SIZES = ("batch", "m", "n", "k")
LAST = (("work", "ptr"), ("host", "ptr"), ("polls", "int64"))


def work_bytes(contraction: Contraction, target: Target) -> int:
    """Return the bytes of scratch memory, aligned to 64, that suffice for all sizes.

    A call touches only what its sizes need.
    """
    elements = scratch_elements(_tile(contraction, target))
    return context_bytes(contraction) + elements * ITEMSIZE[contraction.dtype]


def _tile(contraction: Contraction, target: Target) -> Tile:
    if contraction.is_mixed:
        return half_tile(target)
    return tile_for(contraction.dtype, target)


def families(records: Iterable[object]) -> tuple[str, ...]:
    """Return the dtypes of the operands that records multiply, each once, sorted."""
    found = {
        record.factors if isinstance(record, Contraction) else record.dtype
        for record in records
        if isinstance(record, Contraction)
        or (isinstance(record, Factoring) and record.rules.product)
    }
    return tuple(sorted(found))


def emit_shared(b: KernelBuilder, dtype: str, *, export: bool) -> None:
    """Define what all contractions of a dtype share: most of the code, and of the time to compile.

    It depends on the dtype and the target alone. Exported, it may be an object of its own, kept and
    linked; else it belongs in the module of the contractions.
    """
    if dtype == "bfloat16":
        emit_halves(b, half_tile(b.target), export=export)
    else:
        emit_family(b, tile_for(dtype, b.target), export=export)


def emit_contraction(
    b: KernelBuilder, contraction: Contraction, name: str, *, export: bool = True
) -> None:
    """Define one contraction's function; it calls what `emit_shared` defines, here or elsewhere.

    It takes (left, right, operand..., out, batch, m, n, k, work, host, polls): pointers to dense
    arrays and to `work_bytes` of scratch memory, int64 sizes, the host whose threads may share the
    work, or null, and 1 if that host may end a long product early (else 0). Any size may be 0; with
    k = 0 the sums are 0.
    """
    operands = [f"operand{i}" for i in range(len(contraction.operands))]
    pointers = [(x, "ptr") for x in ("left", "right", *operands, "out")]
    sizes = [(x, "int64") for x in SIZES]
    if contraction.epilogue is not None:
        emit_epilogue(b, contraction, _tile(contraction, b.target), f"{name}_finish")
    with b.function(name, [*pointers, *sizes, *LAST], export=export) as parameters:
        _call_family(b, contraction, name, parameters)
        b.ret()


def _call_family(
    b: KernelBuilder, contraction: Contraction, name: str, parameters: list[Register]
) -> None:
    """Fill the frame and call the family's entry: the one for plain products, or the other."""
    left, right, *addresses, out, batch, m, n, k, work, host, polls = parameters
    tile, frame = _tile(contraction, b.target), Frame(b, work)
    one, zero = b.constant("int64", 1), b.constant("int64", 0)
    left_row, left_column = (one, m) if contraction.transpose_left else (k, one)
    right_row, right_column = (one, k) if contraction.transpose_right else (n, one)
    frame.store(left=left, left_row=left_row, left_column=left_column)
    frame.store(right=right, right_row=right_row, right_column=right_column)
    context = b.constant("int64", context_bytes(contraction))
    frame.store(out=out, m=m, n=n, k=k, host=host, context=context)
    begin(frame, batch, polls)
    entry = "plain"
    if contraction.epilogue is not None:
        entry = "batch"
        store_operands(b, frame, addresses)
        frame.store(finish=b.address(f"{name}_finish"), direct=zero)
    scratch = b.offset(work, "uint8", context_bytes(contraction))
    b.call(tile.name(entry), None, [work, batch, scratch])
