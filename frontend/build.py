"""Builds a Module of Values from the user's graph, in one walk without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from symc.compiler.collector import resting
from symc.compiler.errors import Error
from symc.compiler.module import Module, Parameter, make_parameter, walk
from symc.compiler.op import Op
from symc.compiler.ops.branch import branch
from symc.compiler.types import Size
from symc.compiler.value import Context, Value
from symc.exceptions import BadReplacement, BadValue, MissingInput
from symc.extension.lowering import carrier, lower_user
from symc.location import NOWHERE, Capture, capture
from symc.lowering import lower_application, rebroadcast
from symc.report import complaint, describe, mistake
from symc.shared import SharedVariable
from symc.sites import Sites
from symc.tensor.conversion import as_variable
from symc.tensor.variable import TensorConstant
from symc.variable import Apply, Variable

if TYPE_CHECKING:
    from symc.extension.local import Replacing

Environment = dict[Variable, Value]
Shape = tuple[Size, ...]


class Built(Struct, frozen=True):
    """A Module and what of the user's graph it came from.

    module     the Module
    states     one shared variable for each state parameter, in their order
    captures   where each site of the Module was asked for
    reached    every variable that outputs and updates need
    operands   the shapes of what was applied at each site; empty where nobody knows
    """

    module: Module
    states: tuple[SharedVariable, ...]
    captures: tuple[Capture, ...]
    reached: frozenset[Variable]
    operands: tuple[tuple[Shape, ...], ...] = ()


class Builder:
    """Turns variables into Values of one context."""

    def __init__(self, inputs: Sequence[Any], replacing: Replacing | None = None) -> None:
        self.context = Context()
        self.depth = -1
        self.replacing = replacing
        self.parameters: list[Parameter] = []
        self.states: list[SharedVariable] = []
        self.applications: list[Apply] = []
        self.operands: list[tuple[Shape, ...]] = []
        self.reached: set[Variable] = set()
        self.shared: list[SharedVariable] = []
        self.inputs: Environment = {x: self._input(x) for x in inputs}
        self._site_of: dict[Apply, int] = {}
        self._state_of: dict[int, int] = {}

    def _input(self, x: Any) -> Value:
        dtype, pattern = carrier(x.type)
        made = make_parameter(self.context, len(self.parameters), dtype, pattern, x.name or "")
        self.parameters.append(made)
        return made.value

    def state(self, x: SharedVariable) -> int:
        """Return the index of the state parameter that stands for a shared variable's container."""
        key = id(x.container)
        if key not in self._state_of:
            self._state_of[key] = len(self.parameters)
            made = make_parameter(
                self.context, len(self.parameters), x.dtype, x.broadcastable, x.name or "", "state"
            )
            self.parameters.append(made)
            self.states.append(x)
        return self._state_of[key]

    def values(self, roots: Iterable[Any], known: Environment) -> list[Value]:
        """Return the Values of variables, noting in `known` all that they are made from."""
        roots = list(roots)
        stack = [(root, False) for root in reversed(roots)]
        while stack:
            variable, ready = stack.pop()
            self.reached.add(variable)
            if variable in known:
                continue
            owner = variable.owner
            if owner is None:
                known[variable] = self._leaf(variable, roots)
            elif ready:
                self._apply(owner, known)
            else:
                stack.append((variable, True))
                stack.extend((x, False) for x in reversed(self._needs(owner)))
        return [known[root] for root in roots]

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Build the body of a loop; `depth` says how many loops it stands in."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def _leaf(self, variable: Any, roots: list[Any]) -> Value:
        if isinstance(variable, TensorConstant):
            return self.context.constant(variable.data)
        if isinstance(variable, SharedVariable):
            self.shared.append(variable)
            value = self.parameters[self.state(variable)].value
            return rebroadcast(value, variable.broadcastable)
        raise missing_input(variable, roots)

    def _needs(self, owner: Apply) -> Sequence[Any]:
        return owner.inputs if self.replacing is None else self.replacing.needs(owner)

    def _apply(self, owner: Apply, known: Environment) -> None:
        """Note the Values of an application's results, but of those that givens replace."""
        replaced = None if self.replacing is None else self.replacing.replaced(owner)
        if replaced is not None:
            for made, new in zip(owner.outputs, replaced, strict=True):
                known.setdefault(made, known[new])
            return
        operands = [known[x] for x in owner.inputs]
        with self.context.at(self._site(owner, operands)):
            if isinstance(owner.op, Op):
                known[owner.out] = self._application(owner, operands)
                return
            for made, value in zip(owner.outputs, lower_user(self, owner, known), strict=True):
                known.setdefault(made, value)

    def _application(self, owner: Apply, operands: list[Value]) -> Value:
        try:
            return lower_application(owner.op, operands, owner.attributes)
        except Error as error:
            raise at_line(error, owner) from None

    def _site(self, owner: Apply, operands: list[Value]) -> int:
        known = self._site_of.get(owner)
        if known is None:
            known = self._site_of[owner] = len(self.applications)
            self.applications.append(owner)
            self.operands.append(tuple(x.type.shape for x in operands))
        return known

    def finish(
        self, name: str, outputs: Sequence[Value], updates: Sequence[tuple[int, Value]]
    ) -> Built:
        """Return the Module and its origin."""
        new = _sunk([*outputs, *(value for _, value in updates)])
        definitions = self.context.definitions.items()
        module = Module(
            name,
            self.context,
            tuple(self.parameters),
            tuple(new.get(value, value) for value in outputs),
            tuple((index, new.get(value, value)) for index, value in updates),
            tuple(self.context.checks),
            Sites(self.applications),
            tuple((leaf, new[value]) for leaf, value in definitions if value in new),
        )
        captures = tuple(owner.location for owner in self.applications)
        states, reached = tuple(self.states), frozenset(self.reached)
        return Built(module, states, captures, reached, tuple(self.operands))


def _sunk(roots: Sequence[Value]) -> dict[Value, Value]:
    """Return what `sink` makes of the Values that move into arms; few functions have any."""
    if not any(value.op is branch for value in walk(roots)):
        return {}
    from symc.passes.sink import sink

    return sink(roots)


def missing_input(variable: Any, roots: list[Any]) -> MissingInput:
    """Return the error for a variable without a value, at the line that uses it."""
    from symc.variable import ancestors

    users = (v.owner for v in ancestors(roots) if v.owner and variable in v.owner.inputs)
    where = next((user.location for user in users), NOWHERE)
    return _missing(variable, where)


def _missing(variable: Any, where: Capture) -> MissingInput:
    error = complaint(
        MissingInput,
        f"the value of {describe(variable)} is needed, but it is neither an input nor given",
        where,
        expected="every variable without an owner is an input, a shared variable or in givens",
        got=describe(variable),
        help="add it to the inputs, or give it a value by givens={...}",
    )
    assert isinstance(error, MissingInput)
    return error


def at_line(error: Error, owner: Apply) -> Error:
    """Return an error of building an application with the user's line that asked for it.

    One that names a line already stays as it is.
    """
    if str(error).startswith(f"[{error.code}]"):
        return error
    operands = ", ".join(describe(x) for x in owner.inputs)
    return complaint(
        type(error), str(error), owner.location, operation=f"{owner.title}({operands})"
    )


def replacements(
    builder: Builder, givens: Mapping[Any, Any] | Iterable[tuple[Any, Any]]
) -> Environment:
    """Return the Values that stand for replaced variables; all are read from the graph before."""
    pairs = list(givens.items() if isinstance(givens, Mapping) else givens)
    known = dict(builder.inputs)
    result: Environment = {}
    for old, new in pairs:
        new = as_variable(new)
        _require_fit(old, new)
        if old in result:
            raise mistake(BadReplacement, f"{describe(old)} is replaced twice")
        result[old] = builder.values([new], known)[0]
    return result


def _require_fit(old: Any, new: Any) -> None:
    if not isinstance(old, Variable):
        raise mistake(BadReplacement, f"only a variable can be replaced, not {old!r}")
    if not old.type.accepts(new.type):
        raise complaint(
            BadReplacement,
            f"{describe(old)} cannot be replaced by {describe(new)}",
            new.owner.location if new.owner else capture(),
            expected=str(old.type),
            got=str(new.type),
            help="cast it, or state its sizes of 1 by patternbroadcast",
        )


def build(
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    updates: Sequence[tuple[SharedVariable, Any]] = (),
    givens: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (),
    name: str = "",
    default_updates: Callable[[SharedVariable], bool] | None = None,
    replacing: Replacing | None = None,
) -> Built:
    """Build a Module, noting what it came from.

    default_updates   tells of which shared variables reached the update that they carry is added
    replacing         gives what takes an application's place, by optimizers of the user's own
    """
    builder = Builder(inputs, replacing)
    with resting():
        known = {**builder.inputs, **replacements(builder, givens)}
        results = builder.values(outputs, known)
        new: dict[int, Value] = {}
        for variable, expression in updates:
            new[builder.state(variable)] = builder.values([expression], known)[0]
        if default_updates is not None:
            _follow_default_updates(builder, known, new, default_updates)
        return builder.finish(name, results, sorted(new.items()))


def _follow_default_updates(
    builder: Builder,
    known: Environment,
    new: dict[int, Value],
    wanted: Callable[[SharedVariable], bool],
) -> None:
    """Add updates that shared variables carry; one update may reach others, so go on until none."""
    asked = set(new)
    position = 0
    while position < len(builder.shared):
        variable = builder.shared[position]
        position += 1
        index = builder.state(variable)
        if variable.default_update is None or index in asked or not wanted(variable):
            continue
        (value,) = builder.values([variable.default_update], known)
        if new.setdefault(index, value) is not value:
            raise mistake(
                BadValue,
                f"{describe(variable)} and another variable of its container carry two different "
                "updates",
                help="say which one by updates=",
            )


def build_module(
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    updates: Sequence[tuple[SharedVariable, Any]] = (),
    givens: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (),
    name: str = "",
) -> Module:
    """Build the Module of a function from the user's graph.

    inputs    variables, intermediate ones included, in the order of the call
    updates   (shared variable, its new value); all are computed from the old state
    givens    (variable, what stands for it)

    Raises MissingInput, TypeMismatch and ShapeMismatch, each with the user's line.
    """
    return build(inputs, outputs, updates, givens, name).module
