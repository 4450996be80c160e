"""LLVM text to object code by llvmlite, which is imported on first use."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

from symc.compiler.errors import TargetError
from symc.compiler.target.isa import Target


@cache
def binding() -> Any:
    """Return llvmlite.binding, initialised for every target."""
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise TargetError("code generation needs LLVM: pip install llvmlite==0.50.0") from error
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm


@cache
def machine(target: Target) -> Any:
    """Return LLVM's machine for a target: position-independent code at its level."""
    llvm = binding()
    found = llvm.Target.from_triple(target.triple)
    return found.create_target_machine(
        cpu=target.cpu, features=target.features, opt=target.level, reloc="pic", codemodel="small"
    )


def parse(text: str, target: Target) -> Any:
    """Return LLVM's module of a text, verified where SYMC_DEBUG asks for it."""
    module = binding().parse_assembly(text)
    made_for = machine(target)
    module.triple = made_for.triple
    module.data_layout = str(made_for.target_data)
    for function in module.functions:
        if not function.is_declaration:
            function.add_function_attribute("nounwind")
    if os.environ.get("SYMC_DEBUG"):
        module.verify()
    return module


def inline(module: Any, bodies: Iterable[Any], target: Target, apart: frozenset[str]) -> None:
    """Link the bodies' modules into `module`, inline them and drop what is left of them.

    apart   symbols of functions that stay, and are called
    """
    bodies = list(bodies)
    for body in bodies:
        module.link_in(body, preserve=True)
    for function in module.functions if bodies else ():
        # The elementary functions are the only ones with this linkage.
        if function.linkage.name == "linkonce_odr":
            stays = function.name in apart
            function.linkage = "internal"
            function.add_function_attribute("noinline" if stays else "alwaysinline")
    if bodies:
        passes, builder = _inliner(target)
        passes.run(module, builder)


@cache
def _inliner(target: Target) -> tuple[Any, Any]:
    llvm = binding()
    builder = llvm.create_pass_builder(machine(target), llvm.create_pipeline_tuning_options(0))
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_global_dead_code_eliminate_pass()
    return passes, builder


def object_code(module: Any, target: Target) -> bytes:
    """Return the ELF object of a module; no optimisation of LLVM's text is run."""
    content: bytes = machine(target).emit_object(module)
    return content


def assembly(module: Any, target: Target) -> str:
    """Return the assembler's text of a module."""
    text: str = machine(target).emit_assembly(module)
    return text
