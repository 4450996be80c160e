"""How the family calls a contraction back: to write finished sums to the output."""

from __future__ import annotations

from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int
from symc.compiler.codegen.register import Register

ONE = (("frame", "ptr"),)
"""The parameters of functions that find all in the frame."""

# What a contraction supplies: writes a tile of finished sums to the output.
FINISH = (
    ("frame", "ptr"),
    ("sums", "ptr"),
    ("sums_row", "int64"),
    ("rows", "int64"),
    ("columns", "int64"),
    ("first_row", "int64"),
    ("first_column", "int64"),
)


def call_finish(frame: Frame, sums: Register, *sizes: Int) -> None:
    """Let the contraction finish a tile; `sizes` are FINISH's from sums_row on."""
    arguments = [frame.pointer, sums, *(size.register for size in sizes)]
    frame.builder.call_pointer(frame.load("finish"), None, arguments)
