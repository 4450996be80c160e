"""Generated matrix products against NumPy: shapes, storage, epilogues, targets, printers."""

import ctypes
import mmap
import os
from dataclasses import replace
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest

import symc.compiler.ops  # noqa: F401  # the operations that epilogues name
from symc.compiler.codegen.compile import PRINTERS, compile_module
from symc.compiler.codegen.contraction import (
    emit_contraction,
    emit_shared,
    families,
    work_bytes,
)
from symc.compiler.codegen.product.tile import tile_for
from symc.compiler.kernel.contraction import Contraction, EpilogueOperand, interpret
from symc.compiler.kernel.record import Body, Scalar
from symc.compiler.target.blob import link
from symc.compiler.target.isa import TARGETS, host_target
from symc.runtime import Code

LIBC = ctypes.CDLL(None, use_errno=True)
LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4")
DTYPES = ("float32", "float64")
SCALAR = replace(TARGETS["x86-64"], name="scalar", vector_bytes=0)
ALL = {**TARGETS, SCALAR.name: SCALAR}
SWEEP = int(os.environ.get("SYMC_TEST_PRODUCTS", "40"))  # random shapes a target and dtype

# Those of x86-64's levels that this machine can run.
HOST = host_target().name
RUNNABLE = LEVELS[: LEVELS.index(HOST) + 1] if HOST in LEVELS else ()
targets = pytest.mark.parametrize("target", (*RUNNABLE, "scalar") if RUNNABLE else (HOST,))
dtypes = pytest.mark.parametrize("dtype", DTYPES)


# Records ----------------------------------------------------------------------------------------


def step(op: str, *operands: int, dtype: str, attribute=()) -> Scalar:
    return Scalar(op, operands, dtype, attribute)


def parameters(*dtypes: str) -> tuple[Scalar, ...]:
    return tuple(step("parameter", dtype=d, attribute=i) for i, d in enumerate(dtypes))


def biased_tanh(dtype: str) -> Contraction:
    scalars = (
        *parameters(dtype, dtype),
        step("add", 0, 1, dtype=dtype),
        step("tanh", 2, dtype=dtype),
    )
    return Contraction(
        dtype,
        epilogue=Body((dtype, dtype), scalars, (3,)),
        operands=(EpilogueOperand(dtype, "row"),),
    )


def descent(dtype: str, transpose_left: bool = True) -> Contraction:
    """W - rate * product, with W full and the rate a scalar."""
    scalars = (
        *parameters(dtype, dtype, dtype),
        step("multiply", 2, 0, dtype=dtype),
        step("subtract", 1, 3, dtype=dtype),
    )
    operands = (EpilogueOperand(dtype, "full"), EpilogueOperand(dtype, "scalar"))
    return Contraction(dtype, transpose_left, False, Body((dtype,) * 3, scalars, (4,)), operands)


def mixed(dtype: str) -> Contraction:
    """Operands of other dtypes and every kind, and a float64 output: a select by a bool column."""
    scalars = (
        *parameters(dtype, "bool", "float64", "int32"),
        step("cast", 0, dtype="float64", attribute=(("dtype", "float64"),)),
        step("cast", 3, dtype="float64", attribute=(("dtype", "float64"),)),
        step("add", 4, 5, dtype="float64"),
        step("constant", dtype="float64", attribute=0.25),
        step("multiply", 6, 7, dtype="float64"),
        step("switch", 1, 8, 2, dtype="float64"),
    )
    kinds = (("bool", "column"), ("float64", "full"), ("int32", "row"))
    operands = tuple(EpilogueOperand(*kind) for kind in kinds)
    body = Body((dtype, *(k[0] for k in kinds)), scalars, (9,))
    return Contraction(dtype, False, True, body, operands, "float64")


def halved(dtype: str) -> Contraction:
    """The product rounded to float16, which is computed with nowhere."""
    cast = step("cast", 0, dtype="float16", attribute=(("dtype", "float16"),))
    body = Body((dtype,), (*parameters(dtype), cast), (1,))
    return Contraction(dtype, epilogue=body, out_dtype="float16")


def records(dtype: str) -> dict[str, Contraction]:
    plain = {
        f"plain{left:d}{right:d}": Contraction(dtype, left, right)
        for left, right in product((False, True), repeat=2)
    }
    others = {"tanh": biased_tanh(dtype), "descent": descent(dtype), "mixed": mixed(dtype)}
    others["half"] = halved(dtype)
    return plain | others


# Running ----------------------------------------------------------------------------------------


class Guarded:
    """Arrays that end at a page nobody may touch, so that a step beyond them ends the test run."""

    def __init__(self) -> None:
        self._kept: list[mmap.mmap] = []

    def empty(self, shape, dtype, align: int = 1) -> np.ndarray:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        size += -size % align
        whole = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        memory = mmap.mmap(-1, whole + mmap.PAGESIZE)
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        guard = ctypes.c_void_p(base + whole)
        assert LIBC.mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
        self._kept.append(memory)
        count = int(np.prod(shape))
        return np.frombuffer(memory, dtype, count, whole - size).reshape(shape)

    def copy(self, array: np.ndarray) -> np.ndarray:
        result = self.empty(array.shape, array.dtype)
        result[...] = array
        return result


class Compiled:
    """Contractions compiled for a target: the shared objects linked with the thin ones."""

    def __init__(self, contractions: dict[str, Contraction], target: str, printer: str) -> None:
        self.target, self.contractions = ALL[target], contractions

        def emit(builder) -> None:
            for name, contraction in contractions.items():
                emit_contraction(builder, contraction, name)

        objects = [compile_module(emit, self.target, printer)]
        for dtype in families(contractions.values()):
            objects.append(
                compile_module(
                    lambda b, d=dtype: emit_shared(b, d, export=True), self.target, printer
                )
            )
        self.blob = link([code.object for code in objects])
        self.code = Code(self.blob.content)
        self._work: dict[int, np.ndarray] = {}

    def work(self, size: int) -> np.ndarray:
        """Return scratch memory, at first NaN and then what earlier calls left."""
        if size not in self._work:
            self._work[size] = Guarded().empty((size,), np.uint8, align=64)
            self._work[size].fill(0xFF)
        return self._work[size]

    def run(self, name: str, left, right, *operands, out=None) -> np.ndarray:
        """Run one on arrays as they are stored; `out` may be one of the operands."""
        contraction, guarded = self.contractions[name], Guarded()
        batch, m, n, k = sizes(contraction, left, right)
        copies = [guarded.copy(x) for x in (left, right, *operands)]
        if out is None:
            result = guarded.empty((batch, m, n), contraction.out_dtype)
            result.fill(np.nan)
        else:
            result = copies[2 + out]
        work = self.work(work_bytes(contraction, self.target))
        pointers = [x.ctypes.data for x in (*copies, result)]
        types = [ctypes.c_void_p] * len(pointers) + [ctypes.c_int64] * 4 + [ctypes.c_void_p]
        function = ctypes.CFUNCTYPE(None, *types)(self.code.address(self.blob.exports[name]))
        function(*pointers, batch, m, n, k, work.ctypes.data)
        return result.copy()


@cache
def compiled(dtype: str, target: str, printer: str = "llvm") -> Compiled:
    return Compiled(records(dtype), target, printer)


def sizes(contraction: Contraction, left, right) -> tuple[int, int, int, int]:
    batch, m, k = left.shape
    if contraction.transpose_left:
        m, k = k, m
    return batch, m, right.shape[1 if contraction.transpose_right else 2], k


# Arguments and bounds ---------------------------------------------------------------------------


def arguments(contraction: Contraction, shape, seed: int = 0) -> list[np.ndarray]:
    """Return random operands of a contraction for (batch, m, n, k), as they are stored."""
    batch, m, n, k = shape
    rng = np.random.default_rng([seed, *shape])
    left = (batch, k, m) if contraction.transpose_left else (batch, m, k)
    right = (batch, n, k) if contraction.transpose_right else (batch, k, n)
    kinds = {"full": (batch, m, n), "row": (n,), "column": (m,), "scalar": ()}
    result = [rng.standard_normal(s).astype(contraction.dtype) for s in (left, right)]
    for operand in contraction.operands:
        values = 3 * rng.standard_normal(kinds[operand.kind])
        result.append(
            np.asarray(values > 0 if operand.dtype == "bool" else values).astype(operand.dtype)
        )
    return result


def sum_bound(contraction: Contraction, left, right) -> np.ndarray:
    """Return the bound of a sum of rounded products in any order: (k + 1) u sum |x y|.

    Every product is rounded at most once and passes at most k additions (Higham, section 3.1).
    """
    unit = np.finfo(contraction.dtype).eps / 2
    plain = Contraction("float64", contraction.transpose_left, contraction.transpose_right)
    k = sizes(contraction, left, right)[3]
    wide = (np.abs(x).astype("float64") for x in (left, right))
    return (k + 1) * unit * interpret(plain, *wide) + np.finfo(contraction.dtype).tiny


def exact_product(contraction: Contraction, left, right) -> np.ndarray:
    plain = Contraction("float64", contraction.transpose_left, contraction.transpose_right)
    return interpret(plain, left.astype("float64"), right.astype("float64"))


def check_plain(unit: Compiled, name: str, shape, seed: int = 0) -> None:
    contraction = unit.contractions[name]
    left, right = arguments(contraction, shape, seed)
    error = np.abs(unit.run(name, left, right) - exact_product(contraction, left, right))
    # float64's own reference is as uncertain as what is tested
    bound = sum_bound(contraction, left, right) * (2 if contraction.dtype == "float64" else 1.01)
    assert (error <= bound).all(), (name, shape, error.max())


# Tests ------------------------------------------------------------------------------------------

STORAGE = ("plain00", "plain01", "plain10", "plain11")
EDGES = (1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17, 24, 25, 31, 32, 33, 63, 64, 65)
BLOCKED = [
    (1, 5, 3, 1100),
    (1, 100, 40, 1030),
    (1, 600, 33, 520),
    (1, 30, 1100, 20),
    (1, 500, 530, 540),
    (3, 97, 65, 33),
    (2, 1, 1100, 30),
    (2, 1100, 1, 30),
    (1, 1, 1, 2000),
]


@targets
@dtypes
def test_every_edge_of_a_tile(target: str, dtype: str):
    unit = compiled(dtype, target)
    for number, (m, n) in enumerate(product(EDGES, EDGES)):
        check_plain(unit, STORAGE[number % 4], (1, m, n, 1 + number % 19))


@targets
@dtypes
@pytest.mark.parametrize("name", STORAGE)
def test_blocked_sizes(target: str, dtype: str, name: str):
    unit = compiled(dtype, target)
    for shape in BLOCKED:
        check_plain(unit, name, shape)


@targets
@dtypes
def test_random_sizes(target: str, dtype: str):
    unit = compiled(dtype, target)
    rng = np.random.default_rng(7)
    for seed in range(SWEEP):
        shape = tuple(int(2 ** rng.uniform(0, top)) for top in (1.5, 7, 7, 7))
        check_plain(unit, STORAGE[seed % 4], shape, seed)


@targets
@pytest.mark.parametrize(
    "shape", [(0, 3, 4, 5), (1, 0, 4, 5), (1, 3, 0, 5), (2, 3, 4, 0), (1, 1, 4, 0), (1, 4, 1, 0)]
)
def test_empty_sizes(target: str, shape):
    unit = compiled("float32", target)
    for name in STORAGE:
        left, right = arguments(unit.contractions[name], shape)
        np.testing.assert_array_equal(unit.run(name, left, right), np.zeros(shape[:3], "float32"))
    left, right, row = arguments(unit.contractions["tanh"], shape)
    result = unit.run("tanh", left, right, row)
    if shape[3] == 0:
        np.testing.assert_allclose(result, np.broadcast_to(np.tanh(row), shape[:3]), rtol=1e-6)


EPILOGUE_SHAPES = [
    (1, 5, 40, 7),
    (2, 13, 33, 8),
    (1, 1, 50, 9),
    (1, 50, 1, 9),
    (1, 300, 70, 1200),
    (1, 490, 20, 12),
]


@targets
@dtypes
@pytest.mark.parametrize("shape", EPILOGUE_SHAPES)
def test_bias_and_tanh(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    contraction = unit.contractions["tanh"]
    left, right, row = arguments(contraction, shape)
    result = unit.run("tanh", left, right, row)
    expected = np.tanh(exact_product(contraction, left, right) + row.astype("float64"))
    # tanh does not stretch; the sum with the bias and tanh itself round: 2 ulp of at most 1 each
    eps = np.finfo(dtype).eps
    bound = 2 * sum_bound(contraction, left, right) + eps * (np.abs(row) + 4)
    assert (np.abs(result - expected) <= bound).all()


@targets
@dtypes
@pytest.mark.parametrize("shape", EPILOGUE_SHAPES)
def test_update_in_place(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    contraction = unit.contractions["descent"]
    left, right, weights, rate = arguments(contraction, shape)
    fresh = unit.run("descent", left, right, weights, rate)
    in_place = unit.run("descent", left, right, weights, rate, out=0)
    np.testing.assert_array_equal(fresh, in_place)
    step = float(rate) * exact_product(contraction, left, right)
    eps = np.finfo(dtype).eps
    bound = abs(float(rate)) * 2 * sum_bound(contraction, left, right)
    bound += eps * (np.abs(weights) + 2 * np.abs(step))
    assert (np.abs(fresh - (weights.astype("float64") - step)) <= bound).all()


@targets
@dtypes
@pytest.mark.parametrize("shape", EPILOGUE_SHAPES)
def test_operands_of_every_kind(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    contraction = unit.contractions["mixed"]
    left, right, column, full, row = arguments(contraction, shape)
    result = unit.run("mixed", left, right, column, full, row)
    expected = np.where(
        column[:, None], (exact_product(contraction, left, right) + row) * 0.25, full
    )
    bound = 0.5 * sum_bound(contraction, left, right) + 1e-15 * (np.abs(expected) + 9)
    assert result.dtype == np.float64
    assert (np.abs(result - expected) <= bound).all()


@targets
@dtypes
def test_a_narrow_output(target: str, dtype: str):
    unit = compiled(dtype, target)
    values = arguments(unit.contractions["half"], (2, 13, 33, 8))
    product = unit.run("plain00", *values)
    np.testing.assert_array_equal(unit.run("half", *values), product.astype("float16"))


@dtypes
def test_the_record_means_the_same(dtype: str):
    """The interpreter, which rounds in NumPy's order, stays within the same bounds."""
    contraction = descent(dtype)
    values = arguments(contraction, (2, 13, 33, 8))
    result = interpret(contraction, *values)
    native = compiled(dtype, HOST).run("descent", *values)
    rate = abs(float(values[3]))
    bound = 4 * rate * sum_bound(contraction, *values[:2])
    assert (np.abs(result - native) <= bound + 8 * np.finfo(dtype).eps * np.abs(native)).all()


@dtypes
@pytest.mark.skipif("x86-64-v4" not in RUNNABLE, reason="needs AVX-512")
def test_bits_depend_on_no_tile(dtype: str):
    """A sum is one chain in the order of k, so any tile and any block of k give the same bits."""
    wide, narrow = (compiled(dtype, target) for target in ("x86-64-v4", "x86-64-v3"))
    for name, shape in product(
        ("plain00", "plain01", "descent"), [(1, 30, 45, 70), (1, 100, 40, 1030)]
    ):
        values = arguments(wide.contractions[name], shape)
        np.testing.assert_array_equal(wide.run(name, *values), narrow.run(name, *values))


def test_rows_do_not_depend_on_their_number():
    unit = compiled("float32", HOST)
    left, right = arguments(unit.contractions["plain00"], (1, 60, 45, 700))
    whole = unit.run("plain00", left, right)
    for first, last in ((0, 13), (13, 15), (15, 60)):
        part = unit.run("plain00", left[:, first:last], right)
        np.testing.assert_array_equal(part, whole[:, first:last])


@targets
@dtypes
@pytest.mark.skipif("mlir" not in PRINTERS, reason="the MLIR printer is not installed")
def test_printers_give_equal_bits(target: str, dtype: str):
    one, other = (compiled(dtype, target, printer) for printer in ("llvm", "mlir"))
    shapes = [(2, 13, 33, 8), (1, 1, 50, 9), (1, 50, 1, 9), (1, 100, 70, 1200)]
    for name, shape in product(records(dtype), shapes):
        values = arguments(one.contractions[name], shape)
        np.testing.assert_array_equal(one.run(name, *values), other.run(name, *values))


@dtypes
@pytest.mark.parametrize("target", ["aarch64"])
def test_other_processors_compile(target: str, dtype: str):
    assert Compiled(records(dtype), target, "llvm").blob.exports["tanh"] >= 0


@pytest.mark.parametrize("target", sorted(ALL))
@dtypes
def test_tiles_fit_their_blocks(target: str, dtype: str):
    tile = tile_for(dtype, ALL[target])
    assert tile.rows[-1] == 1
    assert all(tall <= 2 * low for tall, low in pairwise(tile.rows))
    assert tile.block_n % tile.width == 0
    assert tile.span % tile.block_m == 0
    assert all(tile.block_m % rows == 0 for rows in tile.rows)
