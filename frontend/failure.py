"""Explains what failed in a call: the user's line, the operation, the shapes that came."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symc.build import Built
from symc.compiler.errors import Error, InternalError, NotSupported, ShapeMismatch
from symc.compiler.ops.foreign import mismatch
from symc.compiler.sizes import NEGATIVE
from symc.compiler.value import Check
from symc.config import config
from symc.exceptions import (
    BadArgument,
    BadValue,
    ConditionFailed,
    IndexOutOfBounds,
    LinAlgError,
    ZeroStep,
)
from symc.io import In
from symc.location import NOWHERE, Capture
from symc.report import complaint, label, mistake
from symc.tensor.demands import ASSERTED, COUNTS, STEPS

Shapes = Sequence[tuple[int, ...]]

NULL, DTYPE, RANK, SHAPE, STRIDE, ALIGN = -1, -2, -3, -4, -5, -6
INDEX, ASSERT, DEADLINE, CPU, DOMAIN = -17, -16, -14, -12, -18
"""The status codes of symc.h that a call can end with and that have an error of their own."""

BROADCASTING = (
    "only a dimension known to have size 1 broadcasts: make it one by addbroadcast(x, axis), "
    "dimshuffle or keepdims=True"
)

NUMBERS = r"(?:index|size) (-?\d+)"
"""The index and the size in NumPy's message of an index out of bounds."""

MOST = 8
"""How many arguments are listed with their shapes; exception_verbosity=high lists all."""

ONE = r"sizes of dimension \d+ differ: (1 is not \d+|\d+ is not 1)$"
"""What is said of two sizes that would be one if the 1 broadcast."""

CHOOSING = frozenset({"max", "min", "argmax", "argmin"})
"""The operations that need at least one element."""

RANGES: dict[str, type[Error]] = {STEPS: ZeroStep, COUNTS: BadValue}
"""What the checks of a range say, and the errors they are."""

Found = tuple[type[Error], str]
"""The kind of an error, and what it says first."""


class Reporter:
    """Builds the exceptions of one function's calls."""

    def __init__(self, built: Built, inputs: Sequence[In]) -> None:
        self.built = built
        self.names = [entry.name or label(entry.variable) for entry in inputs]
        self.states = [label(variable) for variable in built.states]

    def native(self, sites: dict[int, int]) -> Callable[..., BaseException]:
        """Return what the runtime calls for a failed call; sites maps the code's numbers."""

        def fail(
            code: int,
            arg: int,
            dim: int,
            expected: int,
            got: int,
            site: int,
            inputs: Shapes,
            states: Shapes,
        ) -> BaseException:
            place = sites.get(site, -1)
            if code == ASSERT:
                return self.stated(place, arg, dim, expected, got, inputs, states)
            if code in (INDEX, SHAPE, DOMAIN):
                if code == INDEX:
                    error = self.index(place, expected, got, inputs, states)
                elif code == DOMAIN:
                    from symc.compiler.kernel.factoring import FAULTS

                    error = self.unfit(FAULTS[got - 1], place, inputs, states)
                else:
                    error = self.shape(place, arg, dim, expected, got, inputs, states)
                return in_step(error, (arg,)) if place >= 0 and arg >= 0 else error
            return InternalError(
                f"[{InternalError.code}] the call ended with status {code}: argument {arg}, "
                f"dimension {dim}, expected {expected}, got {got}"
            )

        return fail

    def interpreted(self, failure: Any, inputs: Any, states: Any) -> Error:
        """Return what a failure of the interpreter means to the user."""
        error = self._interpreted(failure, inputs, states)
        return in_step(error, failure.steps) if failure.steps else error

    def _interpreted(self, failure: Any, inputs: Any, states: Any) -> Error:
        shapes = [array.shape for array in inputs], [array.shape for array in states]
        reason, site = failure.reason, failure.site
        if isinstance(reason, IndexError):
            got, expected = (int(n) for n in re.findall(NUMBERS, str(reason)))
            return self.index(site, expected, got, *shapes)
        if isinstance(reason, np.linalg.LinAlgError):
            return self.unfit(str(reason), site, *shapes)
        if failure.check is None and self._operation(site) in CHOOSING:
            return self._explained(ShapeMismatch, self._nothing(site), site, *shapes)
        if failure.check is None:
            return self._explained(ShapeMismatch, str(reason), site, *shapes)
        return self._explained(*self._unmet(failure.check, *failure.sizes), site, *shapes)

    def unsupported(self, error: NotSupported) -> Error:
        """Return the error for what is not compiled, at the user's line."""
        built, site = self.built, error.site
        if not 0 <= site < len(built.captures):
            return error
        location = built.module.sites[site]
        return complaint(
            NotSupported,
            str(error),
            built.captures[site],
            operation=f"{location.operation}({', '.join(location.operands)})",
        )

    def index(self, site: int, expected: int, got: int, inputs: Shapes, states: Shapes) -> Error:
        """Return the error for an index outside its dimension."""
        summary = f"index {got} is out of bounds for a dimension of size {expected}"
        wanted = f"{-expected} to {expected - 1}" if expected else "no index: it is empty"
        return self._explained(IndexOutOfBounds, summary, site, inputs, states, wanted)

    def unfit(self, what: str, site: int, inputs: Shapes, states: Shapes) -> Error:
        """Return the error for a matrix without the properties that an operation needs."""
        summary = f"{self._operation(site)}: {what}"
        return self._explained(LinAlgError, summary, site, inputs, states)

    def stated(
        self,
        site: int,
        index: int,
        dim: int,
        expected: int,
        got: int,
        inputs: Shapes,
        states: Shapes,
    ) -> Error:
        """Return the error for a result of a Python call that has other sizes than stated."""
        summary = mismatch(self._operation(site), index, dim, got, expected)
        return self._explained(ShapeMismatch, summary, site, inputs, states)

    def shape(
        self,
        site: int,
        arg: int,
        dim: int,
        expected: int,
        got: int,
        inputs: Shapes,
        states: Shapes,
    ) -> Error:
        """Return the error for two sizes that differ."""
        if site < 0 and 0 <= arg < len(self.names):
            return mistake(
                BadArgument,
                f"{self.names[arg]}: dimension {dim} broadcasts, so its size is {expected}, "
                f"not {got}",
            )
        found = self._mismatch(site, expected, got, (*inputs, *states))
        return self._explained(*found, site, inputs, states)

    def _mismatch(self, site: int, expected: int, got: int, shapes: Shapes) -> Found:
        from symc.interpreted import failing_check

        known = failing_check(self.built.module, shapes, site, (expected, got))
        if known is None:
            return ShapeMismatch, self._nothing(site)
        check, sizes = known
        return self._unmet(check, *(sizes or (expected, got)))

    def _what(self, check: Check) -> str:
        """Return what a check demands, under the name of the user's own operation."""
        name, colon, demand = check.what.partition(": ")
        return f"{self._operation(check.site) or name}: {demand}" if colon else check.what

    def _unmet(self, check: Check, left: int, right: int) -> Found:
        """Return the kind of error that a failed check is, and what it says."""
        if check.what.startswith(ASSERTED):
            return ConditionFailed, check.what.removeprefix(ASSERTED)
        if check.what in RANGES:
            return RANGES[check.what], check.what
        return ShapeMismatch, self._unequal(check, left, right)

    def _unequal(self, check: Check, left: int, right: int) -> str:
        """Say which two sizes failed a check."""
        if check.what.endswith(NEGATIVE):
            return f"{self._what(check)}: {min(left, right)}"
        return f"{self._what(check)}: {left} is not {right}"

    def _operation(self, site: int) -> str:
        sites = self.built.module.sites
        return sites[site].operation if 0 <= site < len(sites) else ""

    def _nothing(self, site: int) -> str:
        return f"{self._operation(site)}: there is no element to choose from"

    def _explained(
        self,
        kind: type[Error],
        summary: str,
        site: int,
        inputs: Shapes,
        states: Shapes,
        expected: str = "",
    ) -> Error:
        captures = self.built.captures
        known = 0 <= site < len(captures)
        where: Capture = captures[site] if known else NOWHERE
        location = self.built.module.sites[site] if known else None
        operation = f"{location.operation}({', '.join(location.operands)})" if location else ""
        got, leaves = self._shapes(site, inputs, states)
        help = BROADCASTING if re.search(ONE, summary) else ""
        return complaint(
            kind,
            summary,
            where,
            operation=operation,
            expected=expected,
            got=got,
            inputs=leaves,
            help=help,
        )

    def _shapes(self, site: int, inputs: Shapes, states: Shapes) -> tuple[str, str]:
        """Return the shapes of an operation's operands, and of the inputs if it has others too."""
        from symc.interpreted import shapes_of

        built = self.built
        named = [*zip(self.names, inputs, strict=True), *zip(self.states, states, strict=True)]
        listed = [f"{name} {tuple(shape)}" for name, shape in named]
        shown = listed if config.exception_verbosity == "high" else [*listed[:MOST], "..."]
        leaves = ", ".join(listed if len(listed) <= MOST else shown)
        if not 0 <= site < len(built.operands):
            return leaves, ""
        labels = [text.partition(": ")[0] for text in built.module.sites[site].operands]
        shapes = shapes_of(built.module, (*inputs, *states), built.operands[site])
        pairs = [(name, shape) for name, shape in zip(labels, shapes, strict=True) if shape != "()"]
        got = ", ".join(f"{name} {shape}" for name, shape in pairs)
        known = {name for name, _ in named}
        return got, "" if all(name in known for name, _ in pairs) else leaves


def in_step(error: Error, steps: Sequence[int]) -> Error:
    """Return an error that says in which step it came; of loops in loops, the outermost first."""
    head, *rest = str(error).split("\n")
    number = ", ".join(map(str, steps))
    return type(error)("\n".join([f"{head}, in step {number}", *rest]))
