"""Matching in sums and products: operands in any order, and at a rule's root any subset of them.

Subtraction is read as a coefficient and division as an exponent. One hole that stands alone in a
sum or product takes all that the other parts leave, when it lies below the root.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.errors import InternalError
from symc.compiler.value import Value
from symc.passes.algebra import (
    PRODUCTS,
    SUMS,
    Exponent,
    Factors,
    Key,
    Number,
    Product,
    Reading,
    Sum,
    Term,
    read_product,
    read_sum,
    write_product,
    write_sum,
)
from symc.passes.pattern import (
    Application,
    Bindings,
    Hole,
    Literally,
    Matcher,
    Pattern,
    match_single,
)

QUOTIENTS = frozenset({"multiply", "true_divide", "reciprocal"})
"""Operations of a pattern that are read as a product; roots and powers are matched as written."""

# --- products


class ProductMatcher(Struct, frozen=True):
    """Matches a number times powers of values; `rest` takes the factors left over."""

    coefficient: Number
    factors: tuple[tuple[Matcher, Exponent], ...]
    rest: tuple[Hole, Exponent] | None

    def match(self, value: Value, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the whole value is this product."""
        if value.op.name in PRODUCTS or value.op.name == "negate":
            yield from self._whole(read_product(value), value, bound)

    def match_term(self, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which a term's factors are all of this product."""
        like = next(iter(factors))
        coefficient = self.coefficient  # that of the term is matched by the sum
        return self._whole(Product(coefficient, factors), like, bound)

    def _whole(self, product: Product, like: Value, bound: Bindings) -> Iterator[Bindings]:
        for found, left in self.find(product.factors, bound):
            over = Product(product.coefficient / self.coefficient, left)
            if self.rest is None:
                if not left and over.coefficient == 1:
                    yield found
            elif left or over.coefficient != 1:
                hole, exponent = self.rest
                over.factors = {base: e * exponent for base, e in left.items()}
                if exponent == 1 or over.coefficient == 1:
                    yield from hole.match(write_product(over, like), found)

    def find(self, factors: Factors, bound: Bindings) -> Iterator[tuple[Bindings, Factors]]:
        """Yield the bindings under which some of the factors fit, with those left over."""
        yield from _find_factors(self.factors, factors, bound)


def _find_factors(
    wanted: tuple[tuple[Matcher, Exponent], ...], factors: Factors, bound: Bindings
) -> Iterator[tuple[Bindings, Factors]]:
    if not wanted:
        yield bound, factors
        return
    matcher, exponent = wanted[0]
    for base, power in factors.items():
        over = power - exponent
        if over * exponent < 0 or over % 1:
            continue  # of x squared, one x may be taken; of its square root or inverse, none
        for found in matcher.match(base, bound):
            left = {x: e for x, e in factors.items() if x is not base}
            if over:
                left[base] = over
            yield from _find_factors(wanted[1:], left, found)


# --- sums


class SumMatcher(Struct, frozen=True):
    """Matches terms with coefficients and a number; `rest` takes the terms left over."""

    terms: tuple[tuple[Matcher, Number], ...]
    constant: Number
    rest: tuple[Hole, Number] | None

    def match(self, value: Value, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which the whole value is this sum."""
        if value.op.name in SUMS or (self.rest is not None and not self.constant):
            yield from self._whole(read_sum(value), value, bound)

    def match_term(self, factors: Factors, bound: Bindings) -> Iterator[Bindings]:
        """Yield the bindings under which a term that is one value is this sum."""
        return match_single(self, factors, bound)

    def _whole(self, total: Sum, like: Value, bound: Bindings) -> Iterator[Bindings]:
        if self.constant and total.constant != self.constant:
            return
        constant = total.constant - self.constant
        for found, left, _ in self.find(total.terms, bound, (1,)):
            if self.rest is None:
                if not left and not constant:
                    yield found
            elif left or constant:
                hole, sign = self.rest
                over = Sum(_scaled(left, sign), constant * sign)
                yield from hole.match(write_sum(over, like), found)

    def find(
        self, terms: dict[Key, Term], bound: Bindings, scales: tuple[int, ...]
    ) -> Iterator[tuple[Bindings, dict[Key, Term], int]]:
        """Yield bindings with the terms left over and the scale at which the others fit."""
        for scale in scales:
            for found, left in _find_terms(self.terms, terms, bound, scale):
                yield found, left, scale


def _find_terms(
    wanted: tuple[tuple[Matcher, Number], ...],
    terms: dict[Key, Term],
    bound: Bindings,
    scale: int,
) -> Iterator[tuple[Bindings, dict[Key, Term]]]:
    if not wanted:
        yield bound, terms
        return
    matcher, coefficient = wanted[0]
    for key, term in terms.items():
        if term.coefficient != scale * coefficient:
            continue
        for found in matcher.match_term(term.factors, bound):
            left = {k: t for k, t in terms.items() if k is not key}
            yield from _find_terms(wanted[1:], left, found, scale)


def _scaled(terms: dict[Key, Term], sign: Number) -> dict[Key, Term]:
    return {key: replace(term, coefficient=sign * term.coefficient) for key, term in terms.items()}


# --- roots: a rule's left side found in part of a sum or product


class Found(Struct, frozen=True):
    """One way a left side fits a value: its bindings, and how to put the right side in place."""

    bound: Bindings
    around: Sum | Product | None = None
    position: int = 0
    scale: int = 1

    def embed(self, right: Value, like: Value) -> Value:
        """Return the value in which the right side stands for what matched."""
        if self.around is None:
            return right
        if isinstance(self.around, Product):
            return _embed_factor(self.around, self.position, right, like)
        return _embed_term(self.around, self.position, self.scale, right, like)


def _embed_factor(around: Product, position: int, right: Value, like: Value) -> Value:
    items = list(around.factors.items())
    factors: Factors = {}
    for base, exponent in (*items[:position], (right, 1), *items[position:]):
        factors[base] = factors.get(base, 0) + exponent
    kept = {base: e for base, e in factors.items() if e}
    return write_product(Product(around.coefficient, kept), like)


def _embed_term(around: Sum, position: int, scale: int, right: Value, like: Value) -> Value:
    items = list(around.terms.items())
    key: Any = ("right", right)  # not the value itself: it may be a term already
    term = Term(scale, {right: 1}, right, 1)
    terms = dict((*items[:position], (key, term), *items[position:]))
    return write_sum(Sum(terms, around.constant), like)


def find_at_root(matcher: Matcher, reading: Reading) -> Iterator[Found]:
    """Yield each way a left side fits a value, or a part of the sum or product that it is."""
    if not isinstance(matcher, SumMatcher | ProductMatcher):
        for bound in matcher.match(reading.value, {}):
            yield Found(bound)
    elif reading.value.type.dtype != "bool":
        if isinstance(matcher, SumMatcher):
            yield from _find_in_sum(matcher, reading.sum)
        else:
            yield from _find_in_product(matcher, reading.products[-1])


def _find_in_sum(matcher: SumMatcher, total: Sum) -> Iterator[Found]:
    for bound, left, scale in matcher.find(total.terms, {}, (1, -1)):
        constant = total.constant
        if matcher.constant:
            if constant != scale * matcher.constant:
                continue
            constant = 0
        taken = _take_terms(matcher.rest, left, bound, scale)
        if taken is not None:
            yield Found(bound, Sum(taken, constant), _gap(total.terms, taken), scale)


def _take_terms(
    rest: tuple[Hole, Number] | None, left: dict[Key, Term], bound: Bindings, scale: int
) -> dict[Key, Term] | None:
    """Take the terms of a hole that the other parts have bound out of those left over."""
    if rest is None:
        return left
    hole, coefficient = rest
    whole = read_sum(bound[hole.name])
    left = dict(left)
    for key, term in whole.terms.items():
        known = left.pop(key, None)
        if known is None or known.coefficient != scale * coefficient * term.coefficient:
            return None
    return left if whole.constant == 0 else None


def _find_in_product(matcher: ProductMatcher, product: Product) -> Iterator[Found]:
    for bound, left in matcher.find(product.factors, {}):
        coefficient = product.coefficient
        if matcher.coefficient != 1:
            if abs(coefficient) != abs(matcher.coefficient):
                continue
            coefficient = 1 if coefficient == matcher.coefficient else -1
        taken = _take_factors(matcher.rest, left, bound)
        if taken is not None:
            yield Found(bound, Product(coefficient, taken), _gap(product.factors, taken))


def _take_factors(
    rest: tuple[Hole, Exponent] | None, left: Factors, bound: Bindings
) -> Factors | None:
    """Take the factors of a hole that the other parts have bound out of those left over."""
    if rest is None:
        return left
    hole, exponent = rest
    left = dict(left)
    whole = read_product(bound[hole.name])
    for base, power in whole.factors.items():
        if left.pop(base, None) != power * exponent:
            return None
    return left if whole.coefficient == 1 else None


def _gap(before: dict[Any, Any], after: dict[Any, Any]) -> int:
    """Return where in what is left over the first of the parts taken stood."""
    for position, key in enumerate(before):
        if key not in after:
            return position
    return 0


# --- compilation of patterns


def compile_exact(pattern: Any) -> Matcher:
    """Return the matcher of a pattern as it is written."""
    if isinstance(pattern, Hole):
        return pattern
    if not isinstance(pattern, Pattern):
        return Literally(pattern)
    operands = tuple(compile_exact(x) for x in pattern.operands)
    return Application(pattern.op, operands, pattern.attributes)


def compile_loose(pattern: Any) -> Matcher:
    """Return the matcher of a pattern whose sums and products are read as such."""
    if isinstance(pattern, Pattern) and pattern.op.name in SUMS:
        return _compile_sum(pattern)
    if isinstance(pattern, Pattern) and pattern.op.name in QUOTIENTS:
        return _compile_product(pattern)
    if isinstance(pattern, Pattern):
        operands = tuple(compile_loose(x) for x in pattern.operands)
        return Application(pattern.op, operands, pattern.attributes)
    return compile_exact(pattern)


def _compile_sum(pattern: Pattern) -> SumMatcher:
    terms: list[tuple[Matcher, Number]] = []
    constant: Number = 0
    rest: tuple[Hole, Number] | None = None
    stack: list[tuple[Any, Number]] = [(pattern, 1)]
    while stack:
        part, sign = stack.pop()
        if isinstance(part, Pattern) and part.op.name in SUMS:
            last = sign if part.op.name == "add" else -sign
            signs = [sign] * (len(part.operands) - 1) + [last]
            stack.extend(reversed(list(zip(part.operands, signs, strict=True))))
        elif isinstance(part, Hole) and not part.numeric:
            rest = _only(rest, (part, sign), pattern)
        elif isinstance(part, Pattern | Hole):
            matcher = compile_loose(part)
            if isinstance(matcher, ProductMatcher):
                sign, matcher = sign * matcher.coefficient, replace(matcher, coefficient=1)
            terms.append((matcher, sign))
        else:
            constant += sign * part
    return SumMatcher(tuple(terms), constant, rest)


def _compile_product(pattern: Pattern) -> ProductMatcher:
    factors: list[tuple[Matcher, Exponent]] = []
    coefficient: Number = 1
    rest: tuple[Hole, Exponent] | None = None
    stack: list[tuple[Any, Exponent]] = [(pattern, 1)]
    while stack:
        part, exponent = stack.pop()
        if isinstance(part, Pattern) and part.op.name in QUOTIENTS:
            stack.extend(reversed(_powers(part, exponent)))
        elif isinstance(part, Pattern) and part.op.name == "negate":
            coefficient = -coefficient
            stack.append((part.operands[0], exponent))
        elif isinstance(part, Hole) and exponent in (1, -1):
            rest = _only(rest, (part, exponent), pattern)
        elif isinstance(part, Pattern | Hole):
            factors.append((compile_loose(part), exponent))
        else:
            coefficient *= part**exponent
    return ProductMatcher(coefficient, tuple(factors), rest)


def _powers(part: Pattern, exponent: Exponent) -> list[tuple[Any, Exponent]]:
    first = part.operands[0]
    if part.op.name == "true_divide":
        return [(first, exponent), (part.operands[1], -exponent)]
    if part.op.name == "reciprocal":
        return [(first, -exponent)]
    return [(x, exponent) for x in part.operands]


def _only(rest: Any, found: Any, pattern: Pattern) -> Any:
    if rest is not None:
        raise InternalError(f"{pattern.op.name}: two holes of a sum or product both take the rest")
    return found
