"""A failed call says what failed, where in the user's program, and changes nothing."""

import ctypes

import numpy as np
import pytest

from symc.compiler.artifact import Shared, Source
from symc.compiler.location import Location
from symc.compiler.module import Module
from symc.compiler.op import find
from symc.compiler.ops.shape import keep
from symc.compiler.value import Context
from tests.artifacts import (
    Error,
    Failed,
    Host,
    Loaded,
    Tensor,
    aligned,
    library_of,
    pointer,
    table,
    tensor,
)
from tests.passes.modules import parameter, total

NULL, DTYPE, RANK, SHAPE, STRIDE, ALIGN, DEVICE = range(-1, -8, -1)
NOMEM, ABI, CANCELLED, INDEX, STATE = -10, -11, -13, -17, -19


def lookup():
    """f(i, x) = sum(w[i] * x), w = w + f: one check of sizes and one of indices, on known lines."""
    context = Context()
    i = parameter(context, 0, "int64", 1)
    x = parameter(context, 1, "float64", 1)
    w = parameter(context, 2, "float64", 1, "state")
    with context.at(0):
        rows = find("gather")(w.value, i.value)
    with context.at(1):
        y = rows * x.value
    again = total(find("negate")(find("negate")(y)), 0)  # which needs room in the workspace
    new = w.value + keep(again, (0,))
    sites = (
        Location((("models/net.py", 41, "build"),), "gather", ("w: vector", "i: lvector")),
        Location((("models/net.py", 43, "build"),), "mul", ("rows: vector", "x: vector")),
    )
    checks = tuple(context.checks)
    module = Module("f", context, (i, x, w), (total(y, 0),), ((2, new),), checks, sites)
    return Source("f", module, (Shared("w", np.arange(5.0)),), ("y",))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return Loaded(library_of(lookup()), tmp_path_factory.mktemp("failures"))


def failure(loaded, *arrays):
    before = loaded.state.tobytes()
    with pytest.raises(Failed) as caught:
        loaded.call("f", *arrays)
    assert loaded.state.tobytes() == before
    return caught.value.error


def test_a_good_call_counts(loaded):
    loaded.state = loaded.new_state()
    assert loaded.call("f", np.array([1, 3]), np.array([1.0, 2.0]))[0] == 7.0
    np.testing.assert_array_equal(loaded.states()[0], np.arange(5.0) + 7)


def test_sizes_that_differ(loaded):
    error = failure(loaded, np.array([1, 3]), np.array([1.0, 2.0, 3.0]))
    assert (error.code, error.arg, {error.expected, error.got}) == (SHAPE, -1, {2, 3})
    assert error.where == b"net.py:43"
    assert error.what == (b"multiply: sizes of dimension 0 differ, in mul(rows: vector, x: vector)")


def test_an_index_out_of_bounds(loaded):
    error = failure(loaded, np.array([1, 5]), np.array([1.0, 2.0]))
    assert (error.code, error.expected, error.got) == (INDEX, 5, 5)
    assert error.where == b"net.py:41"
    assert error.what == b"an index is out of bounds, in gather(w: vector, i: lvector)"


@pytest.mark.parametrize(
    ("array", "code", "text"),
    [
        (np.ones(2, "float32"), DTYPE, "input p1 has elements of another type"),
        (np.ones((2, 1)), RANK, "input p1 has 1 dimension"),
    ],
)
def test_a_wrong_argument(loaded, array, code, text):
    error = failure(loaded, np.array([1, 3]), array)
    assert (error.code, error.arg) == (code, 1)
    assert error.what.decode().startswith(text)
    assert error.where is None


def raw(loaded, ins, outs, *, abi=1, state=True, suffix="", host=True):
    """Call with descriptors as they are; return (status, what)."""
    error = Error(ctypes.sizeof(Error))
    made = Host(ctypes.sizeof(Host), abi, error=ctypes.pointer(error))
    memory = pointer(loaded.state if state else None)
    reference = ctypes.byref(made) if host else None
    status = loaded.c["f" + suffix](reference, memory, ins, outs)
    return status, error.what and error.what.decode()


def arguments():
    arrays = np.array([1, 3]), np.array([1.0, 2.0]), np.zeros(())
    return [tensor(x) for x in arrays], arrays


def test_pointers_are_tested_first(loaded):
    tensors, _arrays = arguments()
    ins, outs = table(tensors[:2]), table(tensors[2:])
    assert raw(loaded, None, outs)[0] == NULL
    assert raw(loaded, ins, None)[0] == NULL
    assert raw(loaded, ins, outs, state=False) == (STATE, "the state is NULL or not aligned")
    status, what = raw(loaded, ins, outs, abi=2)
    assert (status, what) == (ABI, None)
    assert raw(loaded, ins, outs)[0] == NOMEM  # no workspace
    assert raw(loaded, ins, outs, host=False)[0] == NOMEM
    assert raw(loaded, ins, None, suffix="_infer")[0] == NULL
    missing = (ctypes.POINTER(Tensor) * 2)(ctypes.pointer(tensors[0]))
    assert raw(loaded, missing, outs) == (NULL, "input p1, or its data or shape, is NULL")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"data": None}, NULL),
        ({"shape": None}, NULL),
        ({"device": (2, 0)}, DEVICE),
        ({"byte_offset": 4}, ALIGN),
        ({"strides": (ctypes.c_int64 * 1)(2)}, STRIDE),
        ({"ndim": 2}, RANK),
        ({"bits": 32}, DTYPE),
    ],
)
def test_descriptors_are_tested(loaded, change, code):
    tensors, _arrays = arguments()
    for field, value in change.items():
        setattr(tensors[1], field, value)
    status, what = raw(loaded, table(tensors[:2]), table(tensors[2:]))
    assert status == code
    assert what.startswith("input p1")


@pytest.mark.parametrize("change", [{"strides": (ctypes.c_int64 * 1)(2)}, {"ndim": 2}, {"bits": 8}])
def test_the_first_wrong_descriptor_is_named(loaded, change):
    found = []
    for wrong in ([0], [0, 1]):
        tensors, _arrays = arguments()
        for place in wrong:
            for field, value in change.items():
                setattr(tensors[place], field, value)
        found.append(raw(loaded, table(tensors[:2]), table(tensors[2:])))
    assert found[0] == found[1]
    assert not found[0][1].startswith("input p1")


def test_an_output_of_the_wrong_type_is_named(loaded):
    tensors, _arrays = arguments()
    wrong = tensor(np.zeros((), "float32"))
    status, what = raw(loaded, table(tensors[:2]), table([wrong]))
    assert status == DTYPE
    assert what.startswith("output y")


def test_the_plain_function_reports_a_status(loaded):
    state = loaded.state.tobytes()
    with pytest.raises(Failed) as caught:
        loaded.flat("f", np.array([1, 5]), np.array([1.0, 2.0]))
    assert caught.value.status == INDEX
    assert loaded.state.tobytes() == state


def test_the_host_provides_memory(loaded):
    tensors, _arrays = arguments()
    provided, asked = np.zeros(()), []

    @ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(Tensor))
    def output(_user, index, out):
        asked.append((index, out.contents.ndim, out.contents.bits))
        out.contents.data = provided.ctypes.data
        return 0

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
    def alloc(_user, size, align):
        asked.append((size, align))
        return memory.ctypes.data

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
    def release(_user, address, size, _align):
        asked.append((address == memory.ctypes.data, size))

    size = ctypes.c_int64()
    work = loaded.c.f_work(None, pointer(loaded.state), table(tensors[:2]), ctypes.byref(size))
    assert work == 0
    memory = aligned(size.value)
    hooks = [ctypes.cast(x, ctypes.c_void_p) for x in (alloc, release, output)]
    host = Host(ctypes.sizeof(Host), 1, (ctypes.c_void_p * 7)(None, *hooks))
    empty = Tensor()
    loaded.state = loaded.new_state()
    status = loaded.c.f(
        ctypes.byref(host), pointer(loaded.state), table(tensors[:2]), table([empty])
    )
    assert (status, float(provided)) == (0, 7.0)
    assert asked == [(0, 0, 64), (size.value, 64), (True, size.value)]


def test_a_cancelled_call_changes_nothing(loaded):
    tensors, _arrays = arguments()

    @ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(Tensor))
    def output(_user, _index, _out):
        return CANCELLED

    error = Error(ctypes.sizeof(Error))
    host = Host(ctypes.sizeof(Host), 1, error=ctypes.pointer(error))
    host.hooks[3] = ctypes.cast(output, ctypes.c_void_p)
    before = loaded.state.tobytes()
    arguments_ = ctypes.byref(host), pointer(loaded.state), table(tensors[:2]), table([Tensor()])
    assert loaded.c.f(*arguments_) == CANCELLED
    assert loaded.state.tobytes() == before
