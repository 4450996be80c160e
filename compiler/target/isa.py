"""Targets as records, and the record that fits the machine at hand."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.errors import TargetError

Brain = Literal["", "pairs", "tiles"]

LINUX_X86 = "x86_64-unknown-linux-gnu"
LINUX_ARM = "aarch64-unknown-linux-gnu"


class Target(Struct, frozen=True):
    """An instruction set to generate code for.

    name          what users and cache keys call it
    triple, cpu, features   LLVM's words for it
    vector_bytes  width of a register of lanes
    has_fma       whether x * y + z is one instruction with one rounding
    has_compress  whether chosen lanes are put side by side by one instruction
    has_rounding  whether floor, ceil, trunc and rint are instructions
    level         effort of LLVM's code generation: 2, or 0 for a tenth of the time
    brain         what multiplies bfloat16: 'pairs' (AVX512-BF16), 'tiles' (AMX too), '' for nothing
    """

    name: str
    triple: str
    cpu: str
    features: str
    vector_bytes: int
    has_fma: bool
    has_rounding: bool
    has_compress: bool = False
    level: int = 2
    brain: Brain = ""

    def quick(self) -> Target:
        """Return the target with the fastest code generation: for code that runs once a call."""
        return replace(self, level=0)

    @property
    def has_avx512(self) -> bool:
        """Tell whether vectors are AVX-512's."""
        return self.vector_bytes == 64

    @property
    def fence(self) -> str:
        """Return LLVM's name for what orders stores past the caches, '' where none are used."""
        return "llvm.x86.sse.sfence" if self.triple == LINUX_X86 else ""

    def lanes(self, itemsize: int) -> int:
        """Return how many elements of `itemsize` bytes one vector register holds."""
        return self.vector_bytes // itemsize


TARGETS = {
    target.name: target
    for target in (
        Target("x86-64", LINUX_X86, "x86-64", "", 16, has_fma=False, has_rounding=False),
        Target("x86-64-v3", LINUX_X86, "x86-64-v3", "", 32, has_fma=True, has_rounding=True),
        Target(
            name="x86-64-v4",
            triple=LINUX_X86,
            cpu="x86-64-v4",
            features="",
            vector_bytes=64,
            has_fma=True,
            has_rounding=True,
            has_compress=True,
        ),
        Target("aarch64", LINUX_ARM, "generic", "+neon", 16, has_fma=True, has_rounding=True),
    )
}

BRAIN: dict[str, tuple[Brain, str, frozenset[str]]] = {
    "x86-64-v4-amx": (
        "tiles",
        "+avx512bf16,+amx-tile,+amx-bf16",
        frozenset({"avx512_bf16", "amx_tile", "amx_bf16"}),
    ),
    "x86-64-v4-bf16": ("pairs", "+avx512bf16", frozenset({"avx512_bf16"})),
}
"""What multiplies bfloat16, LLVM's words for it and Linux's, the most first."""

EXTENDED = {
    name: replace(TARGETS["x86-64-v4"], name=name, brain=brain, features=features)
    for name, (brain, features, _) in BRAIN.items()
}
"""The targets that have more than the levels of the psABI."""

# The features of the psABI's levels that Linux names in /proc/cpuinfo (abm stands for lzcnt).
LEVEL_3 = frozenset({"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"})
LEVEL_4 = LEVEL_3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def cpu_flags(cpuinfo: str) -> frozenset[str]:
    """Return the features that the text of /proc/cpuinfo lists for the first processor."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def level(flags: frozenset[str]) -> str:
    """Return the name of the widest x86-64 target whose features are all among `flags`."""
    if flags >= LEVEL_4:
        found = (name for name, (_, _, needed) in BRAIN.items() if flags >= needed)
        return next(found, "x86-64-v4")
    return "x86-64-v3" if flags >= LEVEL_3 else "x86-64"


@cache
def host_target() -> Target:
    """Return the target of this machine; an unknown x86-64 system gets the baseline."""
    machine = platform.machine().lower()
    if machine in ("x86_64", "amd64"):
        cpuinfo = Path("/proc/cpuinfo")
        return find_target(level(cpu_flags(cpuinfo.read_text() if cpuinfo.exists() else "")))
    if machine in ("aarch64", "arm64"):
        return TARGETS["aarch64"]
    raise TargetError(f"symc has no code generator for the processor {machine!r}")


def find_target(name: str) -> Target:
    """Return the target called `name`, 'host' for this machine; an unknown name is an error."""
    if name == "host":
        return host_target()
    known = TARGETS | EXTENDED
    if name not in known:
        raise TargetError(f"no target {name!r}; there are {', '.join(known)} and host")
    return known[name]


def without_fma(target: Target) -> Target:
    """Return `target` with its fused multiply-add left unused, as the baseline computes."""
    return replace(target, name=f"{target.name}-nofma", has_fma=False)
