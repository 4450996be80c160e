"""Memory of a running function is its own."""

import pytest

from symc.compiler.codegen.compile import c_source, compile_module
from symc.compiler.target.isa import TARGETS, host_target
from tests.native import Native, NativeC

SIZES = (64, 20_000)


def emit(b):
    """Print `weighed(n)`: write 0..n-1 up one array, copy it down another, and weigh that."""
    with b.function("weighed", [("n", "int64")], "int64") as (n,):
        up, down = (b.stack(size) for size in SIZES)
        zero, one = b.constant("int64", 0), b.constant("int64", 1)

        def write(i, _):
            b.store(i, b.offset(up, "int64", i))
            return []

        def copy(i, _):
            last = b.subtract(b.subtract(n, one), i)
            b.store(b.load(b.offset(up, "int64", i), "int64"), b.offset(down, "int64", last))
            return []

        def weigh(i, carried):
            value = b.load(b.offset(down, "int64", i), "int64")
            return [b.add(carried[0], b.multiply(i, value))]

        b.loop(zero, n, one, [], write)
        b.loop(zero, n, one, [], copy)
        (total,) = b.loop(zero, n, one, [zero], weigh)
        b.ret(total)


def natives():
    """Return the function as each printer has it."""
    yield Native(compile_module(emit, host_target(), "llvm"))
    yield Native(compile_module(emit, host_target(), "mlir"))
    yield NativeC(c_source(emit, TARGETS["x86-64"]), TARGETS["x86-64"])


@pytest.mark.parametrize("n", [0, 1, 64])
def test_own_memory(n):
    for native in natives():
        expected = sum(i * (n - 1 - i) for i in range(n))
        assert native.call("weighed", n, result="int64") == expected
