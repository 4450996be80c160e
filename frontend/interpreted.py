"""Runs a built function in NumPy, value by value, and notes where it failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symc.compiler.errors import ShapeMismatch
from symc.compiler.interpret import Run
from symc.compiler.module import Module, walk, walk_all
from symc.compiler.ops.loop import body_of, loop
from symc.compiler.sizes import NEGATIVE
from symc.compiler.types import Size
from symc.compiler.value import Check, Value


class Failed(Exception):  # never seen by the user
    """Carry what went wrong to whoever explains it: the site, -1 for none, the reason, and
    the numbers of the steps of loops that it stands in."""

    def __init__(
        self,
        site: int,
        reason: Exception,
        check: Check | None = None,
        sizes: tuple[int, ...] = (),
        steps: tuple[int, ...] = (),
    ) -> None:
        super().__init__(site, reason)
        self.steps = steps
        self.site = site
        self.reason = reason
        self.check = check
        self.sizes = sizes


class LocatedRun(Run):
    """A run whose failures know the site they come from."""

    def check(self, check: Check) -> None:
        """Raise Failed unless the two sizes of a check are equal."""
        left, right = self.size(check.left), self.size(check.right)
        if left != right:
            reason = ShapeMismatch(check.what)
            raise Failed(check.site, reason, check, (left, right), self.steps)

    def _compute(self, value: Value) -> Any:
        if value.op.name in ("python", "measured"):
            # What the user's function raises is the user's; what is measured has sites of its own.
            return super()._compute(value)
        try:
            return super()._compute(value)
        except (IndexError, ValueError) as error:
            raise Failed(value.site, error, steps=self.steps) from None


def run(
    module: Module, inputs: Sequence[Any], states: Sequence[Any]
) -> tuple[list[np.ndarray[Any, Any]], dict[int, np.ndarray[Any, Any]]]:
    """Return a Module's outputs and, by the index of its parameter, each updated state's array.

    Raises Failed.
    """
    call = LocatedRun(module, (*inputs, *states))
    for check in module.checks:
        call.check(check)
    outputs = [np.array(call.value(value), order="C") for value in module.outputs]
    return outputs, {i: np.array(call.value(v), order="C") for i, v in module.updates}


def failing_check(
    module: Module, shapes: Sequence[tuple[int, ...]], site: int, seen: tuple[int, int]
) -> tuple[Check, tuple[int, int] | None] | None:
    """Return the check of a site that a call fails, and its sizes; None where there is none.

    The values of the arguments are not at hand: of the checks whose sizes depend on them the first
    that can be it is taken if no other fails, and the sizes are None.

    seen   the two sizes that were found to differ
    """
    call = LocatedRun(module, _stand_ins(module, shapes))
    here = [check for check in module.checks if check.site == site]
    unknown = [check for check in here if _needs_values(check.left, check.right)]
    for check in here:
        if check not in unknown:
            left, right = call.size(check.left), call.size(check.right)
            if left != right:
                return check, (left, right)
    unknown += [c for c in _checks_of_steps(module) if c.site == site]
    possible = [c for c in unknown if not c.what.endswith(NEGATIVE) or min(seen) < 0]
    return (possible[0], None) if possible else None


def _checks_of_steps(module: Module) -> Iterator[Check]:
    """Yield the checks that hold in each step of a loop by itself."""
    for value in walk_all(module):
        if value.op is loop:
            yield from body_of(value).checks


def shapes_of(
    module: Module, shapes: Sequence[tuple[int, ...]], wanted: Sequence[tuple[Size, ...]]
) -> list[str]:
    """Return shapes as text, given those of the arguments; '?' for a size that needs a value."""
    call = LocatedRun(module, _stand_ins(module, shapes))

    def text(size: Size) -> str:
        return "?" if _needs_values(size) else str(call.size(size))

    return [f"({', '.join(map(text, shape))}{',' if len(shape) == 1 else ''})" for shape in wanted]


def _stand_ins(module: Module, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray[Any, Any]]:
    """Return arrays of the arguments' shapes; their values are not at hand."""
    return [
        np.broadcast_to(np.zeros((), p.value.type.dtype), shape)
        for p, shape in zip(module.parameters, shapes, strict=True)
    ]


def _needs_values(*sizes: Size) -> bool:
    values = [size for size in sizes if isinstance(size, Value)]
    return any(value.op.name in ("parameter", "measured") for value in walk(values))
