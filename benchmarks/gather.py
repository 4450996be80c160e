"""What checking indices costs: gathers of rows and of elements with and without the check.

The kernel without the check is the same record, whose picked indices are marked as proven: neither
compared with the size nor counted from the end. All else, the call included, is the same.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import table
from msgspec.structs import replace

import symc
import symc.tensor as T
from symc.call import bind_artifact, converter
from symc.compiler.kernel.record import Kernel, Picked
from symc.compiler.link import Linker
from symc.compiler.target.isa import host_target
from symc.failure import Reporter
from symc.native import plan_module

ROUNDS = 101


def proven(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return an index without its checks."""
    return tuple(replace(i, check=-1) if isinstance(i, Picked) else i for i in index)


def unchecked(kernel: Kernel) -> Kernel:
    """Return the kernel without checks of indices."""

    def scalar(s: Any) -> Any:
        if s.op != "read":
            return s
        return replace(s, attribute=replace(s.attribute, index=proven(s.attribute.index)))

    stages = tuple(
        replace(
            stage,
            scalars=tuple(map(scalar, stage.scalars)),
            writes=tuple(replace(w, index=proven(w.index)) for w in stage.writes),
        )
        for stage in kernel.stages
    )
    return replace(kernel, stages=stages, checks=0)


def without_checks(f: Any) -> Callable[..., Any]:
    """Return what a function would be if its indices were proven."""
    target = host_target()
    program, _ = plan_module(f.module, f.mode, target)
    functions = tuple(replace(x, record=unchecked(x.record)) for x in program.functions)
    linked = Linker(target, f.mode.printer, None).link(replace(program, functions=functions))
    artifact = replace(f.call.artifact, blob=linked.blob, entry=linked.entry)
    convert = converter(f.inputs, None, None)
    return bind_artifact(f.built, artifact, convert, "single", Reporter(f.built, f.inputs), None)


def ratio(checked: Callable[[], Any], free: Callable[[], Any]) -> tuple[float, float, float]:
    """Return the medians of both in seconds, and the median of the ratios of neighbours.

    The two run in turn, each first as often, so that the machine's changes meet both; seconds are
    those of the processor, since a crowded machine takes it away.
    """
    count = max(1, int(0.004 / (_time(free, 3) / 3)))
    pairs = []
    for k in range(ROUNDS):
        jobs = (checked, free) if k % 2 else (free, checked)
        times = {job: _time(job, count) / count for job in jobs}
        pairs.append((times[checked], times[free]))
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def _time(job: Callable[[], Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        job()
    return time.process_time() - start


def rows() -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Return the cases: what they are called, the function, its arguments."""
    random = np.random.default_rng(0)
    w, v, i = T.fmatrix("w"), T.dvector("v"), T.lvector("i")
    whole, elements = symc.function([w, i], w[i]), symc.function([v, i], v[i])
    cases: list[tuple[str, Any, tuple[Any, ...]]] = []
    for width in (4, 16, 64, 256):
        data = random.normal(size=(20_000, width)).astype("float32")
        at = random.integers(0, 20_000, size=400_000 // width)
        cases.append((f"rows of {width} float32, {len(at)} of 20000", whole, (data, at)))
    for size in (1_000, 100_000, 10_000_000):
        at = random.integers(0, size, size=200_000)
        cases.append(
            (f"elements float64, 200000 of {size}", elements, (random.normal(size=size), at))
        )
    return cases


def main() -> None:
    """Measure and print."""
    lines = [["", "checked us", "unchecked us", "ratio"]]
    free = {}
    for name, f, values in rows():
        if f not in free:
            free[f] = without_checks(f)
        plain = free[f]
        assert np.array_equal(f(*values), plain(*values))
        a, b, r = ratio(lambda f=f, x=values: f(*x), lambda p=plain, x=values: p(*x))
        lines.append([name, f"{a * 1e6:.1f}", f"{b * 1e6:.1f}", f"{r:.3f}"])
    table("gather with and without the check of its indices", lines)


if __name__ == "__main__":
    main()
