"""Run compiled functions on NumPy arrays, from a flattened blob mapped read-execute."""

import ctypes
import mmap
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.compile import ObjectCode, c_source, compile_module
from symc.compiler.codegen.register import Register
from symc.compiler.target.blob import Blob, flatten
from symc.compiler.target.isa import TARGETS, Target, host_target
from symc.compiler.types import ITEM_SIZE, array_dtype, holds_floats

Emit = Callable[[KernelBuilder], None]
Map = tuple[Callable[..., Register], Sequence[str], str]  # body, dtypes of operands, of the result

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
LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4")


def host_level() -> str:
    """Return the level of the psABI that this machine has, or its only target."""
    name = host_target().name
    return next((level for level in reversed(LEVELS) if name.startswith(level)), name)


def host_targets() -> list[Target]:
    """Return the targets whose code this machine runs."""
    level, host = host_level(), host_target()
    lower = LEVELS[: LEVELS.index(level)] if level in LEVELS else ()
    return [*(TARGETS[name] for name in lower), host]


class NativeBlob:
    """The exported functions of a blob."""

    def __init__(self, blob: Blob) -> None:
        self.exports = blob.exports
        self._memory = mmap.mmap(-1, max(len(blob.content), 1))
        self._memory.write(blob.content)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        protection = mmap.PROT_READ | mmap.PROT_EXEC
        size = ctypes.c_size_t(len(self._memory))
        if LIBC.mprotect(ctypes.c_void_p(self.base), size, protection):
            raise OSError(ctypes.get_errno(), "mprotect")

    def address(self, name: str) -> int:
        """Return where an exported function is."""
        return self.base + self.exports[name]

    def call(self, name: str, *arguments, result: str | None = None):
        """Call: an array passes its address, an int an int64, a float a double."""
        return _call(ctypes.CFUNCTYPE(RESULTS[result])(self.address(name)), arguments)


class Native(NativeBlob):
    """The exported functions of a piece of object code."""

    def __init__(self, code: ObjectCode) -> None:
        super().__init__(flatten(code.object))
        self.texts = code.texts


class NativeC:
    """The exported functions of C99, compiled by the system's compiler."""

    def __init__(self, source: str, target: Target) -> None:
        self.texts = {"c": source}
        flags = ["-mfma"] if target.has_fma and target.triple.startswith("x86") else []
        with tempfile.TemporaryDirectory() as folder:
            code, library = Path(folder, "code.c"), Path(folder, "code.so")
            code.write_text(source)
            command = ["gcc", "-std=c99", "-O1", "-Wall", "-Werror", "-Wno-unused", *flags]
            command += ["-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]
            subprocess.run([*command, "-o", str(library), str(code), "-lm"], check=True)
            self._library = ctypes.CDLL(str(library))

    def call(self, name: str, *arguments, result: str | None = None):
        """Call as Native does."""
        function = self._library[name]
        function.restype = RESULTS[result]
        return _call(function, arguments)


def _call(function, arguments):
    return function(*map(_argument, arguments))


def _argument(x):
    if isinstance(x, np.ndarray):
        assert x.flags.c_contiguous
        return ctypes.c_void_p(x.ctypes.data)
    if isinstance(x, int | np.integer) and not isinstance(x, bool):
        return ctypes.c_int64(int(x))
    return ctypes.c_double(x) if isinstance(x, float) else x


def build(emit: Emit, target: Target | None = None, printer: str = "llvm") -> Native | NativeC:
    """Compile what `emit` builds, by the printer 'llvm', 'mlir' or 'c', and map it."""
    target = target or host_target()
    if printer == "c":
        return NativeC(c_source(emit, target), target)
    return Native(compile_module(emit, target, printer))


def emit_map(name: str, case: Map, lanes: int) -> Emit:
    """Return an emit of name(in0, ..., out, n): out[i] = body(builder, in0[i], ...)."""
    body, dtypes, result = case

    def emit(b: KernelBuilder) -> None:
        names = [f"in{k}" for k in range(len(dtypes))] + ["out"]
        parameters = [(name, "ptr") for name in names] + [("n", "int64")]
        with b.function(name, parameters) as (*ins, out, n):
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


def run_maps(
    cases: Mapping[str, Map],
    arrays: Sequence[np.ndarray],
    *,
    lanes: int | None = None,
    target: Target | None = None,
    printer: str = "llvm",
) -> dict[str, np.ndarray]:
    """Return, for each case, body applied to one-dimensional arrays of one length, in one module.

    `lanes` defaults to what fits the widest dtype.
    """
    target = target or host_target()
    if lanes is None:
        dtypes = [dtype for _, operands, result in cases.values() for dtype in (*operands, result)]
        lanes = target.lanes(max(ITEM_SIZE[dtype] for dtype in dtypes))

    def emit(b: KernelBuilder) -> None:
        for name, case in cases.items():
            emit_map(name, case, lanes)(b)

    native = build(emit, target, printer)
    return {name: _run(native, name, case, arrays) for name, case in cases.items()}


def _run(native, name: str, case: Map, arrays: Sequence[np.ndarray]) -> np.ndarray:
    n, dtype = len(arrays[0]), array_dtype(case[2])
    guarded = np.zeros(n + 1, dtype)
    guarded[n:] = 1
    native.call(name, *map(np.ascontiguousarray, arrays), guarded, n)
    assert guarded[n] == 1, "wrote behind the end"
    return guarded[:n]


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
    """Return out[i] = body(builder, array0[i], ...); `dtypes` names what NumPy cannot."""
    dtypes = dtypes or [str(array.dtype) for array in arrays]
    cases = {"map": (body, dtypes, result)}
    return run_maps(cases, arrays, lanes=lanes, target=target, printer=printer)["map"]


def same_bits(x: np.ndarray, y: np.ndarray) -> bool:
    """Return whether two arrays agree in every bit; all NaNs count as one."""
    if holds_floats(x):
        with np.errstate(invalid="ignore"):  # what ml_dtypes says of signalling ones
            nan = np.isnan(x) & np.isnan(y)
        x, y = np.where(nan, x.dtype.type(0), x), np.where(nan, y.dtype.type(0), y)
    return x.dtype == y.dtype and x.tobytes() == y.tobytes()
