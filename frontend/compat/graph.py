"""Theano's functions that look at graphs: what they are made from, and whether two are equal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from symc.build import build_module
from symc.exceptions import BadValue
from symc.report import mistake
from symc.shared import SharedVariable
from symc.tensor.variable import TensorConstant
from symc.variable import Apply
from symc.variable import ancestors as walk

__all__ = [
    "ancestors",
    "clone",
    "clone_get_equiv",
    "equal_computations",
    "general_toposort",
    "inputs",
    "io_toposort",
    "is_in_ancestors",
    "is_same_graph",
    "list_of_nodes",
    "ops",
    "orphans",
    "stack_search",
    "variables",
    "variables_and_orphans",
]


def ancestors(variable_list: Iterable[Any], blockers: Iterable[Any] | None = None) -> list[Any]:
    """Return all variables that variables are made from, and themselves, operands first."""
    return list(walk(variable_list, blockers or ()))


def inputs(variable_list: Iterable[Any], blockers: Iterable[Any] | None = None) -> list[Any]:
    """Return the variables without an owner that variables are made from."""
    return [x for x in ancestors(variable_list, blockers) if x.owner is None]


def variables(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Any]:
    """Return all variables between inputs and outputs, these included."""
    return ancestors(outputs, inputs)


def orphans(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Any]:
    """Return the variables without an owner that are no inputs."""
    given = set(inputs)
    return [x for x in ancestors(outputs, given) if x.owner is None and x not in given]


def io_toposort(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Apply]:
    """Return the applications between inputs and outputs, operands first."""
    given = set(inputs)
    made = (x.owner for x in ancestors(outputs, given) if x not in given and x.owner is not None)
    return list(dict.fromkeys(made))


def equal_computations(
    xs: Sequence[Any],
    ys: Sequence[Any],
    in_xs: Sequence[Any] | None = None,
    in_ys: Sequence[Any] | None = None,
) -> bool:
    """Tell whether expressions do the same; each of in_xs stands for its like in in_ys."""
    if [x.type for x in xs] != [y.type for y in ys]:
        return False
    givens = list(zip(in_xs or (), in_ys or (), strict=True))
    if any(x.type != y.type for x, y in givens):
        return False
    renamed = dict(givens)
    leaves = dict.fromkeys(renamed.get(x, x) for x in inputs([*xs, *ys]))
    free = [x for x in leaves if not isinstance(x, (SharedVariable, TensorConstant))]
    pairs = [(x, y) for x, y in givens if x is not y]
    # Equal expressions are one Value of a Module.
    made = build_module(free, [*xs, *ys], givens=pairs).outputs
    return all(a is b for a, b in zip(made[: len(xs)], made[len(xs) :], strict=True))


def is_same_graph(var1: Any, var2: Any, givens: Any = None, debug: bool = False) -> bool:
    """Tell whether two expressions do the same, once `givens` are replaced."""
    pairs = dict(givens or {})
    return equal_computations([var1], [var2], list(pairs), list(pairs.values()))


# --- applications


def list_of_nodes(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Apply]:
    """Return the applications between inputs and outputs, operands first."""
    return io_toposort(inputs, outputs)


def ops(i: Iterable[Any], o: Iterable[Any]) -> set[Apply]:
    """Return the applications between inputs and outputs; Theano calls them so."""
    return set(io_toposort(i, o))


def variables_and_orphans(i: Iterable[Any], o: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Return all variables between inputs and outputs, and those of them that nothing makes."""
    given, made = list(i), list(o)
    return variables(given, made), orphans(given, made)


def is_in_ancestors(l_node: Apply, f_node: Apply) -> bool:
    """Tell whether one application is made from what another returns, or is the same."""
    return any(x.owner is f_node for x in ancestors(l_node.outputs))


# --- copies


def clone(
    i: Sequence[Any], o: Sequence[Any], copy_inputs: bool = True, copy_orphans: bool | None = None
) -> tuple[list[Any], list[Any]]:
    """Return copies of inputs, and of outputs in terms of these.

    With copy_inputs=False the inputs stay; with copy_orphans constants and shared variables, which
    have their values in common with what they are copies of, are copied too.
    """
    orphans_too = copy_inputs if copy_orphans is None else copy_orphans
    copies = clone_get_equiv(i, o, copy_inputs, orphans_too)
    return [copies[x] for x in i], [copies[x] for x in o]


def clone_get_equiv(
    inputs: Iterable[Any],
    outputs: Iterable[Any],
    copy_inputs: bool = True,
    copy_orphans: bool = True,
    memo: dict[Any, Any] | None = None,
) -> dict[Any, Any]:
    """Return {variable or application: its copy} of all between inputs and outputs."""
    copies: dict[Any, Any] = {} if memo is None else memo
    for x in inputs:
        copies.setdefault(x, x.clone() if copy_inputs else x)
    for x in ancestors(outputs, list(copies)):
        if x in copies:
            continue
        if x.owner is None:
            copies[x] = x.clone() if copy_orphans else x
            continue
        copies[x.owner] = x.owner.with_inputs([copies[y] for y in x.owner.inputs])
        copies.update(zip(x.owner.outputs, copies[x.owner].outputs, strict=True))
    return copies


# --- walks


def stack_search(
    start: Any, expand: Callable[[Any], Iterable[Any] | None], mode: str = "bfs"
) -> list[Any]:
    """Return what can be reached from the items of a deque, breadth ('bfs') or depth first."""
    waiting = deque(start)
    found: dict[Any, None] = {}
    while waiting:
        item = waiting.popleft() if mode == "bfs" else waiting.pop()
        if item not in found:
            found[item] = None
            waiting.extend(expand(item) or ())
    return list(found)


def general_toposort(outputs: Iterable[Any], deps: Callable[[Any], Iterable[Any]]) -> list[Any]:
    """Return items and all that they depend on, what is depended on first. Raises ValueError."""
    done: dict[Any, None] = {}
    for root in outputs:
        path = [(root, iter(deps(root) or ()))]
        while path:
            _, rest = path[-1]
            following = next((x for x in rest if x not in done), None)
            if following is None:
                done[path.pop()[0]] = None
            elif any(following is x for x, _ in path):
                raise mistake(BadValue, "general_toposort: the dependencies have a cycle")
            else:
                path.append((following, iter(deps(following) or ())))
    return list(done)
