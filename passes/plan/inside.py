"""What the plans of a loop's step and of a branch's arm share: steps of a scope inside another."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator
from typing import ClassVar

from symc.compiler.errors import LoopNotCompiled
from symc.compiler.module import Module
from symc.compiler.program.record import Buffer, Compute, Number, Statement
from symc.compiler.value import Value
from symc.passes.fuse.levels import find_levels
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step, find_steps
from symc.passes.plan.inner import InnerScalars, in_order
from symc.passes.plan.overwritten import lives_of, overwritten, spans_of
from symc.passes.plan.slots import assign
from symc.passes.plan.statements import StepStatements
from symc.passes.plan.work import estimate

UNKNOWN = 1000
"""Nanoseconds taken for a step or an arm whose work is known inside alone."""


class Inside:
    """Plans the steps of a module that is run inside: what they need is reserved outside.

    step      the loop or branch, in the scope `outer`
    module    what is run
    sized     why sizes that are known inside alone are refused
    """

    sized: ClassVar[str]

    def __init__(
        self, step: Step, outer: StepStatements, module: Module, host: InnerScalars
    ) -> None:
        self.step = step
        self.outer = outer
        self.module = module
        self.steps = find_steps(module, find_levels(module))
        self._scalars = host
        self.inner = StepStatements(host, outer.shared, self._leaf)
        self.slots: dict[Hashable, int] = {}

    @property
    def work(self) -> Number:
        """Return the estimated nanoseconds of a step, or of an arm."""
        found = estimate(self._scalars, self.steps, self.inner)
        return UNKNOWN if self._scalars.differs(found) else found

    def _leaf(self, value: Value) -> Buffer:
        """Return where memory lies that no step inside makes."""
        raise NotImplementedError

    def _slots(self, kept: Iterable[Value], placed: Container[Hashable]) -> tuple[Number, ...]:
        """Return the bytes of the slots of temporaries; what is kept lives to the end."""
        held = set(map(storage, kept))
        spans = spans_of(self.steps, lambda step: self._temporaries(step, placed))
        owners = overwritten(self.steps, spans, held)
        lives = lives_of(spans, owners, held, len(self.steps))
        alone = [life for life in lives if life.key not in owners]
        self.slots, sizes = assign(alone, self._scalars)
        self.slots.update({key: self.slots[owner] for key, owner in owners.items()})
        return tuple(sizes)

    def _temporaries(
        self, step: Step, placed: Container[Hashable]
    ) -> Iterator[tuple[Hashable, Number]]:
        for key, size in self.inner.temporaries(step, placed):
            yield key, self._fixed(size)

    def _fixed(self, size: Number) -> Number:
        """Return bytes, which must be known outside."""
        if self._scalars.differs(size):
            raise LoopNotCompiled(self.sized).at(self.step.value.site)
        return size

    def _run(self, early: Iterable[Statement] = ()) -> Iterator[Statement]:
        """Yield host scalars, checks and work of all levels; `early` comes before other work."""
        levels = range(len(self._scalars.statements))
        runs = [
            [s for step in self.steps if step.level == k for s in self._run_step(step)]
            for k in levels
        ]
        self._load()
        for k in levels:
            yield from in_order(self._scalars.statements[k])
            yield from early if k == 0 else ()
            yield from runs[k]

    def _run_step(self, step: Step) -> Iterator[Statement]:
        yield from self.inner.run(step)

    def _load(self) -> None:
        """Load the numbers that are computed inside and used as bounds."""
        measured = self.module.measured()
        for leaf, name in self._scalars.loads.items():
            buffer = (("buffer", self.inner.buffer(measured.get(leaf, leaf))),)
            load = Compute(name, "load", (0,), leaf.type.dtype, buffer)
            self._scalars.check(load, name)
