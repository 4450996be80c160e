"""Loops that keep what a fold keeps: map, reduce, foldl, foldr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.scan_module.looped import unwrapped
from symc.scan_module.scanning import looped, scan
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
