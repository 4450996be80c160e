"""The frame: one product's parameters in memory, so that the family's functions take few arguments.

Values are loaded where they are used. Generated code holds more of them than there are registers,
and the compiler would spill them anyway, at more cost.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, Matrix
from symc.compiler.codegen.register import Register
from symc.compiler.dataclass import dataclass

SLOT = 8
FRAME = 320  # bytes

FIELDS = {
    # The contraction's: the function that finishes tiles, and 1 where sums are the output and may
    # be written and continued there.
    "finish": "ptr",
    "direct": "int64",
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
    # The part of the output that is to be computed; the host that may lend threads, or null;
    # whether it may stop the product, and has done so; and the bytes of this frame with what the
    # contraction keeps after it.
    "row_begin": "int64",
    "row_end": "int64",
    "column_begin": "int64",
    "column_end": "int64",
    "host": "ptr",
    "polls": "int64",
    "stopped": "int64",
    "context": "int64",
    # Scratch memory: packed panels of the right operand, a packed block of the left, sums.
    "panels": "ptr",
    "block": "ptr",
    "sums": "ptr",
    # A strip's: its part of k, strides of the left block, the panel, where sums begin and go.
    "depth": "int64",
    "block_row": "int64",
    "block_column": "int64",
    "panel": "ptr",
    "panel_row": "int64",
    "initial_row": "int64",
    "sums_row": "int64",
}
SLOTS = {name: i for i, name in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame at an address of generated code."""

    builder: KernelBuilder
    pointer: Register

    def load(self, field: str) -> Register:
        """Load a field."""
        place = self.builder.offset(self.pointer, "int64", SLOTS[field])
        return self.builder.load(place, FIELDS[field])

    def store(self, **values: Register | Int) -> None:
        """Store fields by name."""
        for field, value in values.items():
            place = self.builder.offset(self.pointer, "int64", SLOTS[field])
            self.builder.store(value.register if isinstance(value, Int) else value, place)

    def size(self, field: str) -> Int:
        """Load an integer field."""
        return Int(self.builder, self.load(field))

    def matrix(self, name: str, dtype: str) -> Matrix:
        """Load 'left', 'right' or another matrix with strides of its own."""
        row, column = self.size(f"{name}_row"), self.size(f"{name}_column")
        return Matrix(self.load(name), dtype, row, column)
