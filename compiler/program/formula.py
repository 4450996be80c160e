"""Host scalars of a program as formulas in the sizes of its arrays, for readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field

from symc.compiler.kernel.linear import ZERO, Polynomial, plus, polynomial, times
from symc.compiler.op import find
from symc.compiler.program.record import (
    Buffer,
    CheckEqual,
    CheckIndex,
    Compute,
    Loop,
    Number,
    Program,
    Statement,
    flat,
)

LETTERS = "nmkpqrstuvw"
"""What open sizes are called, in the order in which they come; then n1, n2, ..."""

UNKNOWN = 1000
"""What an open size is taken to be where two formulas are compared."""

Dimension = tuple[str, int, int]
"""A size that a call is given: 'input' or 'state', its number, the axis."""


class Formulas(Struct):
    """The host scalars of a program.

    known    sizes that are given, by dimension
    legend   what each letter stands for: dimensions that are equal, none for other numbers
    """

    known: Mapping[Dimension, int]
    legend: dict[str, list[Dimension]] = field(default_factory=dict)
    _found: dict[str, Polynomial] = field(default_factory=dict)

    def __getitem__(self, number: Number) -> Polynomial:
        """Return a host scalar as a formula in letters."""
        if isinstance(number, str):
            return self._found[number]
        return polynomial(int(number))

    def take(self, program: Program, more: Iterable[Statement] = ()) -> None:
        """Take over all that a program computes of sizes, and some more host scalars."""
        statements = [*_all(program), *more]
        dimensions = {s.name: _dimension(s) for s in statements if isinstance(s, Compute)}
        fixed = _fixed(statements)
        for group in _equal(statements, {k: v for k, v in dimensions.items() if v is not None}):
            self._name(group, dimensions, next((fixed[x] for x in group if x in fixed), None))
        for statement in statements:
            if isinstance(statement, Loop) and isinstance(statement.rows, str):
                self._found[statement.rows] = polynomial("(rows of a block)")
                self._found[str(statement.count)] = polynomial("(blocks)")
        for statement in statements:
            if isinstance(statement, Compute) and statement.name not in self._found:
                self._found[statement.name] = self._computed(statement)
            elif isinstance(statement, CheckIndex):
                self._found[statement.name] = self._other(statement.name, "an index")
            elif isinstance(statement, Loop):
                self._found[statement.counter] = self._other(statement.counter, "the step")
                self._found[statement.ran] = self[statement.count]

    def _name(
        self, group: list[str], dimensions: Mapping[str, Dimension | None], given: int | None
    ) -> None:
        """Give sizes that are equal one letter, or their number."""
        mine = [d for d in (dimensions[name] for name in group) if d is not None]
        given = next((self.known[d] for d in mine if d in self.known), given)
        if given is None:
            letter = self._letter()
            self.legend[letter] = mine
        formula = polynomial(letter if given is None else given)
        self._found.update(dict.fromkeys(group, formula))

    def _letter(self) -> str:
        count = len(self.legend)
        if count < len(LETTERS):
            return LETTERS[count]
        return f"n{count - len(LETTERS) + 1}"

    def _other(self, name: str, what: str) -> Polynomial:
        return polynomial(f"({what} {name})")

    def _computed(self, statement: Compute) -> Polynomial:
        operands = [self[x] for x in statement.operands]
        if statement.op in EXACT:
            total, *rest = operands
            for x in rest:
                total = EXACT[statement.op](total, x)
            return total
        if statement.op == "cast":
            return operands[0]
        numbers = [_constant(x) for x in operands]
        if statement.op != "load" and all(n is not None for n in numbers):
            return polynomial(int(find(statement.op).reference(*numbers)))
        inside = ", ".join(text(x) for x in operands)
        word = "element" if statement.op == "load" else statement.op
        return polynomial(f"{word}({inside})")


EXACT: Mapping[str, Callable[[Polynomial, Polynomial], Polynomial]] = {
    "add": plus,
    "multiply": times,
    "subtract": lambda x, y: plus(x, times(polynomial(-1), y)),
}


def _all(program: Program) -> Iterator[Statement]:
    """Yield every statement, those of loops and branches too, in order."""
    for piece in program.pieces:
        yield from (*piece.prologue, *flat(piece.body))
    yield from flat(program.commit)


def _dimension(statement: Compute) -> Dimension | None:
    if statement.op != "dimension":
        return None
    facts = dict(statement.attributes)
    buffer: Buffer = facts["buffer"]
    return buffer.place, buffer.index, facts["axis"]


def _equal(statements: list[Statement], names: Mapping[str, Dimension]) -> list[list[str]]:
    """Return the sizes that are given, those together that a check demands to be equal."""
    groups = {name: [name] for name in names}
    for s in statements:
        if isinstance(s, CheckEqual) and s.left in groups and s.right in groups:
            left, right = groups[str(s.left)], groups[str(s.right)]
            if left is not right:
                left += right
                groups.update(dict.fromkeys(right, left))
    return list({id(group): group for group in groups.values()}.values())


def _fixed(statements: list[Statement]) -> dict[str, int]:
    """Return the sizes for which a check demands a number."""
    sides = ((s.left, s.right) for s in statements if isinstance(s, CheckEqual))
    pairs = (pair for left, right in sides for pair in ((left, right), (right, left)))
    return {a: b for a, b in pairs if isinstance(a, str) and isinstance(b, int)}


def _constant(formula: Polynomial) -> int | None:
    if formula == ZERO:
        return 0
    (names, factor), *rest = formula
    return None if names or rest else factor


def substitute(formula: Polynomial, values: Mapping[str, Polynomial]) -> Polynomial:
    """Return a formula with each of its names replaced."""
    total = ZERO
    for names, factor in formula:
        product = polynomial(factor)
        for name in names:
            product = times(product, values[name])
        total = plus(total, product)
    return total


def evaluate(formula: Polynomial) -> int:
    """Return the value of a formula, all of whose names are taken to be UNKNOWN."""
    return sum(factor * UNKNOWN ** len(names) for names, factor in formula)


def text(formula: Polynomial) -> str:
    """Return a formula as one writes it, the highest powers first."""
    terms = sorted(formula, key=lambda term: (-len(term[0]), term[0]))
    return " + ".join(_term(names, factor) for names, factor in terms) or "0"


def _term(names: tuple[str, ...], factor: int) -> str:
    if not names:
        return f"{factor:,}"
    return " ".join([*([f"{factor:,}"] if factor != 1 else []), *names])
