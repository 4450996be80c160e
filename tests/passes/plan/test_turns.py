"""Products and the one kernel that reads them row by row: in blocks, with the bits of the whole."""

import numpy as np
import pytest
from msgspec.structs import replace

import symc
import symc.tensor as T
from symc.compiler.program.record import Launch, Multiply
from symc.passes.fuse.levels import find_levels
from symc.passes.plan import planner, turns
from symc.passes.plan.bindings import find_steps
from symc.passes.plan.host import HostScalars
from symc.passes.plan.turns import find_turns
from tests.passes.plan.products import K, M, N, arguments, data, fused, loops_of, variables
from tests.running import native_fused


def outputs(x, w, b, c, r):
    z = T.dot(x, w)
    return {
        "max": (z + b).max(axis=1),
        "softmax": T.nnet.softmax(z + b),
        "of an epilogue": T.nnet.softmax(T.tanh(z + b + c.dimshuffle(0, "x") + r)),
        "read again": T.nnet.softmax(z + r) + r * c.dimshuffle(0, "x"),
        "left again": T.nnet.softmax(z).max(axis=1) + x.sum(axis=1),
        "two": T.nnet.softmax(T.dot(T.nnet.softmax(z), w.T)),
        "cumulative": T.cumsum(z, axis=1),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", list(outputs(*variables("float32"))))
def test_bits_are_those_of_the_whole(dtype, name, monkeypatch):
    inputs = variables(dtype)
    module = fused(inputs, outputs(*inputs)[name])
    compiled = [
        native_fused(module, printer=printer, threads=threads)[0]
        for printer, threads in (("llvm", 1), ("mlir", 2), ("llvm", 3))
    ]
    monkeypatch.setattr(planner, "find_turns", lambda *_: {})
    whole = native_fused(module)[0]
    for m in (0, 1, 300, M):
        given = arguments(dtype, m)
        (expected,) = whole(*given)
        for one in compiled:
            (got,) = one(*given)
            assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", list(outputs(*variables("float32"))))
def test_a_product_and_its_reader_run_in_blocks(name):
    inputs = variables("float32")
    found = loops_of(inputs, outputs(*inputs)[name])
    assert len(found) == (2 if name == "two" else 1)
    for loop in found:
        product, reader = loop.body[-2:]
        assert isinstance(product, Multiply)
        assert isinstance(reader, Launch)
        assert product.buffers[-2].place == "slot"
        assert product.buffers[-2].offset == 0


def test_the_product_has_room_for_a_block_alone():
    x, w, *_ = inputs = variables("float32")
    f = symc.function(inputs, T.dot(x, w).max(axis=1), on_unused_input="ignore")
    text = str(symc.printing.explain(f))
    assert "in turn  a block of rows at a time" in text
    assert "(rows of a block)" in next(line for line in text.splitlines() if "arena" in line)


def kept(x, w, b, c, r):
    z = T.dot(x, w)
    return {
        "returned": [z, z.max(axis=1)],
        "another reader": [z.max(axis=1), z.max(axis=0)],
        "read last by columns": [T.nnet.softmax(z), z[::-1].sum(axis=0)],
    }


@pytest.mark.parametrize("name", list(kept(*variables("float64"))))
def test_what_others_read_too_is_kept_whole_block_by_block(name, monkeypatch):
    inputs = variables("float64")
    module = fused(inputs, *kept(*inputs)[name])
    (loop,) = loops_of(inputs, *kept(*inputs)[name])
    assert loop.body[-2].buffers[-2].offset != 0
    compiled = [native_fused(module, threads=threads)[0] for threads in (1, 3)]
    monkeypatch.setattr(planner, "find_turns", lambda *_: {})
    whole = native_fused(module)[0]
    for m in (1, 300, M):
        given = arguments("float64", m)
        for one in compiled:
            for got, expected in zip(one(*given), whole(*given), strict=True):
                assert got.tobytes() == expected.tobytes()


def test_what_is_kept_whole_is_written_to_memory_all_the_same():
    x, w, *_ = inputs = variables("float32")
    z = T.dot(x, w)
    f = symc.function(inputs, [z, z.max(axis=1)], on_unused_input="ignore")
    product, reader = symc.printing.explain(f).entries
    assert list(product.written) == list(reader.read) == ["output 0"]
    assert all(entry.shape[-1][0] == "in turn" for entry in (product, reader))


def refused(x, w, b, c, r):
    z = T.dot(x, w)
    return {
        "returned, and folded": [z, z.max(axis=0)],
        "the number of a row": [(z * T.arange(z.shape[0]).dimshuffle(0, "x")).max(axis=1)],
        "fewer rows": [T.nnet.softmax(z[:2])],
        "other rows": [(z + z[::-1]).max(axis=1)],
        "in another shape": [T.nnet.softmax(z) + z.flatten()[: z.shape[1]]],
        "stored by columns": [T.dot(x.T, r).max(axis=1)],
        "a vector": [T.dot(x, b[:16]).max()],
    }


@pytest.mark.parametrize("name", list(refused(*variables("float32"))))
def test_what_does_not_go_row_by_row_runs_whole(name):
    inputs = variables("float32")
    assert not loops_of(inputs, *refused(*inputs)[name])


def test_no_last_block_is_a_vector(monkeypatch):
    monkeypatch.setattr(turns, "BLOCK", turns.TILES * 4 * N)
    monkeypatch.setattr(turns, "WORTH", 0)
    x, w = T.fmatrix(), T.fmatrix()
    module = fused([x, w], T.dot(x, w.T).max(axis=1))
    turned = native_fused(module)[0]
    monkeypatch.setattr(planner, "find_turns", lambda *_: {})
    whole = native_fused(module)[0]
    rows = turns.TILES
    for m in (2 * rows - 1, 2 * rows, 2 * rows + 1, 3 * rows + 1, rows * (rows + 1) + 1):
        a, b = data("float32", m, 100), data("float32", N, 100)
        assert turned(a, b)[0].tobytes() == whole(a, b)[0].tobytes()


def test_a_reader_that_changes_an_array_runs_after_the_product():
    x, w, r = T.fmatrix(), T.fmatrix(), T.fmatrix()
    module = fused([x, w, r], (T.dot(x, w) + r).cumsum(axis=1))
    levels = find_levels(module)
    product, reader = steps = find_steps(module, levels)
    host = HostScalars(3, levels)
    assert find_turns(steps, (), host)
    buffers = (*reader.record.buffers[:-1], replace(reader.record.buffers[-1], role="inout"))
    reader.record = replace(reader.record, buffers=buffers)
    reader.targets = product.reads[-1:]
    assert not find_turns(steps, (), host)


def test_what_is_read_in_another_shape_is_whole():
    x, w = T.dmatrix(), T.dmatrix()
    z = T.dot(x, w)
    f = symc.function([x, w], z.max(axis=1) + z.flatten()[5])
    a, b = data("float64", M, K), data("float64", K, N)
    np.testing.assert_allclose(f(a, b), (a @ b).max(axis=1) + (a @ b)[0, 5], rtol=1e-12)


def test_a_right_operand_that_is_overwritten_row_by_row_is_read_before():
    x, w = T.dmatrix(), T.dmatrix()
    square = T.exp(x)  # a temporary: the left operand, the right one and an array of the reader
    f = symc.function([x, w], T.nnet.softmax(T.dot(square, square)) + square * w)
    a, b = data("float64", 370, 370) / 9, data("float64", 370, 370)
    e = np.exp(a)
    z = e @ e
    p = np.exp(z - z.max(1, keepdims=True))
    np.testing.assert_allclose(f(a, b), p / p.sum(1, keepdims=True) + e * b, rtol=1e-9)


def test_what_a_new_state_is_computed_from_is_kept_whole():
    x, w = T.dmatrix(), T.dmatrix()
    state = symc.shared(np.zeros((3000, N)), name="state")
    f = symc.function([x, w], [], updates=[(state, state + T.nnet.softmax(T.dot(x, w)))])
    a, b = data("float64", 3000, K), data("float64", K, N)
    f(a, b)
    p = np.exp(a @ b)
    np.testing.assert_allclose(state.get_value(), p / p.sum(1, keepdims=True), rtol=1e-9)
