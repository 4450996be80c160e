"""Arithmetic on sizes: numbers, 0-d int64 Values in one linear form, or unknown (None)."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import prod
from typing import Any

from symc.compiler.errors import ShapeMismatch
from symc.compiler.op import find
from symc.compiler.types import Size
from symc.compiler.value import Context, Value

Linear = tuple[dict[Value, int], int]


def add(x: Size, y: Size) -> Size:
    """Return the sum of two sizes."""
    return _combine(x, y, 1)


def subtract(x: Size, y: Size) -> Size:
    """Return the difference of two sizes."""
    return _combine(x, y, -1)


def multiply(x: Size, y: Size) -> Size:
    """Return the product of two sizes."""
    x, y = _resolved(x), _resolved(y)
    if x is None or y is None:
        return None
    if isinstance(x, int) and isinstance(y, int):
        return x * y
    if isinstance(x, int) or isinstance(y, int):
        number, value = (x, y) if isinstance(x, int) else (y, x)
        terms, constant = _linear(value)
        scaled = {atom: factor * number for atom, factor in terms.items()}
        return _build(_context(x, y), scaled, constant * number)
    (factor, atoms), (other, more) = _monomial(x), _monomial(y)
    operands = tuple(sorted((*atoms, *more), key=lambda v: v.number))
    made = x.context.make(find("multiply"), operands, ())
    return _build(x.context, {made: factor * other}, 0)


def _monomial(size: Value) -> tuple[int, tuple[Value, ...]]:
    """Read a size as a number times a product, so that products do not depend on their order."""
    terms, constant = _linear(size)
    if constant or len(terms) != 1:
        return 1, (size,)
    ((atom, factor),) = terms.items()
    return factor, atom.operands if atom.op.name == "multiply" else (atom,)


def product(sizes: tuple[Size, ...]) -> Size:
    """Return the product of sizes, 1 for none."""
    result: Size = 1
    for size in sizes:
        result = multiply(result, size)
    return result


def maximum(x: Size, y: Size) -> Size:
    """Return the larger of two sizes."""
    if isinstance(x, int) and isinstance(y, int):
        return max(x, y)
    for one, other in ((x, y), (y, x)):
        if isinstance(other, int) and _at_least(one, other):
            return one
    return x if x is y else _apply("maximum", x, y)


def _at_least(size: Size, bound: int) -> bool:
    """Tell whether a size is known to reach a number: dimensions are never negative."""
    if size is None or isinstance(size, int):
        return False
    terms, constant = _linear(size)
    return constant >= bound and all(f > 0 and is_natural(v) for v, f in terms.items())


NATURAL = frozenset({"dimension", "add", "multiply", "minimum", "maximum", "floor_divide"})
"""The operations whose result is not negative where their operands are not."""


def is_natural(size: Size) -> bool:
    """Tell whether a size expression is surely not negative."""
    stack = [size]
    while stack:
        one = stack.pop()
        if isinstance(one, Value) and one.is_constant:
            one = int(one.data)
        if isinstance(one, int):
            if one < 0:
                return False
        elif isinstance(one, Value) and _steps(one) is not None:
            continue
        elif not isinstance(one, Value) or one.op.name not in NATURAL:
            return False
        elif not (one.op.name == "maximum" and any(_is_plus(x) for x in one.operands)):
            stack.extend(one.operands)
    return True


def _steps(size: Value) -> Size:
    """Return how many steps there are at most where a size is how many a loop ran, else None."""
    made = size.context.definitions.get(size, size)
    return made.operands[-1].as_size() if made.op.name == "loop" else None


def _is_plus(value: Value) -> bool:
    return value.is_constant and int(value.data) >= 0


NEGATIVE = "a size is negative"
"""What the check of `require_natural` says."""


def require_natural(size: Size, what: str) -> None:
    """Note the check that a size is not negative, unless that is known."""
    if isinstance(size, int) and size < 0:
        raise ShapeMismatch(f"{what}: {NEGATIVE}: {size}")
    if isinstance(size, Value) and not is_natural(size):
        size.context.equate(size, maximum(size, 0), f"{what}: {NEGATIVE}")


def minimum(x: Size, y: Size) -> Size:
    """Return the smaller of two sizes."""
    if isinstance(x, int) and isinstance(y, int):
        return min(x, y)
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Value) and (most := _steps(one)) is not None and same(most, other):
            return one
    return x if x is y else _apply("minimum", x, y)


def floor_divide(x: Size, y: Size) -> Size:
    """Return the quotient of two sizes, rounded down; 0 for a division by 0."""
    if isinstance(x, int) and isinstance(y, int):
        return x // y if y else 0
    return x if y == 1 else _apply("floor_divide", x, y)


ARITHMETIC: dict[str, Callable[[Size, Size], Size]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "floor_divide": floor_divide,
    "maximum": maximum,
    "minimum": minimum,
}
"""Arithmetic on 0-d int64 Values, kept in the form in which equal sizes are one Value."""


def ceil_divide(x: Size, y: Size) -> Size:
    """Return the quotient of two sizes, rounded up."""
    return floor_divide(add(x, subtract(y, 1)), y)


def agree(x: Size, y: Size, what: str) -> Size:
    """Return the size that stands for two which must be equal, noting the check if it is open."""
    if x is None or y is None:
        return x if y is None else y
    if isinstance(x, int) and isinstance(y, int):
        if x != y:
            raise ShapeMismatch(f"{what}: {x} is not {y}")
        return x
    return _resolved(x) if implied(x, y) else _context(x, y).equate(x, y, what)


def is_one(size: Size) -> bool:
    """Tell whether a size is known to be 1: as a number, or as one that had to equal it."""
    return (size.context.resolve(size) if isinstance(size, Value) else size) == 1


def same(x: Size, y: Size) -> bool:
    """Tell whether two sizes are known to be equal."""
    if x is None or y is None:
        return False
    if x is y or (isinstance(x, int) and isinstance(y, int)):
        return x == y
    return _linear(x) == _linear(y)


def implied(x: Size, y: Size) -> bool:
    """Tell whether two sizes are equal by the checks noted so far, inside of products too."""
    return same(x, y) or (x is not None and y is not None and same(_settled(x), _settled(y)))


def _settled(size: Size) -> Size:
    """Return a size made of sizes that stand for all that are known to be equal to them."""
    known: dict[Value, Size] = {}
    stack = [size]
    while stack:
        value = _resolved(stack[-1])
        if not isinstance(value, Value) or value in known:
            stack.pop()
            continue
        waiting = [x for x in map(_resolved, value.operands) if isinstance(x, Value)]
        waiting = [x for x in waiting if x not in known]
        stack.extend(waiting)
        if not waiting:
            known[value] = _made_anew(value, known)
    size = _resolved(size)
    return known[size] if isinstance(size, Value) else size


def _made_anew(value: Value, known: dict[Value, Size]) -> Size:
    """Return a size with its operands settled, if it is made of sizes."""
    if value.is_constant:
        return int(value.data)
    combine = ARITHMETIC.get(value.op.name)
    if combine is None:
        return value
    parts = [_resolved(operand) for operand in value.operands]
    return reduce(combine, [known[x] if isinstance(x, Value) else x for x in parts])


def _combine(x: Size, y: Size, sign: int) -> Size:
    if x is None or y is None:
        return None
    if isinstance(x, int) and isinstance(y, int):
        return x + sign * y
    terms, constant = _linear(x)
    terms = dict(terms)
    others, more = _linear(y)
    for atom, factor in others.items():
        terms[atom] = terms.get(atom, 0) + sign * factor
    return _build(_context(x, y), terms, constant + sign * more)


def _context(x: Size, y: Size) -> Context:
    return x.context if isinstance(x, Value) else y.context  # type: ignore[union-attr]


def _apply(name: str, x: Size, y: Size) -> Size:
    if x is None or y is None:
        return None
    context = _context(x, y)
    op = find(name)
    made = context.make(op, (context.size_value(x), context.size_value(y)), ())
    return made.as_size()


def _resolved(size: Size) -> Size:
    return size.context.resolve(size) if isinstance(size, Value) else size


def _linear(size: Size) -> Linear:
    """Read a size as a sum of integer multiples of atoms and a number."""
    size = _resolved(size)
    if isinstance(size, int):
        return {}, size
    assert isinstance(size, Value)
    if size.op.name == "add":
        terms: dict[Value, int] = {}
        constant = 0
        for operand in size.operands:
            atoms, number = _linear(_known(operand))
            constant += number
            for atom, factor in atoms.items():
                terms[atom] = terms.get(atom, 0) + factor
        return terms, constant
    if size.op.name == "multiply" and any(v.is_constant for v in size.operands):
        numbers = [int(v.data) for v in size.operands if v.is_constant]
        rest = [v for v in size.operands if not v.is_constant]
        if len(rest) == 1:
            factor = prod(numbers)
            atoms, number = _linear(_known(rest[0]))
            return {atom: f * factor for atom, f in atoms.items()}, number * factor
    return {size: 1}, 0


def _known(value: Value) -> Size:
    return int(value.data) if value.is_constant else value


def _build(context: Context, terms: dict[Value, int], constant: int) -> Size:
    """Write a linear form as a Value: atoms by number, then the constant."""
    parts: list[Any] = []
    for atom in sorted((a for a, f in terms.items() if f), key=lambda v: v.number):
        factor = terms[atom]
        scale = context.constant(factor, "int64")
        parts.append(atom if factor == 1 else context.make(find("multiply"), (scale, atom), ()))
    if not parts:
        return constant
    if constant:
        parts.append(context.constant(constant, "int64"))
    return parts[0] if len(parts) == 1 else context.make(find("add"), tuple(parts), ())
