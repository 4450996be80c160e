"""Prints the function that gives an artefact's state its first values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symc.compiler.artifact.guard import in_order, unless
from symc.compiler.artifact.interface import STATE_ALIGNMENT, Interface
from symc.compiler.artifact.source import Shared
from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.moving import COPY
from symc.compiler.codegen.register import Register

DATA_ALIGNMENT = 64


def emit_state_init(b: KernelBuilder, interface: Interface, shared: Sequence[Shared]) -> None:
    """Print NAME_state_init(memory, bytes), which copies the initial values into memory."""
    parameters = (("memory", "ptr"), ("bytes", "int64"))
    with b.function(f"{interface.name}_state_init", parameters, "int32") as (memory, size):
        steps: list[Callable[[], Register]] = [
            lambda: _null(b, memory),
            lambda: _odd(b, memory),
            lambda: _short(b, size, interface.state_bytes),
            lambda: _copy(b, memory, interface, shared),
        ]
        b.ret(in_order(b, steps))


def _refuse(b: KernelBuilder, bad: Register, code: int) -> Register:
    return unless(b, bad, lambda: b.constant("int32", code))


def _null(b: KernelBuilder, memory: Register) -> Register:
    return _refuse(b, b.equal(memory, b.constant("ptr", 0)), abi.E_NULL)


def _odd(b: KernelBuilder, memory: Register) -> Register:
    low = b.constant("int64", STATE_ALIGNMENT - 1)
    bits = b.bit_and(b.bitcast(memory, "int64"), low)
    return _refuse(b, b.not_equal(bits, b.constant("int64", 0)), abi.E_ALIGN)


def _short(b: KernelBuilder, size: Register, needed: int) -> Register:
    return _refuse(b, b.less(size, b.constant("int64", needed)), abi.E_STATE)


def _copy(
    b: KernelBuilder, memory: Register, interface: Interface, shared: Sequence[Shared]
) -> Register:
    for array, variable in zip(interface.state, shared, strict=True):
        content = np.ascontiguousarray(variable.value).tobytes()
        if content:
            place = b.offset(memory, "uint8", array.offset)
            count = b.constant("int64", len(content))
            b.call(COPY, None, [place, b.data(content, DATA_ALIGNMENT), count])
    return b.constant("int32", abi.OK)
