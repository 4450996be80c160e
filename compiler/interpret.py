"""The oracle: runs a module in NumPy, one value after the other, by the operations' references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symc.compiler import stepping
from symc.compiler.bfloat import convert, refer
from symc.compiler.errors import InternalError, ShapeMismatch, TypeMismatch
from symc.compiler.module import Module, Parameter, walk_with_sizes
from symc.compiler.ops import foreign
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Check, Value

Array = NDArray[Any]
Results = tuple[Array, ...]


def interpret(
    module: Module, inputs: Sequence[Any], states: Sequence[Any] = ()
) -> tuple[list[Array], list[Array]]:
    """Run a module and return its outputs and all its states' new arrays.

    inputs and states are arrays in the order of the parameters; none of them is written or shared.
    Raise TypeMismatch or ShapeMismatch where they do not fit, and what fallible operations raise.
    """
    run = Run(module, (*inputs, *states))
    for check in module.checks:
        run.check(check)
    run.compute(module.roots())
    outputs = [_fresh(run.value(value)) for value in module.outputs]
    new = [_fresh(array) for array in run.arrays]
    for index, value in module.updates:
        new[index] = _fresh(run.value(value))
    return outputs, [
        array for array, p in zip(new, module.parameters, strict=True) if p.kind == "state"
    ]


def fold(value: Value) -> Value | None:
    """Return the constant that a value of constants is; None where it is not one, or fails."""
    if value.op.family in ("leaf", "foreign", "loop") or not all(
        x.is_constant for x in value.operands
    ):
        return None
    if value.results or any(isinstance(size, Value) for size in value.type.shape):
        return None
    try:
        array = evaluate(value, [x.data for x in value.operands])
    except (ValueError, IndexError, ArithmeticError):
        return None  # it would fail at run time too, and then with the user's line
    return value.context.constant(array, value.type.dtype)


def evaluate(value: Value, operands: Sequence[Array]) -> Array:
    """Compute one value from its operands' arrays, in the dtype of its type."""
    with np.errstate(all="ignore"):
        result = refer(value.op, operands, dict(value.attributes))
        return convert(result, value.type.dtype)


def _fresh(array: Array) -> Array:
    return np.array(array, order="C")


class Run:
    """One call of a module: the arrays of the values computed so far.

    steps   the numbers of the steps that it stands in, from the outermost loop in
    """

    def __init__(self, module: Module, arrays: Sequence[Any]) -> None:
        if len(arrays) != len(module.parameters):
            expected = len(module.parameters)
            raise TypeMismatch(f"{module.name}: takes {expected} arrays, not {len(arrays)}")
        self.module = module
        self.arrays = [
            _bind(p, k, np.asarray(array))
            for k, (p, array) in enumerate(zip(module.parameters, arrays, strict=True))
        ]
        self.known: dict[Value, Results] = {}
        self.steps: tuple[int, ...] = ()
        self.measured = {**module.context.definitions, **dict(module.rewritten)}

    def check(self, check: Check) -> None:
        """Raise ShapeMismatch unless the two sizes of a check are equal."""
        left, right = self.size(check.left), self.size(check.right)
        if left != right:
            line = f" ({self.module.sites[check.site]})" if self._has_line(check.site) else ""
            raise ShapeMismatch(f"{check.what}: {left} is not {right}{line}")

    def _has_line(self, site: int) -> bool:
        return 0 <= site < len(self.module.sites)

    def size(self, size: Size) -> int:
        """Return a size as a number."""
        if size is None:
            raise InternalError("a size of the user's layer reached the interpreter")
        return int(self.value(size)) if isinstance(size, Value) else size

    def value(self, root: Value) -> Array:
        """Return a value's array, computing first what it needs."""
        if root not in self.known:
            self.compute((root,))
        return self.known[root][0]

    def compute(self, roots: Sequence[Value]) -> None:
        """Compute values and all that they need, in order."""
        self.compute_all(walk_with_sizes(roots))

    def compute_all(self, values: Iterable[Value]) -> None:
        """Compute values that come after all that they need."""
        for value in values:
            if value not in self.known:
                self.known[value] = self._compute(value)

    def _compute(self, value: Value) -> Results:
        results = self._results(value)
        # Of these the value is one number; the arrays that they made lie behind.
        strict = value.op.name not in ("python", "loop", "branch")
        for array, type in zip(results, value.results or (value.type,), strict=strict):
            self._require(value, type, array)
        return results

    def _results(self, value: Value) -> Results:
        operands = [self.known[x][0] for x in value.operands]
        match value.op.name:
            case "parameter":
                return (self.arrays[value.attribute("index")],)
            case "dimension":
                array = self.arrays[value.attribute("parameter")]
                return (np.asarray(array.shape[value.attribute("axis")], "int64"),)
            case "result":
                return (self.known[value.operands[0]][value.attribute("index")],)
            case "measured":
                return (self.value(self.measured[value]),)
            case "python":
                made = foreign.perform(value, operands)
                return (foreign.sizes_of(made), *made)
            case "python_result":
                array = self.known[value.operands[0]][1 + value.attribute("index")]
                return (foreign.received(value, array, self._shape(value.type)),)
            case "loop" | "branch" as name:
                return tuple(stepping.RUN[name](self, value, operands))
            case "loop_result" | "branch_result":
                return (self.known[value.operands[0]][1 + value.attribute("index")],)
            case "kernel":
                from symc.compiler.kernel.apply import apply  # modules that are not fused have none

                shapes = [self._shape(type) for type in value.results]
                return apply(value.attribute("kernel"), operands, shapes)
        return (evaluate(value, operands),)

    def _shape(self, type: TensorType) -> tuple[int, ...]:
        return tuple(map(self.size, type.shape))

    def _require(self, value: Value, type: TensorType, array: Array) -> None:
        shape = self._shape(type)
        if array.shape != shape or str(array.dtype) != type.dtype:
            raise InternalError(
                f"{value} = {value.op.name} is {array.dtype}{list(array.shape)}, "
                f"but its type says {type.dtype}{list(shape)}"
            )


def _bind(parameter: Parameter, index: int, array: Array) -> Array:
    type = parameter.value.type
    name = parameter.name or f"parameter {index}"
    if str(array.dtype) != type.dtype or array.ndim != type.ndim:
        raise TypeMismatch(f"{name}: {array.dtype} of rank {array.ndim} is not {type}")
    for axis, size in enumerate(type.shape):
        if isinstance(size, int) and array.shape[axis] != size:
            raise ShapeMismatch(f"{name}: dimension {axis} is {array.shape[axis]}, not {size}")
    return array
