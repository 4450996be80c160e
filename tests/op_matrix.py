"""Every operation of the registry compiled with others of its dtypes, and how many cases ran.

One function holds all operations that take some dtypes as they are, for matrices, for a row beside
a column, and for numbers; all layouts and sizes go through it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from layouts import LAYOUTS, all_layouts
from operations import SAMPLES, Sample, attributes_of
from random_programs import jitter
from random_programs.compare import MODES, values_differ
from random_programs.program import Array
from stated import COARSE, ULPS, size

import symc
from symc.build import Built
from symc.compiled import Definition, Function
from symc.compiler.errors import NotSupported, TypeMismatch
from symc.compiler.families import operand_count
from symc.compiler.interpret import Run
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import Op, registry
from symc.compiler.types import COMPLEX, DTYPES, FLOATS
from symc.compiler.value import Context
from tests.compiler.test_op_bodies import elements, expected

RAN: Counter[str] = Counter()
"""How many cases of what kind ran."""

POINTWISE = [op for op in registry() if op.family == "pointwise"]
PATTERNS = {"matrix": ((False, False),) * 3, "outer": ((True, False), (False, True))}
PATTERNS["outer"] += (((True, False)),)
PATTERNS["number"] = ((),) * 3
SHAPES = {
    "matrix": ((9, 67), (1, 1), (3, 5), (0, 4), (4, 0), (33, 16)),
    "outer": ((5, 19), (1, 1), (4, 1), (0, 3)),
    "number": ((), ()),
}


def groups() -> dict[tuple[str, ...], list[Op]]:
    """Return the pointwise operations by the dtypes that they take as they are."""
    found: dict[tuple[str, ...], list[Op]] = {}
    for op in POINTWISE:
        count = operand_count(op.body) or 2
        for dtypes in itertools.product(DTYPES, repeat=count):
            try:
                takes, _ = op.promote(dtypes, attributes_of(op))
            except TypeMismatch:
                continue
            if takes == dtypes:
                found.setdefault(dtypes, []).append(op)
    return found


def sharing() -> dict[str, list[tuple[tuple[str, ...], list[Op]]]]:
    """Return what shares a module: the groups whose last dtype is the same."""
    found: dict[str, list[tuple[tuple[str, ...], list[Op]]]] = {}
    for dtypes, ops in groups().items():
        found.setdefault(dtypes[-1], []).append((dtypes, ops))
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """One operation on operands of one pattern: which of the function's inputs it reads."""

    op: Op
    dtypes: tuple[str, ...]
    pattern: str
    inputs: tuple[int, ...]


class Pointwise:
    """The operations whose last dtype is the same, in one function for each mode."""

    def __init__(self, dtype: str) -> None:
        self.places: dict[tuple[str, str, int], int] = {}
        self.variables: list[Any] = []
        self.cases = [
            Case(op, dtypes, pattern, self._inputs(dtypes, pattern))
            for pattern in PATTERNS
            for dtypes, ops in sharing()[dtype]
            for op in ops
        ]

    def _inputs(self, dtypes: tuple[str, ...], pattern: str) -> tuple[int, ...]:
        found = []
        for k, dtype in enumerate(dtypes):
            key = (dtype, pattern, k)
            if key not in self.places:
                self.places[key] = len(self.variables)
                self.variables.append(symc.TensorType(dtype, PATTERNS[pattern][k])())
            found.append(self.places[key])
        return tuple(found)

    def function(self, mode: Any) -> Function:
        """Return the function of all cases."""
        outputs = [
            case.op(*(self.variables[k] for k in case.inputs), **attributes_of(case.op))
            for case in self.cases
        ]
        return symc.function(self.variables, outputs, mode=mode)

    def arrays(self, seed: int, turn: int) -> list[Array]:
        """Return arguments: elements in which trouble sits, in shapes that take turns."""
        made = np.random.default_rng(seed)
        found = []
        for dtype, pattern, k in self.places:
            shapes = SHAPES[pattern]
            whole = shapes[turn % len(shapes)]
            fixed = PATTERNS[pattern][k]
            shape = tuple(1 if one else n for one, n in zip(fixed, whole, strict=True))
            found.append(np.asarray(made.choice(troubling(dtype), shape)))
        return found

    def check(self, function: Function, arrays: list[Array], what: str) -> list[str]:
        """Call, and return what is wrong."""
        before = [x.tobytes() for x in arrays]
        results = function(*arrays)
        wrong = []
        for case, got in zip(self.cases, results, strict=True):
            operands = [arrays[k] for k in case.inputs]
            result = case.op.promote(case.dtypes, attributes_of(case.op))[1]
            wanted = expected(case.op, [np.array(x, order="C") for x in operands], result)
            text = far(case.op, got, wanted)
            RAN["operations"] += 1
            if text:
                wrong.append(f"{case.op.name} {case.dtypes} {case.pattern} {what}: {text}")
        assert before == [x.tobytes() for x in arrays], "an argument was written"
        return wrong


def troubling(dtype: str) -> Array:
    """Return the elements that a dtype's trouble sits in; of complex numbers, ordinary ones."""
    if dtype in COMPLEX:
        parts = np.array([0.5, -1.5, 2.0, -0.25, 1.0, -3.0])
        return (parts[:, None] + 1j * parts).ravel().astype(dtype)
    return elements(dtype)


def far(op: Op, got: Array, wanted: Array) -> str | None:
    """Tell where a result is further from the reference than the operation states."""
    if (got.dtype, got.shape) != (wanted.dtype, wanted.shape):
        return f"{got.dtype}{got.shape} instead of {wanted.dtype}{wanted.shape}"
    spread = np.zeros(wanted.shape)
    if str(wanted.dtype) in (*FLOATS, *COMPLEX):
        with np.errstate(all="ignore"):
            ulps = 4 * ULPS if wanted.dtype.kind == "c" else ULPS
            spread = ulps * np.spacing(size(op.name, wanted)).astype("float64")
            spread += COARSE.get(op.name, 0) * np.maximum(1, np.abs(wanted))
        spread = np.where(np.isfinite(wanted), spread, 0) / jitter.SLACK
    return values_differ(got, wanted, spread)


# --- all other operations, by their samples


def samples(dtype: str) -> Iterator[tuple[str, int, Sample]]:
    """Yield the samples that take a dtype."""
    for name, known in SAMPLES.items():
        for k, sample in enumerate(known):
            if dtype in sample.dtypes:
                yield name, k, sample


class Sampled:
    """Samples of one dtype in one module."""

    def __init__(self, dtype: str, chosen: list[tuple[str, int, Sample]]) -> None:
        self.dtype, self.chosen = dtype, chosen
        context, parameters, outputs, self.arrays = Context(), [], [], []
        for _, _, sample in chosen:
            values = []
            for array in sample.arrays(dtype):
                ones = tuple(n == 1 for n in array.shape)
                made = make_parameter(context, len(parameters), str(array.dtype), ones, "")
                parameters.append(made)
                values.append(made.value)
                self.arrays.append(array)
            outputs.append(sample.build(context, *values))
        checks = tuple(context.checks)
        self.module = Module("samples", context, tuple(parameters), tuple(outputs), (), checks)
        self.plain = jitter.roots(Run(self.module, self.arrays))
        self.spread = jitter.spreads(self.module, self.arrays, jitter.ROUNDING, jitter.MANY)

    def function(self, mode: Any) -> Function:
        """Return the function of the module."""
        variables = [
            symc.TensorType(p.value.type.dtype, p.value.type.broadcastable)()
            for p in self.module.parameters
        ]
        built = Built(self.module, (), (), frozenset())
        names = tuple(name for name, _, _ in self.chosen)
        entries = tuple(symc.In(x) for x in variables)
        return Function(Definition(entries, built, mode, "samples", "list", names, None))

    def check(self, function: Function, arrays: list[Array], what: str) -> list[str]:
        """Call, and return what is wrong."""
        wrong = []
        results = zip(self.chosen, function(*arrays), self.plain, self.spread, strict=True)
        for (name, k, _), got, wanted, spread in results:
            RAN["operations"] += 1
            text = values_differ(got, wanted, spread)
            if text:
                wrong.append(f"{name} sample {k} {self.dtype} {what}: {text}")
        return wrong


def compiled_parts(made: Any, mode: Any) -> Iterator[tuple[Sampled, Function]]:
    """Yield functions of all samples that compile; what is refused says so and is left out."""
    try:
        yield made, made.function(mode)
    except NotSupported:
        half = len(made.chosen) // 2
        if not half:
            RAN["operations refused"] += 1
            return
        for part in (made.chosen[:half], made.chosen[half:]):
            yield from compiled_parts(Sampled(made.dtype, part), mode)


def modes() -> list[tuple[str, Any]]:
    """Return every optimizer with every printer."""
    return [("-".join(names), mode) for names, mode in MODES.items()]


def views(arrays: list[Array]) -> Iterator[tuple[str, list[Array]]]:
    """Yield arguments in every layout."""
    laid = [all_layouts(x) for x in arrays]
    for name in LAYOUTS:
        yield name, [layouts[name] for layouts in laid]


def aliased(arrays: list[Array]) -> list[Array]:
    """Return arguments of which all with one dtype and shape are one array."""
    first: dict[Any, Array] = {}
    return [first.setdefault((str(x.dtype), x.shape), x) for x in arrays]
