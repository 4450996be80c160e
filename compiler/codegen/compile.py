"""From a function that builds a module to object code, by one of the printers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import RLock
from time import perf_counter
from typing import Any

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.c_printer import CPrinter
from symc.compiler.codegen.data import fill, fill_assembly
from symc.compiler.codegen.inlining import MathModule, called_apart, math_module
from symc.compiler.codegen.llvm_printer import LLVMPrinter
from symc.compiler.codegen.math.registry import FUNCTIONS
from symc.compiler.codegen.mlir_printer import MLIRPrinter
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.dataclass import dataclass
from symc.compiler.errors import InternalError
from symc.compiler.target import assemble, mlir
from symc.compiler.target.isa import Target

Emit = Callable[[KernelBuilder], None]


@dataclass(frozen=True, slots=True)
class ObjectCode:
    """What compiling a module gave.

    object   an ELF object
    texts    text by stage: 'mlir' (by that printer), 'llvm', and 'asm' where it was asked for
    timings  seconds by stage: 'emit', 'lower', 'parse', 'inline', 'codegen'
    """

    object: bytes
    texts: Mapping[str, str]
    timings: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Printer:
    """A way from the builder to LLVM's text: the builder, and what turns its text into LLVM's."""

    builder: Callable[[Target], KernelBuilder]
    lower: Callable[[str], str]


PRINTERS = {"mlir": Printer(MLIRPrinter, mlir.lower), "llvm": Printer(LLVMPrinter, str)}

# llvmlite's modules, MLIR's context and the kept math bodies are used by one thread at a time.
LOCK = RLock()


def compile_module(
    emit: Emit,
    target: Target,
    printer: str = "mlir",
    *,
    texts: tuple[str, ...] = (),
    finish: Callable[[Any], None] | None = None,
) -> ObjectCode:
    """Compile the functions that `emit` builds; `texts` may ask for the stage 'asm'.

    `finish` may change LLVM's module before code is generated from it.

    Raise TargetError where a package is missing, with its name.
    """
    if printer not in PRINTERS:
        raise InternalError(f"no printer {printer!r}; there are {', '.join(PRINTERS)}")
    with LOCK:
        return _compile(emit, target, printer, texts, finish or _keep)


def _keep(module: Any) -> None:
    """Leave a module as it is."""


def _compile(
    emit: Emit,
    target: Target,
    printer: str,
    wanted: tuple[str, ...],
    finish: Callable[[Any], None],
) -> ObjectCode:
    timings: dict[str, float] = {}
    with _timed(timings, "emit"):
        builder = PRINTERS[printer].builder(target)
        emit(builder)
        texts = {printer: builder.text()}
    with _timed(timings, "lower"):
        texts["llvm"] = PRINTERS[printer].lower(texts[printer])
    with _timed(timings, "parse"):
        module = assemble.parse(texts["llvm"], target)
    with _timed(timings, "inline"):
        bodies = [_math_module(body, target, printer) for body in builder.math_bodies]
        apart = called_apart(texts["llvm"], bodies)
        assemble.inline(module, _closure(bodies), target, apart)
        finish(module)
    with _timed(timings, "codegen"):
        content = fill(assemble.object_code(module, target), builder.pool.blanks)
    if "asm" in wanted:
        texts["asm"] = fill_assembly(assemble.assembly(module, target), builder.pool.blanks)
    return ObjectCode(content, texts, timings)


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[stage] = perf_counter() - start


def _closure(bodies: list[MathModule]) -> list[Any]:
    """Return LLVM's modules of math bodies and of those that these call."""
    modules: dict[MathBody, Any] = {}
    waiting = list(bodies)
    while waiting:
        found = waiting.pop()
        if found.body not in modules:
            modules[found.body] = found.module
            waiting += found.called
    return list(modules.values())


@cache
def _math_module(body: MathBody, target: Target, printer: str) -> MathModule:
    """Return LLVM's module of one math body, which is kept, with those that it calls."""
    builder = PRINTERS[printer].builder(target)
    define_math(builder, body)
    if builder.pool.blanks:
        raise InternalError(f"the tables of {body.name} are too large to be inlined")
    text = PRINTERS[printer].lower(builder.text())
    called = [_math_module(inner, target, printer) for inner in builder.math_bodies]
    return math_module(body, assemble.parse(text, target), text, called)


def define_math(builder: KernelBuilder, body: MathBody) -> None:
    """Define a math body's function in the builder's module."""
    function = FUNCTIONS.get(body.name)
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
