"""Elementary functions are inlined while they are few, and called where there are many."""

import numpy as np
import pytest
from native import Native

from symc.compiler.codegen import inlining
from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.target.isa import host_target


def chain(*names):
    """Return what builds a function that applies elementary functions one after the other."""

    def emit(b):
        with b.function("f", [("x", "float64")], "float64") as (x,):
            for name in names:
                x = b.math(name, x)
            b.ret(x)

    return emit


def compiled(printer, *names):
    """Return the code of a chain, and its assembler's text."""
    code = compile_module(chain(*names), host_target(), printer, texts=("asm",))
    return code, code.texts["asm"]


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_many_calls_make_short_code(printer):
    few, many = (compiled(printer, *["tanh"] * count)[1] for count in (100, 200))
    assert "symc_tanh_f64" in many
    assert len(many.splitlines()) - len(few.splitlines()) < 400


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_few_are_inlined(printer):
    assert "symc_" not in compiled(printer, "tanh", "exp", "tanh")[1]


def test_the_functions_that_add_most_are_called():
    _, text = compiled("llvm", "exp", *["sin"] * 100, "exp")
    assert "symc_sin_f64" in text
    assert "symc_exp_f64" not in text


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("name", ["tanh", "sin", "exp", "cosh"])
def test_calls_give_the_same_bits(printer, name, monkeypatch):
    called, text = compiled(printer, *[name, "sin"] * 40)
    assert "symc_sin_f64" in text
    monkeypatch.setattr(inlining, "LARGEST", 10**9)
    inlined, text = compiled(printer, *[name, "sin"] * 40)
    assert "symc_" not in text
    for x in np.linspace(-3, 3, 20):
        a, b = (Native(code).call("f", x, result="float64") for code in (called, inlined))
        assert a == b


def test_a_function_is_as_large_as_what_it_calls():
    inner = inlining.math_module(MathBody("exp", "float64", 0), "  %1 = a\n  %2 = b\n", ())
    text = "declare double @symc_exp_f64(double)\n" + "  %1 = call double @symc_exp_f64(%x)\n" * 3
    outer = inlining.math_module(MathBody("tanh", "float64", 0), text, [inner])
    assert inner.instructions == 2
    assert outer.instructions == 3 + 3 * 2
