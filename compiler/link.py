"""From a program to one block of code: kernels from the cache by content, the entry anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from symc.compiler.cache import Cache, Record, key_of, tools
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.program.record import Branch, Function, Loop, Program
from symc.compiler.program.record import Record as Computed
from symc.compiler.target.isa import Target

if TYPE_CHECKING:
    from symc.compiler.codegen.turning import Turning

ENTRY, SUPPORT = "symc_entry", "symc_support"

LONG_ENTRY = 500
"""Statements from which on an entry point is printed as LLVM's text at once."""

FAMILIES = ("float32", "float64", "bfloat16")
"""The dtypes of what products multiply."""


class Linked(Struct):
    """Code ready to be mapped, and how it came about.

    blob, entry   the block and the offset of the entry point in it
    texts         stage -> text of what was compiled ('mlir', 'llvm', 'asm'), all functions together
    timings       seconds by stage; what came from the cache took none
    compiled      the functions that the cache did not have
    """

    blob: bytes
    entry: int
    texts: dict[str, str] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    compiled: int = 0


def symbol_of(record: Computed, target: Target) -> str:
    """Return the content name of a function: equal records have equal names."""
    return "k_" + key_of(record_text(record), target.name)[:24]


def record_text(record: Computed) -> str:
    """Return a record's text."""
    from symc.compiler.kernel import contraction, factoring, sorting, text

    if isinstance(record, Contraction):
        return contraction.to_text(record)
    if isinstance(record, Sorting):
        return sorting.to_text(record)
    if isinstance(record, Factoring):
        return factoring.to_text(record)
    return text.to_text(record)


class Wanted(Struct, frozen=True):
    """One object of a program: its name, what prints it and how it is compiled.

    kept      whether the cache may hold it under its name: not the entry, which is of one program
    printer   what prints it, where not what prints all else
    """

    symbol: str
    emit: Callable[[Any], None]
    target: Target
    kept: bool = True
    printer: str = ""


class Linker:
    """Compiles what the cache lacks, by as many threads as `workers` says, and links it."""

    def __init__(self, target: Target, printer: str, cache: Cache | None, workers: int = 1) -> None:
        self.target = target
        self.printer = printer
        self.cache = cache
        self.workers = workers
        self.texts: dict[str, str] = {}
        self.timings: dict[str, float] = {}
        self.compiled = 0

    def link(self, program: Program, *, texts: tuple[str, ...] = ()) -> Linked:
        """Return the program's code; `texts` may ask for 'asm' of what is compiled."""
        from symc.compiler.target.blob import link

        objects = self._objects(self._wanted(program), texts)
        start = perf_counter()
        blob = link(objects)
        self.timings["link"] = perf_counter() - start
        return Linked(blob.content, blob.exports[ENTRY], self.texts, self.timings, self.compiled)

    def fill(self) -> int:
        """Compile for the cache what programs share; return how many objects it lacked."""
        from symc.compiler.codegen.turning import usual_turnings

        turnings = self._turnings(usual_turnings(self.target))
        self._objects([*self._shared(FAMILIES), *turnings], ())
        return self.compiled

    def _wanted(self, program: Program) -> list[Wanted]:
        """Return the objects of a program; what takes longest first, as threads begin with it."""
        from symc.compiler.codegen.contraction import families
        from symc.compiler.kernel.blocks import turnings_of

        symbols = {f.name: symbol_of(f.record, self.target) for f in program.functions}
        named = rename(program, symbols)
        # The entry point is straight code that runs once a call: generating it with effort took
        # 18 ms and gained 10 ns. Its loops run many times, but for those over blocks of rows.
        loops = any(isinstance(s, Loop) and not s.rows for s in program.whole_body)
        effort = self.target if loops else self.target.quick()
        kernels = [
            Wanted(f.name, partial(emit_record, record=f.record, symbol=f.name), self.target)
            for f in named.functions
        ]
        emit = partial(_emit_entry, program=named)
        entry = Wanted(ENTRY, emit, effort, kept=False, printer=_printer_of(program))
        shared = self._shared(families(f.record for f in program.functions))
        turnings = self._turnings(turnings_of((f.record for f in program.functions), self.target))
        return [*shared, *kernels, *turnings, entry]

    def _shared(self, dtypes: Iterable[str]) -> list[Wanted]:
        """Return what products of some dtypes share, and what all entry points call."""
        from symc.compiler.codegen.contraction import emit_shared
        from symc.compiler.codegen.support import emit_support

        families = [
            Wanted(f"family_{dtype}", partial(emit_shared, dtype=dtype, export=True), self.target)
            for dtype in dtypes
        ]
        support = Wanted(SUPPORT, partial(emit_support, export=True), self.target.quick())
        return [*families, support]

    def _turnings(self, turnings: Iterable[Turning]) -> list[Wanted]:
        """Return what kernels of short rows share."""
        from symc.compiler.codegen.turning import emit_turning

        return [
            Wanted(t.into, partial(emit_turning, turning=t, export=True), self.target)
            for t in turnings
        ]

    def _objects(self, wanted: list[Wanted], texts: tuple[str, ...]) -> list[bytes]:
        """Return the objects, from the cache where it has them."""
        known = [None if texts else self._known(one) for one in wanted]
        missing = [one for one, content in zip(wanted, known, strict=True) if content is None]
        made = iter(self._compile(missing, texts))
        return [next(made) if content is None else content for content in known]

    def _known(self, one: Wanted) -> bytes | None:
        record = self.cache.load(self._key(one)) if self.cache and one.kept else None
        return record.content if record else None

    def _key(self, one: Wanted) -> str:
        return key_of("object", one.symbol, self.printer, str(one.target), tools())

    def _compile(self, missing: list[Wanted], texts: tuple[str, ...]) -> list[bytes]:
        from symc.compiler.codegen.compile import Job
        from symc.compiler.codegen.workers import compile_modules

        jobs = [Job(one.emit, one.target, printer=one.printer) for one in missing]
        codes = compile_modules(jobs, self.printer, texts=texts, workers=self.workers)
        for one, code in zip(missing, codes, strict=True):
            self._note(1, code.texts, code.timings)
            if self.cache and one.kept and not texts:
                record = Record({"symbol": one.symbol}, code.object)
                self.cache.store(self._key(one), record)
        return [code.object for code in codes]

    def _note(self, compiled: int, texts: Mapping[str, str], timings: Mapping[str, float]) -> None:
        self.compiled += compiled
        for stage, text in texts.items():
            self.texts[stage] = self.texts.get(stage, "") + text
        for stage, seconds in timings.items():
            self.timings[stage] = self.timings.get(stage, 0.0) + seconds


def rename(program: Program, symbols: Mapping[str, str]) -> Program:
    """Return the program with its functions under other names."""

    def statement(s: object) -> object:
        if isinstance(s, Loop):
            return replace(s, body=tuple(statement(x) for x in s.body))
        if isinstance(s, Branch):
            then, other = (tuple(map(statement, side)) for side in (s.then, s.other))
            return replace(s, then=then, other=other)
        if hasattr(s, "function"):
            return replace(s, function=symbols[s.function])  # type: ignore[type-var]
        return s

    return replace(
        program,
        functions=tuple(Function(symbols[f.name], f.record) for f in program.functions),
        body=tuple(statement(s) for s in program.body),
        commit=tuple(statement(s) for s in program.commit),
        later=tuple(
            replace(piece, body=tuple(statement(s) for s in piece.body)) for piece in program.later
        ),
    )


def emit_record(builder: object, record: Computed, symbol: str) -> None:
    """Print the function of one record under a symbol."""
    if isinstance(record, Contraction):
        from symc.compiler.codegen.contraction import emit_contraction

        emit_contraction(builder, record, symbol)  # type: ignore[arg-type]
        return
    if isinstance(record, Sorting):
        from symc.compiler.codegen.sorting import emit_sorting

        emit_sorting(builder, record, symbol)  # type: ignore[arg-type]
        return
    if isinstance(record, Factoring):
        from symc.compiler.codegen.factoring import emit_factoring

        emit_factoring(builder, record, symbol)  # type: ignore[arg-type]
        return
    from symc.compiler.kernel.blocks import emit_pieces

    emit_pieces(builder, record, symbol)  # type: ignore[arg-type]


def _printer_of(program: Program) -> str:
    """Return the printer of a long entry point, '' for that of all else.

    MLIR takes a block apart at each choice in it, which takes as long as what follows is.
    """
    length = len(program.whole_body) + len(program.commit)
    return "llvm" if length > LONG_ENTRY else ""


def _emit_entry(builder: object, program: Program) -> None:
    from symc.compiler.codegen.entry import emit_entry

    emit_entry(builder, program, ENTRY)  # type: ignore[arg-type]
