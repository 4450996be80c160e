"""Instructions of single processors as MLIR, which has no operations for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen.mlir_text import names, type_of, types
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.symbols import DOT, SYSTEM_CALL

if TYPE_CHECKING:
    from symc.compiler.codegen.mlir_printer import MLIRPrinter

PAIRS = "vector<32xbf16>"


def add_pairs(b: MLIRPrinter, total: Register, x: Register, y: Register) -> Register:
    """Print AVX512-BF16's instruction, which takes words for pairs by their bits."""
    words = [
        b._define("uint32", 16, f"llvm.bitcast {z.name} : {types([z])} to {PAIRS}") for z in (x, y)
    ]
    kind = type_of(total.dtype, total.lanes)
    call = f'llvm.call_intrinsic "{DOT}"({names([total, *words])})'
    kinds = f"({kind}, {PAIRS}, {PAIRS}) -> {kind}"
    return b._define(total.dtype, total.lanes, f"{call} : {kinds}")


def system_call(b: MLIRPrinter, number: Register, first: Register, second: Register) -> Register:
    """Print Linux's instruction, with the registers that it takes and changes."""
    operands = (number, first, second)
    call = f"llvm.inline_asm has_side_effects {SYSTEM_CALL} {names(operands)}"
    return b._define("int64", 0, f"{call} : ({types(operands)}) -> i64")
