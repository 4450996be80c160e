"""Sums as rules read them: terms with coefficients, and a number."""

from __future__ import annotations

from msgspec import Struct, field

from symc.compiler.ops import arithmetic
from symc.compiler.value import Value
from symc.passes.algebra.number import Number, number_like
from symc.passes.algebra.product import (
    CHAIN,
    READ,
    WINDOW,
    Exponent,
    Factors,
    Measure,
    Product,
    read_product,
    write_product,
)

Key = Value | frozenset[tuple[Value, Exponent]]

SUMS = frozenset({"add", "subtract", "negate"})


class Term(Struct):
    """A coefficient times powers of values.

    whole, own   a value that holds this term already, with the coefficient it has there
    """

    coefficient: Number
    factors: Factors
    whole: Value
    own: Number


class Sum(Struct):
    """Terms in the order of their first occurrence, and a number.

    count     how often terms occur in what was read
    weight    2 for each number and 1 for each negation in it
    nested    whether it was read through additions or multiples of sums
    """

    terms: dict[Key, Term] = field(default_factory=dict)
    constant: Number = 0
    count: int = 0
    weight: int = 0
    nested: bool = False

    @property
    def measure(self) -> Measure:
        """Return the size of what was read."""
        return self.count, self.weight

    @property
    def written_measure(self) -> Measure:
        """Return the size of what `write_sum` would write."""
        coefficients = [term.coefficient for term in self.terms.values()]
        weight = 2 * sum(abs(c) != 1 for c in coefficients) + 2 * (self.constant != 0)
        alone = not any(_is_positive(c) for c in (*coefficients, self.constant))
        return len(coefficients), weight + (alone and bool(coefficients))


def _is_positive(number: Number) -> bool:
    return isinstance(number, complex) or number > 0


def key_of(factors: Factors) -> Key:
    """Return what terms with the same factors share."""
    if len(factors) == 1:
        ((base, exponent),) = factors.items()
        if exponent == 1:
            return base
    return frozenset(factors.items())


def read_sum(value: Value, window: int = WINDOW, whole: frozenset[str] = frozenset()) -> Sum:
    """Read a value as a sum, through sums below it that bring at most `window` terms.

    whole   operations below it that are left as they are
    """
    result = Sum()
    if value.type.dtype == "bool":
        _note(result, 1, Product(factors={value: 1}, count=1), value)
        return result
    stack: list[tuple[Value, Number]] = [(value, 1)]
    while stack:
        v, coefficient = stack.pop()
        if v is value or (window > 0 and v.op.name not in whole):
            parts = _summands(v, coefficient)
            if parts is not None:
                window -= len(parts) - 1 or 1 if v is not value else 0
                result.weight += v.op.name == "negate"
                result.nested |= v is not value and v.op.name == "add"
                stack.extend(reversed(parts))
                continue
        product = _term_of(v)
        inner = _scaled_sum(product) if window > 0 and not whole else None
        if inner is not None:
            result.nested = True
            result.weight += product.weight
            stack.append((inner, coefficient * product.coefficient))
        else:
            _note(result, coefficient, product, v)
    result.terms = {key: t for key, t in result.terms.items() if t.coefficient != 0}
    return result


def _term_of(value: Value) -> Product:
    """Read a value as a product, once for all sums that it stands in."""
    if value.op.name not in READ or value.op.name in SUMS:
        return read_product(value, 0)
    known: dict[Value, Product] = value.context.memory.setdefault("terms", {})
    product = known.get(value)
    if product is None:
        product = known[value] = read_product(value, CHAIN)
    return product


def _summands(value: Value, coefficient: Number) -> list[tuple[Value, Number]] | None:
    if value.op.name == "add":
        return [(x, coefficient) for x in value.operands]
    if value.op.name == "subtract":
        return [(value.operands[0], coefficient), (value.operands[1], -coefficient)]
    return [(value.operands[0], -coefficient)] if value.op.name == "negate" else None


def _scaled_sum(product: Product) -> Value | None:
    """Return the sum that a product is a multiple of, if it is one."""
    if len(product.factors) != 1:
        return None
    ((base, exponent),) = product.factors.items()
    return base if exponent == 1 and base.op.name in SUMS else None


def _note(result: Sum, coefficient: Number, product: Product, value: Value) -> None:
    """Add a product to a sum that is being read."""
    result.weight += product.weight
    if not product.factors or product.coefficient == 0:
        result.constant += coefficient * product.coefficient
        result.count += product.count
        return
    result.count += 1
    key = key_of(product.factors)
    known = result.terms.get(key)
    if known is None:
        scale = coefficient * product.coefficient
        result.terms[key] = Term(scale, product.factors, value, product.coefficient)
    else:
        known.coefficient += coefficient * product.coefficient


def write_sum(total: Sum, like: Value) -> Value:
    """Write a sum, of a value's dtype and rank, with subtractions for negative terms."""
    signed = [_write_term(term, like) for term in total.terms.values()]
    if total.constant != 0 or not signed:
        positive = _is_positive(total.constant)
        signed.append(
            (positive, number_like(total.constant if positive else -total.constant, like))
        )
    lead = next((k for k, (positive, _) in enumerate(signed) if positive), None)
    if lead is None:
        if not total.terms:
            return number_like(total.constant, like)
        negated: Value = arithmetic.negate(_add([x for _, x in signed]))
        return negated
    return _chain([signed[lead], *signed[:lead], *signed[lead + 1 :]])


def _write_term(term: Term, like: Value) -> tuple[bool, Value]:
    """Return whether a term is added, and what is added or subtracted."""
    positive = _is_positive(term.coefficient)
    if _is_positive(term.own) and abs(term.coefficient) == abs(term.own):
        return positive, term.whole
    magnitude = term.coefficient if positive else -term.coefficient
    return positive, write_product(Product(magnitude, term.factors), like)


def _chain(signed: list[tuple[bool, Value]]) -> Value:
    """Add and subtract from left to right, runs of additions as one."""
    gathered = [signed[0][1]]
    for positive, value in signed[1:]:
        if positive:
            gathered.append(value)
        else:
            gathered = [arithmetic.subtract(_add(gathered), value)]
    return _add(gathered)


def _add(values: list[Value]) -> Value:
    result: Value = arithmetic.add(*values) if len(values) > 1 else values[0]
    return result
