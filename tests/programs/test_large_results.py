"""Results that go past the caches are whole, on any number of threads and from both printers."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.codegen import moving
from symc.compiler.kernel import past
from tests.running import native

SIZE = 600_019  # several parts; neither whole vectors nor whole lines
FAR = 4096
X = np.arange(SIZE, dtype="float32") % 1000
M = X[: SIZE // 1001 * 1001].reshape(-1, 1001)
PROGRAMS = {
    "elements": lambda x, m: [x * 2 + 1],
    "copy": lambda x, m: [x],
    "backwards": lambda x, m: [x[::-1]],
    "two results": lambda x, m: [x + 1, x - 1],
    "read again": lambda x, m: [x + 1, T.cumsum(x + 1)],
    "rows that begin anywhere": lambda x, m: [m * 2 + m.max(axis=1, keepdims=True)],
    "planes turned": lambda x, m: [m.T * 2],
    "joined": lambda x, m: [T.concatenate([x, x + 1])],
    "bytes": lambda x, m: [x > 500],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_large_results_are_whole(name, monkeypatch):
    x, m = T.fvector("x"), T.fmatrix("m")
    module = build_module([x, m], PROGRAMS[name](x, m))
    near, _ = native(module)
    expected = [result.tobytes() for result in near(X, M)]
    monkeypatch.setattr(past, "FAR", FAR)
    monkeypatch.setattr(moving, "FAR", FAR)
    for threads, printer in ((1, "mlir"), (2, "llvm"), (3, "mlir")):
        function, _ = native(module, printer=printer, threads=threads)
        near(-X, -M)  # leaves other numbers in the memory that serves the next call
        assert [result.tobytes() for result in function(X, M)] == expected


def test_the_first_way_is_numpys():
    x, m = symc.shared(X), symc.shared(M)
    for name, wanted in (("elements", X * 2 + 1), ("planes turned", M.T * 2), ("bytes", X > 500)):
        (result,) = symc.function([], PROGRAMS[name](x, m))()
        np.testing.assert_array_equal(result, wanted)
