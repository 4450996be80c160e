"""The operation record: everything the compiler knows about one operation, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, Protocol

from msgspec import Struct

from symc.compiler.errors import InternalError
from symc.compiler.types import TensorType

Family = Literal["leaf", "pointwise", "multilinear", "general", "foreign", "loop"]
Promotion = tuple[tuple[str, ...], str]


class Operand(Protocol):
    """What both layers of graph give to type inference: a type, and the size a 0-d value names."""

    @property
    def type(self) -> TensorType:
        """Return the operand's type."""

    def as_size(self) -> Any:
        """Return the operand, a 0-d integer, as a size of its layer."""

    def __symc_apply__(self, op: Op, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
        """Apply an operation in the operand's layer."""


class Undefined(Struct, frozen=True):
    """A partial derivative without a formula; who needs it is told why."""

    reason: str


class Op(Struct, frozen=True, eq=False):
    """One operation, defined once.

    name        its one name, also in text
    family      'pointwise' | 'multilinear' | 'general', or 'leaf' (no operands, no gradient), or
                'foreign' (calls Python: no formula, nothing derived), or 'loop' (runs a body)
    infer       (*operands, **attributes) -> TensorType of the result; works in both layers,
                whose sizes are numbers, Values or None (see `symc.compiler.sizes`)
    reference   (*arrays, **attributes) -> array, in NumPy: the meaning of the operation
    promote     pointwise only: (dtypes, attributes) -> (dtypes the operands are cast to, result's)
    body        pointwise only: (builder, *registers, **attributes) -> register
    partials    pointwise only: (y, *xs, **attributes) -> one partial derivative per operand:
                a Value, a number, None where the result does not depend on the operand, or
                Undefined where there is no formula
    vjp         other families: (g, y, *xs, **attributes) -> one cotangent per operand (or None)
    jvp         other families: (tangents, y, *xs, **attributes) -> the tangent of y, where it is
                shorter than the transpose of vjp; a tangent is a Value, 0, or None
    lower       (*operands, **attributes) -> Value made of other operations, or None to keep it;
                run before fusion
    sized       the first of the operands that are sizes, starts or bounds, which the host knows
                when it runs the operation; None where all operands are data
    can_fail    whether running it can end in an error: such an op is never moved
    commutative whether the order of the operands is free
    doc         one imperative sentence

    Beside itself it equals what names it as `__symc_op__`: the function of the language, so that
    programs may ask `x.owner.op == tanh`.
    """

    name: str
    family: Family
    infer: Callable[..., TensorType]
    reference: Callable[..., Any]
    promote: Callable[[tuple[str, ...], dict[str, Any]], Promotion] | None = None
    body: Callable[..., Any] | None = None
    partials: Callable[..., tuple[Any, ...]] | None = None
    vjp: Callable[..., tuple[Any, ...]] | None = None
    jvp: Callable[..., Any] | None = None
    lower: Callable[..., Any] | None = None
    sized: int | None = None
    can_fail: bool = False
    commutative: bool = False
    doc: str = ""

    def __call__(self, *operands: Any, **attributes: Any) -> Any:
        """Apply the operation in the layer of its operands."""
        for operand in operands:
            layer = getattr(operand, "__symc_apply__", None)
            if layer is not None:
                return layer(self, operands, attributes)
        raise TypeError(f"{self.name}: no operand is symbolic: {operands!r}")

    def __eq__(self, other: Any) -> bool:
        return self is other or getattr(other, "__symc_op__", None) is self

    __hash__ = object.__hash__

    @property
    def scalar_op(self) -> Op:
        """Return what a pointwise operation does to each element: itself."""
        if self.family != "pointwise":
            raise AttributeError(f"{self.name} is no operation of each element")
        return self

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return find, (self.name,)


_OPS: dict[str, Op] = {}


def define(op: Op) -> Op:
    """Register an operation under its one name."""
    if op.name in _OPS:
        raise InternalError(f"operation {op.name!r} is defined twice")
    _OPS[op.name] = op
    return op


def find(name: str) -> Op:
    """Return the operation of that name."""
    return _OPS[name]


def registry() -> Iterator[Op]:
    """Yield every operation, in the order of definition."""
    yield from _OPS.values()
