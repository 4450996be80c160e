"""Additions that threads make to one number in memory are each made once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from symc.compiler.codegen.compile import PRINTERS, c_source, compile_module
from symc.compiler.target.isa import TARGETS, host_target
from tests.native import Native, NativeC


def emit(b):
    """Print `count(number, times)`: add 3 so often; return what was there before the last time."""
    with b.function("count", [("number", "ptr"), ("times", "int64")], "int64") as (number, times):
        zero, one = b.constant("int64", 0), b.constant("int64", 1)

        def turn(_, carried):
            return [b.atomic_add(number, b.constant("int64", 3))]

        (last,) = b.loop(zero, times, one, [zero], turn)
        b.ret(last)


def native(printer: str):
    if printer == "c":
        return NativeC(c_source(emit, TARGETS["x86-64"]), TARGETS["x86-64"])
    return Native(compile_module(emit, host_target(), printer))


@pytest.mark.parametrize("printer", [*PRINTERS, "c"])
def test_no_addition_is_lost(printer: str):
    code, number, times = native(printer), np.array([7]), 100_000
    assert code.call("count", number, 2, result="int64") == 10
    assert number[0] == 13
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(code.call, "count", number, times) for _ in range(4)]:
            done.result()
    assert number[0] == 13 + 4 * 3 * times
