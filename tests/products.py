"""Contractions to test, compiled code of them, and the bounds of their errors."""

import ctypes
import mmap
from functools import cache
from itertools import product

import numpy as np
from msgspec.structs import replace

import symc.compiler.ops  # noqa: F401  # the operations that epilogues name
from symc.compiler.bfloat import convert
from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.contraction import (
    emit_contraction,
    emit_shared,
    families,
    work_bytes,
)
from symc.compiler.codegen.product.frame import SLOTS
from symc.compiler.kernel.contraction import Contraction, EpilogueOperand, interpret
from symc.compiler.kernel.record import Body, Scalar
from symc.compiler.target.blob import link
from symc.compiler.target.isa import EXTENDED, TARGETS
from symc.runtime import Code

LIBC = ctypes.CDLL(None, use_errno=True)
SCALAR = replace(TARGETS["x86-64"], name="scalar", vector_bytes=0)
ALL = {**TARGETS, **EXTENDED, SCALAR.name: SCALAR}


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
        """Run one on arrays as they are stored; `out` may be one of the operands.

        What is given as left and as right stays one array.
        """
        contraction, guarded = self.contractions[name], Guarded()
        batch, m, n, k = sizes(contraction, left, right)
        copies = [guarded.copy(x) for x in (left, right, *operands)]
        if out is None:
            result = guarded.empty((batch, m, n), contraction.out_dtype)
            result.fill(np.nan)
        else:
            result = copies[2 + out]
        work = self.work(work_bytes(contraction, self.target))
        copies[1] = copies[0] if right is left else copies[1]
        pointers = [x.ctypes.data for x in (*copies, result)]
        types = [ctypes.c_void_p] * len(pointers) + [ctypes.c_int64] * 4 + [ctypes.c_void_p] * 2
        types += [ctypes.c_int64]
        function = ctypes.CFUNCTYPE(None, *types)(self.code.address(self.blob.exports[name]))
        function(*pointers, batch, m, n, k, work.ctypes.data, None, 0)
        return result.copy()

    def field(self, name: str, field: str) -> int:
        """Return a field of the frame that a contraction's last run left behind."""
        work = self.work(work_bytes(self.contractions[name], self.target))
        return int(work[: 8 * len(SLOTS)].view("int64")[SLOTS[field]])


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
    result = [convert(rng.standard_normal(s), contraction.factors) for s in (left, right)]
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
