"""LLVM text to object code by llvmlite, which is imported on first use."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from msgspec import Struct

from symc.compiler.errors import InternalError, TargetError
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
    llvm.initialize_native_asmparser()  # for the one instruction that has no other name
    return llvm


class Assembler:
    """LLVM in a context of its own: several generate code at once, each for one thread at a time.

    What an elementary function is in LLVM is kept, and so are the machines and passes of targets.
    """

    def __init__(self) -> None:
        self.llvm = binding()
        self.context = self.llvm.create_context()
        self._machines: dict[Target, Any] = {}
        self._inliners: dict[Target, tuple[Any, Any]] = {}
        self._bodies: dict[tuple[str, Target], Any] = {}
        self._modules: list[Any] = []

    def machine(self, target: Target) -> Any:
        """Return LLVM's machine for a target: position-independent code at its level."""
        if target not in self._machines:
            self._machines[target] = self.llvm.Target.from_triple(
                target.triple
            ).create_target_machine(
                cpu=target.cpu,
                features=target.features,
                opt=target.level,
                reloc="pic",
                codemodel="small",
            )
        return self._machines[target]

    def parse(self, text: str, target: Target) -> Any:
        """Return LLVM's module of a text, verified where SYMC_DEBUG asks for it.

        It lives until `drop_modules`.
        """
        module = self._parse(text, target)
        self._modules.append(module)
        return module

    def drop_modules(self) -> None:
        """Free the modules; LLVM's contexts do not survive that they die when Python likes."""
        while self._modules:
            self._modules.pop().close()

    def _parse(self, text: str, target: Target) -> Any:
        module = self.llvm.parse_assembly(text, self.context)
        made_for = self.machine(target)
        module.triple = made_for.triple
        module.data_layout = str(made_for.target_data)
        for function in module.functions:
            if not function.is_declaration:
                function.add_function_attribute("nounwind")
        if os.environ.get("SYMC_DEBUG"):
            module.verify()
        return module

    def inline(
        self, module: Any, bodies: Iterable[str], target: Target, apart: frozenset[str]
    ) -> None:
        """Link texts of elementary functions into `module`, inline them and drop what is left.

        apart   symbols of functions that stay, and are called
        """
        bodies = list(bodies)
        for text in bodies:
            if (text, target) not in self._bodies:
                self._bodies[text, target] = self._parse(text, target)
            module.link_in(self._bodies[text, target], preserve=True)
        for function in module.functions if bodies else ():
            # The elementary functions are the only ones with this linkage.
            if function.linkage.name == "linkonce_odr":
                stays = function.name in apart
                function.linkage = "internal"
                function.add_function_attribute("noinline" if stays else "alwaysinline")
        if bodies:
            passes, builder = self._inliner(target)
            passes.run(module, builder)

    def _inliner(self, target: Target) -> tuple[Any, Any]:
        if target not in self._inliners:
            llvm = self.llvm
            options = llvm.create_pipeline_tuning_options(0)
            builder = llvm.create_pass_builder(self.machine(target), options)
            passes = llvm.create_new_module_pass_manager()
            passes.add_always_inliner_pass()
            passes.add_global_dead_code_eliminate_pass()
            self._inliners[target] = passes, builder
        return self._inliners[target]

    def object_code(self, module: Any, target: Target) -> bytes:
        """Return the ELF object of a module; no optimisation of LLVM's text is run.

        Neither Python's lock nor llvmlite's is held meanwhile: other threads may use other
        assemblers, for nothing is shared between LLVM's contexts.
        """
        message = ctypes.c_char_p()
        library = _library()
        buffer = library.emit(
            _address(self.machine(target)), _address(module), 1, ctypes.byref(message)
        )
        if not buffer:
            raise InternalError(f"LLVM generates no code: {(message.value or b'').decode()}")
        content = ctypes.string_at(library.start(buffer), library.size(buffer))
        library.dispose(buffer)
        return content

    def assembly(self, module: Any, target: Target) -> str:
        """Return the assembler's text of a module."""
        text: str = self.machine(target).emit_assembly(module)
        return text


def _address(reference: Any) -> ctypes.c_void_p:
    return ctypes.cast(reference._ptr, ctypes.c_void_p)


class _Library(Struct, frozen=True):
    """Functions of llvmlite's shared library, called without llvmlite's lock."""

    emit: Any
    start: Any
    size: Any
    dispose: Any


@cache
def _library() -> _Library:
    pointer, path = ctypes.c_void_p, binding().ffi.lib._name
    long, short = ctypes.CDLL(path), ctypes.PyDLL(path)  # which gives Python's lock away, and not

    def typed(function: Any, result: Any, *arguments: Any) -> Any:
        function.restype, function.argtypes = result, arguments
        return function

    message = ctypes.POINTER(ctypes.c_char_p)
    return _Library(
        typed(
            long.LLVMPY_TargetMachineEmitToMemory, pointer, pointer, pointer, ctypes.c_int, message
        ),
        typed(short.LLVMPY_GetBufferStart, pointer, pointer),
        typed(short.LLVMPY_GetBufferSize, ctypes.c_size_t, pointer),
        typed(short.LLVMPY_DisposeMemoryBuffer, None, pointer),
    )


_idle: list[Assembler] = []


@contextmanager
def assembler() -> Iterator[Assembler]:
    """Lend an assembler that nobody uses: one of before, or a new one."""
    found = _idle.pop() if _idle else Assembler()
    try:
        yield found
    finally:
        found.drop_modules()
        _idle.append(found)
