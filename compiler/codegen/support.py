"""The functions that entry points call: the same for every program, so compiled once."""

from __future__ import annotations

from symc.compiler.codegen.arguments import (
    emit_fail,
    emit_mistyped,
    emit_scattered,
    emit_strided,
)
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.moving import emit_clear, emit_copy
from symc.compiler.codegen.spread import emit_poll, emit_spread


def emit_support(b: KernelBuilder, *, export: bool) -> None:
    """Print all; exported, they may be an object of their own, kept and linked."""
    for emit in (emit_fail, emit_scattered, emit_mistyped, emit_strided):
        emit(b, export=export)
    for emit in (emit_poll, emit_copy, emit_clear, emit_spread):
        emit(b, export=export)
