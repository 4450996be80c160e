"""Keys: unsigned integers whose order is that of the elements they stand for."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import ITEMSIZE, Register, unsigned_of
from symc.compiler.kernel.sorting import Sorting

INFINITY = {"float16": 0x7C00, "float32": 0x7F800000, "float64": 0x7FF0000000000000}


def key_dtype(sorting: Sorting) -> str:
    """Return the dtype of keys."""
    return unsigned_of(sorting.dtype)


def load_key(b: KernelBuilder, sorting: Sorting, source: Register, index: Register) -> Register:
    """Return the key of an element in memory."""
    dtype = key_dtype(sorting)
    bits = b.load(b.offset(source, dtype, index), dtype)
    if sorting.dtype in INFINITY:
        return _float_key(b, sorting, bits)
    if sorting.dtype.startswith("int"):
        return b.bit_xor(bits, _sign(b, dtype))
    return bits


def _sign(b: KernelBuilder, dtype: str) -> Register:
    return b.constant(dtype, 1 << (8 * ITEMSIZE[dtype] - 1))


def _ones(b: KernelBuilder, dtype: str) -> Register:
    return b.constant(dtype, (1 << 8 * ITEMSIZE[dtype]) - 1)


def _float_key(b: KernelBuilder, sorting: Sorting, bits: Register) -> Register:
    """Turn the negative ones' order round; every NaN has the last key.

    Zeros tie where positions are sought; as values, -0.0 keeps its sign and comes first.
    """
    dtype, sign = bits.dtype, _sign(b, bits.dtype)
    if sorting.result == "positions":
        bits = b.select(b.equal(bits, sign), b.constant(dtype, 0), bits)
    size = b.bit_and(bits, b.bit_not(sign))
    turned = b.select(b.greater_equal(bits, sign), b.bit_not(bits), b.bit_xor(bits, sign))
    is_nan = b.greater(size, b.constant(dtype, INFINITY[sorting.dtype]))
    return b.select(is_nan, _ones(b, dtype), turned)


def store_element(
    b: KernelBuilder, sorting: Sorting, key: Register, out: Register, index: Register
) -> None:
    """Store the element that a key stands for."""
    dtype, sign = key.dtype, _sign(b, key.dtype)
    if sorting.dtype in INFINITY:
        key = b.select(b.greater_equal(key, sign), b.bit_xor(key, sign), b.bit_not(key))
    elif sorting.dtype.startswith("int"):
        key = b.bit_xor(key, sign)
    b.store(key, b.offset(out, dtype, index))


def last_key(b: KernelBuilder, sorting: Sorting) -> Register:
    """Return a key that no other comes after."""
    return _ones(b, key_dtype(sorting))
