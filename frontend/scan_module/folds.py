"""Loops that keep what a fold keeps: map, reduce, foldl, foldr, scan_checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.exceptions import BadValue
from symc.report import mistake
from symc.scan_module.arguments import wrapped
from symc.scan_module.looped import unwrapped
from symc.scan_module.scanning import looped, scan
from symc.tensor.creation import arange
from symc.tensor.elementwise import minimum
from symc.tensor.shaping import size_of
from symc.updates import OrderedUpdates


def map(
    fn: Callable[..., Any],
    sequences: Any,
    non_sequences: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return what a function gives for each row of sequences, and updates of shared variables.

    The arguments are those of `scan`; no step is given what steps before it returned.
    """
    return scan(
        fn,
        sequences=sequences,
        outputs_info=[],
        non_sequences=non_sequences,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )


def reduce(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return the outputs of the last step of a `scan` over sequences, and updates.

    Sequences without rows leave the initial values.
    """
    made = looped(fn, sequences, outputs_info, non_sequences, go_backwards=go_backwards, name=name)
    return unwrapped(made.last()), made.updates()


def foldl(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Do as `reduce`, from the first rows to the last."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Do as `reduce`, from the last rows to the first."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)


def scan_checkpoints(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    name: str = "checkpointscan_fn",
    n_steps: Any = None,
    save_every_N: int = 10,  # Theano's name
    padding: bool = True,
) -> tuple[Any, OrderedUpdates]:
    """Return the outputs of every N-th step of a `scan`, those of the last step too, and updates.

    The number of steps need not be a multiple of save_every_N, so padding has no effect. The loop
    is that of `scan`, and takes its memory. Raises ValueError for taps.
    """
    given = (*wrapped(sequences), *wrapped(outputs_info))
    if any(isinstance(x, dict) and "taps" in x for x in given):
        raise mistake(
            BadValue,
            "scan_checkpoints: taps are not possible",
            help="use scan, which has them",
        )
    rows, updates = scan(
        fn, sequences, outputs_info, non_sequences, n_steps, name=name, return_list=True
    )
    return unwrapped([x[_ends(size_of(x, 0), save_every_N)] for x in rows]), updates


def _ends(steps: Any, every: int) -> Any:
    """Return the numbers of the last steps of blocks."""
    return minimum(arange(every - 1, steps + every - 1, every, dtype="int64"), steps - 1)
