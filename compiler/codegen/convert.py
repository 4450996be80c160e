"""Conversions between dtypes, defined for every input and alike on every target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen import narrow
from symc.compiler.codegen.register import ITEMSIZE, KIND, Register, limits
from symc.compiler.errors import InternalError

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


EXACT = {"float32": 1 << 24, "float64": 1 << 53}
"""Up to where floats hold every integer."""
UNSURE = (1 << 11) - 1
"""The bits of an integer of 64 that a float of as many may have no room for."""


def cast(b: KernelBuilder, x: Register, dtype: str) -> Register:
    """Convert numerically.

    Floats go to integers towards zero; what does not fit becomes the nearest integer that does,
    and NaN becomes 0. Anything to bool is x != 0. Integers wrap. Floats round to nearest even.
    """
    if x.dtype == dtype:
        return x
    if "ptr" in (x.dtype, dtype):
        raise InternalError(f"cannot cast {x.dtype} to {dtype}; bitcast a pointer instead")
    if dtype == "bool":
        return _to_bool(b, x)
    if x.dtype == "bool":
        return _from_bool(b, x, dtype)
    if x.kind == "narrow":
        return cast(b, narrow.widen(b, x), dtype)
    if KIND[dtype] == "narrow":
        return narrow.shorten(b, _for_narrow(b, x, dtype), dtype)
    if x.kind == "float":
        return _from_float(b, x, dtype)
    return _from_integer(b, x, dtype)


def _to_bool(b: KernelBuilder, x: Register) -> Register:
    if x.kind == "narrow":
        x = narrow.widen(b, x)
    return b.not_equal(x, b.constant(x.dtype, 0, x.lanes))


def _from_bool(b: KernelBuilder, x: Register, dtype: str) -> Register:
    if KIND[dtype] == "narrow":
        return narrow.shorten(b, _from_bool(b, x, "float32"), dtype)
    return b.select(x, b.constant(dtype, 1, x.lanes), b.constant(dtype, 0, x.lanes))


def _for_narrow(b: KernelBuilder, x: Register, dtype: str) -> Register:
    """Return x as float32 such that rounding once more gives the nearest narrow float.

    Integers beyond 2**24, which float32 would round, are infinite as float16.
    """
    if dtype == "bfloat16" and x.kind != "float" and ITEMSIZE[x.dtype] > 2:
        x = _between(b, x) if ITEMSIZE[x.dtype] > 4 else cast(b, x, "float64")
    if x.dtype == "float64":
        return narrow.round_to_odd(b, x)
    return cast(b, x, "float32")


def _between(b: KernelBuilder, x: Register) -> Register:
    """Return an integer of 64 bits as a float64 that lies between the same bfloat16.

    Where it may not fit, its low bits give way to one that says whether any of them was set.
    """

    def word(value: int) -> Register:
        return b.constant(x.dtype, value, x.lanes)

    low = b.bit_and(x, word(UNSURE))
    mark = b.select(b.equal(low, word(0)), word(0), word(UNSURE // 2 + 1))
    marked = b.bit_or(b.subtract(x, low), mark)
    small = b.less(x, word(1 << 53))
    if x.kind == "signed":
        small = b.bit_and(small, b.greater(x, word(-(1 << 53))))
    return cast(b, b.select(small, x, marked), "float64")


def _from_integer(b: KernelBuilder, x: Register, dtype: str) -> Register:
    if KIND[dtype] == "float":
        return b.emit("sitofp" if x.kind == "signed" else "uitofp", x, dtype=dtype)
    if ITEMSIZE[dtype] < ITEMSIZE[x.dtype]:
        return b.emit("trunc", x, dtype=dtype)
    if ITEMSIZE[dtype] == ITEMSIZE[x.dtype]:
        return b.bitcast(x, dtype)
    return b.emit("sext" if x.kind == "signed" else "zext", x, dtype=dtype)


def _from_float(b: KernelBuilder, x: Register, dtype: str) -> Register:
    if KIND[dtype] == "float":
        return b.emit("fpext" if dtype == "float64" else "fptrunc", x, dtype=dtype)
    least, greatest = limits(dtype)
    if greatest < EXACT[x.dtype]:
        return _from_wider_float(b, x, dtype)
    low = b.constant(x.dtype, float(least), x.lanes)
    high = b.constant(x.dtype, float(greatest + 1), x.lanes)
    inside = b.bit_and(b.greater_equal(x, low), b.less(x, high))
    safe = b.select(inside, x, b.constant(x.dtype, 0, x.lanes))
    result = b.emit("fptosi" if KIND[dtype] == "signed" else "fptoui", safe, dtype=dtype)
    above = b.constant(dtype, greatest, x.lanes)
    result = b.select(b.greater_equal(x, high), above, result)
    return b.select(b.less(x, low), b.constant(dtype, least, x.lanes), result)


def _from_wider_float(b: KernelBuilder, x: Register, dtype: str) -> Register:
    """Convert to integers whose ends are floats: what is beyond them is the same as they are."""
    least, greatest = (b.constant(x.dtype, float(end), x.lanes) for end in limits(dtype))
    x = b.select(b.is_nan(x), b.constant(x.dtype, 0.0, x.lanes), x)
    x = b.select(b.less(x, greatest), x, greatest)
    x = b.select(b.greater(x, least), x, least)
    if ITEMSIZE[dtype] < ITEMSIZE["int32"]:
        return _from_integer(b, b.emit("fptosi", x, dtype="int32"), dtype)
    return b.emit("fptosi" if KIND[dtype] == "signed" else "fptoui", x, dtype=dtype)


def bitcast(b: KernelBuilder, x: Register, dtype: str) -> Register:
    """Return the same bits as another dtype of the same width."""
    if ITEMSIZE[dtype] != ITEMSIZE[x.dtype] or "bool" in (x.dtype, dtype):
        raise InternalError(f"cannot bitcast {x.dtype} to {dtype}")
    if "ptr" in (x.dtype, dtype) and x.dtype != dtype:
        return b.emit("ptrtoint" if x.dtype == "ptr" else "inttoptr", x, dtype=dtype)
    if _class(x.dtype) == _class(dtype):
        return b.emit("relabel", x, dtype=dtype)
    return b.emit("bitcast", x, dtype=dtype)


def _class(dtype: str) -> str:
    """Return 'float' or 'word': printers keep narrow floats and both signs as plain words."""
    return "float" if KIND[dtype] == "float" else "word"
