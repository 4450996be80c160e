"""Bytes that are copied arrive, whatever their number and whichever way they go."""

import numpy as np
import pytest

from symc.compiler.codegen import moving
from symc.compiler.codegen.compile import compile_module
from symc.compiler.target.isa import TARGETS
from tests.native import Native, host_targets

COUNTS = (0, 1, 15, 16, 63, 64, 65, 255, 256, 257, 1000, 4096)


def emit(b):
    moving.emit_copy(b, export=True)


@pytest.mark.parametrize("far", [512, moving.FAR])
@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("target", host_targets(), ids=lambda target: target.name)
def test_copies_all_bytes_and_no_others(target, printer, far, monkeypatch):
    monkeypatch.setattr(moving, "FAR", far)
    copy = Native(compile_module(emit, target, printer))
    source = np.random.default_rng(3).integers(0, 256, 5000).astype("uint8")
    home = np.zeros(6000, "uint8")
    first = -home.ctypes.data % 64
    for count in COUNTS:
        for begin in (first + 64, first + 67):
            home[:] = 0
            copy.call(moving.COPY, home[begin:], source[7:], count)
            expected = np.zeros_like(home)
            expected[begin : begin + count] = source[7 : 7 + count]
            np.testing.assert_array_equal(home, expected)


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_large_copies_go_past_the_caches(printer):
    text = compile_module(emit, TARGETS["x86-64-v4"], printer).texts["llvm"]
    assert text.count("!nontemporal") == moving.AT_ONCE
    assert text.count("call void @llvm.x86.sse.sfence()") == 1
