"""Registers: the typed values that a kernel builder hands around."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.errors import InternalError

ITEMSIZE = {
    "bool": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "uint8": 1,
    "uint16": 2,
    "uint32": 4,
    "uint64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "ptr": 8,
}

KIND = {
    "bool": "bool",
    "int8": "signed",
    "int16": "signed",
    "int32": "signed",
    "int64": "signed",
    "uint8": "unsigned",
    "uint16": "unsigned",
    "uint32": "unsigned",
    "uint64": "unsigned",
    "float16": "narrow",
    "bfloat16": "narrow",
    "float32": "float",
    "float64": "float",
    "ptr": "ptr",
}


class Register(Struct, frozen=True):
    """A value in the text of a printer.

    name    the printer's spelling of it
    dtype   a key of ITEMSIZE; bool is one bit here and a byte in memory
    lanes   how many elements it holds side by side; 0 for a scalar
    """

    name: str
    dtype: str
    lanes: int = 0

    @property
    def kind(self) -> str:
        """Return 'bool', 'signed', 'unsigned', 'narrow', 'float' or 'ptr'."""
        return KIND[self.dtype]

    @property
    def bits(self) -> int:
        """Return the width of one element in memory."""
        return 8 * ITEMSIZE[self.dtype]


WORD = 8
"""Bytes in which the memory of a function is counted."""


def words(dtype: str, count: int) -> int:
    """Return the words that so many elements take."""
    return -(-count * ITEMSIZE[dtype] // WORD)


def integer_of(dtype: str) -> str:
    """Return the signed integer dtype as wide as `dtype`."""
    return f"int{8 * ITEMSIZE[dtype]}"


def unsigned_of(dtype: str) -> str:
    """Return the unsigned integer dtype as wide as `dtype`."""
    return f"uint{8 * ITEMSIZE[dtype]}"


def limits(dtype: str) -> tuple[int, int]:
    """Return the least and the greatest value of an integer dtype."""
    bits = 8 * ITEMSIZE[dtype]
    if KIND[dtype] == "signed":
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def require_same(operation: str, *registers: Register) -> None:
    """Raise unless all registers have one dtype and one lane count."""
    first = registers[0]
    for other in registers[1:]:
        if (other.dtype, other.lanes) != (first.dtype, first.lanes):
            shown = ", ".join(f"{r.name}: {r.dtype} x {r.lanes}" for r in registers)
            raise InternalError(f"{operation} needs operands of one type, got {shown}")


def require_kind(operation: str, x: Register, *kinds: str) -> None:
    """Raise unless a register is of one of the kinds."""
    if x.kind not in kinds:
        raise InternalError(f"no {operation} of {x.dtype}")


def whole(dtype: str, value: float) -> int:
    """Return a constant of an integer dtype as an int; raise if it is not one of its numbers."""
    number = int(value)
    least, greatest = limits(dtype)
    if number != value or not least <= number <= greatest:
        raise InternalError(f"{value} is no {dtype}")
    return number
