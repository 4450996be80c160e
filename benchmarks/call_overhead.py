"""What a call costs: f(x) = x + 1 on ten numbers beside an empty C extension and NumPy."""

from __future__ import annotations

import importlib.util
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measure import interleaved, show

import symc
import symc.tensor as T


def empty_extension() -> Callable[..., object]:
    """Return the function of empty.c, compiled now."""
    source = Path(__file__).with_name("empty.c")
    library = Path(tempfile.mkdtemp()) / "empty.so"
    includes = [f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]
    command = ["cc", "-O2", "-shared", "-fPIC", *includes, str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    spec = importlib.util.spec_from_file_location("empty", library)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    call: Callable[..., object] = module.call
    return call


def main() -> None:
    """Measure and print."""
    x = T.dvector("x")
    f = symc.function([x], x + 1)
    argument = np.arange(10.0)
    empty = empty_extension()
    jobs = {
        "empty C extension": lambda: empty(argument),
        "symc f(x)": lambda: f(argument),
        "symc, bare builtin": lambda g=f.call.run: g(argument),
        "NumPy x + 1": lambda: argument + 1,
    }
    show("f(x) = x + 1, ten float64", interleaved(jobs), "empty C extension", 1e-9)


if __name__ == "__main__":
    main()
