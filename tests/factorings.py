"""Factorings to test: matrices for each kind, and compiled code that runs on guarded memory."""

import ctypes
from functools import cache, partial

import matrices
import numpy as np
from products import ALL, Guarded

from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.contraction import emit_shared, families, work_bytes
from symc.compiler.codegen.factoring import emit_factoring
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import KINDS, Factoring
from symc.compiler.kernel.matrices import REFERENCES
from symc.compiler.target.blob import link
from symc.runtime import Code

FORMS = [(form, part) for form in ("plain", "transposed") for part in ("lower", "upper")]
RECORDS = [
    ("cholesky", ("raise",)),
    ("cholesky", ("nan",)),
    *(("solve_triangular", options) for options in FORMS),
    ("lu", ()),
    ("solve_lu", ("plain",)),
    ("solve_lu", ("transposed",)),
    *((kind, ()) for kind in ("householder", "orthogonal", "spectrum", "singular", "expm")),
]


def name_of(factoring: Factoring) -> str:
    return "_".join((factoring.kind, *factoring.options))


def records(dtype: str) -> list[Factoring]:
    return [Factoring(kind, dtype, options) for kind, options in RECORDS]


def operands(factoring: Factoring, n: int, m: int) -> list[np.ndarray]:
    """Return matrices that suit a kind: n rows and columns where it takes square ones."""
    kind = factoring.kind
    if kind == "cholesky":
        found = [matrices.definite(n)]
    elif kind == "solve_triangular":
        found = [matrices.random(1, n, n) + 2 * n * np.eye(n), matrices.random(2, n, m)]
    elif kind == "solve_lu":
        found = [REFERENCES["lu"](matrices.regular(n)), matrices.random(2, n, m)]
    elif kind == "spectrum":
        found = [matrices.random(3, n, n)]
    elif kind in ("lu", "expm"):
        found = [matrices.regular(n)]
    elif kind == "orthogonal":
        found = [REFERENCES["householder"](matrices.random(4, n, m))]
    else:
        found = [matrices.random(4, n, m)]
    return [np.ascontiguousarray(x.astype(factoring.dtype)) for x in found]


def sizes_of(factoring: Factoring, given: list[np.ndarray]) -> dict[str, int]:
    """Return what the letters of a kind stand for."""
    known: dict[str, int] = {}
    for x, letters in zip(given, factoring.rules.operands, strict=True):
        for size, letter in zip(x.shape, letters, strict=True):
            known.setdefault(letter[0], size - (len(letter) - 1))
    if "k" in factoring.rules.sizes:
        known["k"] = min(known["m"], known["n"])
    return known


def shape_of(factoring: Factoring, sizes: dict[str, int]) -> tuple[int, int]:
    """Return the shape of the result."""
    letters = {
        **{"lu": "Nn", "householder": "Nm", "orthogonal": "km", "spectrum": "Nn", "singular": "kw"},
        **{"solve_triangular": "nm", "solve_lu": "nm"},
    }
    known = {**sizes, "N": sizes["n"] + 1, "w": sizes["n"] + sizes.get("m", 0) + 1}
    rows, columns = letters.get(factoring.kind, "nn")
    return known[rows], known[columns]


def expected(factoring: Factoring, given: list[np.ndarray]) -> np.ndarray:
    """Return what NumPy computes, in float64."""
    wide = [x.astype("float64") for x in given]
    made = REFERENCES[factoring.kind](*wide, *factoring.options)
    return made[: sizes_of(factoring, given)["k"]] if factoring.kind == "orthogonal" else made


class Compiled:
    """All kinds of one dtype compiled for a target, with the products that they call."""

    def __init__(self, dtype: str, target: str, printer: str) -> None:
        self.target, self.records = ALL[target], {name_of(x): x for x in records(dtype)}

        def emit(builder) -> None:
            for name, factoring in self.records.items():
                emit_factoring(builder, factoring, name)

        objects = [compile_module(emit, self.target, printer)]
        (own,) = families(self.records.values())
        shared = partial(emit_shared, dtype=own, export=True)
        objects.append(compile_module(shared, self.target, printer))
        self.blob = link([code.object for code in objects])
        self.code = Code(self.blob.content)

    def work(self, factoring: Factoring, sizes: dict[str, int]) -> np.ndarray:
        """Return scratch memory of just the bytes that a plan reserves, full of NaN."""
        item = np.dtype(factoring.dtype).itemsize
        total = 64
        if factoring.rules.product:
            total += work_bytes(Contraction(factoring.dtype), self.target)
        for factor, letters in factoring.rules.scratch:
            total += factor * item * int(np.prod([sizes[letter] for letter in letters]))
        memory = Guarded().empty((total,), np.uint8, align=64)
        memory.fill(0xFF)
        return memory

    def run(self, factoring: Factoring, given: list[np.ndarray]) -> tuple[np.ndarray, int]:
        """Return the result in memory that ends at pages nobody may touch, and the report."""
        guarded, sizes = Guarded(), sizes_of(factoring, given)
        copies = [guarded.copy(x) for x in given]
        out = guarded.empty(shape_of(factoring, sizes), factoring.dtype)
        out.fill(np.nan)
        work = self.work(factoring, sizes)
        numbers = [sizes[letter] for letter in KINDS[factoring.kind].sizes]
        pointers = [x.ctypes.data for x in (*copies, out)]
        types = [ctypes.c_void_p] * len(pointers) + [ctypes.c_int64] * len(numbers)
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *types, ctypes.c_void_p)
        function = kind(self.code.address(self.blob.exports[name_of(factoring)]))
        report = function(*pointers, *numbers, work.ctypes.data)
        for copy, original in zip(copies, given, strict=True):
            np.testing.assert_array_equal(copy, original)
        return out.copy(), report


@cache
def compiled(dtype: str, target: str, printer: str = "llvm") -> Compiled:
    return Compiled(dtype, target, printer)
