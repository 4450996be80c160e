"""Artefacts compute what the interpreter says, through tensors and through plain pointers."""

import ctypes

import numpy as np
import pytest

from symc.compiler.artifact import Source
from symc.compiler.artifact.failures import type_text
from symc.compiler.artifact.header import to_header
from symc.compiler.artifact.library import NameClash
from symc.compiler.bfloat import convert
from symc.compiler.interpret import interpret
from symc.compiler.op import find
from symc.compiler.target.elf import undefined
from tests.artifacts import Loaded, aligned, library_of, pointer, source_of
from tests.passes.cases import CASES
from tests.passes.modules import module_of, random_arrays


def expected_of(name):
    case = CASES[name]
    source, states = source_of(case)
    inputs = random_arrays(case.shapes)
    return source, inputs, interpret(source.module, inputs, states)


def close(got, expected):
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_equals_the_interpreter(name, tmp_path):
    source, inputs, (outputs, states) = expected_of(name)
    loaded = Loaded(library_of(source), tmp_path)
    close(loaded.call("f", *inputs), outputs)
    close(loaded.states(), states)
    loaded.state = loaded.new_state()
    close(loaded.flat("f", *inputs), outputs)
    close(loaded.states(), states)


@pytest.mark.parametrize("name", ["sgd", "softmax"])
def test_both_printers_give_one_result(name, tmp_path):
    source, inputs, _ = expected_of(name)
    results = []
    for printer in ("llvm", "mlir"):
        (tmp_path / printer).mkdir()
        loaded = Loaded(library_of(source, printer=printer), tmp_path / printer)
        results.append([*loaded.call("f", *inputs), *loaded.states()])
    for a, b in zip(*results, strict=True):
        assert a.tobytes() == b.tobytes()


def count_up(n):
    return [find("arange")(n) * 3], []


def test_sizes_may_depend_on_elements(tmp_path):
    source = Source("f", module_of(count_up, [("int64", 0)]))
    library = library_of(source)
    (function,) = library.interface.functions
    assert function.outputs[0].sizes == (None,)
    assert type_text(function.outputs[0]) == "int64[?]"
    assert "int64_t f_flat_work(const int64_t *p0);" in to_header(library.interface, "0.0", "host")
    loaded = Loaded(library, tmp_path)
    n = np.array(4)
    np.testing.assert_array_equal(loaded.call("f", n)[0], [0, 3, 6, 9])
    loaded.c.f_flat_work.restype = ctypes.c_int64
    work, out = aligned(loaded.c.f_flat_work(pointer(n))), np.zeros(4, "int64")
    assert loaded.c.f_flat(pointer(n), pointer(out), pointer(work)) == 0
    np.testing.assert_array_equal(out, [0, 3, 6, 9])
    assert loaded.call("f", np.array(-1))[0].shape == (0,)


def test_the_same_name_twice_is_refused():
    source, _ = source_of(CASES["softmax"])
    other, _ = source_of(CASES["softmax"], "f_flat")
    with pytest.raises(NameClash, match="two functions of m would be called f_flat in C"):
        library_of(source, other, name="m")


def narrow_product(x, y):
    wide = (find("cast")(operand, dtype="float32") for operand in (x, y))
    return [find("dot")(*wide), find("dot")(x, y)], []


@pytest.mark.parametrize("size", [(5, 7, 9), (70, 40, 100)])
def test_products_of_bfloat16(size, tmp_path):
    """AMX, where there is some, is asked for by the library itself."""
    (m, n, k), rng = size, np.random.default_rng(2)
    source = Source("f", module_of(narrow_product, [("bfloat16", 2)] * 2))
    inputs = [convert(rng.standard_normal(shape), "bfloat16") for shape in ((m, k), (k, n))]
    wide = [x.astype("float64") for x in inputs]
    library = library_of(source)
    assert undefined(library.object) == ()
    got, narrow = Loaded(library, tmp_path).call("f", *inputs)
    np.testing.assert_allclose(got, wide[0] @ wide[1], rtol=1e-4, atol=1e-4)
    assert narrow.tobytes() == convert(got, "bfloat16").tobytes()
