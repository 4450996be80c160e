"""Computes a function several ways at every call, and says which rule, pass or kernel differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from symc.build import Built
from symc.compiler.errors import Error
from symc.compiler.module import Module, needs, walk, walk_by
from symc.compiler.text import canonical, to_text
from symc.compiler.types import holds_floats
from symc.compiler.value import Value
from symc.debugmode import (
    BadOptimization,
    BadThunkOutput,
    DebugMode,
    InvalidValueError,
    StochasticOrder,
)
from symc.failure import Reporter
from symc.interpreted import Failed, LocatedRun
from symc.location import NOWHERE, Capture
from symc.native import Artifact, function_cache
from symc.passes.pipeline import Pass, choose, name_of, run_passes
from symc.passes.registered import Rewritten
from symc.passes.rewrite import Rewriting, rewrite
from symc.passes.rule import Rule
from symc.report import complaint

PRINTERS = ("mlir", "llvm")

TOLERANCES = {
    **{"bfloat16": (4e-2, 8e-3), "float16": (5e-3, 1e-3)},
    **{"float32": (1e-5, 1e-5), "complex64": (1e-5, 1e-5)},
}
"""What values of a dtype may differ by, relatively and absolutely: Theano's figures."""

WIDE = (1e-5, 1e-8)
"""The same for the dtypes of 64 bits and more."""

Array = np.ndarray[Any, Any]


class Firing(Struct, frozen=True):
    """A rule that fired: in which pass, on what, and what it made of that."""

    step: str
    rule: Rule
    left: Value
    right: Value


class Trail(Struct, frozen=True):
    """What the passes did.

    modules   the module after each pass, with the pass's name; firings the rules that fired
    """

    modules: tuple[tuple[str, Module], ...]
    firings: tuple[Firing, ...]


def follow(module: Module, steps: Iterable[Pass]) -> Trail:
    """Run passes over a module and note each module and each rule that fires."""
    modules: list[tuple[str, Module]] = []
    firings: list[Firing] = []

    def watched(step: Pass, module: Module) -> Module:
        if not isinstance(step, Rewriting):
            return step(module)

        def watch(rule: Rule, left: Value, right: Value) -> None:
            # What a step computes has no value of its own; the loop's results show a wrong one.
            if module.parameters or not _stands_in_body(left, right):
                firings.append(Firing(step.name, rule, left, right))

        return rewrite(module, step.rules, step.name, watch)

    for step in steps:
        name = name_of(step)
        module = run_passes(module, (Rewritten(name, partial(watched, step)),))
        modules.append((name, module))
    return Trail(tuple(modules), tuple(firings))


def _stands_in_body(*values: Value) -> bool:
    """Tell whether values are made from what a step of a loop or an arm of a branch is given."""
    definitions = values[0].context.definitions
    return any(v.op.name == "bound" for v in walk_by(values, lambda v: needs(v, definitions)))


# --- native code of each kernel


class Probe(Struct, frozen=True):
    """A fused module whose outputs are the results of all its kernels, loops and branches.

    results   the values it returns; run computes them, by native code of one printer
    """

    printer: str
    results: tuple[Value, ...]
    run: Callable[..., Any]


PARTS = ("result", "loop_result", "branch_result")


def written(module: Module) -> tuple[Value, ...]:
    """Return what kernels, loops and branches of a module make, in the order in which they run."""
    made = [x for x in walk(module.roots()) if x.op.name in ("kernel", *PARTS)]
    return tuple(x for x in made if len(x.results) < 2)


def probe(built: Built, fused: Module, printer: str, bind: Callable[..., Any]) -> Probe:
    """Compile a fused module so that it returns all that it writes, and changes no state."""
    from symc.compiler.codegen.contraction import work_bytes
    from symc.compiler.link import Linker
    from symc.compiler.target.isa import host_target
    from symc.passes.plan import plan

    target = host_target()
    results = written(fused)
    shown = replace(fused, outputs=results, updates=())
    program = plan(shown, partial(work_bytes, target=target))
    linked = Linker(target, printer, function_cache()).link(program)
    outputs = tuple((spec.dtype, len(spec.shape)) for spec in program.outputs)
    sites = {number: number for number in range(len(built.captures))}
    artifact = Artifact(linked.blob, linked.entry, outputs, (), (), sites)
    return Probe(printer, results, bind(artifact))


# --- comparing


def difference(dtype: str, reference: Array, other: Array) -> str:
    """Return how two arrays differ beyond the tolerance of a dtype; '' where they do not."""
    if reference.shape != other.shape or reference.dtype != other.dtype:
        return (
            f"{other.dtype}{list(other.shape)} instead of {reference.dtype}{list(reference.shape)}"
        )
    if not holds_floats(reference):
        wrong = reference != other
    else:
        relative, absolute = TOLERANCES.get(dtype, WIDE)
        with np.errstate(all="ignore"):
            wrong = ~np.isclose(other, reference, relative, absolute, equal_nan=True)
    return _first(reference, other, wrong)


def change(dtype: str, left: Array, right: Array) -> str:
    """Do as `difference`, leaving out the elements where the left side has no finite value."""
    if left.shape != right.shape or not holds_floats(left):
        return difference(dtype, left, right)
    with np.errstate(all="ignore"):
        return difference(dtype, np.where(np.isfinite(left), left, right), right)


def _first(reference: Array, other: Array, wrong: Array) -> str:
    places = np.argwhere(wrong)
    if not len(places):
        return ""
    place = tuple(int(k) for k in places[0])
    where = f" at {list(place)}" if place else ""
    return f"{other[place]} instead of {reference[place]}{where}, {len(places)} of {wrong.size}"


# --- one function


class Checker:
    """One function of DebugMode: what its passes did, its kernels, and how a call is compared."""

    def __init__(
        self,
        built: Built,
        mode: DebugMode,
        reporter: Reporter,
        bind: Callable[[Artifact], Callable[..., Any]],
    ) -> None:
        self.built = built
        self.mode = mode
        self.reporter = reporter
        self.trail = follow(built.module, choose(mode))
        self._require_stable()
        self.fused = self.trail.modules[-1][1] if self.trail.modules else built.module
        printers = PRINTERS if mode.check_c_code and self._is_fused() else ()
        self.probes = [probe(built, self.fused, printer, bind) for printer in printers]

    def _is_fused(self) -> bool:
        return any(name == "fuse" for name, _ in self.trail.modules)

    def _require_stable(self) -> None:
        """Raise StochasticOrder unless the passes always give the same module."""
        for _ in range(self.mode.stability_patience - 1):
            again = follow(self.built.module, choose(self.mode))
            for (name, first), (_, second) in zip(self.trail.modules, again.modules, strict=True):
                if canonical(first) != canonical(second):
                    raise complaint(
                        StochasticOrder,
                        f"pass {name!r} gives another module when it runs again",
                        NOWHERE,
                        help="a rule or pass of yours depends on an order that changes, as that of "
                        "a set does",
                    )

    def check(self, arrays: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        """Compare one call all ways; return the reference's outputs and new states."""
        everything = (*arrays, *states)
        reference = LocatedRun(self.built.module, everything)
        try:
            for check in self.built.module.checks:
                reference.check(check)
            wanted = self._roots(reference, self.built.module)
        except Failed as failure:
            raise self.reporter.interpreted(failure, arrays, states) from None
        self._check_finite(wanted)
        for firing in self.trail.firings:
            self._check_rule(firing, reference)
        for name, module in self.trail.modules:
            self._check_pass(name, module, everything, wanted)
        for each in self.probes:
            self._check_kernels(each, everything, arrays)
        return wanted

    def _roots(self, run: LocatedRun, module: Module) -> list[Array]:
        values = (*module.outputs, *(value for _, value in module.updates))
        return [np.array(run.value(value)) for value in values]

    # --- what can be wrong

    def _check_finite(self, wanted: Sequence[Array]) -> None:
        if not self.mode.check_isfinite:
            return
        module = self.built.module
        roots = (*module.outputs, *(value for _, value in module.updates))
        for place, (value, array) in enumerate(zip(roots, wanted, strict=True)):
            if holds_floats(array) and not np.isfinite(array).all():
                bad = array[~np.isfinite(array)].flat[0]
                raise complaint(
                    InvalidValueError,
                    f"{self._root(place)} holds {bad}",
                    self._line(value),
                    help="DebugMode(check_isfinite=False) lets it pass",
                )

    def _check_rule(self, firing: Firing, run: LocatedRun) -> None:
        try:
            left = run.value(firing.left)
        except Failed:
            return  # it is an error as it was written, in a part that is not computed
        try:
            found = change(firing.left.type.dtype, left, run.value(firing.right))
        except Failed as failure:
            found = f"an error: {failure.reason}"
        if found:
            raise self._wrong(
                BadOptimization,
                f"rule {firing.rule.name!r} of pass {firing.step!r} changes a value",
                firing.left,
                found,
                f"Mode().excluding({firing.rule.name!r}) leaves it out",
            )

    def _check_pass(
        self, name: str, module: Module, arrays: Sequence[Array], wanted: Sequence[Array]
    ) -> None:
        try:
            made = self._roots(LocatedRun(module, arrays), module)
        except Failed as failure:
            raise self._wrong(
                BadOptimization, f"pass {name!r} makes an error", None, str(failure.reason), ""
            ) from None
        for place, (reference, array) in enumerate(zip(wanted, made, strict=True)):
            found = change(str(reference.dtype), reference, array)
            if found:
                root = (*module.outputs, *(value for _, value in module.updates))[place]
                raise self._wrong(
                    BadOptimization,
                    f"pass {name!r} changes {self._root(place)}",
                    root,
                    found,
                    f"Mode().excluding({name!r}) leaves it out",
                )

    def _check_kernels(
        self, each: Probe, everything: Sequence[Array], arrays: Sequence[Array]
    ) -> None:
        run = LocatedRun(self.fused, everything)
        for value, made in zip(each.results, each.run(*arrays), strict=True):
            found = difference(value.type.dtype, run.value(value), made)
            if found:
                raise self._wrong(
                    BadThunkOutput,
                    f"a kernel's native code, by {each.printer}, differs from the reference",
                    value,
                    found,
                    "please report it with this kernel:\n" + kernel_text(self.fused, value),
                )

    # --- words

    def _wrong(
        self, kind: type[Error], summary: str, value: Value | None, found: str, help: str
    ) -> Error:
        return complaint(kind, summary, self._line(value), got=found, help=help)

    def _line(self, value: Value | None) -> Capture:
        known = value is not None and 0 <= value.site < len(self.built.captures)
        return self.built.captures[value.site] if known and value is not None else NOWHERE

    def _root(self, place: int) -> str:
        module = self.built.module
        outputs = len(module.outputs)
        if place < outputs:
            return f"output {place}"
        index = module.updates[place - outputs][0]
        return f"the new value of {module.parameters[index].name or f'state {index}'}"


def kernel_text(module: Module, value: Value) -> str:
    """Return a kernel of a fused module as text, in a function of its own."""
    owner = value.operands[0] if value.op.name in PARTS else value
    return to_text(replace(module, outputs=(owner,), updates=(), checks=()))


def checked(
    built: Built,
    mode: Any,
    convert: Callable[[int, Any], Array],
    reporter: Reporter,
    run: Callable[..., Any],
    bind: Callable[[Artifact], Callable[..., Any]],
) -> Callable[..., Any]:
    """Return what a call does: compare, then run the function itself and compare that too."""
    checker = Checker(built, mode, reporter, bind)

    def call(*values: Any) -> Any:
        arrays = [convert(index, value) for index, value in enumerate(values)]
        wanted = checker.check(arrays, [variable.container.get() for variable in built.states])
        result = run(*arrays)
        for found in _disagreements(built, wanted, result):
            raise complaint(BadThunkOutput, f"the whole function differs in {found}", NOWHERE)
        return result

    return call


def _disagreements(built: Built, wanted: Sequence[Array], result: Any) -> Iterator[str]:
    """Yield where outputs and states after a call are not the reference's."""
    outputs = [] if result is None else list(result) if isinstance(result, list) else [result]
    count = len(built.module.parameters) - len(built.states)
    states = [built.states[index - count].container.get() for index, _ in built.module.updates]
    for place, (reference, made) in enumerate(zip(wanted, (*outputs, *states), strict=True)):
        found = change(str(reference.dtype), reference, made)
        if found:
            yield f"result {place}: {found}"
