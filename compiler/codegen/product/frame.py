"""The frame: one product's parameters in memory, so that the family's functions take few arguments.

Values are loaded where they are used. Generated code holds more of them than there are registers,
and the compiler would spill them anyway, at more cost.
"""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, Matrix
from symc.compiler.codegen.register import Register

SLOT = 8
FRAME = 576  # bytes

FIELDS = {
    # The contraction's: the function that finishes tiles, and 1 where sums are the output and may
    # be written and continued there.
    "finish": "ptr",
    "direct": "int64",
    # The same function where the product is computed the other way round, and the output's sizes.
    "turned": "ptr",
    "out_rows": "int64",
    "out_columns": "int64",
    # The batch: how many matrices, the operands of the first.
    "batch": "int64",
    "lefts": "ptr",
    "rights": "ptr",
    # The number of the matrix in the batch, and where its sums go if they are the output.
    "matrix": "int64",
    "target": "ptr",
    # The operands (of that matrix) with their strides, the output (of all), and the sizes.
    "left": "ptr",
    "left_row": "int64",
    "left_column": "int64",
    "right": "ptr",
    "right_row": "int64",
    "right_column": "int64",
    "out": "ptr",
    "m": "int64",
    "n": "int64",
    "k": "int64",
    # The host that may lend threads, or null; how many share each matrix, the frames of all but the
    # first, and their distance; whether the product is to end; and the bytes of this frame with
    # what the contraction keeps after it.
    "host": "ptr",
    "threads": "int64",
    "others": "ptr",
    "distance": "int64",
    "stopped": "int64",
    "context": "int64",
    # Whether the right operand is the left one transposed, and one triangle is computed.
    "gram": "int64",
    # What plan.py decides, once a batch.
    "way": "int64",
    "in_place": "int64",
    "pack_left": "int64",
    "slivers": "int64",
    "wide": "int64",
    "deep": "int64",
    "high": "int64",
    "several": "int64",
    # The part of the output that is to be computed, and whether outputs are cut by columns.
    "row_begin": "int64",
    "row_end": "int64",
    "column_begin": "int64",
    "column_end": "int64",
    "by_columns": "int64",
    # A round of the loops over blocks: the first row of all, its columns and rows, those of its
    # columns from which on they are packed, its part of k, whether that is the first and the last;
    # where packed panels lie, and sums that several blocks of k add to.
    "top": "int64",
    "first": "int64",
    "columns": "int64",
    "packed": "int64",
    "span_begin": "int64",
    "span_end": "int64",
    "inner": "int64",
    "depth": "int64",
    "begins": "int64",
    "ends": "int64",
    "panels": "ptr",
    "waiting": "ptr",
    # A strip's: its first row, strides of the left block, the panel and its columns, where sums
    # begin and go.
    "row": "int64",
    "block_row": "int64",
    "block_column": "int64",
    "panel": "ptr",
    "panel_row": "int64",
    "strip_columns": "int64",
    "initial_row": "int64",
    "sums_row": "int64",
    # A thread's own: whether it may stop the product, and scratch memory for packed panels of the
    # right operand, a packed block of the left, sums, and a tile that is turned.
    "polls": "int64",
    "own_panels": "ptr",
    "own_block": "ptr",
    "own_sums": "ptr",
    "own_mirror": "ptr",
}
SLOTS = {name: i for i, name in enumerate(FIELDS)}
OWN, END = SLOTS["polls"], len(FIELDS)
"""The first of the fields that each thread has for itself, and the end of all."""


class Frame(Struct, frozen=True, eq=False):
    """A frame at an address of generated code."""

    builder: KernelBuilder
    pointer: Register

    def load(self, field: str) -> Register:
        """Load a field."""
        place = self.builder.offset(self.pointer, "int64", SLOTS[field])
        return self.builder.load(place, FIELDS[field])

    def store(self, **values: Register | Int | int) -> None:
        """Store fields by name."""
        b = self.builder
        for field, value in values.items():
            number = b.constant("int64", value) if isinstance(value, int) else value
            word = number.register if isinstance(number, Int) else number
            if word.dtype == "bool":
                word = b.cast(word, "int64")
            b.store(word, b.offset(self.pointer, "int64", SLOTS[field]))

    def size(self, field: str) -> Int:
        """Load an integer field."""
        return Int(self.builder, self.load(field))

    def flag(self, field: str) -> Register:
        """Load an integer field as a bool."""
        return self.builder.bit_not(self.size(field).is_(0))

    def matrix(self, name: str, dtype: str) -> Matrix:
        """Load 'left', 'right' or another matrix with strides of its own."""
        row, column = self.size(f"{name}_row"), self.size(f"{name}_column")
        return Matrix(self.load(name), dtype, row, column)
