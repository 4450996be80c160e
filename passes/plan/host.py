"""Host scalars: the statements that compute sizes, offsets and bounds before the body runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from symc.compiler.errors import InternalError
from symc.compiler.program.record import Buffer, CheckIndex, Compute, Number, Statement
from symc.compiler.sizes import is_one
from symc.compiler.types import INTEGERS, Size
from symc.compiler.value import Value

LONG = 1000
"""What a size is taken to be that a call is given."""

GUESSED: Mapping[str, Callable[..., int]] = {
    "add": lambda *numbers: sum(numbers),
    "multiply": lambda *numbers: math.prod(numbers),
    "maximum": max,
    "minimum": min,
}
"""What is made of guesses."""


def host_dtype(dtype: str) -> str:
    """Return the dtype in which the host computes: int64, bool or float64."""
    if dtype == "bool":
        return "bool"
    return "int64" if dtype in INTEGERS else "float64"


class HostScalars:
    """Collects statements, each host scalar once; parameters are looked up by their index.

    statements   by piece of the body: a scalar is computed in the first piece that can
    loads        the names of sizes that the call computes, by their leaves
    """

    def __init__(self, inputs: int, levels: Mapping[Value, int]) -> None:
        last = max((level for v, level in levels.items() if v.op.name == "measured"), default=0)
        self.statements: list[list[Statement]] = [[] for _ in range(last + 1)]
        self.loads: dict[Value, str] = {}
        self._inputs = inputs
        self._levels = levels
        self._names = count()
        self._level_of: dict[Number, int] = {}
        self._known: dict[Any, Number] = {}
        self._guesses: dict[Number, int] = {}

    def level(self, numbers: Iterable[Number]) -> int:
        """Return the first piece in which all of these are known."""
        return max((self._level_of.get(n, 0) for n in numbers if isinstance(n, str)), default=0)

    def check(self, statement: Statement, *numbers: Number) -> None:
        """Make a check in the first piece that knows its numbers."""
        self.statements[self.level(numbers)].append(statement)

    def guess(self, number: Number) -> int:
        """Return about how much a host scalar may be: a size that is open is taken to be LONG."""
        return int(number) if not isinstance(number, str) else self._guesses.get(number, LONG)

    def size(self, size: Size) -> Number:
        """Return a size as a host scalar."""
        if isinstance(size, Value):
            return self.value(size)
        return int(size)  # type: ignore[arg-type]  # None never reaches the compiler

    def value(self, value: Value) -> Number:
        """Return a 0-d integer Value as a host scalar."""
        known = value.context.resolve(value)
        if isinstance(known, int):
            return known
        return self._element(known if isinstance(known, Value) else value, ())

    def unresolved(self, value: Value) -> Number:
        """Return a size as it was written, not as the checks make it: for the checks themselves."""
        return self._element(value, ())

    def product(self, numbers: tuple[Number, ...]) -> Number:
        """Return the product of host scalars."""
        constant = math.prod(n for n in numbers if isinstance(n, int))
        total: Number = constant
        for name in sorted((n for n in numbers if isinstance(n, str)), key=lambda n: int(n[1:])):
            total = name if total == 1 else self.compute("multiply", (total, name))
        return 0 if constant == 0 else total

    def compute(
        self, op: str, operands: tuple[Number, ...], dtype: str = "int64", attributes: Any = ()
    ) -> Number:
        """Return the host scalar that an operation gives, computing it once."""
        key = (op, operands, dtype, attributes)
        if key not in self._known:
            name = self._name(self.level(operands))
            statement = Compute(name, op, operands, dtype, attributes)
            self.statements[self._level_of[name]].append(statement)
            self._known[key] = name
            if op in GUESSED:
                self._guesses[name] = GUESSED[op](*map(self.guess, operands))
        return self._known[key]

    def _name(self, level: int) -> str:
        name = self.fresh()
        self._level_of[name] = level
        return name

    def fresh(self) -> str:
        """Return a name that no host scalar of the program has."""
        return f"n{next(self._names)}"

    def _buffer(self, index: int) -> Buffer:
        if index < self._inputs:
            return Buffer("input", index)
        return Buffer("state", index - self._inputs)

    def _element(self, value: Value, index: tuple[Number, ...]) -> Number:
        key = (value, index)
        if key not in self._known:
            self._known[key] = self._compute_element(value, index)
        return self._known[key]

    def _compute_element(self, value: Value, index: tuple[Number, ...]) -> Number:
        index = tuple(0 if is_one(s) else i for i, s in zip(index, value.type.shape, strict=True))
        name = value.op.name
        if name == "constant" and all(isinstance(i, int) for i in index):
            return value.data[tuple(int(i) for i in index)].item()  # type: ignore[no-any-return]
        if name == "dimension":
            place = self._buffer(value.attribute("parameter"))
            attributes = (("axis", value.attribute("axis")), ("buffer", place))
            return self.compute("dimension", (), attributes=attributes)
        if name == "parameter":
            return self._load(value, index)
        if name == "measured":
            self.loads[value] = self._name(self._levels[value])
            return self.loads[value]
        if name == "bounded":
            return self._bounded(value)
        if value.op.family == "pointwise":
            return self._pointwise(value, index)
        return self._moved(value, index)

    def _pointwise(self, value: Value, index: tuple[Number, ...]) -> Number:
        operands = tuple(self._element(v, index) for v in value.operands)
        dtype = host_dtype(value.type.dtype)
        if value.op.name != "cast":
            return self.compute(value.op.name, operands, dtype, value.attributes)
        if host_dtype(value.operands[0].type.dtype) == dtype:
            return operands[0]
        return self.compute("cast", operands, dtype, (("dtype", dtype),))

    def _load(self, value: Value, index: tuple[Number, ...]) -> Number:
        place: Number = 0
        for i, size in zip(index, value.type.shape, strict=True):
            place = self.add(self.product((place, self.size(size))), i)
        attributes = (("buffer", self._buffer(value.attribute("index"))),)
        loaded = self.compute("load", (place,), value.type.dtype, attributes)
        dtype = host_dtype(value.type.dtype)
        if value.type.dtype == dtype:
            return loaded
        return self.compute("cast", (loaded,), dtype, (("dtype", dtype),))

    def add(self, left: Number, right: Number) -> Number:
        """Return the sum of two host scalars."""
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        return right if left == 0 else left if right == 0 else self.compute("add", (left, right))

    def least(self, size: Number, most: int) -> Number:
        """Return the lesser of a host scalar, which is not negative, and a number."""
        if most == 1 or size == most:
            return most
        return min(size, most) if isinstance(size, int) else self.compute("minimum", (size, most))

    def _bounded(self, value: Value) -> Number:
        index, size = (self._element(v, ()) for v in value.operands)
        name = self._name(self.level((index, size)))
        self.check(CheckIndex(name, index, size, value.site), name)
        return name

    def _moved(self, value: Value, index: tuple[Number, ...]) -> Number:
        operand = value.operands[0] if value.operands else value
        if value.op.name == "dimshuffle":
            places = {a: index[k] for k, a in enumerate(value.attribute("order")) if a != "x"}
            inner = tuple(places.get(k, 0) for k in range(operand.type.ndim))
            return self._element(operand, inner)
        if value.op.name == "broadcast":
            return self._element(operand, index)
        if value.op.name == "slice":
            starts = value.operands[1 : 1 + operand.type.ndim]
            steps = value.attribute("steps")
            inner = tuple(
                self.add(self.value(start), self.product((step, i)))
                for i, start, step in zip(index, starts, steps, strict=True)
            )
            return self._element(operand, inner)
        raise InternalError(f"the host cannot follow an element of {value.op.name}")
