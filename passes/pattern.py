"""Patterns: expressions with holes, matched against Values as written, and filled in with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import copysign
from typing import Any, Protocol

from msgspec import Struct

from symc.compiler.expression import Expression
from symc.compiler.op import Op
from symc.compiler.value import Attributes, Context, Value
from symc.passes import algebra
from symc.passes.algebra import Factors, Number

Bindings = dict[str, Any]


class Matcher(Protocol):
    """What a part of a left side is compiled to."""

    def match(self, value: Value, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the part is this value."""

    def match_term(self, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the part is this product of powers."""


def match_single(matcher: Matcher, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
    """Match a term that is one value to the power of 1."""
    if len(factors) == 1:
        ((base, exponent),) = factors.items()
        if exponent == 1:
            yield from matcher.match(base, bound)


class Hole(Expression, Struct, frozen=True, eq=False):
    """A variable of a rule: it takes any Value that `accepts` does, and the same everywhere.

    numeric   whether computed right sides see it as a number
    """

    name: str
    accepts: Callable[[Value], bool] | None = None
    numeric: bool = False

    def __symc_apply__(self, op: Op, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
        return Pattern(op, operands, tuple(sorted(attributes.items())))

    def match(self, value: Value, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the hole is this value."""
        known = bound.get(self.name)
        if known is None:
            if self.accepts is None or self.accepts(value):
                yield {**bound, self.name: value}
        elif known is value:
            yield bound

    def match_term(self, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the hole is a term that is one value."""
        return match_single(self, factors, bound)


class Pattern(Expression, Struct, frozen=True, eq=False):
    """An operation applied to patterns, holes and numbers; attributes may be holes too."""

    op: Op
    operands: tuple[Any, ...]
    attributes: Attributes = ()

    def __symc_apply__(self, op: Op, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
        return Pattern(op, operands, tuple(sorted(attributes.items())))


def fill(pattern: Any, bound: Bindings, context: Context) -> Any:
    """Return the Value, or the number, that a pattern is with its holes filled."""
    if isinstance(pattern, Hole):
        return bound[pattern.name]
    if not isinstance(pattern, Pattern):
        return pattern
    operands = [fill(operand, bound, context) for operand in pattern.operands]
    attributes = {key: fill(a, bound, context) for key, a in pattern.attributes}
    return context.apply(pattern.op, operands, attributes)


# --- matchers of what is written


class Literally(Struct, frozen=True):
    """Matches a constant by its number, whatever its rank and shape."""

    number: Number

    def match(self, value: Value, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the number is this value."""
        number = algebra.number_of(value)
        if number is not None and value.type.dtype != "bool" and _same(number, self.number):
            yield bound

    def match_term(self, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the number is a term that is one value."""
        return match_single(self, factors, bound)


def _same(x: Number, y: Number) -> bool:
    """Compare numbers; zeros by their signs too, since x + 0.0 is not x where x is -0.0."""
    if x != 0 or isinstance(x, complex) or isinstance(y, complex):
        return x == y
    return y == 0 and copysign(1, x) == copysign(1, y)


class Application(Struct, frozen=True):
    """Matches an operation as it is written; two operands of a commutative one in both orders."""

    op: Op
    operands: tuple[Matcher, ...]
    attributes: Attributes

    def match(self, value: Value, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the pattern is this value."""
        if value.op is not self.op or len(value.operands) != len(self.operands):
            return
        if self.attributes:
            fits = _match_attributes(self.attributes, value.attributes, bound)
            if fits is None:
                return
            bound = fits
        yield from _match_all(self.operands, value.operands, bound)
        if self.op.commutative and len(self.operands) == 2:
            yield from _match_all(self.operands, value.operands[::-1], bound)

    def match_term(self, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the pattern is a term that is one value."""
        return match_single(self, factors, bound)


def _match_attributes(patterns: Attributes, known: Attributes, bound: Bindings) -> Bindings | None:
    """Bind attributes that are holes, and compare the others."""
    values = dict(known)
    for key, pattern in patterns:
        if key not in values:
            return None
        expected = pattern
        if isinstance(pattern, Hole):
            expected = bound.get(pattern.name)
            if expected is None:
                bound = {**bound, pattern.name: values[key]}
                continue
        if expected != values[key]:
            return None
    return bound


def _match_all(
    matchers: tuple[Matcher, ...], values: tuple[Value, ...], bound: Bindings
) -> Iterator[Bindings]:
    """Match operands one after the other, each seeing what the earlier ones bound."""
    if not matchers:
        yield bound
        return
    for first in matchers[0].match(values[0], bound):
        yield from _match_all(matchers[1:], values[1:], first)
