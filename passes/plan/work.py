"""A rough estimate of the time a program takes, as a host scalar."""

from __future__ import annotations

from collections.abc import Iterator

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.sorting import Sorting, nanoseconds
from symc.compiler.kernel.work import work_terms
from symc.compiler.program.record import Number
from symc.passes.plan.bindings import Branching, Foreign, Looping, Step
from symc.passes.plan.host import HostScalars
from symc.passes.plan.statements import StepStatements

PRODUCT = 20
"""Picoseconds of one multiplication of a matrix product."""


STEP = 20
"""Nanoseconds that a step of a loop takes beside its work."""


def estimate(host: HostScalars, steps: list[Step], make: StepStatements) -> Number:
    """Return the nanoseconds of all steps; summed in picoseconds, divided once."""
    known = 0
    names: list[Number] = []
    for step in steps:
        for term in _terms(host, step, make):
            if isinstance(term, str):
                names.append(term)
            else:
                known += int(term)
    if not names:
        return known // 1000
    total = host.compute("add", (*names, known)) if known or len(names) > 1 else names[0]
    return host.compute("floor_divide", (total, 1000))


def _terms(host: HostScalars, step: Step, make: StepStatements) -> Iterator[Number]:
    sizes = [host.value(size) for size in step.sizes]
    if isinstance(step.record, Foreign):
        return
    if isinstance(step.record, Looping):
        yield host.product((1000, *sizes, STEP))
        yield host.product((1000, *sizes, make.inner(step).work))
        return
    if isinstance(step.record, Branching):
        yield host.product((1000, make.inner(step).work))
        return
    if isinstance(step.record, Contraction):
        yield host.product((PRODUCT, *sizes))
        return
    if isinstance(step.record, Sorting):
        yield host.product((round(1000 * nanoseconds(step.record)), *sizes))
        return
    if isinstance(step.record, Factoring):
        rules = step.record.rules
        known = dict(zip(rules.sizes, sizes, strict=True))
        for picoseconds, letters in rules.work:
            yield host.product((picoseconds, *(known[letter] for letter in letters)))
        return
    for cost, extents in work_terms(step.record):
        numbers = [sizes[int(s[1:])] if isinstance(s, str) else s for s in extents]
        yield host.product((max(1, round(1000 * cost)), *numbers))
