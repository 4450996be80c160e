"""From a program to one block of code: kernels from the cache by content, the entry anew."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from time import perf_counter

from symc.compiler.cache import Cache, Record, key_of, tools
from symc.compiler.dataclass import dataclass, field, replace
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.program.record import Branch, Clear, Copy, Function, Loop, Program
from symc.compiler.program.record import Record as Computed
from symc.compiler.target.isa import Target

ENTRY = "symc_entry"


@dataclass(slots=True)
class Linked:
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


class Linker:
    """Compiles what the cache lacks and links it."""

    def __init__(self, target: Target, printer: str, cache: Cache | None) -> None:
        self.target = target
        self.printer = printer
        self.cache = cache
        self.texts: dict[str, str] = {}
        self.timings: dict[str, float] = {}
        self.compiled = 0

    def link(self, program: Program, *, texts: tuple[str, ...] = ()) -> Linked:
        """Return the program's code; `texts` may ask for 'asm' of what is compiled."""
        from symc.compiler.target.blob import link

        symbols = {f.name: symbol_of(f.record, self.target) for f in program.functions}
        objects = [self._function(f, symbols[f.name], texts) for f in program.functions]
        objects += self._families(program, texts)
        named = rename(program, symbols)
        # The entry point is straight code that runs once a call: generating it with effort took
        # 18 ms and gained 10 ns. Its loops run many times.
        loops = any(isinstance(s, Loop) for s in program.whole_body)
        effort = self.target if loops else self.target.quick()
        entry = Linker(effort, self.printer, None)
        objects.append(entry._compile(ENTRY, lambda b: _emit_entry(b, named), texts))
        self._count(entry)
        start = perf_counter()
        blob = link(objects)
        self.timings["link"] = perf_counter() - start
        return Linked(blob.content, blob.exports[ENTRY], self.texts, self.timings, self.compiled)

    def _function(self, function: Function, symbol: str, texts: tuple[str, ...]) -> bytes:
        return self._compile(symbol, lambda b: emit_record(b, function.record, symbol), texts)

    def _families(self, program: Program, texts: tuple[str, ...]) -> list[bytes]:
        """Return the code that products of one dtype share."""
        from symc.compiler.codegen.contraction import emit_shared, families

        records = [f.record for f in program.functions]
        return [
            self._compile(f"family_{dtype}", partial(emit_shared, dtype=dtype, export=True), texts)
            for dtype in families(records)
        ]

    def _compile(self, symbol: str, emit: object, texts: tuple[str, ...]) -> bytes:
        """Return the object of one function, from the cache where it has it."""
        key = key_of("object", symbol, self.printer, str(self.target), tools())
        keep = self.cache if symbol != ENTRY and not texts else None
        known = keep.load(key) if keep else None
        if known is not None:
            return known.content
        from symc.compiler.codegen.compile import compile_module

        code = compile_module(emit, self.target, self.printer, texts=texts)  # type: ignore[arg-type]
        self._note(1, code.texts, code.timings)
        if keep:
            keep.store(key, Record({"symbol": symbol}, code.object))
        return code.object

    def _count(self, other: Linker) -> None:
        """Add what another linker compiled."""
        self._note(other.compiled, other.texts, other.timings)

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
            return replace(s, body=tuple(statement(x) for x in s.body))  # type: ignore[misc]
        if isinstance(s, Branch):
            then, other = (tuple(map(statement, side)) for side in (s.then, s.other))
            return replace(s, then=then, other=other)  # type: ignore[arg-type]
        if hasattr(s, "function"):
            return replace(s, function=symbols[s.function])  # type: ignore[type-var]
        return s

    return replace(
        program,
        functions=tuple(Function(symbols[f.name], f.record) for f in program.functions),
        body=tuple(statement(s) for s in program.body),  # type: ignore[misc]
        commit=tuple(statement(s) for s in program.commit),  # type: ignore[misc]
        later=tuple(
            replace(piece, body=tuple(statement(s) for s in piece.body))  # type: ignore[misc]
            for piece in program.later
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


def _emit_entry(builder: object, program: Program) -> None:
    from symc.compiler.codegen.entry import emit_entry
    from symc.compiler.codegen.moving import emit_clear, emit_copy

    statements = (*program.whole_body, *program.commit)
    for kind, emit in ((Copy, emit_copy), (Clear, emit_clear)):
        if any(isinstance(s, kind) for s in statements):
            emit(builder)  # type: ignore[arg-type]
    emit_entry(builder, program, ENTRY)  # type: ignore[arg-type]
