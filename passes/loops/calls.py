"""Derivatives of Python calls in the steps of loops, which the front end tells.

Outside of loops the front end ends its sweeps at such calls, so that none is met there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from symc.compiler.errors import NotSupported
from symc.compiler.value import Value


def depends_of_call(call: Value, places: Collection[int]) -> tuple[bool, ...]:
    """Tell for each operand of a call whether one of its results at some places depends on it."""
    derivative = call.attribute("callee").derivative
    if derivative is None:
        return (False,) * len(call.operands)
    return tuple(any(flags[k] for k in places) for flags in derivative.connections())


def pull_call(
    call: Value, results: Mapping[int, Value], received: Mapping[int, Value | None]
) -> tuple[Any, ...]:
    """Return what each operand of a call receives when its results receive cotangents."""
    callee = call.attribute("callee")
    if callee.derivative is None:
        raise NotSupported(f"{callee.name}: has no gradient")
    return tuple(callee.derivative.pull(call, results, received))
