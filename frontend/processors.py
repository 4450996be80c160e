"""How many processors this process may keep busy.

A container that is given two of a machine's 64 processors still sees 64: the limit is a quota of
time, kept by the kernel's control groups, and threads beyond it are stopped for the rest of each
period. Source: Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and
Documentation/scheduler/sched-bwc.rst (cpu.cfs_quota_us)."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def processors() -> int:
    """Return how many processors this process may run on, by its affinity and its groups' quotas;
    at least 1."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    return min([len(os.sched_getaffinity(0)), *quotas(Path("/"))])


def quotas(root: Path) -> Iterator[int]:
    """Yield the quotas of the groups of this process and of those around them, each in processors,
    rounded up. `root` is the folder that holds `proc` and `sys`."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            read, mounts = _unified, {""}
        elif "cpu" in controllers.split(","):
            read, mounts = _classic, {controllers, "cpu"}
        else:
            continue
        for mount in sorted(mounts):
            for folder in _and_around(path):
                yield from read(root / "sys/fs/cgroup" / mount / folder)


def _and_around(path: str) -> Iterator[str]:
    """Yield a group's path below its mount and those of the groups around it, out to the mount."""
    parts = [part for part in path.split("/") if part not in ("", "..")]
    for count in range(len(parts), -1, -1):
        yield "/".join(parts[:count])


def _unified(group: Path) -> Iterator[int]:
    for line in _lines(group / "cpu.max"):
        yield from _share(*line.split())


def _classic(group: Path) -> Iterator[int]:
    for quota, period in zip(
        _lines(group / "cpu.cfs_quota_us"), _lines(group / "cpu.cfs_period_us"), strict=False
    ):
        yield from _share(quota, period)


def _share(quota: str, period: str) -> Iterator[int]:
    """Yield what a quota of microseconds a period is in processors; nothing where there is none."""
    if quota.isdecimal() and period.isdecimal() and int(period) > 0:
        yield max(1, math.ceil(int(quota) / int(period)))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
