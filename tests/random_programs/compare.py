"""What programs must agree in, and where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from msgspec.structs import replace

from symc import config
from symc.compiler.errors import InternalError
from symc.compiler.interpret import Run
from symc.compiler.module import Module, walk_all, walk_with_sizes
from symc.compiler.types import holds_floats
from symc.compiler.verify import verify
from symc.mode import Mode
from symc.passes.pipeline import run_unfused
from symc.printing import explain

from . import jitter
from .differences import wrong_slopes
from .program import Array, Program, compiled

OPTIMIZERS, PRINTERS = ("fast_run", "fast_compile"), ("llvm", "mlir")
MODES = {
    (optimizer, printer): Mode(optimizer=optimizer, printer=printer)
    for optimizer in OPTIMIZERS
    for printer in PRINTERS
}
RUN, COMPILE = (tuple((name, p) for p in PRINTERS) for name in OPTIMIZERS)
THREADS = {"llvm": 1, "mlir": 3}
"""How many threads share the work: bits depend on it no more than on the printer."""
TURNS = (RUN, RUN[:1], (RUN[1], COMPILE[0]), RUN[:1], COMPILE, RUN[1:])
"""The ways that programs are compiled, one batch after the other."""

EXPECTED = (IndexError, ValueError)  # what a call may end in when sizes or indices do not fit


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two ways of computing a program disagree; `name` is of an output or a state."""

    ways: str
    call: int
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.ways}, call {self.call}, {self.name}: {self.text}"


@dataclass(slots=True)
class Tally:
    """What was compared: programs, calls, elements; `vague` of them depend on last digits.

    operations    how often each came, of original and optimised modules
    interpreted   why functions were not compiled
    """

    counts: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    interpreted: Counter[str] = field(default_factory=Counter)


def passed(module: Module, optimizer: str) -> Module:
    """Return a module after all passes of an optimizer but fusion."""
    return run_unfused(module, MODES[optimizer, "llvm"])


class Comparison:
    """One program, compiled every way."""

    def __init__(
        self, program: Program, tally: Tally | None = None, modes: Sequence[Any] = tuple(MODES)
    ) -> None:
        self.program = program
        self.tally = tally or Tally()
        self.known = program.graph()
        self.functions = {mode: self._compiled(mode) for mode in modes}
        str(explain(next(iter(self.functions.values()))))  # as each can be
        reasons = [f.call.reason for f in self.functions.values() if f.call.reason]
        self.tally.interpreted.update(reasons)
        built = next(iter(self.functions.values())).definition.built
        self.original = built.module
        self.states = [variable.name for variable in built.states]
        self.names = (*program.outputs, *(old for old, _ in program.updates))
        self.optimised = {
            optimizer: passed(self.original, optimizer)
            for optimizer in dict.fromkeys(m[0] for m in modes)
        }
        for module in self.optimised.values():
            verify(module)
        self._count_operations()
        self.found: list[Difference] = []

    def _compiled(self, mode: tuple[str, str]) -> Any:
        with config.change_flags(threads=THREADS[mode[1]]):
            return compiled(self.program, self.known, MODES[mode])

    def _count_operations(self) -> None:
        for module in (self.original, *self.optimised.values()):
            self.tally.operations.update(value.op.name for value in walk_all(module))

    def differences(self) -> list[Difference]:
        """Return all differences in all calls."""
        for call in range(self.program.calls):
            self._compare(call)
        for name, text in wrong_slopes(self.program, self.tally.counts):
            self._note("differences", 0, name, text)
        return self.found

    def _note(self, ways: str, call: int, name: str, text: str | None) -> None:
        if text:
            self.found.append(Difference(ways, call, name, text))

    def _compare(self, call: int) -> None:
        arrays = self._arguments(call)
        run = jitter.WatchedRun(self.original, arrays)
        original = _attempt(lambda: self._named(self.original, jitter.roots(run)))
        results = {mode: _attempt(lambda m=mode: self._native(m, call)) for mode in self.functions}
        self.tally.counts["calls"] += 1
        if isinstance(original, Exception):
            self.tally.counts["calls that fail"] += 1
            if not self._has_empty(run):
                for mode, result in results.items():
                    text = None if isinstance(result, Exception) else f"no {original!r}"
                    self._note(f"{mode} does not fail", call, "", text)
            return
        for mode, result in results.items():
            if isinstance(result, Exception):
                self._note(f"{mode} fails", call, "", repr(result))
                return
        self._compare_printers(results, call)
        empty = self._has_empty(run)
        self._compare_interpreter(results, arrays, empty, call)
        if "not finite" in run.seen:
            self.tally.counts["calls not finite"] += 1
        else:
            self._compare_original(original, results, arrays, call)

    def _has_empty(self, run: jitter.WatchedRun) -> bool:
        """Tell whether a value has no elements: then no place is read, so none can be outside."""
        if "empty" in run.seen:
            return True
        sizes = [s for value in walk_with_sizes(self.original.roots()) for s in value.type.shape]
        numbers = [_attempt(lambda size=size: run.size(size)) for size in dict.fromkeys(sizes)]
        return any(isinstance(n, int) and n <= 0 for n in numbers)

    def _arguments(self, call: int) -> list[Array]:
        """Return inputs and states in the order of the Module."""
        given = {leaf.name: leaf.arrays[call] for leaf in self.program.leaves}
        inputs = [leaf.name for leaf in self.program.leaves if leaf.kind == "input"]
        return [given[name] for name in (*inputs, *self.states)]

    def _native(self, mode: Any, call: int) -> dict[str, Array]:
        """Call the native function, and return outputs and new states by name.

        It is called twice, so that results come to lie where results were that nobody holds.
        """
        inputs = [x.arrays[call] for x in self.program.leaves if x.kind == "input"]
        shared = [x for x in self.program.leaves if x.kind == "shared"]
        copies = [x.copy() for x in inputs]
        for _ in range(2):
            outputs = None
            for leaf in shared:
                self.known[leaf.name].set_value(leaf.arrays[call])
            outputs = self.functions[mode](*inputs)
        for before, after in zip(copies, inputs, strict=True):
            assert before.tobytes() == after.tobytes(), "an argument was written"
        for leaf in shared:
            if leaf.name not in dict(self.program.updates):
                assert self.known[leaf.name].get_value().tobytes() == leaf.arrays[call].tobytes()
        new = [self.known[old].get_value() for old, _ in self.program.updates]
        return dict(zip(self.names, (*outputs, *new), strict=True))

    def _named(self, module: Module, arrays: Sequence[Array]) -> dict[str, Array]:
        """Give outputs and new states their names; a Module has updates in its states' order."""
        count = len(module.outputs)
        inputs = len(module.parameters) - len(self.states)
        olds = [self.states[index - inputs] for index, _ in module.updates]
        return {
            **dict(zip(self.program.outputs, arrays[:count], strict=True)),
            **dict(zip(olds, arrays[count:], strict=True)),
        }

    # --- the three promises

    def _compare_printers(self, results: dict[Any, dict[str, Array]], call: int) -> None:
        for optimizer in self.optimised:
            ways = [m for m in results if m[0] == optimizer]
            for other in ways[1:]:
                for name in self.names:
                    a, b = results[ways[0]][name], results[other][name]
                    self._note(f"printers, {optimizer}", call, name, bits_differ(a, b))

    def _compare_interpreter(
        self, results: dict[Any, dict[str, Array]], arrays: list[Array], empty: bool, call: int
    ) -> None:
        for optimizer, module in self.optimised.items():
            made = _attempt(lambda module=module: jitter.roots(Run(module, arrays)))
            if isinstance(made, Exception) and empty:
                continue
            plain = self._named(module, made)
            own = {mode: result for mode, result in results.items() if mode[0] == optimizer}
            near = partial(self._spread, module, arrays, jitter.ROUNDING)
            self._compare_values(own, plain, near, "the interpreter", call)

    def _compare_original(
        self,
        plain: dict[str, Array],
        results: dict[Any, dict[str, Array]],
        arrays: list[Array],
        call: int,
    ) -> None:
        """Compare what float32 would do; the original is finite throughout."""

        def near(names: Sequence[str], runs: int) -> dict[str, Array]:
            single = self._spread(self.original, arrays, jitter.SINGLE, names, 3)
            found = self._spread(self.original, arrays, jitter.REWRITING, names, runs)
            return {name: settled(plain[name], single[name], found[name]) for name in names}

        self._compare_values(results, plain, near, "the original", call)

    def _spread(
        self,
        module: Module,
        arrays: list[Array],
        noise: jitter.Noise,
        names: Sequence[str],
        runs: int,
    ) -> dict[str, Array]:
        """Return how far the outputs and new states of those names move."""
        wanted = set(names)
        olds = [
            self.states[index - len(module.parameters) + len(self.states)]
            for index, _ in module.updates
        ]
        part = replace(
            module,
            outputs=tuple(
                value
                for name, value in zip(self.program.outputs, module.outputs, strict=True)
                if name in wanted
            ),
            updates=tuple(
                pair for old, pair in zip(olds, module.updates, strict=True) if old in wanted
            ),
        )
        order = [n for n in self.program.outputs if n in wanted] + [n for n in olds if n in wanted]
        return dict(zip(order, jitter.spreads(part, arrays, noise, runs), strict=True))

    def _compare_values(
        self,
        results: dict[Any, dict[str, Array]],
        plain: dict[str, Array],
        near: Callable[[Sequence[str], int], dict[str, Array]],
        what: str,
        call: int,
    ) -> None:
        """Compare exactly, then with what few moved runs allow, at last with what many do."""
        allowed = {name: np.zeros(np.shape(plain[name])) for name in self.names}
        for runs in (jitter.RUNS, jitter.MANY, 0):
            found = [
                Difference(f"{mode} against {what}", call, name, text)
                for mode, result in results.items()
                for name in allowed
                if (text := values_differ(result[name], plain[name], allowed[name]))
            ]
            if not found or not runs:
                break
            allowed = near(tuple(dict.fromkeys(d.name for d in found)), runs)
        self.tally.counts["elements"] += sum(np.size(x) for x in plain.values())
        self.tally.counts["vague elements"] += sum(
            int(np.isinf(spread).sum()) for spread in allowed.values()
        )
        self.found += found


def settled(plain: Array, single: Array, spread: Array) -> Array:
    """Return a spread, infinite where runs at the precision of float32 disagree."""
    if np.shape(plain) != single.shape or np.shape(plain) != spread.shape:
        return np.array(np.inf)
    return np.where(steady(plain, single), spread, np.inf)


def steady(plain: Array, single: Array) -> Array:
    """Tell where runs at the precision of float32 agree to 1e-3."""
    if not holds_floats(plain):
        return single == 0
    with np.errstate(all="ignore"):
        return single <= 1e-3 * np.abs(plain.astype("complex128"))


def _attempt(run: Any) -> Any:
    """Return a result, or the error a call may end in."""
    try:
        return run()
    except InternalError:
        raise
    except EXPECTED as error:
        return error


def bits_differ(a: Array, b: Array) -> str | None:
    """Tell where two arrays differ in a bit; all NaNs are one."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"{a.dtype}{a.shape} and {b.dtype}{b.shape}"
    x, y = (np.array(z).reshape(-1).view(np.uint8).reshape(z.size, z.itemsize) for z in (a, b))
    different = (x != y).any(axis=1)
    if holds_floats(a):
        different &= ~(np.isnan(a) & np.isnan(b)).reshape(-1)
    return _worst(different, a.reshape(-1), b.reshape(-1), None)


def values_differ(got: Array, plain: Array, spread: Array) -> str | None:
    """Tell where a result is further from the plain one than the spread of moved runs allows."""
    if got.dtype != plain.dtype:
        return f"{got.dtype}{got.shape} and {plain.dtype}{plain.shape}"
    if not spread.shape and np.isinf(spread):  # of any shape, where sizes are computed
        return None
    if got.shape != plain.shape:
        return f"{got.dtype}{got.shape} and {plain.dtype}{plain.shape}"
    vague = ~np.isfinite(spread)
    same = got == plain
    if holds_floats(got):
        same |= np.isnan(got) & np.isnan(plain)
        wide = "complex128" if got.dtype.kind == "c" else "float64"
        with np.errstate(all="ignore"):
            rounding = np.where(spread > 0, 2 * np.spacing(np.abs(plain)).astype("float64"), 0)
            apart = np.abs(got.astype(wide) - plain.astype(wide))
        same |= apart <= jitter.SLACK * spread + rounding
    different = ~(same | vague)
    return _worst(different.reshape(-1), got.reshape(-1), np.reshape(plain, -1), spread.reshape(-1))


def _worst(different: Array, got: Array, wanted: Array, spread: Array | None) -> str | None:
    if not different.any():
        return None
    places = np.flatnonzero(different)
    k = places[0]
    allowed = "" if spread is None else f" (spread {spread[k]:.3g})"
    return f"{len(places)} of {got.size} differ: [{k}] {got[k]!r} and {wanted[k]!r}{allowed}"
