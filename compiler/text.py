"""Modules as text: a readable form with the user's names, and a canonical one that keys the cache.

    func @f(%x: float32[%x.0, 3], %w: float32[%w.0] state) -> (float32[%x.0]) {
      %0: float32[%x.0] = sum(%x) {acc_dtype='float64', axes=(1,), dtype='float32'} #4 // f.py:7
      check %x.0 == %w.0 #5 'add: sizes of dimension 0 differ'
      %1: float32[%x.0] = add(%0, %w) #5 // f.py:8
      return %1
      update %w = %1
    }

`%x.0` is the first size of parameter x, `#4` the number of the user's application. Constants stand
where they are used. Records of kernels have names, and their own text below the function; so have
Python functions that are called, of which the text knows no more than what they are called, and the
bodies of loops and the arms of branches (`symc.compiler.body_text`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from numpy.typing import NDArray

from symc.compiler.body_text import UNPRINTED, BodyPrinter
from symc.compiler.literal import INLINE_BYTES, digest, print_attribute, print_constant
from symc.compiler.module import Module, Parameter, needs, walk_all, walk_by
from symc.compiler.ops.branch import Arm
from symc.compiler.ops.foreign import Callee, Results
from symc.compiler.ops.loop import Body
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Check, Value

RECORDS = {
    "Kernel": "symc.compiler.kernel.text",
    "Contraction": "symc.compiler.kernel.contraction",
    "Sorting": "symc.compiler.kernel.sorting",
    "Factoring": "symc.compiler.kernel.factoring",
}
"""Types of attributes that have a name and a text of their own, by their names: the module that
prints them. A function that the cache knows has none, so only what is printed is imported."""


def to_text(module: Module) -> str:
    """Print a module with the user's names and lines."""
    return _Readable(module, re.sub(r"\W", "_", module.name), _names(module)).text()


def canonical(module: Module) -> str:
    """Print a module without names and lines: equal functions have equal text in any process."""
    names = [f"p{k}" for k in range(len(module.parameters))]
    return Printer(module, "main", names).text()


def literals(module: Module) -> dict[str, NDArray[Any]]:
    """Return, by digest, the constants that are too large to stand in the text."""
    values = walk_all(module)
    arrays = (value.data for value in values if value.is_constant)
    return {digest(array): array for array in arrays if array.nbytes > INLINE_BYTES}


def callees(module: Module) -> list[Callee]:
    """Return the Python functions that a module calls, in the order in which the text has them."""
    return list(dict.fromkeys(callee for callee, _ in python_calls(module)))


def python_calls(module: Module) -> list[tuple[Callee, Results]]:
    """Return the Python functions that a module calls, each with its results' dtypes and ranks."""
    calls = (v for v in walk_all(module) if v.op.name == "python")
    found = ((call.attribute("callee"), call.attribute("results")) for call in calls)
    return list(dict.fromkeys(found))


def _names(module: Module) -> list[str]:
    """Turn the user's names of the parameters into words of the text, each used once."""
    names = [p.name or f"p{k}" for k, p in enumerate(module.parameters)]
    taken: dict[str, None] = {}
    for name in names:
        word = re.sub(r"\W", "_", name)
        word = f"_{word}" if word[:1].isdigit() else word
        candidates = (word if k == 0 else f"{word}_{k}" for k in range(len(names) + 1))
        taken[next(w for w in candidates if w not in taken)] = None
    return list(taken)


class Printer:
    """Names the values of one module in the order of its text, and prints it."""

    def __init__(self, module: Module, name: str, parameters: list[str]) -> None:
        self.module = module
        self.title = name
        self.parameters = parameters
        self.numbers: dict[Value, int] = {}
        self.records: dict[str, str] = {}
        self.callees: dict[Callee, str] = {}
        self.bodies: dict[Body | Arm, str] = {}
        self.local: dict[Value, str] = {}
        self.measured = {**module.context.definitions, **module.measured()}

    def text(self) -> str:
        """Return the function and the records that it names."""
        body = [line for _, line in self.lines()]
        blocks = ["\n".join([self._head(), *body, "}"])]
        blocks += self._body_blocks()
        blocks += [_block(text, name) for text, name in self.records.items()]
        blocks += [_block(f"python {c.name!r}", name) for c, name in self.callees.items()]
        return "\n".join(blocks) + "\n"

    def lines(self) -> Iterator[tuple[Value | None, str]]:
        """Yield the lines of the body, each with the value it makes."""
        module = self.module
        for check in module.checks:
            yield from self._values(x for x in (check.left, check.right) if isinstance(x, Value))
            yield None, self.check(check)
        yield from self._values(module.roots())
        yield None, f"  return {', '.join(map(self.name, module.outputs))}".rstrip()
        for index, value in module.updates:
            yield None, f"  update %{self.parameters[index]} = {self.name(value)}"

    def _values(self, roots: Any) -> Iterator[tuple[Value | None, str]]:
        for value in walk_by(roots, lambda v: needs(v, self.measured)):
            if value.op.name not in UNPRINTED and value not in self.numbers:
                self.numbers[value] = len(self.numbers)
                yield value, self.line(value)

    def name(self, value: Value) -> str:
        """Return how the text refers to a value."""
        if value in self.local:
            return self.local[value]
        match value.op.name:
            case "parameter":
                return f"%{self.parameters[value.attribute('index')]}"
            case "dimension":
                owner = self.parameters[value.attribute("parameter")]
                return f"%{owner}.{value.attribute('axis')}"
            case "constant":
                return print_constant(value.data)
        return f"%{self.numbers[value]}" if value in self.numbers else f"%?{value.number}"

    @contextmanager
    def naming(self, names: dict[Value, str], measured: dict[Value, Value]) -> Iterator[None]:
        """Let values have other names for a while, and know more numbers used as sizes."""
        before = self.measured
        self.measured = {**self.module.context.definitions, **before, **measured}
        self.local = names
        try:
            yield
        finally:
            self.local, self.measured = {}, before

    def size(self, size: Size) -> str:
        """Return how the text refers to a size."""
        return self.name(size) if isinstance(size, Value) else str(size)

    def type(self, type: TensorType) -> str:
        """Return a type, its sizes by name."""
        return f"{type.dtype}[{', '.join(map(self.size, type.shape))}]"

    def _head(self) -> str:
        takes = ", ".join(map(self._parameter, self.module.parameters, self.parameters))
        gives = ", ".join(self.type(value.type) for value in self.module.outputs)
        return f"func @{self.title}({takes}) -> ({gives}) {{"

    def _parameter(self, parameter: Parameter, name: str) -> str:
        kind = "" if parameter.kind == "input" else f" {parameter.kind}"
        return f"%{name}: {self.type(parameter.value.type)}{kind}"

    def check(self, check: Check) -> str:
        """Return the line of a check."""
        sides = f"{self.size(check.left)} == {self.size(check.right)}"
        return f"  check {sides}{self._site(check.site)} {check.what!r}{self._comment(check.site)}"

    def line(self, value: Value) -> str:
        """Return the line that makes a value."""
        type = self.type(value.type)
        if value.results:
            type = "(" + ", ".join(map(self.type, value.results)) + ")"
        if value in self.measured:
            return f"  {self.name(value)}: {type} = measured({self.name(self.measured[value])})"
        operands = ", ".join(map(self.name, value.operands))
        attributes = ", ".join(f"{key}={self._attribute(x)}" for key, x in value.attributes)
        braces = f" {{{attributes}}}" if attributes else ""
        end = self._site(value.site) + self._comment(value.site)
        return f"  {self.name(value)}: {type} = {value.op.name}({operands}){braces}{end}"

    def _attribute(self, value: Any) -> str:
        if isinstance(value, (Body, Arm)):
            return f"@{self.bodies.setdefault(value, f'b{len(self.bodies)}')}"
        if isinstance(value, Callee):
            return f"@{self.callees.setdefault(value, f'c{len(self.callees)}')}"
        kind = type(value).__name__
        if kind not in RECORDS:
            return print_attribute(value)
        # By text, not by equality: kernels that differ in the sign of a zero are equal.
        text = f"{kind.lower()} {import_module(RECORDS[kind]).to_text(value)}"
        return f"@{self.records.setdefault(text, f'k{len(self.records)}')}"

    def _body_blocks(self) -> list[str]:
        """Return the texts of all bodies, those that stand in others after them."""
        blocks: list[str] = []
        while len(blocks) < len(self.bodies):
            body, name = list(self.bodies.items())[len(blocks)]
            blocks.append(BodyPrinter(self, body, name).block())
        return blocks

    def _site(self, site: int) -> str:
        return "" if site < 0 else f" #{site}"

    def _comment(self, site: int) -> str:
        return ""


class _Readable(Printer):
    """Adds the user's lines as comments."""

    def _comment(self, site: int) -> str:
        sites = self.module.sites
        return f" // {sites[site]}" if 0 <= site < len(sites) and sites[site].frames else ""


def _block(text: str, name: str) -> str:
    word, _, body = text.partition(" ")
    lines = (f"  {line}" for line in body.splitlines())
    return "\n".join([f"{word} @{name} {{", *lines, "}"])


class Naming:
    """Shows values and types of one module as its text names them, for messages."""

    def __init__(self, module: Module) -> None:
        self.printer = _Readable(module, module.name, _names(module))
        self.lines = dict(self.printer.lines())

    def line(self, value: Value) -> str:
        """Return the line that makes a value; a leaf's is its name alone."""
        return self.lines.get(value, self.printer.name(value)).strip()

    def show(self, item: Value | TensorType) -> str:
        """Return a value's name, or a type with the names of its sizes."""
        return self.printer.name(item) if isinstance(item, Value) else self.printer.type(item)
