"""Linking: kernels come from the cache by their content, and only what is new is compiled."""

import numpy as np
import pytest

from symc import runtime
from symc.compiler import link
from symc.compiler.cache import Cache
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.link import ENTRY, Linker, symbol_of
from symc.compiler.target.isa import host_target
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan
from tests.passes.cases import op, softmax
from tests.passes.modules import module_of

THREE = ("float64", 3)


def program_of(build, *inputs):
    return plan(fuse(module_of(build, list(inputs))), lambda c: work_bytes(c, host_target()))


def compiled(cache, program):
    return Linker(host_target(), "llvm", cache).link(program).compiled


def dense(x, w):
    return [op("tanh", op("dot", x, w))], []


def test_known_kernels_are_not_compiled_again(tmp_path):
    cache = Cache(tmp_path)
    matrix = ("float32", 2)
    # The kernel, the entry point, what all entry points call and what turns short rows.
    assert compiled(cache, program_of(softmax, matrix)) == 4
    assert compiled(cache, program_of(softmax, matrix)) == 1

    def both(x, w):
        return [*softmax(x)[0], *dense(x, w)[0]], []

    # The softmax is known; the product, its family and the entry point are new.
    assert compiled(cache, program_of(both, matrix, matrix)) == 3
    assert compiled(cache, program_of(dense, matrix, matrix)) == 1


def test_what_programs_share_can_be_compiled_before(tmp_path):
    cache = Cache(tmp_path)
    # Three families, the support, two turnings.
    assert Linker(host_target(), "llvm", cache, 2).fill() == 6
    assert Linker(host_target(), "llvm", cache).fill() == 0
    for dtype in ("float32", "float64", "bfloat16"):
        program = program_of(dense, (dtype, 2), (dtype, 2))
        assert compiled(cache, program) == 2  # the product and the entry point


def test_cached_and_fresh_code_are_equal(tmp_path):
    cache = Cache(tmp_path)
    program = program_of(dense, ("float64", 2), ("float64", 2))
    first = Linker(host_target(), "llvm", cache).link(program)
    again = Linker(host_target(), "llvm", cache).link(program)
    assert (first.blob, first.entry) == (again.blob, again.entry)


def test_printers_have_kernels_of_their_own(tmp_path):
    program = program_of(softmax, ("float32", 2))
    cache = Cache(tmp_path)
    for printer in ("llvm", "mlir"):
        assert Linker(host_target(), printer, cache).link(program).compiled == 4


@pytest.mark.parametrize(("a", "b"), [(0.0, -0.0), (1.0, True), (2.0, 3.0)])
def test_kernels_of_other_constants_have_other_names(a, b):
    symbols = set()
    for number in (a, b):
        program = program_of(
            lambda x, k=number: ([op("arctan2", x, x.context.constant(k, "float64", 1))], []),
            ("float64", 1),
        )
        (function,) = program.functions
        symbols.add(symbol_of(function.record, host_target()))
    assert len(symbols) == (1 if a == b and np.copysign(1, a) == np.copysign(1, b) else 2)


def test_function_that_calls_an_equal_kernel_twice_holds_it_once():
    def twice(x, y):
        return [op("exp", x), op("exp", y)], []

    program = program_of(twice, ("float64", 1), ("float64", 1))
    linked = Linker(host_target(), "llvm", None).link(program)
    assert len(program.functions) == 1
    assert linked.compiled == 3  # with the entry point and what all entry points call
    assert isinstance(runtime.Code(linked.blob).address(linked.entry), int)


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_code_is_the_same_for_any_number_of_threads(printer):
    def several(x, w):
        product = op("dot", x, w)
        return [op("tanh", product), *softmax(x)[0], op("sum", x, axes=(0,), dtype="float64")], []

    program = program_of(several, ("float64", 2), ("float64", 2))
    one, many = (Linker(host_target(), printer, None, k).link(program) for k in (1, 4))
    assert (one.blob, one.entry, one.texts) == (many.blob, many.entry, many.texts)
    assert one.compiled == many.compiled > 4


@pytest.mark.parametrize("workers", [1, 2])
def test_a_long_entry_point_is_printed_as_llvm_text(monkeypatch, workers):
    monkeypatch.setattr(link, "LONG_ENTRY", 3)

    def rows(count):
        return program_of(
            lambda x: ([op("cumsum", x, axis=k, step=1) for k in range(count)], []), THREE
        )

    def texts(program):
        return Linker(host_target(), "mlir", None, workers).link(program).texts

    assert ENTRY in texts(rows(1))["mlir"]
    long = texts(rows(3))
    assert ENTRY not in long["mlir"]
    assert ENTRY in long["llvm"]
