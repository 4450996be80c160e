"""The module: one function in typed SSA form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Literal

from msgspec import Struct

from symc.compiler.location import Location
from symc.compiler.ops import leaf, loop
from symc.compiler.ops.branch import arms_of, bodies_in, branch, given_to
from symc.compiler.types import TensorType
from symc.compiler.value import Check, Context, Value

ParameterKind = Literal["input", "state"]


class Parameter(Struct, frozen=True):
    """One input of the function, or one container of shared state.

    value   the leaf Value; name the user's name ('' for none); kind 'input' or 'state'
    """

    value: Value
    name: str
    kind: ParameterKind


class Module(Struct, frozen=True):
    """One function: parameters in, outputs and new states out, all read from the old states.

    context      interns the Values; shared by all versions of one module
    parameters   inputs, then states, in the order of the call
    outputs      the Values returned
    updates      (index of a state parameter, its new Value)
    checks       size equalities that must hold when it runs
    rewritten    (measured leaf, what computes it) for those that passes have changed since the
                 leaf was made
    given        the measured leaves that something outside computes, where this is a loop's body
                 or an arm of a branch
    sites        user locations by site number; not part of the text
    """

    name: str
    context: Context
    parameters: tuple[Parameter, ...]
    outputs: tuple[Value, ...]
    updates: tuple[tuple[int, Value], ...] = ()
    checks: tuple[Check, ...] = ()
    sites: Sequence[Location] = ()
    rewritten: tuple[tuple[Value, Value], ...] = ()
    given: tuple[Value, ...] = ()

    def measured(self) -> dict[Value, Value]:
        """Return the numbers that the call computes and uses as sizes, with what computes each.

        A leaf comes after those that its definition needs.
        """
        if not self.context.definitions:
            return {}
        known = {**self.context.definitions, **dict(self.rewritten)}
        for number in self.given:
            known.pop(number, None)
        order = walk_by(self._direct(), lambda v: needs(v, known))
        return {leaf: known[leaf] for leaf in order if leaf in known}

    def roots(self) -> tuple[Value, ...]:
        """Return every Value that the function computes for its own sake."""
        return (*self._direct(), *self.measured().values())

    def _direct(self) -> tuple[Value, ...]:
        sizes = (size for check in self.checks for size in (check.left, check.right))
        return (
            *(size for size in sizes if isinstance(size, Value)),
            *self.outputs,
            *(value for _, value in self.updates),
        )


def make_parameter(
    context: Context,
    index: int,
    dtype: str,
    broadcastable: tuple[bool, ...],
    name: str = "",
    kind: ParameterKind = "input",
) -> Parameter:
    """Make a parameter whose open sizes are dimension leaves of its own."""
    shape = tuple(
        1
        if fixed
        else context.leaf(leaf.dimension, TensorType("int64"), parameter=index, axis=axis)
        for axis, fixed in enumerate(broadcastable)
    )
    value = context.leaf(leaf.parameter, TensorType(dtype, shape), index=index)
    return Parameter(value, name, kind)


def walk(roots: Iterable[Value]) -> Iterator[Value]:
    """Yield every Value the roots need, operands first, each once, without recursion."""
    return walk_by(roots, attrgetter("operands"))


def walk_with_sizes(roots: Iterable[Value]) -> Iterator[Value]:
    """Do as `walk`, counting the sizes in a Value's types among what it needs."""
    return walk_by(roots, lambda value: (*value.operands, *_sizes(value)))


def walk_all(module: Module) -> Iterator[Value]:
    """Yield every Value of a module, then those of the bodies inside, each once."""
    done: set[Value] = set()
    pending: list[tuple[Iterable[Value], dict[Value, Value]]] = [
        (module.roots(), {**module.context.definitions, **module.measured()})
    ]
    while pending:
        roots, measured = pending.pop()
        for value in walk_by(roots, partial(needs, measured=measured)):
            if value in done:
                continue
            done.add(value)
            yield value
            for body in bodies_in(value):
                own = dict(body.rewritten) if isinstance(body, loop.Body) else {}
                pending.append((body.everything, {**measured, **own}))


def needs(value: Value, measured: Mapping[Value, Value]) -> tuple[Value, ...]:
    """Return all that a value needs: operands, sizes, and what computes a measured leaf."""
    if value in measured:
        return (measured[value],)
    if value.op is loop.loop:
        return (*value.operands, *loop.given(loop.body_of(value)))
    if value.op is branch:
        return (*value.operands, *(number for arm in arms_of(value) for number in given_to(arm)))
    return (*value.operands, *_sizes(value))


def walk_by(roots: Iterable[Value], needs: Callable[[Value], tuple[Value, ...]]) -> Iterator[Value]:
    """Yield every Value the roots need, what each needs first, each once, without recursion."""
    done: set[Value] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        value, ready = stack.pop()
        if value in done:
            continue
        if ready:
            done.add(value)
            yield value
        else:
            stack.append((value, True))
            stack.extend((need, False) for need in reversed(needs(value)) if need not in done)


def _sizes(value: Value) -> Iterator[Value]:
    for type in value.results or (value.type,):
        for size in type.shape:
            if isinstance(size, Value):
                yield size
