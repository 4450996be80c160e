"""Keys: unsigned integers whose order is that of the elements they stand for."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import ITEMSIZE, Register, unsigned_of
from symc.compiler.kernel.sorting import Sorting

INFINITY = {
    "float16": 0x7C00,
    "bfloat16": 0x7F80,
    "float32": 0x7F800000,
    "float64": 0x7FF0000000000000,
}
"""The bits of infinity: larger ones are NaN."""


def key_dtype(sorting: Sorting) -> str:
    """Return the dtype of keys."""
    return unsigned_of(sorting.dtype)


def load_key(b: KernelBuilder, sorting: Sorting, source: Register, index: Register) -> Register:
    """Return the key of an element in memory."""
    dtype = key_dtype(sorting)
    return key_of(b, sorting, b.load(b.offset(source, dtype, index), dtype))


def key_of(b: KernelBuilder, sorting: Sorting, bits: Register) -> Register:
    """Return the key of an element's bits."""
    if sorting.dtype in INFINITY:
        return _float_key(b, sorting, bits)
    return b.bit_xor(bits, _sign(b, bits)) if sorting.dtype.startswith("int") else bits


def _sign(b: KernelBuilder, like: Register) -> Register:
    return b.constant(like.dtype, 1 << (like.bits - 1), like.lanes)


def _ones(b: KernelBuilder, like: Register) -> Register:
    return b.constant(like.dtype, (1 << like.bits) - 1, like.lanes)


def _float_key(b: KernelBuilder, sorting: Sorting, bits: Register) -> Register:
    """Turn the negative ones' order round; every NaN has the last key.

    Zeros tie where positions are sought; as values, -0.0 keeps its sign and comes first.
    """
    dtype, lanes, sign = bits.dtype, bits.lanes, _sign(b, bits)
    if sorting.result == "positions":
        bits = b.select(b.equal(bits, sign), b.constant(dtype, 0, lanes), bits)
    size = b.bit_and(bits, b.bit_not(sign))
    turned = b.select(b.greater_equal(bits, sign), b.bit_not(bits), b.bit_xor(bits, sign))
    is_nan = b.greater(size, b.constant(dtype, INFINITY[sorting.dtype], lanes))
    return b.select(is_nan, _ones(b, bits), turned)


def element_of(b: KernelBuilder, sorting: Sorting, key: Register) -> Register:
    """Return the bits of the element that a key stands for."""
    sign = _sign(b, key)
    if sorting.dtype in INFINITY:
        return b.select(b.greater_equal(key, sign), b.bit_xor(key, sign), b.bit_not(key))
    return b.bit_xor(key, sign) if sorting.dtype.startswith("int") else key


def store_element(
    b: KernelBuilder, sorting: Sorting, key: Register, out: Register, index: Register
) -> None:
    """Store the element that a key stands for."""
    b.store(element_of(b, sorting, key), b.offset(out, key.dtype, index))


def last_key(b: KernelBuilder, sorting: Sorting) -> Register:
    """Return a key that no other comes after."""
    return b.constant(key_dtype(sorting), (1 << 8 * ITEMSIZE[key_dtype(sorting)]) - 1)
