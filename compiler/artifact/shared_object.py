"""Links an object to a shared object with the system's C compiler."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from symc.compiler.errors import InternalError, TargetError
from symc.compiler.target.isa import Target

OPTIONS = (
    "-shared",
    "-nostdlib",  # neither libraries nor the start-up code with its constructors
    "-Wl,-Bsymbolic",  # its functions are its own, whatever else is loaded
    "-Wl,-z,now,-z,relro,-z,noexecstack",
    "-Wl,--build-id=none",
    "-Wl,--no-undefined",
)
INSTALL = {"x86_64": "gcc", "aarch64": "gcc-aarch64-linux-gnu"}


def link_shared(content: bytes, name: str, target: Target) -> bytes:
    """Return the shared object of an object; `name` is the file name that others load it by.

    Raise TargetError where there is no C compiler for the target, with the line that installs one.
    """
    compiler = find_compiler(target)
    with tempfile.TemporaryDirectory(prefix="symc-") as folder:
        source, result = Path(folder) / "object.o", Path(folder) / "object.so"
        source.write_bytes(content)
        command = [compiler, *OPTIONS, f"-Wl,-soname,{name}", str(source), "-o", str(result)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise InternalError(f"{compiler} could not link the object: {run.stderr.strip()}")
        return result.read_bytes()


def find_compiler(target: Target) -> str:
    """Return the C compiler that links for a target: $CC, or the first of the usual names."""
    machine = target.triple.split("-", maxsplit=1)[0]
    own = machine == platform.machine().lower()
    names = ["cc", "gcc", "clang"] if own else [f"{machine}-linux-gnu-gcc"]
    chosen = os.environ.get("CC") if own else None
    for name in [chosen] if chosen else names:
        found = shutil.which(name)
        if found:
            return found
    package = INSTALL["x86_64"] if own else INSTALL.get(machine, "gcc")
    raise TargetError(
        f"linking a shared object for {machine} needs a C compiler, and there is no"
        f" {' or '.join([chosen] if chosen else names)}: apt-get install {package}"
        " (an object, --emit o, needs none)"
    )
