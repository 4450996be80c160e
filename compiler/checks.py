"""Sizes and equalities of sizes that depend on what is known inside a body or an arm alone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from symc.compiler.module import needs, walk_by
from symc.compiler.types import Size
from symc.compiler.value import Check, Context, Value

Definitions = Mapping[Value, Value]


def needed(sizes: Iterable[Size], definitions: Definitions) -> Iterator[Value]:
    """Yield all that sizes need, also through numbers that are computed."""
    roots = [size for size in sizes if isinstance(size, Value)]
    return walk_by(roots, lambda v: needs(v, definitions))


def depend(sizes: Iterable[Size], on: Container[Value], definitions: Definitions) -> bool:
    """Tell whether one of some sizes depends on one of some Values."""
    return any(v in on for v in needed(sizes, definitions))


def take_checks(
    context: Context, noted: int, on: Container[Value], definitions: Definitions
) -> tuple[Check, ...]:
    """Return the checks that depend on some Values, and take them out of the context.

    noted   how many checks there were before those to look at
    """
    mine: list[Check] = []
    others: list[Check] = []
    for check in context.checks[noted:]:
        own = depend((check.left, check.right), on, definitions)
        (mine if own else others).append(check)
    context.checks[noted:] = others
    return tuple(mine)
