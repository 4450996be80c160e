"""Theano's local optimizers: functions of one application that say what its results become.

They see the user's graph, so they may replace operations of the user's own. A rule of
`symc.rewriting` is the better way wherever only symc's operations are concerned: it also sees what
other rules made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from symc.compiler.errors import NotSupported
from symc.exceptions import BadUse
from symc.report import complaint, describe, mistake
from symc.tensor.conversion import as_variable
from symc.variable import Apply, ancestors

Transform = Callable[[Apply], Any]

DEPTH = 64
"""How deep replacements may be replaced in turn."""

FAST_RUN, FAST_COMPILE = "fast_run", "fast_compile"
"""The tags of what every function of a pipeline takes."""


class LocalOptimizer(Struct, frozen=True, eq=False):
    """A function of an application and what it is offered.

    name       by which modes include and exclude it
    tracked    operations and classes of them; None for every application
    function   returns the variables that take the results' place, one for each, or False
    """

    name: str
    tracked: tuple[Any, ...] | None
    function: Transform

    def tracks(self) -> list[Any] | None:
        """Return the operations it is offered, None for all."""
        return None if self.tracked is None else list(self.tracked)

    def transform(self, node: Apply) -> Any:
        """Return what the results of an application become, or False."""
        if self.tracked is None or any(_is(node, wanted) for wanted in self.tracked):
            return self.function(node)
        return False


def _is(node: Apply, wanted: Any) -> bool:
    """Tell whether an application is of a tracked operation, class or function of the language."""
    if isinstance(wanted, type):
        return isinstance(node.op, wanted)
    return bool(node.op == wanted) or node.kind == getattr(wanted, "__name__", None)


def local_optimizer(
    tracks: Sequence[Any] | None, inplace: bool = False, requirements: Any = ()
) -> Callable[[Transform], LocalOptimizer]:
    """Make a local optimizer of a function of an application.

    tracks    the operations, or classes of them, it is offered; None for all
    inplace, requirements   for programs that pass them: symc decides what is written in place

    The function returns False, or a list of variables that take the results' place.
    """
    if tracks is not None and not tracks:
        raise mistake(BadUse, "local_optimizer: it tracks no operation", help="None tracks all")

    def make(function: Transform) -> LocalOptimizer:
        return LocalOptimizer(
            function.__name__, None if tracks is None else tuple(tracks), function
        )

    return make


def in2out(*optimizers: LocalOptimizer, name: str = "") -> LocalOptimizer:
    """Make one of several, of which the first that has an answer gives it."""
    if not all(isinstance(each, LocalOptimizer) for each in optimizers):
        raise mistake(BadUse, "only local optimizers can be combined")

    def first(node: Apply) -> Any:
        answers = (each.transform(node) for each in optimizers)
        return next((answer for answer in answers if answer), False)

    return LocalOptimizer(name or "_".join(each.name for each in optimizers), None, first)


def op_sub(old: Any, new: Any, transfer_tags: bool = True) -> LocalOptimizer:
    """Make an optimizer that applies another operation to the same operands."""

    def replace(node: Apply) -> Any:
        made = new(*node.inputs)
        return list(made) if isinstance(made, (list, tuple)) else [made]

    return LocalOptimizer(f"{old}_to_{new}", (old,), replace)


def op_remove(op: Any) -> LocalOptimizer:
    """Make an optimizer that leaves out an operation of one operand."""
    return LocalOptimizer(f"remove_{op}", (op,), lambda node: list(node.inputs))


# --- which are taken


class Registered(Struct, frozen=True):
    """An optimizer, its name and the tags by which modes take it."""

    name: str
    optimizer: LocalOptimizer
    tags: frozenset[str]

    def taken(self, mode: Any) -> bool:
        """Tell whether a mode takes it."""
        names = self.tags | {self.name}
        usual = FAST_COMPILE if mode.pipeline == "FAST_COMPILE" else FAST_RUN
        return not names & mode.exclude and (usual in self.tags or bool(names & mode.include))


class Database(Struct, frozen=True):
    """Theano's optdb: the local optimizers that functions are made with."""

    known: dict[str, Registered] = field(default_factory=dict)

    def register(self, name: str, optimizer: Any, *tags: Any, **options: Any) -> None:
        """Add an optimizer under a name; tags that are numbers, Theano's positions, are left out.

        'fast_run' and 'fast_compile' among the tags have every function of that mode take it.
        """
        if not isinstance(optimizer, LocalOptimizer):
            raise mistake(
                NotSupported,
                f"optdb.register: {name!r} is no local optimizer",
                help="make one by local_optimizer, or a pass by symc.rewriting.register",
            )
        texts = frozenset(tag for tag in tags if isinstance(tag, str))
        self.known[name] = Registered(name, optimizer, texts)

    def unregister(self, name: str) -> None:
        """Take an optimizer away; raises KeyError where there is none of that name."""
        del self.known[name]

    def taken(self, mode: Any) -> tuple[LocalOptimizer, ...]:
        """Return the optimizers of a mode, in the order in which they were registered."""
        return tuple(each.optimizer for each in self.known.values() if each.taken(mode))


optdb = Database()


def register_specialize(optimizer: Any, *tags: str, name: str | None = None) -> Any:
    """Register a local optimizer for FAST_RUN and the modes that include one of the tags.

    Serves as a decorator, with tags before the optimizer too.
    """
    if isinstance(optimizer, str):
        return lambda given: register_specialize(given, optimizer, *tags, name=name)
    optdb.register(name or optimizer.name, optimizer, FAST_RUN, *tags)
    return optimizer


register_canonicalize = register_stabilize = register_uncanonicalize = register_specialize


# --- applying them


class Replacing:
    """Offers each application, as a Module is built, to the optimizers of a mode, once."""

    def __init__(self, optimizers: Sequence[LocalOptimizer]) -> None:
        self.optimizers = optimizers
        self.found: dict[Apply, list[Any] | None] = {}
        self.generation: dict[Apply, int] = {}
        self.open: set[Apply] = set()

    def needs(self, node: Apply) -> Sequence[Any]:
        """Return the variables that are computed before an application, or in its place."""
        if node in self.open:
            raise _endless(node, "by what is made from it")
        self.open.add(node)
        if node not in self.found:
            self.found[node] = self._offered(node)
        replaced = self.found[node]
        return node.inputs if replaced is None else replaced

    def replaced(self, node: Apply) -> list[Any] | None:
        """Return the variables that take the results' place, now that they are computed."""
        self.open.discard(node)
        return self.found[node]

    def _offered(self, node: Apply) -> list[Any] | None:
        for optimizer in self.optimizers:
            answer = optimizer.transform(node)
            if answer:
                made = _fitting(optimizer, node, answer)
                self._date(node, made)
                return made
        return None

    def _date(self, node: Apply, made: Sequence[Any]) -> None:
        """Note how many replacements led to the applications that one brings."""
        generation = self.generation.get(node, 0) + 1
        if generation > DEPTH:
            raise _endless(node, "without end")
        for variable in ancestors(made, node.inputs):
            if variable.owner is not None and variable not in node.inputs:
                self.generation.setdefault(variable.owner, generation)


def _endless(node: Apply, how: str) -> Exception:
    return complaint(BadUse, f"local optimizers replace {node.title} {how}", node.location)


def _fitting(optimizer: LocalOptimizer, node: Apply, answer: Any) -> list[Any]:
    if isinstance(answer, Mapping):
        answer = [answer.get(output, output) for output in node.outputs]
    made = [as_variable(x) for x in answer]
    fits = len(made) == len(node.outputs) and all(
        old.type.accepts(new.type) for old, new in zip(node.outputs, made, strict=True)
    )
    if not fits:
        raise complaint(
            BadUse,
            f"local optimizer {optimizer.name!r} gives what cannot take the place of {node.title}",
            node.location,
            expected="; ".join(describe(x) for x in node.outputs),
            got="; ".join(describe(x) for x in made),
        )
    return made
