"""Reads a module back from the text that `symc.compiler.text` prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from numpy.typing import NDArray

from symc.compiler.checks import take_checks
from symc.compiler.errors import InternalError
from symc.compiler.kernel import contraction, factoring, sorting
from symc.compiler.kernel import parse as kernel_parse
from symc.compiler.literal import parse_attribute, parse_elements
from symc.compiler.location import Location
from symc.compiler.module import Module, Parameter
from symc.compiler.op import Op, find
from symc.compiler.ops.branch import Arm, ArmLeaves
from symc.compiler.ops.foreign import Callee
from symc.compiler.ops.loop import Body, Leaves
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Context, Value

TOKEN = re.compile(
    r"""\s*(?:
      (?P<comment>//\ .*)                                   # file:line, to the end
    | (?P<value>%\w+(?:\.\d+|/\w+)?)
    | (?P<record>@\w+)
    | (?P<site>\#\d+)
    | (?P<string>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
    | (?P<data>data<[0-9a-f]+>)
    | (?P<number>-?(?:inf|nan|0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<mark>->|==|[()\[\]{}:;,=])
    )""",
    re.VERBOSE,
)

RECORDS: dict[str, Callable[[str], Any]] = {
    "kernel": kernel_parse.parse,
    "contraction": contraction.parse,
    "sorting": sorting.parse,
    "factoring": factoring.parse,
}


def parse(
    text: str,
    literals: Mapping[str, NDArray[Any]] | None = None,
    callees: Sequence[Callee] = (),
) -> Module:
    """Return the module of a text, in a context of its own.

    literals   the constants that stand outside the text, by digest (`text.literals`)
    callees    the Python functions that it calls (`text.callees`); without them they have names
               alone
    """
    blocks = _blocks(text)
    records, bodies = {}, {}
    for head, *body in blocks[1:]:
        kind, name, *_ = head.split(" ")
        inside = "\n".join(line[2:] for line in body) + "\n"
        if kind in ("body", "arm"):
            bodies[name] = (head, body)
        elif kind == "python":
            records[name] = _callee(int(name[2:]), inside, callees)
        else:
            records[name] = RECORDS[kind](inside)
    return _Function(records, bodies, literals or {}).module(blocks[0])


def _callee(place: int, text: str, known: Sequence[Callee]) -> Callee:
    """Return a Python function by its place; where it is not known, it is equal to no other."""
    if place < len(known):
        return known[place]
    return Callee(parse_attribute(text.strip()), _unknown, place)


def _unknown(arrays: list[NDArray[Any]]) -> list[NDArray[Any]]:
    raise InternalError("a text does not hold the Python functions that it calls")


def _blocks(text: str) -> list[list[str]]:
    """Split the text at the lines that hold a closing brace alone."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line == "}":
            blocks.append([])
        elif line.strip() and not line.startswith("//"):
            blocks[-1].append(line)
    if blocks.pop() or not blocks:
        raise InternalError("the text ends inside of a function or record")
    return blocks


class Line:
    """The words of one line, read from left to right."""

    def __init__(self, text: str) -> None:
        self.words: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            match = TOKEN.match(text, place)
            if match is None:
                raise InternalError(f"cannot read {text[place:]!r}")
            kind = str(match.lastgroup)
            self.words.append((kind, match.group(kind)))
            place = match.end()
        self.next = 0

    def peek(self) -> tuple[str, str]:
        """Return the next word's kind and text without passing it; ('', '') at the end."""
        return self.words[self.next] if self.next < len(self.words) else ("", "")

    def take(self, *expected: str) -> str:
        """Pass and return the next word, which is of one of these kinds, or is one of these."""
        kind, word = self.peek()
        if expected and kind not in expected and word not in expected:
            wanted = " or ".join(expected)
            raise InternalError(f"expected {wanted}, found {word!r}")
        self.next += 1
        return word

    def accept(self, expected: str) -> str:
        """Pass and return the next word if it is this one or of this kind, else return ''."""
        return self.take() if expected in self.peek() and self.peek()[1] else ""

    def list(self, opening: str, closing: str, item: Callable[[Line], Any]) -> tuple[Any, ...]:
        """Read items between brackets, separated by commas."""
        items = []
        self.take(opening)
        while not self.accept(closing):
            items.append(item(self))
            if self.peek()[1] != closing:
                self.take(",")
        return tuple(items)


class _Function:
    """The function of a text while it is read."""

    def __init__(
        self,
        records: dict[str, Any],
        bodies: dict[str, tuple[str, list[str]]],
        literals: Mapping[str, NDArray[Any]],
    ) -> None:
        self.context = Context()
        self.records = records
        self.bodies = bodies
        self.pending: dict[str, str] = {}
        self.literals = literals
        self.index: dict[str, int] = {}
        self.values: dict[str, Value] = {}
        self.outputs: tuple[Value, ...] = ()
        self.updates: list[tuple[int, Value]] = []
        self.sites: dict[int, Location] = {}
        self.inside = 0

    def module(self, lines: list[str]) -> Module:
        """Read the head and the lines of the body."""
        head = Line(lines[0])
        head.take("func")
        name = head.take("record")[1:]
        # All parameters have their names before any type is read: sizes go by these.
        named = [word for (_, word), (_, mark) in pairwise(head.words) if mark == ":"]
        self.index = {word: k for k, word in enumerate(named)}
        parameters = head.list("(", ")", self._parameter)
        self.pending = {line.split(":")[0].strip(): line for line in lines[1:] if ":" in line}
        for text in lines[1:]:
            self._read_once(text)
        head.take("->")
        results = head.list("(", ")", self._type)
        head.take("{")
        if results != tuple(value.type for value in self.outputs):
            raise InternalError(f"the results are not what the head says: {lines[0]}")
        return Module(
            name=name,
            context=self.context,
            parameters=parameters,
            outputs=self.outputs,
            updates=tuple(self.updates),
            checks=tuple(self.context.checks),
            sites=self._locations(),
        )

    def _locations(self) -> tuple[Location, ...]:
        numbers = range(max(self.sites, default=-1) + 1)
        return tuple(self.sites.get(k, Location(())) for k in numbers)

    def _parameter(self, line: Line) -> Parameter:
        name = line.take("value")
        line.take(":")
        type, index = self._type(line), self.index[name]
        value = self.context.leaf(find("parameter"), type, index=index)
        self.values[name] = value
        return Parameter(value, name[1:], "state" if line.accept("state") else "input")

    def _read_once(self, text: str) -> None:
        """Read a line, unless a body has needed before what it makes."""
        name = text.split(":")[0].strip()
        if name.startswith("%") and self.pending.pop(name, None) is None:
            return
        try:
            self._read(Line(text))
        except InternalError as error:
            raise InternalError(f"{error}\n    {text.strip()}") from None

    def _read(self, line: Line) -> None:
        match line.take("word", "value"):
            case "check":
                self._check(line)
            case "return":
                self.outputs = self._operands(line)
            case "update":
                index = _named(self.index, line.take("value"), "parameter")
                line.take("=")
                self.updates.append((index, self._operand(line)))
            case name:
                self._value(line, name)
        line.take("")

    def _check(self, line: Line) -> None:
        left = self._operand(line).as_size()
        line.take("==")
        right, site = self._operand(line).as_size(), self._site(line)
        what = parse_attribute(line.take("string"))
        self._comment(line, site)
        with self.context.at(site):
            self.context.equate(left, right, what)

    def _value(self, line: Line, name: str) -> None:
        line.take(":")
        several = line.peek()[1] == "("
        types = line.list("(", ")", self._type) if several else (self._type(line),)
        line.take("=")
        op = _operation(line.take("word"))
        operands = line.list("(", ")", self._operand)
        braces = line.peek()[1] == "{"
        attributes = line.list("{", "}", self._attribute) if braces else ()
        site = self._site(line)
        self._comment(line, site)
        with self.context.at(site):
            results = types if several else ()
            if op.name == "measured":
                made = self.context.measure(operands[0])
            else:
                made = self.context.restore(op, operands, attributes, types[0], results)
        self.values[name] = made

    def _site(self, line: Line) -> int:
        return int(line.take()[1:]) if line.peek()[0] == "site" else -1

    def _comment(self, line: Line, site: int) -> None:
        if line.peek()[0] == "comment":
            file, _, number = line.take()[3:].rpartition(":")
            self.sites[site] = Location(((file, int(number), ""),))

    def _type(self, line: Line) -> TensorType:
        dtype = line.take("word")
        return TensorType(dtype, line.list("[", "]", self._size))

    def _size(self, line: Line) -> Size:
        if line.peek()[0] == "number":
            return int(line.take())
        return self._named(line.take("value"))

    def _named(self, name: str) -> Value:
        owner, dot, axis = name.partition(".")
        if dot:
            type, index = TensorType("int64"), _named(self.index, owner, "parameter")
            return self.context.leaf(find("dimension"), type, parameter=index, axis=int(axis))
        if name not in self.values and self.inside and name in self.pending:
            self._read_once(self.pending[name])
        if name not in self.values:
            raise InternalError(f"{name} is used before the line that makes it")
        return self.values[name]

    def _operand(self, line: Line) -> Value:
        kind = line.peek()[0]
        if kind == "value":
            return self._named(line.take())
        if kind == "number":
            return self.context.constant(int(line.take()), "int64")
        return self.context.constant(self._constant(line))

    def _constant(self, line: Line) -> NDArray[Any]:
        dtype = line.take("word")
        shape = line.list("[", "]", lambda inner: int(inner.take("number")))
        if line.peek()[0] != "data":
            words = line.list("(", ")", lambda inner: inner.take("number", "word"))
            return parse_elements(list(words), dtype, shape)
        name = line.take()[len("data<") : -1]
        if name not in self.literals:
            raise InternalError(f"the constant data<{name}> is not among those given")
        return self.literals[name]

    def _attribute(self, line: Line) -> tuple[str, Any]:
        key = line.take("word")
        line.take("=")
        return key, self._literal(line)

    def _literal(self, line: Line) -> Any:
        if line.peek()[1] == "(":
            return line.list("(", ")", self._literal)
        if line.peek()[0] == "record":
            name = line.take()
            return (
                self._inner(name) if name in self.bodies else _named(self.records, name, "record")
            )
        return parse_attribute(line.take("string", "number", "word"))

    # --- bodies of loops, arms of branches

    def _inner(self, name: str) -> Body | Arm:
        """Read a body or an arm; what it names of the function may come in later lines."""
        text, lines = self.bodies[name]
        head = Line(text)
        self.inside += 1
        read = self._body if head.take("word") == "body" else self._arm
        head.take("record")
        head.take("word")
        made = read(head, int(head.take("number")), lines)
        self.inside -= 1
        return made

    def _body(self, head: Line, depth: int, lines: list[str]) -> Body:
        leaves = Leaves(self.context, depth)
        head.take("(")
        self.values[head.take("value")] = leaves.counter
        groups: list[tuple[Value, ...]] = []
        while head.accept(";"):
            groups.append(self._leaves(head, leaves.make))
        parts: dict[str, tuple[Value, ...]] = {}
        before = len(self.context.checks)
        saves: Any = "results"
        for text in lines:
            word, *rest = text.split()
            if word == "save":
                saves = rest[0]
            elif word in ("next", "keep", "stop"):
                parts[word] = self._listed(Line(text))
            else:
                self._read(Line(text))
        checks = tuple(self.context.checks[before:])
        del self.context.checks[before:]
        elements, states, fixed = groups
        stop = parts["stop"][0] if "stop" in parts else None
        return Body(
            *(leaves.counter, elements, states, fixed, parts["next"], parts["keep"], stop, checks),
            saves=saves,
        )

    def _arm(self, head: Line, height: int, lines: list[str]) -> Arm:
        head.take("(")
        make = ArmLeaves(self.context, height).make
        leaves = self._leaves(head, make)
        noted = len(self.context.checks)
        for text in lines[:-1]:
            self._read(Line(text))
        take_checks(self.context, noted, set(leaves), self.context.definitions)
        return Arm(leaves, self._listed(Line(lines[-1])), height)

    def _leaves(self, line: Line, make: Callable[[TensorType], Value]) -> tuple[Value, ...]:
        """Read leaves up to the end of their group."""
        found = []
        while line.peek()[0] == "value":
            name = line.take()
            line.take(":")
            found.append(self.values.setdefault(name, make(self._type(line))))
            line.accept(",")
        return tuple(found)

    def _listed(self, line: Line) -> tuple[Value, ...]:
        """Read the values behind a word."""
        line.take("word")
        return self._operands(line)

    def _operands(self, line: Line) -> tuple[Value, ...]:
        """Read values up to the end of the line."""
        found = []
        while line.peek()[1]:
            found.append(self._operand(line))
            line.accept(",")
        return tuple(found)


def _named(table: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in table:
        raise InternalError(f"there is no {what} {name}")
    return table[name]


def _operation(name: str) -> Op:
    try:
        return find(name)
    except KeyError:
        raise InternalError(f"there is no operation {name!r}") from None
