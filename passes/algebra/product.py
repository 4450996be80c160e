"""Products as rules read them: a number times powers of Values."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from symc.compiler.ops import arithmetic
from symc.compiler.types import FLOATS
from symc.compiler.value import Value
from symc.passes.algebra.number import MOVED, Number, number_like, number_of, representable
from symc.passes.algebra.sign import is_not_negative

Exponent = int | float
Factors = dict[Value, Exponent]
Measure = tuple[int, int]

PRODUCTS = frozenset({"multiply", "true_divide", "reciprocal", "square", "sqrt", "power"})

READ = PRODUCTS | {"negate", "constant"} | MOVED

WINDOW = 24
"""Operands of nested operations read below one Value; bounds the work on long chains."""

CHAIN = 16
"""Largest integer exponent written as products."""


class Product(Struct):
    """A number times powers of values, in the order of their first occurrence.

    count     how often values occur in what was read
    weight    2 for each number and 1 for each negation in it
    """

    coefficient: Number = 1
    factors: Factors = field(default_factory=dict)
    count: int = 0
    weight: int = 0

    @property
    def measure(self) -> Measure:
        """Return the size of what was read."""
        return self.count, self.weight

    @property
    def written_measure(self) -> Measure:
        """Return the size of what `write_product` would write."""
        if self.coefficient == 0:
            return 0, 2
        count = sum(_occurrences(abs(e)) for e in self.factors.values())
        return count, _coefficient_weight(self.coefficient)


def _coefficient_weight(coefficient: Number) -> int:
    return 0 if coefficient == 1 else 1 if coefficient == -1 else 2


def _occurrences(exponent: Exponent) -> int:
    """Tell how often `_write_power` names the base, as read again."""
    if exponent != int(exponent):
        return 1 if exponent == 0.5 or exponent > CHAIN else 1 + _occurrences(int(exponent))
    return 1 if exponent > CHAIN else bin(int(exponent)).count("1")


def read_product(
    value: Value, window: int = WINDOW, whole: frozenset[str] = frozenset()
) -> Product:
    """Read a value as a product, through products below it that bring at most `window` factors.

    whole   operations below it that are left as they are
    """
    if value.op.name not in READ:
        return Product(1, {value: 1}, 1)
    result = Product()
    roots: dict[Value, tuple[Value, Exponent]] = {}
    stack: list[tuple[Value, Exponent]] = [(value, 1)]
    while stack:
        v, exponent = stack.pop()
        number = number_of(v)
        if number is not None and _fold_number(result, number, exponent, v):
            continue
        opened = v is value or (window > 0 and v.op.name not in whole)
        parts = _split(v, exponent) if opened else None
        if parts is None:
            result.count += 1
            result.factors[v] = _tidy(result.factors.get(v, 0) + exponent)
            continue
        if v.op.name == "sqrt":
            root, power = roots.get(v.operands[0], (v, 0))
            roots[v.operands[0]] = root, power + exponent
        window -= len(parts) - 1 or 1 if v is not value else 0
        if v.op.name == "negate":
            result.coefficient, result.weight = -result.coefficient, result.weight + 1
        stack.extend(reversed(parts))
    for base, (root, power) in roots.items():
        _keep_domain(result.factors, base, root, power)
    result.factors = {base: e for base, e in result.factors.items() if e != 0}
    return result


def _keep_domain(factors: Factors, base: Value, root: Value, power: Exponent) -> None:
    """Leave roots that make a whole power as roots: sqrt(x) * sqrt(x) is NaN where x is below 0."""
    exponent = factors.get(base)
    if exponent is None or exponent % 1 or is_not_negative(base):
        return
    factors[base] = _tidy(exponent - power / 2)
    factors[root] = _tidy(factors.get(root, 0) + power)


def _fold_number(result: Product, number: Number, exponent: Exponent, value: Value) -> bool:
    if value.type.dtype == "bool" or exponent != int(exponent) or number != number:
        return False
    if number == 0 and exponent < 0:
        return False
    try:
        folded = result.coefficient * (number if exponent == 1 else number ** int(exponent))
    except OverflowError:
        return False
    if not representable(folded, value, allow_zero=number == 0):
        return False
    result.coefficient = folded
    result.weight += 2
    return True


def _tidy(exponent: Exponent) -> Exponent:
    return int(exponent) if exponent == int(exponent) else exponent


def _split(value: Value, exponent: Exponent) -> list[tuple[Value, Exponent]] | None:
    """Return the factors that a value to a power is made of, or None for a factor itself."""
    name, dtype, operands = value.op.name, value.type.dtype, value.operands
    if exponent != int(exponent) or dtype == "bool":
        return None  # roots do not distribute over factors that may be negative
    if name == "multiply":
        return [(x, exponent) for x in operands]
    if name == "negate":
        return [(operands[0], exponent)] if exponent % 2 else None
    if name == "square":
        return [(operands[0], 2 * exponent)]
    if name == "power":
        return _split_power(value, exponent)
    if dtype not in FLOATS or operands == () or operands[0].type.dtype != dtype:
        return None
    if name == "true_divide":
        return [(operands[0], exponent), (operands[1], -exponent)]
    if name == "reciprocal":
        return [(operands[0], -exponent)]
    return [(operands[0], exponent / 2)] if name == "sqrt" else None


def _split_power(value: Value, exponent: Exponent) -> list[tuple[Value, Exponent]] | None:
    number = number_of(value.operands[1])
    if number is None or isinstance(number, complex) or not 0 < abs(number) <= 1024 or number % 1:
        return None
    if number < 0 and value.type.dtype not in FLOATS:
        return None
    return [(value.operands[0], int(number) * exponent)]


def write_product(product: Product, like: Value) -> Value:
    """Write a product, of a value's dtype and rank, with divisions for negative exponents."""
    above = [_write_power(x, e) for x, e in product.factors.items() if e > 0]
    below = [_write_power(x, -e) for x, e in product.factors.items() if e < 0]
    coefficient = product.coefficient
    negated = coefficient == -1 and bool(product.factors)
    if negated:
        coefficient = 1
    if not product.factors:
        return number_like(coefficient, like)
    if coefficient != 1:
        above.insert(0, number_like(coefficient, like))
    result = _quotient(above, below)
    return arithmetic.negate(result) if negated else result


def _quotient(above: list[Value], below: list[Value]) -> Value:
    """Divide the product of some values by that of others."""
    result: Any
    if not below:
        result = _multiply(above)
    elif not above:
        result = arithmetic.reciprocal(_multiply(below))
    else:
        result = arithmetic.true_divide(_multiply(above), _multiply(below))
    return result  # type: ignore[no-any-return]


def _multiply(values: list[Value]) -> Value:
    result: Value = arithmetic.multiply(*values) if len(values) > 1 else values[0]
    return result


def _write_power(base: Value, exponent: Exponent) -> Value:
    """Write a positive power by squaring, an odd half by a square root."""
    if exponent > CHAIN:
        result: Value = arithmetic.power(base, number_like(exponent, base))
        return result
    parts = [] if exponent == int(exponent) else [arithmetic.sqrt(base)]
    rest, square = int(exponent), base
    while rest:
        if rest & 1:
            parts.insert(0, square)
        rest >>= 1
        square = arithmetic.square(square) if rest else square
    return _multiply(parts)
