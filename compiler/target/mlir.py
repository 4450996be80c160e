"""MLIR text to LLVM text by MLIR's own passes, with the bindings imported on first use.

One context and one parsed pass manager serve the process. The passes and the translation are
called through MLIR's C interface where the bindings' library has it: Python's lock is then free
meanwhile, and an operation that cannot be translated is an error instead of a crash.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Struct

from symc.compiler.errors import InternalError, TargetError
from symc.compiler.target.skew import respell

PIPELINE = "builtin.module(convert-scf-to-cf,convert-to-llvm,reconcile-unrealized-casts)"
PACKAGES = ("mlir", "torch_mlir")
MISSING = (
    "the MLIR code generator needs MLIR's Python bindings: pip install torch-mlir==20261001 "
    "(or conda-forge's mlir-python-bindings), or choose the printer 'llvm'"
)


class _Handle(Struct, frozen=True):
    """The bindings' modules, the context and the pass manager."""

    ir: Any
    context: Any
    passes: Any
    library: Any


class _Pointer(ctypes.Structure):
    """One of the C interface's handles, all of which are structs of one pointer."""

    _fields_ = (("pointer", ctypes.c_void_p),)


@cache
def _package() -> str:
    for package in PACKAGES:
        try:
            import_module(f"{package}.ir")
        except ImportError:
            continue
        return package
    raise TargetError(MISSING)


@cache
def _handle() -> _Handle:
    package = _package()
    ir = import_module(f"{package}.ir")
    # The translation of the llvm dialect is registered by its own extension module.
    import_module(f"{package}._mlir_libs._mlirDialectsLLVM")
    context = _context(ir)
    context.enable_multithreading(False)
    with context:
        passes = import_module(f"{package}.passmanager").PassManager.parse(PIPELINE)
    passes.enable_verifier(bool(os.environ.get("SYMC_DEBUG")))
    return _Handle(ir, context, passes, _library(package))


def _context(ir: Any) -> Any:
    """Return a context that loads a dialect when text first uses it, which is 6 ms cheaper."""
    try:
        return ir.Context(load_on_create_dialects=[])
    except TypeError:  # older bindings load what they need themselves
        return ir.Context()


def _library(package: str) -> Any:
    """Return the bindings' shared library with the functions that are called in it."""
    folder = Path(import_module(f"{package}._mlir_libs").__file__ or "").parent
    for path in sorted(folder.glob("*CAPI*.so*")):
        library = ctypes.CDLL(str(path))
        if hasattr(library, "mlirTranslateModuleToLLVMIR"):
            return _declare(library)
    raise TargetError(f"MLIR's library in {folder} has no translation to LLVM; {MISSING}")


def _declare(library: Any) -> Any:
    library.mlirPassManagerRunOnOp.argtypes = [_Pointer, _Pointer]
    library.mlirPassManagerRunOnOp.restype = ctypes.c_int8
    library.mlirTranslateModuleToLLVMIR.argtypes = [_Pointer, ctypes.c_void_p]
    library.mlirTranslateModuleToLLVMIR.restype = ctypes.c_void_p
    library.LLVMContextCreate.restype = ctypes.c_void_p
    library.LLVMContextDispose.argtypes = [ctypes.c_void_p]
    library.LLVMDisposeModule.argtypes = [ctypes.c_void_p]
    library.LLVMPrintModuleToString.argtypes = [ctypes.c_void_p]
    library.LLVMPrintModuleToString.restype = ctypes.c_void_p
    library.LLVMDisposeMessage.argtypes = [ctypes.c_void_p]
    return library


def _pointer(wrapped: Any) -> _Pointer:
    """Return the C interface's handle of an object of the bindings."""
    capsule = wrapped._CAPIPtr
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    content = ctypes.pythonapi.PyCapsule_GetPointer
    content.restype, content.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return _Pointer(content(capsule, name(capsule)))


def lower(text: str) -> str:
    """Return the LLVM text, in llvmlite's spelling, of a module of MLIR text."""
    handle = _handle()
    try:
        with handle.context:
            module = handle.ir.Module.parse(text)
    except handle.ir.MLIRError as error:
        raise InternalError(f"MLIR refuses the printed module: {error}") from error
    operation = _pointer(module.operation)
    if not handle.library.mlirPassManagerRunOnOp(_pointer(handle.passes), operation):
        raise InternalError("MLIR's passes failed on the printed module")
    return respell(_translate(handle.library, operation, module))


def _left_over(module: Any) -> str:
    """Return the names of the operations that are not the llvm dialect's."""
    names = set()
    for operation in module.body.operations:
        names.add(operation.operation.name)
        for region in operation.regions:
            names |= {inner.operation.name for block in region for inner in block}
    return ", ".join(sorted(name for name in names if not name.startswith("llvm.")))


def _translate(library: Any, operation: _Pointer, module: Any) -> str:
    context = library.LLVMContextCreate()
    try:
        translated = library.mlirTranslateModuleToLLVMIR(operation, context)
        if not translated:
            left = _left_over(module) or "none of another dialect"
            raise InternalError(f"MLIR could not translate the module; operations left: {left}")
        message = library.LLVMPrintModuleToString(translated)
        text = ctypes.string_at(message).decode()
        library.LLVMDisposeMessage(message)
        library.LLVMDisposeModule(translated)
    finally:
        library.LLVMContextDispose(context)
    return text
