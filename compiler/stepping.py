"""Runs loops step by step and branches in NumPy: the oracle's part that knows bodies."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symc.compiler.module import needs, walk_by
from symc.compiler.ops.branch import arms_of
from symc.compiler.ops.loop import Body, body_of
from symc.compiler.types import TensorType
from symc.compiler.value import Value

if TYPE_CHECKING:
    from symc.compiler.interpret import Run

Array = NDArray[Any]


def run_loop(run: Run, value: Value, arrays: Sequence[Array]) -> list[Array]:
    """Return the number of steps run, the states after them, and the rows kept.

    Rows of steps that were not run are zeros.
    """
    body = body_of(value)
    steps = _Steps(run, body)
    sequences, states = len(body.elements), len(body.states)
    rows, now = arrays[:sequences], list(arrays[sequences : sequences + states])
    fixed = arrays[sequences + states : -1]
    count = int(arrays[-1])
    kept = [steps.empty(count, x.type) for x in body.kept]
    done = 0
    for t in range(count):
        given = [np.asarray(t, "int64"), *(x[t] for x in rows), *now, *fixed]
        *made, stop = steps.take(given)
        now = made[:states]
        for target, row in zip(kept, made[states:], strict=True):
            target[t] = row
        done = t + 1
        if stop:
            break
    return [np.asarray(done, "int64"), *now, *kept]


def run_branch(run: Run, value: Value, arrays: Sequence[Array]) -> list[Array]:
    """Return the condition of a branch, and what the arm that it takes computes."""
    condition, *operands = arrays
    then, other = arms_of(value)
    split = len(then.leaves)
    arm, given = (then, operands[:split]) if condition else (other, operands[split:])
    inside = _entered(run, arm.leaves, given)
    inside.compute(arm.results)
    return [condition, *(inside.known[v][0] for v in arm.results)]


def _entered(run: Run, leaves: Sequence[Value], given: Sequence[Array]) -> Run:
    """Return a run inside of a body whose leaves are known."""
    inside = copy(run)
    inside.known = dict(run.known)
    for leaf, array in zip(leaves, given, strict=True):
        inside.known[leaf] = (np.asarray(array),)
    return inside


class _Steps:
    """The steps of one loop.

    inside   what each step computes, in order; all else is the same in every step
    """

    def __init__(self, run: Run, body: Body) -> None:
        self.run = copy(run)
        self.run.measured = {**run.measured, **dict(body.rewritten)}
        self.body = body
        self.leaves = (body.counter, *body.leaves)
        self.inside = _inside(self.run, body)

    def empty(self, count: int, type: TensorType) -> Array:
        """Return the rows to keep: a check may say that a size that a step computes is known."""
        shape = map(self.body.counter.context.resolve, type.shape)
        return np.zeros((count, *map(self.run.size, shape)), type.dtype)

    def take(self, given: Sequence[Array]) -> list[Array]:
        """Compute one step, and return the values of the body's roots, last whether to stop."""
        step = _entered(self.run, self.leaves, given)
        step.steps = (*self.run.steps, int(given[0]))
        for check in self.body.checks:  # first: types say of sizes that they are equal
            step.check(check)
        step.compute_all(self.inside)
        body = self.body
        made = [step.known[v][0] for v in (*body.next, *body.kept)]
        return [*made, step.known[body.stop][0] if body.stop is not None else np.asarray(False)]


def _inside(run: Run, body: Body) -> list[Value]:
    """Return what depends on the leaves of a body, in order; compute what does not."""
    leaves = {body.counter, *body.leaves}
    depends = set(leaves)
    found: list[Value] = []
    outside: list[Value] = []
    for value in walk_by(body.everything, lambda v: needs(v, run.measured)):
        if value in leaves:
            continue
        if any(x in depends for x in needs(value, run.measured)):
            depends.add(value)
            found.append(value)
        else:
            outside.append(value)
    run.compute(outside)
    return found


RUN = {"loop": run_loop, "branch": run_branch}
"""What runs an operation that has bodies, by its name."""
