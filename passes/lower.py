"""Lowering: operations that have a lowering become what they are made of, before fusion."""

from __future__ import annotations

from symc.compiler.value import Value
from symc.passes import rules
from symc.passes.rewrite import Rewriting
from symc.passes.rule import on


@on("pointwise", "multilinear", "general", exact=True)
def lower_operation(value: Value) -> Value | None:
    """Replace an operation by the others that it says it is made of."""
    if value.op.lower is None:
        return None
    return value.op.lower(*value.operands, **dict(value.attributes))  # type: ignore[no-any-return]


@on("block_gradient", exact=True)
def unblock_gradient(value: Value) -> Value | None:
    """Drop what only differentiation asks for."""
    return value.operands[0]


lower = Rewriting("lower", (lower_operation, unblock_gradient, *rules.EXACT))
"""Apply every lowering; what it writes is tidied by the exact rules alone, as nothing may be
turned back into the operation that was lowered."""
