"""Python calls from a compiled function: what no operation of the language says.

A call is a Value of its own, the vector of all sizes of its results, since these may be known only
after it has run; each result is read by a second Value whose type has those sizes. So sizes stay
what they are elsewhere, numbers or 0-d Values.

Objects that are no tensors travel as handles: a 0-d int64 that callees make and take, over a table
which is theirs and lives as long as the call of the function.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from symc.compiler import sizes
from symc.compiler.errors import InternalError, ShapeMismatch, TypeMismatch
from symc.compiler.op import Op, Operand, define
from symc.compiler.ops.shape import dimshuffle, slice_
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Context, Value

Array = NDArray[Any]
Run = Callable[[list[Array]], Sequence[Any]]
Pattern = tuple[bool, ...]
Results = tuple[tuple[str, int], ...]


class Derivative(Protocol):
    """How a Python call is differentiated, told by the front end."""

    def connections(self) -> list[list[bool]]:
        """Return for each operand whether each result depends on it."""

    def pull(
        self, call: Value, results: Mapping[int, Value], received: Mapping[int, Value | None]
    ) -> list[Any]:
        """Return what each operand receives: a Value, Undefined, or None.

        results    of the call, by their places
        received   what has come to those that something depends on; None for zero
        """


class Callee(Struct, frozen=True, eq=False):
    """What is called: callees with equal names and keys are one, so that equal calls merge.

    name   how errors and text call it
    run    takes read-only arrays, which it may not keep, and returns an array for each result; an
           exception that it raises comes out of the call of the function as it is
    key    what equality goes by: as a rule the user's operation
    derivative   how it is differentiated in the step of a loop; None where it cannot be
    """

    name: str
    run: Run
    key: Hashable = None
    derivative: Derivative | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Callee) and (self.name, self.key) == (other.name, other.key)

    def __hash__(self) -> int:
        return hash((self.name, self.key))


def call_python(
    operands: Sequence[Value],
    callee: Callee,
    types: Sequence[tuple[str, Pattern]],
    shapes: Sequence[tuple[Size, ...] | None],
    context: Context | None = None,
) -> list[Value]:
    """Return the results of a Python call in a compiled function.

    types     of each result the dtype, and which dimensions have size 1
    shapes    of each result its sizes; None where they are known only after the call
    context   where the results belong, needed if there are no operands

    The call is made when one of its results is needed; calls with equal callees and operands are
    one. Raises ShapeMismatch when the function runs and a result has other sizes than stated.
    """
    context = context or operands[0].context
    results = tuple((dtype, len(pattern)) for dtype, pattern in types)
    attributes = {"callee": callee, "results": results}
    made = context.make(python, tuple(operands), tuple(sorted(attributes.items())))
    found = []
    for k, ((dtype, pattern), shape) in enumerate(zip(types, shapes, strict=True)):
        first = sum(rank for _, rank in results[:k])
        stated = _measured(made, first, len(pattern)) if shape is None else shape
        known = [
            1 if one else size for one, size in zip(pattern, _fitting(stated, pattern), strict=True)
        ]
        wanted = tuple(context.size_value(size) for size in known)
        found.append(python_result(made, *wanted, dtype=dtype, index=k))
    return found


def _fitting(shape: tuple[Size, ...], pattern: Pattern) -> tuple[Size, ...]:
    if len(shape) != len(pattern):
        raise InternalError(f"the sizes {shape} are not those of a result of rank {len(pattern)}")
    return shape


def _measured(call: Value, first: int, rank: int) -> tuple[Size, ...]:
    """Return the sizes of one result, read from the call's vector of sizes."""
    return tuple(_element(call, first + axis) for axis in range(rank))


def _element(vector: Value, place: int) -> Size:
    value = vector.context.size_value
    one = slice_(vector, value(place), value(1), steps=(1,))
    return sizes.maximum(dimshuffle(one, order=()).as_size(), 0)


def perform(call: Value, operands: Sequence[Array]) -> list[Array]:
    """Make a call and return its results in C order, each shared with nobody.

    Raises TypeMismatch where their number, dtypes or ranks are not as stated.
    """
    arrays = [_protected(x) for x in operands]
    return results_of(call.attribute("callee"), call.attribute("results"), arrays)


def results_of(callee: Callee, results: Results, arrays: list[Array]) -> list[Array]:
    """Do as `perform` with arrays that are the callee's own and cannot be written."""
    made = callee.run(arrays)
    if len(made) != len(results):
        raise TypeMismatch(f"{callee.name}: returned {len(made)} results, not {len(results)}")
    return [_result(callee, k, x, *results[k]) for k, x in enumerate(made)]


def _protected(array: Array) -> Array:
    """Return a copy that cannot be written, so that a callee may even keep it."""
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy


def _result(callee: Callee, index: int, made: Any, dtype: str, rank: int) -> Array:
    array = np.asarray(made)
    if str(array.dtype) != dtype or array.ndim != rank:
        raise TypeMismatch(
            f"{callee.name}: result {index} is {array.dtype} of rank {array.ndim}, "
            f"not {dtype} of rank {rank}"
        )
    return np.array(array, order="C")


def sizes_of(results: Sequence[Array]) -> Array:
    """Return the vector of all sizes of some results."""
    return np.array([size for x in results for size in x.shape], "int64")


def received(result: Value, array: Array, shape: tuple[int, ...]) -> Array:
    """Return a result of a call; raise ShapeMismatch where its sizes are not those stated."""
    if array.shape != shape:
        name = result.operands[0].attribute("callee").name
        dimension = next(k for k, size in enumerate(shape) if array.shape[k] != size)
        raise ShapeMismatch(
            mismatch(
                name,
                result.attribute("index"),
                dimension,
                array.shape[dimension],
                shape[dimension],
            )
        )
    return array


def mismatch(name: str, index: int, dimension: int, got: int, stated: int) -> str:
    """Say that a result has another size than was stated."""
    return f"{name}: dimension {dimension} of result {index} is {got}, not {stated} as stated"


# --- the operations


def _infer_python(
    *operands: Operand, callee: Callee, results: tuple[tuple[str, int], ...]
) -> TensorType:
    return TensorType("int64", (sum(rank for _, rank in results),))


def _infer_result(call: Operand, *shape: Operand, dtype: str, index: int) -> TensorType:
    return TensorType(dtype, tuple(size.as_size() for size in shape))


def _no_formula(*arrays: Any, **attributes: Any) -> Any:
    raise InternalError("a Python call has no formula")


python = define(
    Op(
        "python",
        "foreign",
        _infer_python,
        _no_formula,
        can_fail=True,
        doc="Call a Python function on arrays; the value is the vector of its results' sizes.",
    )
)
python_result = define(
    Op(
        "python_result",
        "foreign",
        _infer_result,
        _no_formula,
        sized=1,
        can_fail=True,
        doc="Read one result of a Python call; operands are the call, then the sizes.",
    )
)
