"""Loads and stores as kernels mean them: bool is a byte, a scalar mask is a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen.register import ITEMSIZE, Register, unsigned_of
from symc.compiler.errors import InternalError

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


WORD, SMALLEST = 4, 16
"""Bytes of the narrowest elements that processors gather, and of vectors that none are."""


def _stored(dtype: str) -> str:
    return "uint8" if dtype == "bool" else dtype


def _check_mask(mask: Register | None, lanes: int) -> None:
    if mask is not None and (mask.dtype, mask.lanes) != ("bool", lanes):
        raise InternalError(f"{mask.dtype} x {mask.lanes} cannot mask {lanes} lanes")


def load(
    b: KernelBuilder, pointer: Register, dtype: str, lanes: int, mask: Register | None
) -> Register:
    """Load `lanes` elements that lie side by side; where the mask is false, 0."""
    _check_mask(mask, lanes)
    stored = _stored(dtype)
    if mask is None or lanes:
        value = b.load_raw(pointer, stored, lanes, mask)
    else:
        (value,) = b.when(
            mask,
            lambda: [b.load_raw(pointer, stored, 0, None)],
            lambda: [b.constant(stored, 0)],
        )
    return b.cast(value, dtype)


def store(b: KernelBuilder, value: Register, pointer: Register, mask: Register | None) -> None:
    """Store elements side by side where the mask is true."""
    _check_mask(mask, value.lanes)
    value = b.cast(value, _stored(value.dtype))
    if mask is None or value.lanes:
        b.store_raw(value, pointer, mask)
    else:
        b.when(mask, lambda: b.store_raw(value, pointer, None))


def stream(b: KernelBuilder, value: Register, pointer: Register) -> None:
    """Store a whole vector past the caches."""
    b.stream_raw(b.cast(value, _stored(value.dtype)), pointer)


def gather(
    b: KernelBuilder, pointer: Register, dtype: str, index: Register, mask: Register | None
) -> Register:
    """Load element index[lane] for each lane; where the mask is false, 0."""
    _check_mask(mask, index.lanes)
    stored = _stored(dtype)
    if not index.lanes:
        return load(b, b.element(pointer, stored, index), dtype, 0, mask)
    if ITEMSIZE[stored] < WORD and b.target.vector_bytes > SMALLEST:
        return b.cast(_gather_in_words(b, pointer, stored, index, mask), dtype)
    return b.cast(b.gather_raw(pointer, stored, index, mask), dtype)


def _gather_in_words(
    b: KernelBuilder, pointer: Register, dtype: str, index: Register, mask: Register | None
) -> Register:
    """Gather the aligned words that narrow elements lie in, and shift these to their ends.

    Processors gather nothing narrower; such a word is in the same page of memory.
    """
    lanes = index.lanes
    place = b.bitcast(b.element(pointer, dtype, index), "uint64")
    number = b.emit("lshr", place, b.constant("uint64", 2, lanes))
    word = b.gather_raw(b.constant("ptr", 0), "uint32", b.bitcast(number, "int64"), mask)
    within = b.cast(b.bit_and(place, b.constant("uint64", WORD - 1, lanes)), "uint32")
    bits = b.emit("shl", within, b.constant("uint32", 3, lanes))
    found = b.cast(b.emit("lshr", word, bits), unsigned_of(dtype))
    return b.bitcast(found, dtype)


def scatter(
    b: KernelBuilder,
    value: Register,
    pointer: Register,
    index: Register,
    mask: Register | None,
) -> None:
    """Store each lane to element index[lane]; of equal indices the highest lane's value stays."""
    if value.lanes != index.lanes:
        raise InternalError(f"cannot scatter {value.lanes} lanes to {index.lanes} addresses")
    _check_mask(mask, index.lanes)
    value = b.cast(value, _stored(value.dtype))
    if not index.lanes:
        store(b, value, b.element(pointer, value.dtype, index), mask)
    else:
        b.scatter_raw(value, pointer, index, mask)
