"""symc doctor: whether all that compiling needs is here and works, and how to get what is not."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from symc.compiler.errors import Error, TargetError
from symc.compiler.target.isa import host_target

OK, MISSING = 0, 3


def add_to(verbs: Any) -> None:
    """Add the verb's arguments."""
    verb = verbs.add_parser("doctor", help="check that compiling works on this machine")
    verb.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Make every check; a failure of one that symc.function needs is a failure."""
    code = OK
    for name, check, needed in CHECKS:
        try:
            line = f"ok       {name}: {check()}"
        except (Error, ImportError, OSError) as error:
            line = f"{'MISSING ' if needed else 'without '} {name}: {error}"
            code = MISSING if needed else code
        sys.stdout.write(line + "\n")
    return code


def _python() -> str:
    import numpy

    return f"{platform.python_version()}, NumPy {numpy.__version__}"


def _runtime() -> str:
    import symc.runtime

    return str(symc.runtime.Code.__module__)


def _target() -> str:
    target = host_target()
    return f"{target.name}, vectors of {target.vector_bytes} bytes"


def _llvm() -> str:
    from symc.compiler.target.assemble import binding

    return ".".join(map(str, binding().llvm_version_info))


def _mlir() -> str:
    from symc.compiler.target.mlir import lower

    lower("")
    return "the bindings lower a module"


def _compiler() -> str:
    from symc.compiler.artifact.shared_object import find_compiler

    return find_compiler(host_target())


def _cache() -> str:
    from symc.native import function_cache

    cache = function_cache()
    if cache is None:
        return "turned off"
    cache.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=cache.folder):
        return str(cache.folder)


def _function() -> str:
    import symc
    import symc.tensor as tensor

    x = tensor.dvector("x")
    printers = ("mlir", "llvm")
    for printer in printers:
        add = symc.function([x], x + 1, mode=symc.Mode(printer=printer))
        if add([1.0, 2.0]).tolist() != [2.0, 3.0]:
            raise TargetError(f"x + 1 is wrong by the printer {printer}")
    return f"x + 1 is right by {' and '.join(printers)}"


CHECKS: tuple[tuple[str, Callable[[], str], bool], ...] = (
    ("Python", _python, True),
    ("native runtime", _runtime, True),
    ("processor", _target, True),
    ("LLVM", _llvm, True),
    ("MLIR", _mlir, True),
    ("compiling", _function, True),
    ("cache", _cache, False),
    ("C compiler, for shared objects", _compiler, False),
)
"""Name, check, and whether symc.function cannot do without."""
