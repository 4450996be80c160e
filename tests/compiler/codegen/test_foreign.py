"""Python calls from native code: results, sizes known afterwards, exceptions, kept arrays."""

import sys
import threading

import numpy as np
import pytest

from symc import runtime
from symc.compiler.interpret import interpret
from symc.compiler.ops.foreign import Callee, call_python
from symc.compiler.types import DTYPES
from symc.passes.split import split
from tests.passes.cases import op
from tests.passes.modules import module_of, total
from tests.running import Failed, native

F64 = "float64"
VECTOR = (F64, (False,))
X = np.array([1.0, -2.0, 3.0])

printers = pytest.mark.parametrize("printer", ["llvm", "mlir"])


def module_with(run, types, shapes, inputs=((F64, 1),), states=(), build=None):
    def made(*xs):
        found = call_python(xs[: len(inputs)], Callee("f", run), types, shapes)
        return build(found, *xs) if build else (found, [])

    return module_of(made, list(inputs), list(states))


def positive(arrays):
    (x,) = arrays
    return [x[x > 0], np.asarray(x.sum())]


def doubled(found, x):
    part, all_ = found
    return [op("add", part, part), all_, total(op("multiply", part, part), 0)], []


@printers
def test_results_are_the_interpreters(printer):
    module = module_with(positive, [VECTOR, (F64, ())], [None, ()], build=doubled)
    function, _ = native(module, printer=printer)
    for x in (X, -X, X[:0], np.linspace(-1, 1, 5000)):
        for got, wanted in zip(function(x), interpret(module, [x])[0], strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_every_dtype_goes_in_and_comes_out():
    inputs = [(dtype, 2) for dtype in DTYPES]
    types = [(dtype, (False, False)) for dtype in DTYPES]
    module = module_with(lambda arrays: [a.T for a in arrays], types, [None] * len(types), inputs)
    function, _ = native(split(module))
    arrays = [np.arange(6).reshape(2, 3).astype(dtype) for dtype in DTYPES]
    for got, x in zip(function(*arrays), arrays, strict=True):
        assert got.dtype == x.dtype
        np.testing.assert_array_equal(got, x.T)


def test_sizes_and_constants_go_in_too():
    def build(x):
        c = x.context
        operands = [c.size_value(x.type.shape[0]), c.constant([1.0, 2.0])]
        types = [("int64", ()), VECTOR]
        return call_python(operands, Callee("f", lambda a: a), types, [(), (2,)]), []

    function, _ = native(module_of(build, [(F64, 1)]))
    count, constant = function(X)
    assert count == 3
    np.testing.assert_array_equal(constant, [1, 2])


def counter(run):
    """Return a function that adds what a callee returns to a state."""
    module = module_with(
        run, [(F64, ())], [()], states=[(F64, 0)], build=lambda found, x, s: (found, [s + found[0]])
    )
    return native(module, [np.zeros(())])


def test_an_exception_comes_out_and_the_state_stays():
    class Mine(Exception):
        pass

    error = Mine("here")

    def run(arrays):
        if len(arrays[0]) > 2:
            raise error
        return [np.ones(())]

    function, (state,) = counter(run)
    function(X[:2])
    with pytest.raises(Mine) as caught:
        function(X)
    assert caught.value is error
    assert state.get() == 1
    function(X[:2])
    assert state.get() == 2


def test_a_size_that_is_not_as_stated_is_told_by_place():
    module = module_with(lambda a: [a[0][:1]], [VECTOR], [(2,)])
    with pytest.raises(Failed) as caught:
        native(module)[0](X)
    assert caught.value.args[:5] == (-16, 0, 0, 2, 1)


def test_what_a_callee_keeps_does_not_change():
    kept = []

    def run(arrays):
        kept.append(arrays[0])
        return [np.zeros(())]

    module = module_with(run, [(F64, ())], [()])
    function, _ = native(module)
    for k in range(3):
        function(X + k)
    for k, array in enumerate(kept):
        np.testing.assert_array_equal(array, X + k)
        assert not array.flags.writeable


def test_a_result_is_nobody_elses():
    mine = np.zeros(3)
    function, _ = native(module_with(lambda a: [mine], [VECTOR], [None]))
    (result,) = function(X)
    assert not np.shares_memory(result, mine)


def test_nothing_is_leaked():
    mine = np.zeros(3)
    function, _ = native(module_with(lambda a: [mine, X.sum()], [VECTOR, (F64, ())], [None, ()]))
    function(X)
    before = sys.getrefcount(mine), sys.getrefcount(X)
    for _ in range(100):
        function(X)
    assert (sys.getrefcount(mine), sys.getrefcount(X)) == before


def test_other_threads_run_meanwhile():
    """A callee that waits for another thread, in a call so long that it has given up the GIL."""
    big = np.ones(200_000)
    gate = threading.Event()

    def run(arrays):
        threading.Thread(target=gate.set).start()
        assert gate.wait(10)
        return [arrays[0].sum()]

    module = module_of(
        lambda x: (call_python([op("exp", x)], Callee("f", run), [(F64, ())], [()]), []), [(F64, 1)]
    )
    (result,) = native(module)[0](big)
    np.testing.assert_allclose(result, np.e * len(big), rtol=1e-12)


def test_a_fault_at_any_site_leaves_the_state():
    module = module_with(
        positive,
        [VECTOR, (F64, ())],
        [None, ()],
        states=[(F64, 0)],
        build=lambda found, x, s: ([found[0]], [s + total(found[0], 0) + found[1]]),
    )
    function, (state,) = native(module, [np.zeros(())])
    runtime.inject_fault(0)
    function(X)
    sites = runtime.fault_sites_seen()
    assert sites >= 3  # both reservations, the call
    before = state.get().copy()
    try:
        for site in range(1, sites + 1):
            runtime.inject_fault(site)
            with pytest.raises((MemoryError, KeyboardInterrupt)):
                function(X)
            assert state.get() == before
    finally:
        runtime.inject_fault(None)
    function(X)
    assert state.get() == 2 * before
