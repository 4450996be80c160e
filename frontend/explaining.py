"""Explains a compiled function: its launches, their costs, and the decisions behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from msgspec.structs import replace

from symc.build import Built
from symc.compiler.kernel.linear import ZERO, Polynomial, plus, polynomial, times
from symc.compiler.module import Module
from symc.compiler.program.formula import Dimension, Formulas, evaluate
from symc.compiler.program.record import Number, Program, Statement
from symc.compiler.target.isa import Target, host_target
from symc.compiler.text import python_calls
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.exceptions import BadArgument, BadUse
from symc.explanation import Explanation, Held, Seam, interpreted, total
from symc.function import Function
from symc.launches import Launches
from symc.mode import Mode
from symc.naming import Names
from symc.overwriting import overwriting
from symc.passes.fuse.emission import Emission, fuse_and_tell
from symc.passes.fuse.group import Group
from symc.passes.fuse.reasons import OWN_KIND, PHASE
from symc.passes.pipeline import run_unfused
from symc.passes.plan.planner import ALIGNMENT, Planner
from symc.report import mistake

__all__ = ["explain", "explain_module"]

PLAIN = frozenset({OWN_KIND.name, PHASE.name})
"""Reasons that are not told of launches that only read the same."""


def explain(function: Function, *examples: Any) -> Explanation:
    """Return what a compiled function does in a call, what that costs, and why it is done so.

    `symc.printing.explain` says what is given and raised.
    """
    if not isinstance(function, Function):
        raise mistake(BadUse, f"explain: takes a compiled function: {function!r}")
    if function.call.reason or function.mode.linker == "interpret":
        reason = function.call.reason or "its mode asks for it"
        return interpreted(function.name or "function", reason)
    plan = overwriting(function.built, function.inputs)
    built = function.built if plan is None else plan.built
    module = replace(built.module, name=function.name or "function")
    known = _shapes(built, examples)
    return explain_module(module, function.mode, host_target(), function.output_names, known)


def _shapes(built: Built, examples: tuple[Any, ...]) -> dict[Dimension, int]:
    """Return the sizes that are known: of shared variables, and of examples."""
    count = len(built.module.parameters) - len(built.states)
    if examples and len(examples) != count:
        text = f"explain: the function has {count} inputs, and there are {len(examples)} examples"
        raise mistake(BadUse, text)
    known: dict[Dimension, int] = {}
    for k, example in enumerate(examples):
        shape = tuple(example) if isinstance(example, (tuple, list)) else np.shape(example)
        rank = built.module.parameters[k].value.type.ndim
        if len(shape) != rank:
            raise mistake(BadArgument, f"explain: input {k} has {rank} axes, not {len(shape)}")
        known.update({("input", k, axis): int(size) for axis, size in enumerate(shape)})
    for k, state in enumerate(built.states):
        shape = state.container.get().shape
        known.update({("state", k, axis): size for axis, size in enumerate(shape)})
    return known


def explain_module(
    module: Module,
    mode: Mode,
    target: Target,
    outputs: tuple[str, ...],
    known: Mapping[Dimension, int] | None = None,
) -> Explanation:
    """Return the explanation of a module for a target, with the sizes that are known."""
    from symc.compiler.codegen.contraction import work_bytes

    told: list[Emission] = []
    fused = fuse_and_tell(run_unfused(module, mode), told.append)
    fused = replace(fused, checks=tuple(fused.context.checks))
    planner = Planner(fused, partial(work_bytes, target=target), python_calls(module))
    program = planner.program()
    formulas = Formulas(known or {})
    formulas.take(program, _more_sizes(planner))
    names = Names(fused, told, outputs)
    launches = Launches(program, planner.make.shared.made, formulas, names, target)
    return _Explainer(fused, program, planner, formulas, names, launches).explanation()


def _more_sizes(planner: Planner) -> list[Statement]:
    """Return the host scalars of sizes that are shown and that the program does not need."""
    known = {id(s) for part in planner.host.statements for s in part}
    module = planner.module
    for value in (*(p.value for p in module.parameters), *module.outputs):
        planner.make.bytes(value)
    return [s for part in planner.host.statements for s in part if id(s) not in known]


class _Explainer:
    """Puts together what each part knows."""

    def __init__(
        self,
        module: Module,
        program: Program,
        planner: Planner,
        formulas: Formulas,
        names: Names,
        launches: Launches,
    ) -> None:
        self.module = module
        self.program = program
        self.planner = planner
        self.formulas = formulas
        self.names = names
        self.launches = launches

    def explanation(self) -> Explanation:
        """Return the explanation."""
        entries = tuple(self.launches.entries())
        slots = list(self._arena())
        return Explanation(
            self.module.name,
            tuple(self._legend()),
            entries,
            tuple(self._seams()),
            tuple(self._kept()),
            tuple(self._updates()),
            tuple(slots),
            plus(slots[-1].offset, slots[-1].bytes) if slots else ZERO,
            self._least(),
        )

    def _legend(self) -> Iterator[str]:
        for letter, dimensions in self.formulas.legend.items():
            written = [f"{self.names.parameter(d[0], d[1])}.shape[{d[2]}]" for d in dimensions]
            yield f"{letter} = {' = '.join(written)}"

    def _least(self) -> Polynomial:
        """Return the bytes of what a call is given, returns and changes; a state counts twice."""
        module, size = self.module, self._size
        states = {k: module.parameters[k].value for k, _ in module.updates}
        read = total([size(p.value) for p in module.parameters])
        made = total([size(value) for value in module.outputs])
        return plus(plus(read, made), total([size(value) for value in states.values()]))

    def _size(self, value: Value) -> Polynomial:
        found = polynomial(ITEM_SIZE[value.type.dtype])
        for size in value.type.shape:
            found = times(found, self.formulas[self.planner.host.size(size)])
        return found

    # Reasons --------------------------------------------------------------------------------------

    def _seams(self) -> Iterator[Seam]:
        groups = (group for emission in self.names.told for group in emission.fusion.groups)
        found: dict[tuple[str, str], Seam] = {}
        for seam in (seam for group in groups for seam in self._apart(group)):
            found.setdefault((seam.first, seam.second), seam)
        yield from (found[pair] for pair in sorted(found, key=_order))

    def _apart(self, group: Group) -> Iterator[Seam]:
        mine = self.launches.number(group)
        if mine is None:
            return
        beside = ((g, why) for g, why in group.beside.items() if why.name not in PLAIN)
        for other, reason in (*group.before.items(), *beside):
            its = self.launches.number(other)
            if its is None or its == mine:
                continue
            through = [v for v in other.members if v in group.reads]
            yield Seam(its, mine, tuple(map(self.names.old, through)), str(reason))

    def _kept(self) -> Iterator[tuple[str, str]]:
        for emission in self.names.told:
            for value, reason in emission.fusion.reasons.items():
                temporary = value in emission.new and value not in emission.fusion.results
                if temporary and value in emission.fusion.needed:
                    yield self.names.old(value), str(reason)

    def _updates(self) -> Iterator[tuple[str, str]]:
        decisions = self.planner.decisions
        for number, (step, _) in decisions.in_place.items():
            name = self.names.parameter("state", number)
            yield name, f"overwritten in place by {self.launches.of_step(step)}"
        for number, reason in decisions.reasons.items():
            how = "replaced by new memory" if number in decisions.swapped else "copied into"
            yield self.names.parameter("state", number), f"{how}: {reason}"

    # Memory ---------------------------------------------------------------------------------------

    def _arena(self) -> Iterator[Held]:
        """Yield the slots with their places: running sums of aligned sizes."""
        offset = ZERO
        slots: list[Number] = [size for piece in self.program.pieces for size in piece.slots]
        held: dict[int, list[str]] = {}
        for life in self.planner.lives:
            place = self.planner.places[life.key]
            held.setdefault(place.index, []).append(self.launches.holder(life.key))
        for k, size in enumerate(slots):
            bytes_ = self.formulas[size]
            yield Held(offset, bytes_, tuple(dict.fromkeys(held.get(k, []))))
            offset = plus(offset, _aligned(bytes_))


def _order(pair: tuple[str, str]) -> list[list[int]]:
    """Return by what pairs of launches are sorted: 1.2 before 1.10."""
    return [[int(part) for part in number.split(".")] for number in pair]


def _aligned(size: Polynomial) -> Polynomial:
    """Return a size rounded up to the alignment of slots, where it is a number."""
    if any(names for names, _ in size):
        return size
    number = evaluate(size)
    return polynomial(number + -number % ALIGNMENT)
