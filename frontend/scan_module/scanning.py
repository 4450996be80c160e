"""scan: a function of one step becomes a loop of the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from msgspec import Struct

from symc.exceptions import BadValue
from symc.report import describe, label, mistake
from symc.scan_module import arguments
from symc.scan_module.arguments import Output, stand_in, step_name, wrapped
from symc.scan_module.capture import Captured, captured, require_named
from symc.scan_module.looped import Looped, unwrapped
from symc.scan_module.operation import Scan, Step
from symc.scan_module.returned import parse
from symc.scan_module.states import same_type
from symc.tensor import application
from symc.tensor.conversion import as_tensor_variable, as_variable
from symc.tensor.shaping import size_of
from symc.updates import OrderedUpdates


def scan(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
    profile: Any = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
) -> tuple[Any, OrderedUpdates]:
    """Return the outputs of a function for each step of a loop, and updates of shared variables.

    fn              called once: takes the rows of the sequences at a step (one for each tap), the
                    earlier values of the outputs (one for each tap), the non_sequences; returns
                    what there is of outputs, updates and until(condition), in this order
    sequences       variables, or dicts {input: variable, taps: [0]}; tap -1 is the row before
    outputs_info    for each output None, its initial value, or {initial: value, taps: [-1]}, with
                    rows for as many steps as the taps reach back
    non_sequences   what is the same in all steps; other variables may be used without naming them
    n_steps         a number or an expression, negative: sequences from their ends; None: all rows
    truncate_gradient   how many steps derivatives flow back; -1 for all
    go_backwards    from the sequences' ends
    strict          refuse shared variables not among the arguments; return_list a list even of one
    mode, profile, allow_gc   without effect: the loop is compiled with the function

    Outputs have a row for each step, without initial values. Raises ValueError.
    """
    given = (fn, sequences, outputs_info, non_sequences, n_steps)
    made = looped(*given, truncate_gradient, go_backwards, name, strict)
    rows = made.rows()
    return rows if return_list else unwrapped(rows), made.updates()


def looped(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    name: str | None = None,
    strict: bool = False,
) -> Looped:
    """Return the loop that `scan` makes of its arguments."""
    made = traced(fn, sequences, outputs_info, non_sequences, n_steps, go_backwards, strict)
    operands = (*made.sequences(), *made.initial(), *made.fixed(), made.count)
    node = Scan(made.step(), name, truncate_gradient).make_node(*operands)
    application.note(node)
    return Looped(node, made.infos, made.parts.shared)


def traced(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any,
    n_steps: Any,
    go_backwards: bool = False,
    strict: bool = False,
) -> Traced:
    """Call the step function of a `scan` once, and return what came of it."""
    call = _Call.of(sequences, outputs_info, non_sequences)
    steps = _steps_given(n_steps)
    rows = call.rows(go_backwards != _is_negative(steps))
    return call.traced(fn, strict, rows, _count(rows, steps))


def _steps_given(n_steps: Any) -> Any | None:
    """Return the number of steps as a variable or a number; None where it is not given."""
    if n_steps is None or (isinstance(n_steps, float) and not np.isfinite(n_steps)):
        return None
    if isinstance(n_steps, (int, np.integer)):
        return int(n_steps)
    n_steps = as_tensor_variable(n_steps)
    if n_steps.ndim or np.dtype(n_steps.dtype).kind not in "iu":
        raise mistake(
            BadValue,
            "scan: n_steps is no number of steps",
            expected="an integer scalar",
            got=describe(n_steps),
            help="cast it to 'int64'" if n_steps.ndim == 0 else "",
        )
    return n_steps


def _is_negative(steps: Any) -> bool:
    return isinstance(steps, int) and steps < 0


def _count(rows: Sequence[Any], steps: Any | None) -> Any:
    """Return how many steps are run at most."""
    if steps is not None:
        return as_tensor_variable(abs(steps) if isinstance(steps, int) else steps)
    if not rows:
        raise mistake(
            BadValue,
            "scan: nothing says how many steps to run",
            help="give n_steps, or a sequence",
        )
    sizes = [size_of(x, 0) for x in rows]
    return reduce(lambda a, b: application.call("minimum", a, b), sizes)


class _Call(Struct, frozen=True):
    """The arguments of one scan."""

    sequences: list[arguments.Sequence]
    outputs: list[Output]
    fixed: list[Any]

    @classmethod
    def of(cls, sequences: Any, outputs_info: Any, non_sequences: Any) -> _Call:
        """Return arguments as scan is given them, each in its one form."""
        fixed = [as_variable(x) for x in wrapped(non_sequences)]
        return cls(arguments.sequences(sequences), arguments.outputs(outputs_info), fixed)

    def rows(self, backwards: bool) -> list[Any]:
        """Return the rows that each tap of each sequence reads, in the order of the steps."""
        found = [s.cut(tap) for s in self.sequences for tap in s.taps]
        return [x[::-1] for x in found] if backwards else found

    def traced(
        self, fn: Callable[..., Any], strict: bool, rows: Sequence[Any], count: Any
    ) -> Traced:
        """Call the step function once, and find what it uses."""
        elements = [
            stand_in(s.cut(tap)[0], step_name(s.variable, tap))
            for s in self.sequences
            for tap in s.taps
        ]
        chains = [
            [stand_in(x, step_name(o.initial, k - o.depth)) for k, x in enumerate(o.starts())]
            for o in self.outputs
        ]
        given = [mine[tap] for o, mine in zip(self.outputs, chains, strict=True) for tap in o.taps]
        returned = parse(fn(*elements, *given, *self.fixed))
        if strict:
            require_named(returned, self.fixed)
        states = [x for chain in chains for x in chain]
        parts = captured(returned, [*elements, *states], self.fixed)
        infos = self._infos(returned.outputs)
        return Traced(elements, chains or [[] for _ in infos], infos, parts, rows, count)

    def _infos(self, outputs: list[Any]) -> list[Output]:
        infos = self.outputs or [Output(None, ()) for _ in outputs]
        if len(infos) != len(outputs):
            raise mistake(
                BadValue,
                "scan: outputs_info does not fit what the step function returns",
                expected=f"{len(infos)} outputs, as outputs_info says",
                got=str(len(outputs)),
                help="give None in outputs_info for an output that no step is given",
            )
        return infos


class Traced(Struct, frozen=True):
    """A step function after its call.

    elements   what stands for rows; chains what stands for the earlier values of each output
    rows       what the elements are rows of, as many as there are; count the number of steps
    """

    elements: list[Any]
    chains: list[list[Any]]
    infos: list[Output]
    parts: Captured
    rows: Sequence[Any]
    count: Any

    def step(self) -> Step:
        """Return the step; earlier values move on by one where taps reach further back."""
        parts = self.parts
        moved = [
            same_type(value, old, f"output {k}", info.initial)
            for k, (chain, new, info) in enumerate(
                zip(self.chains, parts.outputs, self.infos, strict=True)
            )
            for old, value in zip(chain, [*chain[1:], new], strict=False)
        ]
        news = [
            same_type(value, state, f"the shared variable {label(x)}", x)
            for value, state, x in zip(parts.news, parts.states, parts.shared, strict=True)
        ]
        return Step(
            tuple(self.elements),
            (*(x for chain in self.chains for x in chain), *parts.states),
            parts.fixed,
            (*moved, *news),
            parts.outputs,
            parts.stop,
        )

    def sequences(self) -> list[Any]:
        """Return the operands whose rows the steps are given."""
        return [x[: self.count] for x in self.rows]

    def initial(self) -> list[Any]:
        """Return the operands that are the states before the first step."""
        return [*(x for o in self.infos for x in o.starts()), *self.parts.shared]

    def fixed(self) -> list[Any]:
        """Return the operands that are the same in all steps."""
        return list(self.parts.outside)
