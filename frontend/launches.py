"""The launches of a program, in order, each with its costs and the user's lines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.cost import Cost, cost_of, cost_of_triangle
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.linear import Polynomial
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.program.formula import Formulas, substitute, text
from symc.compiler.program.record import (
    Branch,
    CallPython,
    Copy,
    Factor,
    Inline,
    Launch,
    Loop,
    Multiply,
    Number,
    Program,
    Receive,
    Record,
    Sort,
    Statement,
)
from symc.compiler.target.isa import Target
from symc.compiler.value import Value
from symc.explanation import Entry
from symc.naming import Names, whole
from symc.passes.fuse.group import Group
from symc.passes.plan.bindings import Step
from symc.scheduling import MIRRORED, is_mirrored, shape_of


class Launches:
    """The launches of a program, numbered as they run."""

    def __init__(
        self,
        program: Program,
        made: Sequence[tuple[Statement, Step]],
        formulas: Formulas,
        names: Names,
        target: Target,
    ) -> None:
        self.program = program
        self.formulas = formulas
        self.names = names
        self.target = target
        self._records: dict[str, Record] = {f.name: f.record for f in program.functions}
        self._steps = {id(statement): step for statement, step in made}
        self._numbers: dict[Value, str] = {}
        self._turned: list[Statement] = []
        self._handed: set[str] = set()

    def entries(self) -> Iterator[Entry]:
        """Yield the launches of a call."""
        statements = [s for piece in self.program.pieces for s in piece.body]
        yield from self._of((*statements, *self.program.commit), "")

    def number(self, group: Group) -> str | None:
        """Return the number of the launch that computes a group, if it has one."""
        for emission in self.names.told:
            for member in group.members:
                made = emission.new.get(emission.absorbed.get(member, member))
                if made is not None:
                    return self._numbers.get(whole(made))
        return None

    def of_step(self, step: Step) -> str:
        """Return the number of the launch of a step."""
        return self._numbers.get(step.value, "?")

    def holder(self, key: Hashable) -> str:
        """Return what a part of the arena holds."""
        if isinstance(key, Value):
            return self.names(key)
        first, *rest = key if isinstance(key, tuple) else (key,)
        if first == "saved":
            return f"the old {self.names.parameter('state', int(rest[0]))}"
        what = {
            "work": "workspace",
            "slot": "a temporary",
            "ring": "a state",
            "handed": "results of blocks",
        }
        return f"{what.get(rest[0], 'scratch rows')} of {self._numbers.get(first, '?')}"

    def _of(self, statements: Iterable[Statement], before: str) -> Iterator[Entry]:
        count = 0
        for statement in self._apart(statements):
            made = self._entry(statement, f"{before}{count + 1}")
            if made is not None:
                count += 1
                yield made

    def _apart(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """Yield statements, for what runs by turns the two of all blocks."""
        for statement in statements:
            if not (isinstance(statement, Loop) and statement.rows):
                yield statement
                continue
            product, reader = statement.body[-2:]
            assert isinstance(product, Multiply)
            batch, _, *sizes = product.sizes
            every = replace(product, sizes=(batch, statement.of, *sizes))
            self._steps[id(every)] = self._steps[id(product)]
            self._turned += [every, reader]
            if product.buffers[-2].offset == 0:  # else each block has a place of its own
                self._handed.add(self.names(self._steps[id(product)].results[0]))
            yield from (every, reader)

    def _entry(self, statement: Statement, number: str) -> Entry | None:
        step = self._steps.get(id(statement))
        if step is not None and not isinstance(statement, Copy):
            self._numbers[step.value] = number
        match statement:
            case Launch() if step is not None and statement in self._turned:
                assert isinstance(step.record, Kernel)
                sizes = statement.sizes[: step.record.sizes]
                return self._near(self._launch(step.record, sizes, step, number))
            case Launch() | Multiply() | Sort() | Factor() if step is not None:
                record = self._records[statement.function]
                entry = self._launch(record, statement.sizes, step, number)
                return self._near(entry) if statement in self._turned else entry
            case Inline() if step is not None:
                return self._launch(statement.record, statement.sizes, step, number)
            case Copy():
                return self._copy(statement, number)
            case Loop() if step is not None:
                return self._loop(statement, step, number)
            case Branch():
                return self._choice(statement, number)
            case CallPython():
                return Entry(number, f"call of Python's {statement.name}")
            case Receive():
                return Entry(number, "result of Python")
        return None

    def _launch(self, record: Record, sizes: tuple[Number, ...], step: Step, number: str) -> Entry:
        values = {f"s{k}": self.formulas[size] for k, size in enumerate(sizes)}
        cost, shape = cost_of(record), shape_of(record, values, self.target)
        if is_mirrored(record, step.reads, values, self.target):
            cost, shape = cost_of_triangle(record), (*shape, MIRRORED)
        emission, group = self.names.makers[step.value]
        read, written = self._arrays(record, cost, step, values)
        return Entry(
            number,
            kind_of(record),
            self.names.lines(emission, group),
            read,
            written,
            substitute(cost.flops, values),
            {name: substitute(count, values) for name, count in cost.functions.items()},
            substitute(cost.picoseconds, values),
            shape,
        )

    def _near(self, entry: Entry) -> Entry:
        """Return a launch that runs by turns with another: what one hands on stays in the cache."""
        read, written = (
            {name: size for name, size in sizes.items() if name not in self._handed}
            for sizes in (entry.read, entry.written)
        )
        how = ("in turn", "a block of rows at a time, handed on in the cache")
        return replace(entry, read=read, written=written, shape=(*entry.shape, how))

    def _arrays(
        self, record: Record, cost: Cost, step: Step, values: Mapping[str, Polynomial]
    ) -> tuple[dict[str, Polynomial], dict[str, Polynomial]]:
        """Return the bytes that a launch reads and writes, by the names of the arrays."""
        reads, results = iter(step.reads), iter(step.results)
        if isinstance(record, Kernel):
            roles = [b.role for b in record.buffers]
            arrays = [
                None if role == "row" else next(reads if role == "in" else results)
                for role in roles
            ]
        else:
            arrays = [*reads, *results]
        found: list[dict[str, Polynomial]] = []
        for counts in (cost.read, cost.written):
            mine: dict[str, Polynomial] = {}
            for k, size in counts.items():
                array = arrays[k]
                if array is not None:
                    mine[self.names(array)] = substitute(size, values)
            found.append(mine)
        return found[0], found[1]

    def _copy(self, statement: Copy, number: str) -> Entry | None:
        if statement.target == statement.source:
            return None
        size = self.formulas[statement.count]
        return Entry(number, "copy", read={"an array": size}, written={"its place": size})

    def _loop(self, statement: Loop, step: Step, number: str) -> Entry:
        self.names.enter(step.value)
        count = self.formulas[statement.count]
        most = "at most " if statement.stop is not None else ""
        return Entry(
            number,
            "loop",
            self.names.lines(*self.names.makers[step.value]),
            shape=(("steps", most + text(count)),),
            inside=tuple(self._of(statement.body, f"{number}.")),
            times=count,
        )

    def _choice(self, statement: Branch, number: str) -> Entry:
        """Return a branch, of which both arms are counted."""
        arms = (*statement.then, *statement.other)
        return Entry(number, "choice", inside=tuple(self._of(arms, f"{number}.")))


def kind_of(record: Any) -> str:
    """Return what a record is called."""
    match record:
        case Contraction():
            return "product"
        case Sorting():
            return "sort"
        case Factoring():
            return record.kind
    return "kernel"
