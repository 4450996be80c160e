"""Plans branches: both arms write what is read of them to one place; their slots are shared."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import zip_longest

from symc.compiler.ops.branch import Arm, arm_operands, arms_of
from symc.compiler.program.record import Branch, Buffer, Copy, Number, Statement
from symc.compiler.value import Value
from symc.passes.fuse.bodies import module_of_arm
from symc.passes.fuse.levels import find_levels
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Branching, Step, computed
from symc.passes.plan.inner import ArmScalars
from symc.passes.plan.inside import Inside
from symc.passes.plan.loops import BodyPlan
from symc.passes.plan.statements import InnerPlan, StepStatements


def plan_inner(step: Step, outer: StepStatements) -> InnerPlan:
    """Return the plan of a loop or a branch."""
    return BranchPlan(step, outer) if isinstance(step.record, Branching) else BodyPlan(step, outer)


class BranchPlan:
    """How one branch is run: a test of its condition in memory, and the statements of each arm."""

    def __init__(self, step: Step, outer: StepStatements) -> None:
        self.step = step
        self.outer = outer
        sides = zip(arms_of(step.value), arm_operands(step.value), strict=True)
        self.arms = [ArmPlan(step, outer, arm, operands) for arm, operands in sides]

    @property
    def work(self) -> Number:
        """Return the estimated nanoseconds of the longer arm."""
        then, other = (arm.work for arm in self.arms)
        return self._larger(then, other)

    def _larger(self, left: Number, right: Number) -> Number:
        if isinstance(left, int) and isinstance(right, int):
            return max(left, right)
        return left if left == right else self.outer.host.compute("maximum", (left, right))

    def temporaries(self) -> Iterator[tuple[Hashable, Number]]:
        """Yield the slots of the arms, of which one is run."""
        sides = zip_longest(*(arm.room() for arm in self.arms), fillvalue=0)
        for k, (then, other) in enumerate(sides):
            yield (self.step.value, "slot", k), self._larger(then, other)

    def statements(self) -> Iterator[Statement]:
        """Yield the branch."""
        then, other = (tuple(arm.statements()) for arm in self.arms)
        yield Branch(self.outer.buffer(self.step.value.operands[0]), then, other)


class ArmPlan(Inside):
    """How one arm is run: what it makes lies where it is read, what it hands on is copied there."""

    sized = "a branch (ifelse) of which one side computes the size of an array is not compiled"

    def __init__(
        self, step: Step, outer: StepStatements, arm: Arm, operands: tuple[Value, ...]
    ) -> None:
        module = module_of_arm(arm)
        super().__init__(step, outer, module, ArmScalars(outer.host, arm, find_levels(module)))
        self.arm = arm
        self.operands = dict(zip(arm.leaves, operands, strict=True))
        made = {v for inside in self.steps for v in inside.results}
        self.direct: dict[Value, Value] = {}
        for result, part in self._read():
            if storage(result) in made:
                self.direct.setdefault(storage(result), part)

    def _read(self) -> Iterator[tuple[Value, Value]]:
        """Yield each result that is read, with what stands for it outside."""
        for part in self.step.results:
            yield self.arm.results[part.attribute("index")], part

    def room(self) -> tuple[Number, ...]:
        """Return the bytes of the slots that the arm needs."""
        return self._slots(computed(self.module), self.direct)

    def _leaf(self, value: Value) -> Buffer:
        return self.outer.buffer(self.operands.get(value, value))

    def statements(self) -> Iterator[Statement]:
        """Yield what is run where the arm is taken."""
        for key, k in self.slots.items():
            self.inner.places[key] = self.outer.places[self.step.value, "slot", k]
        for value, part in self.direct.items():
            self.inner.places[value] = self.outer.buffer(part)
        copies = tuple(self._copies())
        yield from self._run()
        yield from copies

    def _copies(self) -> Iterator[Copy]:
        """Yield copies of results that no step of the arm makes there."""
        for result, part in self._read():
            source, place = self.inner.buffer(result), self.outer.buffer(part)
            if source != place:
                yield Copy(place, source, self.inner.bytes(result))
