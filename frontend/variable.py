"""The user's graph: variables and the applications that make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from symc.compiler.op import Op
from symc.config import config
from symc.exceptions import BadUse
from symc.extension.type import Type
from symc.location import Capture, capture
from symc.report import mistake

KEPT = frozenset({"_compiled", "_problem"})
"""The attributes that spare work done before; no copy has them."""


class Scratchpad:
    """Holds whatever attributes a library hangs on a variable."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __repr__(self) -> str:
        return f"Scratchpad({self.__dict__})"


class Variable:
    """A node of the user's graph: an input, a constant, or a result of an application.

    Variables are compared and hashed by identity, and any attribute may be set on them.

    type    its Type, as a rule a TensorType
    owner   the Apply that makes it, or None
    index   which of the owner's outputs it is, or None
    name    the user's name, or None
    """

    def __init__(
        self,
        type: Type,
        owner: Apply | None = None,
        index: int | None = None,
        name: str | None = None,
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise mistake(BadUse, f"a name is text, not {name!r}")
        self.type: Any = type  # classes of variables say which
        self._owner = owner
        self._index = index
        self.name = name

    @property
    def owner(self) -> Apply | None:
        """Return the application that makes this variable, or None."""
        return self._owner

    @property
    def index(self) -> int | None:
        """Return which of its owner's outputs this is, or None."""
        return self._index

    @property
    def tag(self) -> Any:
        """Return the place for attributes of libraries and of the user."""
        return self.__dict__.setdefault("_tag", Scratchpad())

    @tag.setter
    def tag(self, value: Any) -> None:
        self.__dict__["_tag"] = value

    def clone(self) -> Any:
        """Return a new variable of this type and name, without an owner."""
        copy = type(self)(self.type, name=self.name)
        if "_tag" in self.__dict__:
            copy.tag = Scratchpad(**vars(self.tag))
        return copy

    def made_by(self, owner: Apply, index: int) -> Any:
        """Give this variable its owner, or, where it has one, a copy of this variable."""
        if self._owner is None:
            made = self
        else:
            made = object.__new__(type(self))
            made.__dict__.update(self.__getstate__())
            if "_tag" in self.__dict__:
                made.tag = Scratchpad(**vars(self.tag))
        made._owner, made._index = owner, index
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in KEPT}

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        from symc.pickling import reduce_variable

        return reduce_variable(self)

    def __copy__(self) -> Any:
        owner = self.owner
        return (
            self.clone()
            if owner is None
            else owner.with_inputs(owner.inputs).outputs[self._index or 0]
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copy_graph(self, memo)

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        return f"{self.owner.title}.{self.index}" if self.owner else f"<{self.type!r}>"

    def __repr__(self) -> str:
        if config.print_test_value and hasattr(self.tag, "test_value"):
            return f"{self}\n{self.tag.test_value!r}"
        return str(self)


class Apply:
    """One application of an operation.

    op          the operation: symc's record of one, or a user's own
    inputs      its operands
    outputs     the variables it makes
    attributes  its other arguments; a user's operation keeps them itself
    location    where the user asked for it, by default where the application is made
    """

    def __init__(
        self,
        op: Any,
        inputs: Iterable[Any],
        outputs: Iterable[Variable],
        attributes: dict[str, Any] | None = None,
        location: Capture | None = None,
    ) -> None:
        self.op = op
        self.inputs = tuple(_variable(x) for x in inputs)
        self.attributes = {} if attributes is None else attributes
        self.location = capture() if location is None else location
        self.outputs = tuple(
            _variable(output).made_by(self, index) for index, output in enumerate(outputs)
        )

    @property
    def kind(self) -> str:
        """Return the name of the operation if it is one of symc's, '' for a user's own."""
        return self.op.name if isinstance(self.op, Op) else ""

    @property
    def title(self) -> str:
        """Return the operation in words: one of symc's by name, a user's own as it says itself."""
        return self.op.name if isinstance(self.op, Op) else str(self.op)

    @property
    def out(self) -> Any:
        """Return the only output."""
        (output,) = self.outputs
        return output

    def default_output(self) -> Any:
        """Return the first output."""
        return self.outputs[0]

    @property
    def nin(self) -> int:
        """Return the number of inputs."""
        return len(self.inputs)

    @property
    def nout(self) -> int:
        """Return the number of outputs."""
        return len(self.outputs)

    def with_inputs(self, inputs: Iterable[Any]) -> Apply:
        """Return the same application of other operands."""
        made = Apply(self.op, inputs, self.outputs, dict(self.attributes), self.location)
        if config.compute_test_value != "off":
            from symc import testvalue

            testvalue.note(made)
        return made

    def __repr__(self) -> str:
        return f"{self.title}({', '.join(map(str, self.inputs))})"


def _variable(given: Any) -> Any:
    if not isinstance(given, Variable):
        raise mistake(BadUse, f"an application is of variables, not of {given!r}")
    return given


def ancestors(outputs: Iterable[Variable], blockers: Iterable[Variable] = ()) -> Iterator[Any]:
    """Yield every variable the outputs are made from, operands first, each once; no recursion.

    Blockers are yielded, but what makes them is not.
    """
    stops = blockers if isinstance(blockers, (set, frozenset)) else set(blockers)
    done: set[Variable] = set()
    stack = [(output, False) for output in reversed(list(outputs))]
    while stack:
        variable, ready = stack.pop()
        if variable in done:
            continue
        owner = variable.owner
        if ready or owner is None or variable in stops:
            done.add(variable)
            yield variable
        else:
            stack.append((variable, True))
            stack.extend((x, False) for x in reversed(owner.inputs) if x not in done)


def rebuild(variable: Variable, made: dict[Variable, Any]) -> Any:
    """Return a variable whose owner's operands are replaced; itself if none of them is."""
    owner = variable.owner
    if owner is None or all(made[x] is x for x in owner.inputs):
        return variable
    return owner.with_inputs(made[x] for x in owner.inputs).outputs[variable.index or 0]


def copy_graph(variable: Variable, memo: dict[int, Any]) -> Any:
    """Copy a variable with all that it is made from, keeping what is shared shared."""
    for node in ancestors([variable]):
        if id(node) in memo:
            continue
        if node.owner is None:
            memo[id(node)] = node.copy_leaf(memo) if hasattr(node, "copy_leaf") else node.clone()
            continue
        owner = node.owner
        copy = owner.with_inputs(memo[id(x)] for x in owner.inputs)
        for old, new in zip(owner.outputs, copy.outputs, strict=True):
            memo[id(old)] = new
    return memo[id(variable)]
