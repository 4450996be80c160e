"""Runs a built function in NumPy, value by value, and notes where it failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symc.compiler.errors import ShapeMismatch
from symc.compiler.interpret import Run
from symc.compiler.module import Module
from symc.compiler.value import Check, Value


class Failed(Exception):  # never seen by the user
    """Carry what went wrong to whoever explains it: the site, -1 for none, and the reason."""

    def __init__(self, site: int, reason: Exception, check: Check | None = None) -> None:
        super().__init__(site, reason)
        self.site = site
        self.reason = reason
        self.check = check


class LocatedRun(Run):
    """A run whose failures know the site they come from."""

    def check(self, check: Check) -> None:
        """Raise Failed unless the two sizes of a check are equal."""
        left, right = self.size(check.left), self.size(check.right)
        if left != right:
            raise Failed(check.site, ShapeMismatch(f"{check.what}: {left} is not {right}"), check)

    def _compute(self, value: Value) -> Any:
        try:
            return super()._compute(value)
        except (IndexError, ValueError) as error:
            raise Failed(value.site, error) from None


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
    module: Module, shapes: Sequence[tuple[int, ...]], site: int
) -> tuple[Check, int, int] | None:
    """Return the check of a site that shapes fail, and its sizes; None where none is found.

    The values of the arguments are not at hand, so sizes that depend on them are passed over.
    """
    arrays = [
        np.broadcast_to(np.zeros((), p.value.type.dtype), shape)
        for p, shape in zip(module.parameters, shapes, strict=True)
    ]
    call = LocatedRun(module, arrays)
    for check in module.checks:
        if check.site != site:
            continue
        try:
            left, right = call.size(check.left), call.size(check.right)
        except Failed:
            continue
        if left != right:
            return check, left, right
    return None
