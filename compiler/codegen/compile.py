"""From a function that builds a module to object code, by one of the printers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import RLock
from time import perf_counter
from typing import Any

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.c_printer import CPrinter
from symc.compiler.codegen.data import fill, fill_assembly
from symc.compiler.codegen.inlining import MathModule, called_apart, math_module
from symc.compiler.codegen.llvm_printer import LLVMPrinter
from symc.compiler.codegen.math.registry import FUNCTIONS, TWINS
from symc.compiler.codegen.mlir_printer import MLIRPrinter
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.errors import InternalError
from symc.compiler.target import mlir
from symc.compiler.target.assemble import Assembler, assembler
from symc.compiler.target.isa import Target

Emit = Callable[[KernelBuilder], None]


class ObjectCode(Struct, frozen=True):
    """What compiling a module gave.

    object   an ELF object
    texts    text by stage: 'mlir' (by that printer), 'llvm', and 'asm' where it was asked for
    timings  seconds by stage: 'emit', 'lower', 'parse', 'inline', 'codegen'
    """

    object: bytes
    texts: Mapping[str, str]
    timings: Mapping[str, float]


class Printer(Struct, frozen=True):
    """A way from the builder to LLVM's text: the builder, and what turns its text into LLVM's."""

    builder: Callable[[Target], KernelBuilder]
    lower: Callable[[str], str]


PRINTERS = {"mlir": Printer(MLIRPrinter, mlir.lower), "llvm": Printer(LLVMPrinter, str)}

LOCK = RLock()
"""MLIR's context and the kept texts of elementary functions are used by one thread at a time."""


class Job(Struct, frozen=True):
    """A module to compile: what builds its functions, for which target.

    `finish` may change LLVM's module before code is generated from it. `printer` is that of this
    module, where it is not printed as others are.
    """

    emit: Emit
    target: Target
    finish: Callable[[Assembler, Any], None] | None = None
    printer: str = ""


class Ready(Struct, frozen=True, eq=False):
    """A module of which an assembler has only to generate code.

    blanks   constants that are written into the object afterwards
    """

    job: Job
    assembler: Assembler
    module: Any
    blanks: Mapping[str, bytes]
    texts: dict[str, str]
    timings: dict[str, float]


def compile_module(
    emit: Emit,
    target: Target,
    printer: str = "mlir",
    *,
    texts: tuple[str, ...] = (),
    finish: Callable[[Assembler, Any], None] | None = None,
) -> ObjectCode:
    """Compile the functions that `emit` builds; `texts` may ask for the stage 'asm'.

    Raise TargetError where a package is missing, with its name.
    """
    with assembler() as one:
        ready = prepare(Job(emit, target, finish), printer, one)
        return complete(ready, generate(ready), texts)


def prepare(job: Job, printer: str, assembler: Assembler) -> Ready:
    """Do all that comes before LLVM's code generation: print, lower, parse and inline."""
    if printer not in PRINTERS:
        raise InternalError(f"no printer {printer!r}; there are {', '.join(PRINTERS)}")
    timings: dict[str, float] = {}
    with LOCK:
        with _timed(timings, "emit"):
            builder = PRINTERS[printer].builder(job.target)
            job.emit(builder)
            texts = {printer: builder.text()}
        with _timed(timings, "lower"):
            texts["llvm"] = PRINTERS[printer].lower(texts[printer])
        with _timed(timings, "inline"):
            bodies = [_math_module(body, job.target, printer) for body in builder.math_bodies]
    with _timed(timings, "parse"):
        module = assembler.parse(texts["llvm"], job.target)
    with _timed(timings, "inline"):
        apart = called_apart(texts["llvm"], bodies)
        assembler.inline(module, _closure(bodies), job.target, apart)
        if job.finish:
            job.finish(assembler, module)
    return Ready(job, assembler, module, builder.pool.blanks, texts, timings)


def generate(ready: Ready) -> bytes:
    """Let LLVM generate code, which is most of the time; other threads run meanwhile."""
    with _timed(ready.timings, "codegen"):
        return ready.assembler.object_code(ready.module, ready.job.target)


def complete(ready: Ready, content: bytes, wanted: tuple[str, ...]) -> ObjectCode:
    """Return an object with its constants, and drop the module."""
    texts = dict(ready.texts)
    if "asm" in wanted:
        text = ready.assembler.assembly(ready.module, ready.job.target)
        texts["asm"] = fill_assembly(text, ready.blanks)
    ready.assembler.drop_modules()
    return ObjectCode(fill(content, ready.blanks), texts, ready.timings)


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[stage] = timings.get(stage, 0.0) + perf_counter() - start


def _closure(bodies: list[MathModule]) -> list[str]:
    """Return the texts of math bodies and of those that these call."""
    texts: dict[MathBody, str] = {}
    waiting = list(bodies)
    while waiting:
        found = waiting.pop()
        if found.body not in texts:
            texts[found.body] = found.text
            waiting += found.called
    return list(texts.values())


@cache
def _math_module(body: MathBody, target: Target, printer: str) -> MathModule:
    """Return LLVM's text of one math body, which is kept, with those that it calls."""
    builder = PRINTERS[printer].builder(target)
    define_math(builder, body)
    if builder.pool.blanks:
        raise InternalError(f"the tables of {body.name} are too large to be inlined")
    text = PRINTERS[printer].lower(builder.text())
    called = [_math_module(inner, target, printer) for inner in builder.math_bodies]
    return math_module(body, text, called)


def define_math(builder: KernelBuilder, body: MathBody) -> None:
    """Define a math body's function in the builder's module."""
    function = FUNCTIONS.get(body.name) or TWINS.get(body.name)
    if function is None:
        raise InternalError(f"no elementary function {body.name!r}")
    builder.define_math(body, function.build, function.operands)


def c_source(emit: Emit, target: Target, printer: Callable[[Target], CPrinter] = CPrinter) -> str:
    """Return C99 for the functions that `emit` builds, at lanes 0, and what they call of math."""
    builder = printer(target)
    emit(builder)
    defined: set[MathBody] = set()
    while waiting := [body for body in builder.math_bodies if body not in defined]:
        for body in waiting:
            define_math(builder, body)
        defined.update(waiting)
    return builder.text()
