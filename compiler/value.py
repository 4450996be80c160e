"""SSA values and the context that interns them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from msgspec import Struct

from symc.compiler.bfloat import convert
from symc.compiler.errors import InternalError, ShapeMismatch
from symc.compiler.expression import Expression
from symc.compiler.op import Op, find
from symc.compiler.types import DISCRETE, INTEGERS, Size, TensorType, name_of

Attributes = tuple[tuple[str, Any], ...]


WIDEST = 16
"""Operands of one sum or product: a longer one is made of several, from left to right as NumPy
adds, so that whatever reads or copies the operands of one takes bounded time."""

FOLDED = frozenset({"add", "multiply"})


class Value(Expression, Struct, frozen=True, eq=False, weakref=True):
    """One SSA value: the result of an operation on other values.

    op, operands, attributes   what makes it; equal makers are one object in a context
    type      its TensorType; its sizes are numbers or 0-d int64 Values of the same context
    results   empty, or the types of a kernel application's several results
    context   the context that interned it
    number    its place in the order of making, the only order the compiler sorts by
    site      the number of the user's application it comes from; -1 when there is none
    """

    op: Op
    operands: tuple[Value, ...]
    attributes: Attributes
    type: TensorType
    context: Context
    number: int
    site: int
    results: tuple[TensorType, ...] = ()

    def attribute(self, name: str) -> Any:
        """Return one attribute."""
        return dict(self.attributes)[name]

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """Return the array of a constant."""
        array: np.ndarray[Any, Any] = self.attribute("value").array
        return array

    @property
    def is_constant(self) -> bool:
        """Tell whether this is a constant."""
        return self.op.name == "constant"

    def as_size(self) -> Size:
        """Return this 0-d integer as a size: a number if it is known."""
        return int(self.data) if self.is_constant else self.context.resolve(self)

    def __symc_apply__(
        self, op: Op, operands: tuple[Any, ...], attributes: dict[str, Any]
    ) -> Value:
        return self.context.apply(op, operands, attributes)

    def __str__(self) -> str:
        return f"%{self.number}"

    def __repr__(self) -> str:
        return f"<{self} = {self.op.name} : {self.type}>"


class Check(Struct, frozen=True):
    """Two sizes that must be equal when the function runs.

    left, right   the sizes; site the application that asked; what the reason in the op's words
    """

    left: Size
    right: Size
    site: int
    what: str


def _hosted(number: Value) -> Value:
    """Return a number under the name by which the host knows it."""
    if number.is_constant and number.type.ndim == 0 and number.type.dtype in INTEGERS:
        return number.context.constant(number.data, "int64")  # so that equal numbers are one Value
    if number.op.family == "leaf":
        return number
    from symc.compiler.hosting import hosted

    return hosted(number)


def _known(size: Size) -> Size:
    return _hosted(size).as_size() if isinstance(size, Value) else size


def _is_size(value: Value) -> bool:
    """Tell whether a Value may be a size, whose sums are kept in one linear form."""
    return value.type.ndim == 0 and value.type.dtype == "int64"


class Literal:
    """An array as an attribute: compared by dtype, shape and bytes."""

    __slots__ = ("array", "key")

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = np.array(array, order="C")
        self.array.setflags(write=False)
        self.key = (name_of(self.array.dtype), self.array.shape, self.array.tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Literal({self.array!r})"


class Context:
    """The values of one compilation: interned, numbered, with the equalities known of sizes.

    definitions   what computes each `measured` leaf: a number that the call computes and uses as
                  a size or bound
    hosted        the work of `symc.compiler.hosting`, which names such numbers
    families      those of all operations in use
    memory        what passes remember of Values from one run to the next
    """

    def __init__(self) -> None:
        self._interned: dict[Any, Value] = {}
        self._kernels: dict[Any, dict[str, Value]] = {}
        self.definitions: dict[Value, Value] = {}
        self.hosted: dict[Value, Value | None] = {}
        self.families: set[str] = set()
        self._equal: dict[Value, Size] = {}
        self._late: dict[Value, int] = {}
        self._count = 0
        self.checks: list[Check] = []
        self.site = -1
        self.memory: dict[Any, Any] = {}

    @contextmanager
    def at(self, site: int) -> Iterator[None]:
        """Give the values made inside to one site of the user's program."""
        before, self.site = self.site, site
        try:
            yield
        finally:
            self.site = before

    def apply(self, op: Op, operands: Iterable[Any], attributes: dict[str, Any]) -> Value:
        """Make a value, or return the one that exists; numbers take the other operands' dtype."""
        values = self._coerce(tuple(operands))
        return self.make(op, values, tuple(sorted(attributes.items())))

    def make(self, op: Op, operands: tuple[Value, ...], attributes: Attributes) -> Value:
        """Make a value from operands that are Values already."""
        if len(operands) > WIDEST and op.name in FOLDED and not _is_size(operands[0]):
            return self._folded(op, operands, attributes)
        if op.sized is not None:
            operands = (*operands[: op.sized], *map(_hosted, operands[op.sized :]))
        key = (op, operands, attributes)
        known = self._interned.get(key)
        if known is None:
            type = op.infer(*operands, **dict(attributes))
            known = self._intern(key, type, ())
        return known

    def _folded(self, op: Op, operands: tuple[Value, ...], attributes: Attributes) -> Value:
        total = operands[0]
        for k in range(1, len(operands), WIDEST - 1):
            total = self.make(op, (total, *operands[k : k + WIDEST - 1]), attributes)
        return total

    def leaf(self, op: Op, type: TensorType, **attributes: Any) -> Value:
        """Make a value without operands whose type is given: a parameter or a dimension."""
        key = (op, (), tuple(sorted(attributes.items())))
        known = self._interned.get(key)
        return known if known is not None else self._intern(key, type, ())

    def measure(self, definition: Value) -> Value:
        """Return the leaf that stands for a 0-d int64 where it is a size or bound."""
        made = self.leaf(find("measured"), TensorType("int64"), number=definition.number)
        self.definitions.setdefault(made, definition)
        return made

    def kernel(
        self,
        op: Op,
        operands: tuple[Value, ...],
        attributes: Attributes,
        types: tuple[TensorType, ...],
    ) -> Value:
        """Make an application with several results, read by `result` values.

        Records are told apart by their text, because 0.0 and -0.0 compare equal, and applications
        by their types too: two fills of equal sizes in another order are different.
        """
        alike = self._kernels.setdefault((op, operands, types), {})
        if "" in alike:  # the text of the first is not needed until there is another
            first = alike.pop("")
            alike[repr(first.attributes)] = first
        text = repr(attributes) if alike else ""
        if text not in alike:
            alike[text] = self._intern((op, operands, attributes), types[0], types)
        return alike[text]

    def leaf_of(self, op: Op, operand: Value, type: TensorType, **attributes: Any) -> Value:
        """Make a value of one operand whose type is given: one result of a kernel."""
        key = (op, (operand,), tuple(sorted(attributes.items())))
        known = self._interned.get(key)
        return known if known is not None else self._intern(key, type, ())

    def restore(
        self,
        op: Op,
        operands: tuple[Value, ...],
        attributes: Attributes,
        type: TensorType,
        results: tuple[TensorType, ...] = (),
    ) -> Value:
        """Make a value whose types are stated, not inferred: one read back from text."""
        key = (op, operands, attributes)
        known = self._interned.get(key)
        return known if known is not None else self._intern(key, type, results)

    def _intern(self, key: Any, type: TensorType, results: tuple[TensorType, ...]) -> Value:
        op, operands, attributes = key
        value = Value(op, operands, attributes, type, self, self._count, self.site, results)
        self._count += 1
        self._interned[key] = value
        self.families.add(op.family)
        return value

    def constant(self, value: Any, dtype: str | None = None, ndim: int | None = None) -> Value:
        """Make a constant; a number may be given a rank, and then has size 1 in each dimension."""
        array = np.asarray(value) if dtype is None else convert(value, dtype)
        if ndim is not None and array.ndim < ndim:
            array = array.reshape((1,) * (ndim - array.ndim) + array.shape)
        type = TensorType(name_of(array.dtype), array.shape)
        return self.leaf(find("constant"), type, value=Literal(array))

    def size_value(self, size: Size) -> Value:
        """Return a size as a 0-d int64 value."""
        if size is None:
            raise InternalError("a size of the user's layer reached the compiler")
        return self.constant(size, "int64") if isinstance(size, int) else size

    def _coerce(self, operands: tuple[Any, ...]) -> tuple[Value, ...]:
        if all(isinstance(x, Value) for x in operands):
            return operands
        known = [x for x in operands if isinstance(x, Value)]
        ndim = max(x.type.ndim for x in known)
        dtypes = [x.type.dtype for x in known if x.type.dtype != "bool"] or ["bool"]
        return tuple(
            x if isinstance(x, Value) else self._number(x, dtypes[0], ndim) for x in operands
        )

    def _number(self, number: Any, dtype: str, ndim: int) -> Value:
        made = self.constant(number, dtype, ndim)
        if dtype in DISCRETE and made.data.item() != number:
            raise InternalError(f"{number!r} is no {dtype}; cast the other operand first")
        return made

    def resolve(self, size: Size) -> Size:
        """Return the one size that stands for all sizes known to be equal to this one."""
        while isinstance(size, Value) and size in self._equal:
            size = self._equal[size]
        return size

    def equate(self, left: Size, right: Size, what: str) -> Size:
        """Demand that two sizes are equal, and return the one that stands for both."""
        left, right = self.resolve(_known(left)), self.resolve(_known(right))
        if left is right or left == right:
            return left
        if isinstance(left, int) and isinstance(right, int):
            raise ShapeMismatch(f"{what}: {left} is not {right}")
        self.checks.append(Check(left, right, self.site, what))
        if isinstance(left, Value) and (isinstance(right, int) or self._stands(right, left)):
            self._equal[left] = right
            return right
        if isinstance(right, Value):
            self._equal[right] = left
        return left

    def _stands(self, size: Size, other: Value) -> bool:
        """Tell which of two equal sizes stands for both: what is known sooner, then the older."""
        assert isinstance(size, Value)
        if self.definitions and self._lateness(size) != self._lateness(other):
            return self._lateness(size) < self._lateness(other)
        return size.number < other.number

    def _lateness(self, size: Value) -> int:
        """Tell when a size is known: 0 before the work, 1 in its middle, 2 inside a body alone."""
        known, stack = self._late, [size]
        while stack:
            value = stack[-1]
            computed = value in self.definitions
            needed = (*value.operands, self.definitions[value]) if computed else value.operands
            waiting = [x for x in needed if x not in known]
            stack.extend(waiting)
            if not waiting:
                own = 2 if value.op.name == "bound" else int(computed)
                known[value] = max((own, *(known[x] for x in needed)))
                stack.pop()
        return known[size]
