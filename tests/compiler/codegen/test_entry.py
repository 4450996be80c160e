"""Entry points run natively what the interpreter says, for every printer."""

import numpy as np
import pytest

from symc import runtime
from symc.compiler.codegen import pieces, statements
from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.codegen.entry import emit_entry
from symc.compiler.codegen.product import cancel
from symc.compiler.interpret import interpret
from symc.compiler.kernel import parts
from symc.compiler.target.isa import host_target
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan
from tests.passes.cases import CASES, op
from tests.passes.modules import module_of, random_arrays
from tests.running import native


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("name", CASES)
def test_equals_the_interpreter(name, printer):
    case = CASES[name]
    module = module_of(case.build, case.inputs, list(case.states))
    inputs, states = random_arrays(case.shapes), random_arrays(list(case.state_shapes), 1)
    expected, new_states = interpret(module, inputs, states)
    function, containers = native(module, states, printer)
    got = function(*inputs) or []
    for a, b in zip([*got, *(c.get() for c in containers)], [*expected, *new_states], strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.fixture
def small_pieces(monkeypatch):
    """Run in as many pieces as there can be."""
    monkeypatch.setattr(statements, "LONG", -1)
    monkeypatch.setattr(parts, "PART", 0)
    monkeypatch.setattr(pieces, "PRODUCTS", 1)
    monkeypatch.setattr(cancel, "LONG", 0)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", CASES)
def test_pieces_change_nothing(name):
    test_equals_the_interpreter(name, "llvm")


def dense(x, w, b):
    h = op("tanh", op("dot", x, w) + op("dimshuffle", b, order=("x", 0)))
    return [h, op("dot", h, op("dimshuffle", w, order=(1, 0)))], []


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("threads", [1, 2])
def test_products_end_between_blocks(threads):
    # On two threads the caller polls in the parts that it comes to take: in each call others.
    polls = 6 if threads == 1 else 1
    module = module_of(dense, [("float64", 2), ("float64", 2), ("float64", 1)])
    function, _ = native(module, threads=threads)
    arrays = random_arrays([("float64", s) for s in ((1000, 30), (30, 600), (600,))])
    runtime.inject_fault(0)
    try:
        got = function(*arrays)
        sites = runtime.fault_sites_seen()
        # Both products have two spans of rows; the first two blocks of columns, if one thread's.
        assert sites - 3 >= polls
        ends, others = 0, [got]
        for site in range(1, sites + 1):
            runtime.inject_fault(site)
            try:
                others.append(function(*arrays))
            except (KeyboardInterrupt, MemoryError):
                ends += 1
        # What a product cannot have for another thread, it does without; all else ends a call.
        assert ends == sites if threads == 1 else ends
    finally:
        runtime.inject_fault(None)
    expected, _ = interpret(module, arrays)
    for results in others:
        for a, b in zip(results, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("batch", range(1, 5))
def test_stacks_of_products_in_pieces(batch):
    case = CASES["batched"]
    module = module_of(case.build, case.inputs)
    function, _ = native(module)
    arrays = random_arrays([("float64", (batch, 3, 4)), ("float64", (batch, 4, 5))])
    expected, _ = interpret(module, arrays)
    for a, b in zip(function(*arrays), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def entry_lines(count):
    """Return how many lines the entry of a function of so many vectors has."""
    module = module_of(lambda *x: ([sum(x[1:], x[0])], []), [("float64", 1)] * count)
    program = plan(fuse(module), lambda c: work_bytes(c, host_target()))
    code = compile_module(lambda b: emit_entry(b, program, "entry"), host_target(), "mlir")
    return len(code.texts["mlir"].splitlines())


def test_an_argument_adds_few_lines():
    """Its parts, its sizes, and a word in what is tested of all arguments at once."""
    assert entry_lines(40) - entry_lines(10) <= 30 * 38
