"""Compiling a module: stages, texts, errors, and what is imported when."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from native import Native

from symc.compiler.codegen.compile import compile_module
from symc.compiler.errors import InternalError
from symc.compiler.target.isa import TARGETS, host_target


def emit(b):
    with b.function("f", [("x", "float64")], "float64") as (x,):
        b.ret(b.math("exp", x))


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_stages(printer):
    code = compile_module(emit, host_target(), printer, texts=("asm",))
    assert set(code.timings) == {"emit", "lower", "parse", "inline", "codegen"}
    assert set(code.texts) == {printer, "llvm", "asm"}
    assert "symc_exp_f64" in code.texts[printer]
    assert "symc_exp_f64" not in code.texts["asm"]  # inlined
    assert "f:" in code.texts["asm"]


def test_mlir_is_the_default():
    assert "mlir" in compile_module(emit, host_target()).texts


@pytest.mark.parametrize("name", list(TARGETS))
def test_every_target_gives_an_object(name):
    code = compile_module(emit, TARGETS[name], "mlir")
    assert code.object[:4] == b"\x7fELF"
    assert code.object[18] == (183 if name == "aarch64" else 62)


def test_unknown_printer():
    with pytest.raises(InternalError, match="no printer 'fortran'; there are mlir, llvm"):
        compile_module(emit, host_target(), "fortran")


def test_threads_take_turns():
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda k: compile_module(emit, host_target()), range(12)))
    assert len({code.object for code in codes}) == 1
    assert Native(codes[0]).call("f", 1.0, result="float64") == pytest.approx(np.e, rel=1e-15)


def test_import_is_light():
    program = (
        "import sys, symc.compiler.codegen, symc.compiler.target.assemble, "
        "symc.compiler.target.mlir, symc.compiler.target.isa as isa; isa.host_target(); "
        "sys.exit(any(n.split('.')[0] in ('llvmlite', 'mlir', 'torch_mlir') for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
