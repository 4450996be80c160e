"""Run compiled functions on NumPy arrays, from a flattened blob mapped read-execute."""

import ctypes
import mmap
from collections.abc import Callable, Sequence

import numpy as np

from symc.compiler.codegen import KernelBuilder, ObjectCode, Register, compile_module
from symc.compiler.target.blob import flatten
from symc.compiler.target.isa import Target, host_target

RESULTS = {
    None: None,
    "bool": ctypes.c_bool,
    "int32": ctypes.c_int32,
    "int64": ctypes.c_int64,
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
    "ptr": ctypes.c_void_p,
}
LIBC = ctypes.CDLL(None, use_errno=True)


class Native:
    """The exported functions of a piece of object code."""

    def __init__(self, code: ObjectCode) -> None:
        blob = flatten(code.object)
        self.texts = code.texts
        self.exports = blob.exports
        self._memory = mmap.mmap(-1, max(len(blob.content), 1))
        self._memory.write(blob.content)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        protection = mmap.PROT_READ | mmap.PROT_EXEC
        size = ctypes.c_size_t(len(self._memory))
        if LIBC.mprotect(ctypes.c_void_p(self.base), size, protection):
            raise OSError(ctypes.get_errno(), "mprotect")

    def call(self, name: str, *arguments, result: str | None = None):
        """Call: an array passes its address, an int an int64, a float a double."""
        function = ctypes.CFUNCTYPE(RESULTS[result])(self.base + self.exports[name])
        return function(*map(_argument, arguments))


def _argument(x):
    if isinstance(x, np.ndarray):
        assert x.flags.c_contiguous
        return ctypes.c_void_p(x.ctypes.data)
    if isinstance(x, int | np.integer) and not isinstance(x, bool):
        return ctypes.c_int64(int(x))
    return ctypes.c_double(x) if isinstance(x, float) else x


def build(
    emit: Callable[[KernelBuilder], None], target: Target | None = None, printer: str = "llvm"
) -> Native:
    """Compile what `emit` builds and map it."""
    return Native(compile_module(emit, target or host_target(), printer))


def emit_map(
    body: Callable[..., Register], dtypes: Sequence[str], result: str, lanes: int
) -> Callable[[KernelBuilder], None]:
    """Return an emit of map(in0, ..., out, n): out[i] = body(builder, in0[i], ...)."""

    def emit(b: KernelBuilder) -> None:
        names = [f"in{k}" for k in range(len(dtypes))] + ["out"]
        parameters = [(name, "ptr") for name in names] + [("n", "int64")]
        with b.function("map", parameters) as (*ins, out, n):
            step = max(lanes, 1)

            def chunk(i: Register, mask: Register | None) -> None:
                values = [
                    b.load(b.offset(pointer, dtype, i), dtype, lanes, mask)
                    for pointer, dtype in zip(ins, dtypes, strict=True)
                ]
                b.store(body(b, *values), b.offset(out, result, i), mask)

            def whole(i: Register, _: list[Register]) -> list[Register]:
                chunk(i, None)
                return []

            rest = b.remainder(n, b.constant("int64", step))
            end = b.subtract(n, rest)
            b.loop(b.constant("int64", 0), end, b.constant("int64", step), [], whole)
            if lanes:
                chunk(end, b.mask_below(rest, lanes))
            b.ret()

    return emit


def run_map(
    body: Callable[..., Register],
    arrays: Sequence[np.ndarray],
    result: str,
    *,
    lanes: int | None = None,
    target: Target | None = None,
    printer: str = "llvm",
    dtypes: Sequence[str] | None = None,
) -> np.ndarray:
    """Return out[i] = body(builder, array0[i], ...) for one-dimensional arrays of one length.

    `lanes` defaults to what fits the widest dtype; `dtypes` names the arrays' dtypes where NumPy
    cannot (bfloat16 arrays, and results, are uint16).
    """
    target = target or host_target()
    dtypes = dtypes or [str(array.dtype) for array in arrays]
    widest = max(array.dtype.itemsize for array in arrays)
    if lanes is None:
        lanes = target.lanes(max(widest, np.dtype(_numpy(result)).itemsize))
    native = build(emit_map(body, dtypes, result, lanes), target, printer)
    n = len(arrays[0])
    guarded = np.zeros(n + 1, _numpy(result))
    guarded[n:] = 1
    native.call("map", *map(np.ascontiguousarray, arrays), guarded, n)
    assert guarded[n] == 1, "wrote behind the end"
    return guarded[:n]


def _numpy(dtype: str) -> str:
    return "uint16" if dtype == "bfloat16" else dtype
