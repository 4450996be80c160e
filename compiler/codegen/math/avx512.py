"""Instructions that AVX-512 alone has and elementary functions are shorter with.

Each has a meaning in other operations too, with the same bits, which callers use where `has` is
false.
"""

from __future__ import annotations

from symc.compiler.codegen.math.number import Number
from symc.compiler.codegen.register import Register

SUFFIX = {"float32": "ps", "float64": "pd"}
WIDEST = 512
POSITIVE_MANTISSA = 0b1100
"""Makes a mantissa from 1 to 2, of negative numbers NaN."""
CURRENT_ROUNDING = 4


def has(x: Number) -> bool:
    """Tell whether the target has these instructions for registers like x."""
    lanes = x.register.lanes
    return x.builder.target.has_avx512 and lanes * x.register.bits in (128, 256, WIDEST)


def times_power(x: Number, exponent: Number) -> Number:
    """Return x * 2**floor(exponent), rounded once."""
    return _call("scalef", x, x.register, exponent.register, x.register)


def exponent_of(x: Number) -> Number:
    """Return floor(log2 |x|), -infinity of 0 and infinity of infinity."""
    return _call("getexp", x, x.register, x.register)


def mantissa_of(x: Number) -> Number:
    """Return |x| / 2**exponent_of(x), 1 of 0 and infinity; NaN of negative numbers."""
    kind = x.builder.constant("int32", POSITIVE_MANTISSA)
    return _call("getmant", x, x.register, kind, x.register)


def _call(name: str, x: Number, *operands: Register) -> Number:
    """Call a masked intrinsic with all lanes chosen; the widest take a way of rounding too."""
    b, lanes = x.builder, x.register.lanes
    bits = lanes * x.register.bits
    every = b.constant(f"int{max(lanes, 8)}", -1)
    rounding = (b.constant("int32", CURRENT_ROUNDING),) if bits == WIDEST else ()
    symbol = f"llvm.x86.avx512.mask.{name}.{SUFFIX[x.dtype]}.{bits}"
    (result,) = b.call_symbol(symbol, (x.dtype, lanes), (*operands, every, *rounding))
    return Number(b, result)


def pick(table: Number, place: Number) -> Number:
    """Return table[place % 16] of sixteen float32 lanes."""
    name = "llvm.x86.avx512.permvar.sf.512"
    return _direct(name, table, table.register, place.register)


def pick_of_two(first: Number, second: Number, place: Number) -> Number:
    """Return lanes of two tables of eight, the second's where place % 16 is above 7."""
    bits = first.register.lanes * first.register.bits
    name = f"llvm.x86.avx512.vpermi2var.{SUFFIX[first.dtype]}.{bits}"
    return _direct(name, first, first.register, place.register, second.register)


def has_pick_of_eight(x: Number) -> bool:
    """Tell whether the target picks of eight float32 lanes; AVX2 does."""
    target = x.builder.target
    is_wide = target.vector_bytes == 32 and target.triple.startswith("x86")
    return is_wide and x.dtype == "float32" and x.register.lanes == 8


def pick_of_eight(table: Number, place: Number) -> Number:
    """Return table[place % 8] of eight float32 lanes."""
    return _direct("llvm.x86.avx2.permps", table, table.register, place.register)


def _direct(symbol: str, like: Number, *operands: Register) -> Number:
    b = like.builder
    (result,) = b.call_symbol(symbol, (like.dtype, like.register.lanes), operands)
    return Number(b, result)
