"""Prints the function that finds the words for a failure, and the table it looks in."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from symc.compiler.artifact.failures import Explanation
from symc.compiler.artifact.interface import Signature
from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import Fields
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register

ROW = struct.Struct("<iiiiiI")
"""code, argument, site, offset of `where` in the text or -1, offset of `what`, nothing."""


def describe_symbol(signature: Signature) -> str:
    """Return the name of the function that explains a function's failures."""
    return f"symc_describe_{signature.name}"


def _table(explained: Sequence[Explanation]) -> tuple[bytes, bytes]:
    """Return the rows, and the text that they point into."""
    text, offsets, rows = bytearray(), {"": -1}, bytearray()

    def place(words: str) -> int:
        if words not in offsets:
            offsets[words] = len(text)
            text.extend(words.encode() + b"\0")
        return offsets[words]

    for row in explained:
        rows += ROW.pack(row.code, row.arg, row.site, place(row.where), place(row.what), 0)
    return bytes(rows), bytes(text)


def emit_describe(b: KernelBuilder, signature: Signature, explained: Sequence[Explanation]) -> None:
    """Print the function that finds the words for the failure that the host's error holds."""
    rows, text = _table(explained)
    parameters = (("host", "ptr"), ("status", "int32"))
    with b.function(describe_symbol(signature), parameters, None, export=False) as (host, status):
        fields, null = Fields(b), b.constant("ptr", 0)

        def look() -> None:
            error = fields.load(host, abi.HOST_ERROR, "ptr")
            b.when(b.not_equal(error, null), lambda: fill(error))

        def fill(error: Register) -> None:
            wanted = [
                fields.load(error, at, "int32")
                for at in (abi.ERROR_CODE, abi.ERROR_ARG, abi.ERROR_SITE)
            ]
            # Where there is a site, arg is the number of a step, which is not asked for.
            known = b.greater_equal(wanted[2], b.constant("int32", 0))
            wanted[1] = b.select(known, b.constant("int32", -1), wanted[1])
            where, what = _search(b, b.data(rows, 8), len(explained), wanted)
            words = b.data(text, 1)
            for offset, field in ((where, abi.ERROR_WHERE), (what, abi.ERROR_WHAT)):
                none = b.less(offset, b.constant("int32", 0))
                address = b.offset(words, "uint8", b.cast(offset, "int64"))
                fields.store(b.select(none, null, address), error, field)

        readable = b.not_equal(status, b.constant("int32", abi.E_ABI))
        b.when(b.bit_and(readable, b.not_equal(host, null)), look)
        b.ret()


def _search(
    b: KernelBuilder, rows: Register, count: int, wanted: Sequence[Register]
) -> list[Register]:
    """Return the two offsets in the row with the wanted code, argument and site, else -1."""
    fields, none = Fields(b), b.constant("int32", -1)

    def compare(k: Register, carried: list[Register]) -> list[Register]:
        row = b.offset(rows, "uint8", b.multiply(k, fields.number(ROW.size)))
        same = [b.equal(fields.load(row, 4 * i, "int32"), x) for i, x in enumerate(wanted)]
        hit = b.bit_and(b.bit_and(same[0], same[1]), same[2])
        found = [fields.load(row, at, "int32") for at in (12, 16)]
        return [b.select(hit, new, old) for new, old in zip(found, carried, strict=True)]

    zero, step = fields.number(0), fields.number(1)
    return b.loop(zero, fields.number(count), step, [none, none], compare)
