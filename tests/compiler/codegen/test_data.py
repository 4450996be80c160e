"""Constants keep their bytes, however large, in objects and in assembly."""

import subprocess

import numpy as np
import pytest

from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.data import LARGE, fill, fill_assembly
from symc.compiler.errors import InternalError
from symc.compiler.target.elf import symbols
from symc.compiler.target.isa import TARGETS, host_target
from tests.native import Native

CONTENTS = [np.random.default_rng(n).bytes(n) for n in (7, LARGE - 1, LARGE, LARGE + 5, 100_001)]


def emit(b):
    """Print `at(k, i)`: byte i of constant k; equal constants are asked for twice."""
    with b.function("at", [("k", "int64"), ("i", "int64")], "int64") as (k, i):
        result = b.constant("int64", -1)
        for number, content in enumerate(CONTENTS * 2):
            place = b.minimum(i, b.constant("int64", len(content) - 1))
            byte = b.load(b.offset(b.data(content, 8), "uint8", place), "uint8")
            hit = b.equal(k, b.constant("int64", number))
            result = b.select(hit, b.cast(byte, "int64"), result)
        b.ret(result)


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_bytes_are_kept(printer):
    code = compile_module(emit, host_target(), printer)
    native = Native(code)
    for k, content in enumerate(CONTENTS * 2):
        for i in {0, 1, len(content) // 2, len(content) - 1}:
            assert native.call("at", k, i, result="int64") == content[i]
    assert len(code.texts["llvm"]) < 60_000
    assert len(code.object) < 130_000  # each constant once


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_its_data_in_place(target):
    code = compile_module(emit, TARGETS[target], "llvm")
    places = {s.name: s.place for s in symbols(code.object)}
    for k, content in enumerate(CONTENTS):
        place = places[f"data{k}"]
        assert code.object[place : place + len(content)] == content


def test_assembly_is_complete(tmp_path):
    code = compile_module(emit, host_target(), "llvm", texts=("asm",))
    (tmp_path / "a.s").write_text(code.texts["asm"])
    subprocess.run(["cc", "-c", "a.s", "-o", "a.o"], cwd=tmp_path, check=True)
    elf = (tmp_path / "a.o").read_bytes()
    places = {s.name: s.place for s in symbols(elf)}
    for k, content in enumerate(CONTENTS):
        assert elf[places[f"data{k}"] :].startswith(content)


def test_what_is_not_blank_is_not_overwritten():
    code = compile_module(emit, host_target(), "llvm")
    with pytest.raises(InternalError, match="data2 is not blank"):
        fill(code.object, {"data2": CONTENTS[2]})
    with pytest.raises(InternalError, match="data2 is not blank"):
        fill_assembly("data2:\n\t.quad 1\n", {"data2": CONTENTS[2]})
    assert fill(code.object, {"nobody": b"x"}) == code.object
