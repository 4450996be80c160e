"""The cases in IREE: the programs in JAX as StableHLO, compiled for this processor.

What was compiled is kept in a folder, BENCH_CACHE, by its text.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import iree.compiler
import iree.runtime
import jax
import numpy as np
from peer_cases import WIDE_NAMES, Program, Run

from peer_programs.in_jax import described

VERSION = f"IREE {version('iree-base-compiler')}"
FLAGS = [
    "--iree-llvmcpu-target-cpu=host",
    "--iree-opt-level=O3",
    "--iree-input-demote-f64-to-f32=false",
    "--iree-input-demote-i64-to-i32=false",
]
DRIVER = "local-sync" if os.environ["OMP_NUM_THREADS"] == "1" else "local-task"


def _compiled(text: str) -> bytes:
    """Return the code of a program, from the folder where it is known."""
    key = hashlib.sha256(f"{VERSION}{FLAGS}{text}".encode()).hexdigest()
    path = Path(os.environ.get("BENCH_CACHE", "."), f"iree_{key[:32]}.vmfb")
    if "BENCH_CACHE" in os.environ and path.exists():
        return path.read_bytes()
    code: bytes = iree.compiler.compile_str(
        text, target_backends=["llvm-cpu"], input_type="stablehlo", extra_args=FLAGS
    )
    if "BENCH_CACHE" in os.environ:
        path.write_bytes(code)
    return code


def _program(name: str) -> Run:
    function, given, kept = described(name)
    arrays = [np.array(x, order="C") for x in given]
    lowered = jax.jit(function, keep_unused=True).lower(*arrays)
    config = iree.runtime.Config(DRIVER)
    context = iree.runtime.SystemContext(config=config)
    code = _compiled(str(lowered.compiler_ir(dialect="stablehlo")))
    module = iree.runtime.VmModule.copy_buffer(context.instance, code)
    context.add_vm_module(module)
    made = context.modules[module.name]["main"]
    there = [iree.runtime.asdevicearray(config.device, x) for x in arrays]
    if not kept:
        return lambda: made(*there)
    state, rest = there[:kept], there[kept:]

    def run() -> Any:
        *state[:], found = made(*state, *rest)
        return found

    return run


# It sorts by exchanging neighbours: a million numbers take it hours.
NAMES = [name for name in WIDE_NAMES if "sort" not in name and "largest" not in name]
PROGRAMS: dict[str, Program] = {name: partial(_program, name) for name in NAMES}
