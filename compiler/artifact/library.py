"""From sources to an artefact: one object for all functions, and the texts beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from symc.compiler.artifact.descriptor import to_llvm
from symc.compiler.artifact.entries import emit_tensor_functions
from symc.compiler.artifact.failures import Explanation, explanations
from symc.compiler.artifact.flat import emit_flat_functions
from symc.compiler.artifact.guard import emit_guard
from symc.compiler.artifact.interface import Interface, describe
from symc.compiler.artifact.source import Shared, Source, written
from symc.compiler.artifact.specialise import specialise
from symc.compiler.artifact.state import emit_state_init
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.contraction import emit_shared, families
from symc.compiler.codegen.spread import emit_bodies
from symc.compiler.codegen.support import emit_support
from symc.compiler.codegen.turning import emit_turning
from symc.compiler.errors import Error, InternalError, NotSupported
from symc.compiler.kernel.blocks import turnings_of
from symc.compiler.link import emit_record, rename, symbol_of
from symc.compiler.module import Module
from symc.compiler.program.record import CallPython, Program
from symc.compiler.target.assemble import Assembler
from symc.compiler.target.elf import undefined
from symc.compiler.target.isa import Target

Plan = Callable[[Module], Program]


class Library(Struct, frozen=True):
    """An artefact.

    interface   what it offers to C
    object      a relocatable object with no undefined symbol, which exports the interface alone
    texts       text by stage: what the printer wrote, 'llvm' as code was generated, what was asked
    timings     seconds by stage
    target      what it runs on
    """

    interface: Interface
    object: bytes
    texts: dict[str, str]
    timings: dict[str, float]
    target: Target


class NameClash(Error, ValueError):
    """Report functions whose names in C would be one."""

    code = "E160"


class Prepared(Struct, frozen=True):
    """Functions that are planned and described, to be printed.

    interface   what they offer; explained the failures of each; shared their state's first values
    """

    interface: Interface
    explained: tuple[tuple[Explanation, ...], ...]
    shared: tuple[Shared, ...]


def prepare(name: str, sources: Sequence[Source], plan: Plan, target: Target) -> Prepared:
    """Plan functions for one artefact called `name`; `plan` runs the passes on a module.

    Shared variables that no function updates become constants; the others are the artefact's
    state, whose memory is the caller's.
    """
    shared = written(sources)
    fixed = [specialise(source, shared) for source in sources]
    programs = [_named(plan(source.module), target) for source in fixed]
    for program in programs:
        _refuse(program)
    interface = describe(name, list(zip(fixed, programs, strict=True)), shared)
    _refuse_clashes(interface)
    explained = (
        explanations(source, function)
        for source, function in zip(fixed, interface.functions, strict=True)
    )
    return Prepared(interface, tuple(explained), shared)


def _refuse(program: Program) -> None:
    """Raise for what a library cannot do, or must never be asked to."""
    called = next((s for s in program.whole_body if isinstance(s, CallPython)), None)
    if called is not None:
        raise NotSupported(f"{program.name}: {called.name} is Python, which a library cannot call")
    if program.later:
        raise NotSupported(
            f"{program.name}: a size that the call computes (as that of x[mask] or nonzero), or a "
            "condition of Assert on what it computes, is not there yet in a library, whose caller "
            "brings all memory before the call"
        )
    if program.swaps:
        raise InternalError(f"{program.name}: a state of fixed size was planned to be swapped")


def build(
    prepared: Prepared,
    target: Target,
    *,
    printer: str = "mlir",
    version: str = "",
    asked: tuple[str, ...] = (),
) -> Library:
    """Compile prepared functions; `asked` may name the text 'asm', made for who wants it."""
    interface = prepared.interface
    attachment = to_llvm(interface, version, target.name)
    text: dict[str, str] = {}
    code = compile_module(
        lambda b: emit(b, prepared),
        target,
        printer,
        texts=asked,
        finish=lambda llvm, made: text.update(_finish(llvm, made, attachment, interface, target)),
    )
    if missing := undefined(code.object):
        raise InternalError(f"the object refers to {', '.join(missing)}, which it does not define")
    return Library(interface, code.object, {**code.texts, **text}, dict(code.timings), target)


def _named(program: Program, target: Target) -> Program:
    """Return the program with its kernels named by content, so that functions share them."""
    return rename(program, {f.name: symbol_of(f.record, target) for f in program.functions})


def _refuse_clashes(interface: Interface) -> None:
    names = interface.exports()
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NameClash(f"two functions of {interface.name} would be called {twice[0]} in C")


def emit(b: KernelBuilder, prepared: Prepared) -> None:
    """Print everything into one module."""
    interface = prepared.interface
    records = {f.name: f.record for s in interface.functions for f in s.program.functions}
    for symbol, record in records.items():
        emit_record(b, record, symbol)
    for dtype in families(records.values()):
        emit_shared(b, dtype, export=False)
    for turning in turnings_of(records.values(), b.target):
        emit_turning(b, turning, export=False)
    emit_support(b, export=False)
    emit_guard(b)
    emit_bodies(b, [f.program for f in interface.functions])
    for function, rows in zip(interface.functions, prepared.explained, strict=True):
        emit_tensor_functions(b, function, interface.state, rows)
        emit_flat_functions(b, function, interface.state)
    if interface.state:
        emit_state_init(b, interface, prepared.shared)


def _finish(
    llvm: Assembler, module: Any, attachment: str, interface: Interface, target: Target
) -> dict[str, str]:
    """Add the description to LLVM's module, hide all but the interface; return the text."""
    module.link_in(llvm.parse(attachment, target))
    exports = set(interface.exports())
    for function in module.functions:
        if not function.is_declaration and function.name not in exports:
            function.linkage = "internal"
    return {"llvm": str(module)}
