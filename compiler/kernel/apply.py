"""Runs an application of any record of a kernel in NumPy: the oracle's part that knows kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symc.compiler.kernel import contraction, factoring, interpret, sorting
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sorting import Sorting

Array = NDArray[Any]
Results = tuple[Array, ...]
Shapes = Sequence[tuple[int, ...]]
Record = Kernel | Contraction | Factoring | Sorting


def apply(record: Record, operands: Sequence[Array], shapes: Shapes) -> Results:
    """Run a record; the operands are arrays read, arrays replaced, then sizes.

    shapes   of the results, as the application's types say
    """
    if isinstance(record, Contraction):
        return (
            _run_contraction(record, operands[:-4], [int(x) for x in operands[-4:]], shapes[0]),
        )
    if isinstance(record, Sorting):
        rows, length, *places = (int(x) for x in operands[1:])
        ordered = sorting.interpret(record, operands[0].reshape(rows, length), *places)
        return (ordered.reshape(shapes[0]),)
    split = len(operands) - record.sizes
    if isinstance(record, Factoring):
        # Of an orthogonal matrix as many rows are made as the result has.
        return (factoring.interpret(record, *operands[:split])[: shapes[0][0]],)
    return _run_loops(record, operands[:split], [int(x) for x in operands[split:]], shapes)


def _run_contraction(
    record: Contraction, data: Sequence[Array], numbers: Sequence[int], shape: tuple[int, ...]
) -> Array:
    """Give the operands the shapes that a contraction knows: stacks, rows and columns."""
    batch, m, n, k = numbers
    left = data[0].reshape((batch, k, m) if record.transpose_left else (batch, m, k))
    right = data[1].reshape((batch, n, k) if record.transpose_right else (batch, k, n))
    known = {"full": (batch, m, n), "row": (n,), "column": (m,), "scalar": ()}
    extra = [
        x.reshape(known[operand.kind]) for x, operand in zip(data[2:], record.operands, strict=True)
    ]
    return contraction.interpret(record, left, right, *extra).reshape(shape)


def _run_loops(
    record: Kernel, data: Sequence[Array], numbers: Sequence[int], shapes: Shapes
) -> Results:
    size = {f"s{k}": number for k, number in enumerate(numbers)}
    roles = [b.role for b in record.buffers]
    # Arrays read come first among the operands, arrays replaced after them; each in buffer order.
    reads, targets = iter(data), iter(data[roles.count("in") :])
    buffers = []
    for buffer in record.buffers:
        shape = tuple(size[s] if isinstance(s, str) else s for s in buffer.shape)
        given = {"in": reads, "inout": targets}.get(buffer.role)
        array = np.zeros(shape, buffer.dtype) if given is None else next(given).reshape(shape)
        buffers.append(np.array(array, order="C"))
    status = interpret.interpret(record, buffers, numbers)
    if status[0]:
        _, index, length, dimension = (int(x) for x in status)
        raise IndexError(f"index {index} is out of bounds for dimension {dimension} of {length}")
    made = [x for x, role in zip(buffers, roles, strict=True) if role in ("out", "inout")]
    return tuple(x.reshape(shape) for x, shape in zip(made, shapes, strict=True))
