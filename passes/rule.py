"""Rules: equations read from left to right, and how they are written down.

    @rule(exact=False)
    def log_sigmoid(x):             return log(sigmoid(x)), -softplus(-x)

    @rule(exact=False, where=lambda n: n > 2)
    def power_by_products(x, n: Integer):   return power(x, n), lambda x, n: product_of(x, n)

    @on("reshape", exact=True)
    def reshape_twice(value): ...

Parameters are holes; an annotation narrows one. A right side that must be computed is a function
of the holes by name, and may return None where the rule does not apply. `on` is for what no
equation can say: any application of an operation, and what it becomes, or None.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from symc.compiler.errors import TypeMismatch
from symc.compiler.expression import Expression
from symc.compiler.types import DISCRETE, FLOATS
from symc.compiler.value import Value
from symc.passes import algebra
from symc.passes.algebra import Reading
from symc.passes.matching import (
    Found,
    ProductMatcher,
    SumMatcher,
    compile_exact,
    compile_loose,
    find_at_root,
)
from symc.passes.pattern import Application, Bindings, Hole, Matcher, Pattern, fill

Computed = Callable[..., Any]


class Constant(Expression):
    """Annotation: the hole takes constants that are one number, which computed sides receive."""


class Integer(Expression):
    """Annotation: as Constant, of whole numbers alone, received as int."""


class Float(Expression):
    """Annotation: the hole takes values of a float dtype."""


class Discrete(Expression):
    """Annotation: the hole takes values of an integer dtype or bool."""


def _is_whole(value: Value) -> bool:
    number = algebra.number_of(value)
    return isinstance(number, int | float) and number == number and number % 1 == 0


ANNOTATIONS: dict[str, tuple[Callable[[Value], bool] | None, bool]] = {
    "": (None, False),
    "Constant": (lambda value: algebra.number_of(value) is not None, True),
    "Integer": (_is_whole, True),
    "Float": (lambda value: value.type.dtype in FLOATS, False),
    "Discrete": (lambda value: value.type.dtype in DISCRETE, False),
}


class Rule(Struct, frozen=True, eq=False):
    """One equation.

    name      its name in every dump, and for excluding it
    roots     the operations it may be found at, or whole families of them
    exact     whether both sides have the same bits for all operands
    apply     gives what a Value becomes, as it is read, or None
    left      its left side, None for a rule made by `on`
    family    the file it stands in
    """

    name: str
    roots: tuple[str, ...]
    exact: bool
    apply: Callable[[Reading], Value | None]
    left: Pattern | None
    family: str
    doc: str = ""


def rule(*, exact: bool, where: Computed | None = None) -> Callable[[Callable[..., Any]], Rule]:
    """Make a rule from a function of holes that returns (left, right).

    where   a further condition, a function of holes by name
    """

    def make(function: Callable[..., Any]) -> Rule:
        holes = _holes(function)
        left, right = _sides(function, holes)
        matcher = compile_exact(left) if exact else compile_loose(left)
        equation = _Equation(
            left, matcher, right, where, frozenset(h.name for h in holes if h.numeric)
        )
        return Rule(
            function.__name__,
            _roots(matcher),
            exact,
            equation.apply,
            left,
            function.__module__.rpartition(".")[2],
            function.__doc__ or "",
        )

    return make


def _sides(function: Callable[..., Any], holes: list[Hole]) -> tuple[Pattern, Any]:
    sides = function(*holes)
    if not isinstance(sides, tuple) or len(sides) != 2 or not isinstance(sides[0], Pattern):
        raise TypeMismatch(
            f"rule {function.__name__!r} returns its left side, an operation on its holes, "
            f"and its right side; not {sides!r}"
        )
    return sides[0], sides[1]


def on(*roots: str, exact: bool) -> Callable[[Callable[[Value], Value | None]], Rule]:
    """Make a rule from a function offered every application of some operations or families."""

    def make(function: Callable[[Value], Value | None]) -> Rule:
        return _on(roots, exact, function, lambda reading: function(reading.value))

    return make


def on_reading(*roots: str, exact: bool) -> Callable[[Callable[[Reading], Value | None]], Rule]:
    """Do as `on`, for a function that reads what it is offered as a sum or product."""

    def make(function: Callable[[Reading], Value | None]) -> Rule:
        return _on(roots, exact, function, function)

    return make


def _on(
    roots: tuple[str, ...],
    exact: bool,
    function: Callable[..., Any],
    apply: Callable[[Reading], Value | None],
) -> Rule:
    family = function.__module__.rpartition(".")[2]
    return Rule(function.__name__, roots, exact, apply, None, family, function.__doc__ or "")


def _holes(function: Callable[..., Any]) -> list[Hole]:
    holes = []
    for parameter in inspect.signature(function).parameters.values():
        annotation = parameter.annotation
        name = annotation if isinstance(annotation, str) else annotation.__name__
        accepts, numeric = ANNOTATIONS["" if annotation is parameter.empty else name]
        holes.append(Hole(parameter.name, accepts, numeric))
    return holes


def _roots(matcher: Matcher) -> tuple[str, ...]:
    if isinstance(matcher, SumMatcher):
        return ("add", "subtract")
    if isinstance(matcher, ProductMatcher):
        return ("multiply", "true_divide", "reciprocal")
    assert isinstance(matcher, Application)
    return (matcher.op.name,)


class _Equation(Struct, frozen=True):
    """What a rule made from an equation does."""

    left: Pattern
    matcher: Matcher
    right: Any
    where: Computed | None
    numeric: frozenset[str]

    def apply(self, reading: Reading) -> Value | None:
        value = reading.value
        for found in find_at_root(self.matcher, reading):
            right = self._right(found, value)
            if right is not None:
                return found.embed(right, value)
        return None

    def _right(self, found: Found, value: Value) -> Value | None:
        bound = found.bound
        if self.where is not None and not self._call(self.where, bound, value):
            return None
        if isinstance(self.right, Pattern | Hole) or not callable(self.right):
            result = fill(self.right, bound, value.context)
        else:
            result = self._call(self.right, bound, value)
        if isinstance(result, int | float | complex):
            return algebra.number_like(result, value)
        return result  # type: ignore[no-any-return]

    def _call(self, function: Computed, bound: Bindings, value: Value) -> Any:
        """Call a function of the holes it names; numeric holes come as numbers, `root` is all."""
        arguments = {}
        for name in inspect.signature(function).parameters:
            argument = value if name == "root" else bound[name]
            arguments[name] = algebra.number_of(argument) if name in self.numeric else argument
        return function(**arguments)
