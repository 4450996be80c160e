"""How many processors this process may keep busy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symc.processors import processors, quotas


def _files(root: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({}, []),
        ({"proc/self/cgroup": "0::/\n"}, []),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, []),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"}, [3]),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "5000 100000\n"}, [1]),
        (
            {
                "proc/self/cgroup": "0::/work/job\n",
                "sys/fs/cgroup/work/job/cpu.max": "max 100000\n",
                "sys/fs/cgroup/work/cpu.max": "400000 100000\n",
            },
            [4],
        ),
        (
            {
                "proc/self/cgroup": "5:memory:/\n4:cpu,cpuacct:/docker/1f\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            [2],
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            [],
        ),
    ],
)
def test_quotas_of_groups(tmp_path: Path, texts: dict[str, str], expected: list[int]):
    assert list(quotas(_files(tmp_path, texts))) == expected


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="asks Linux")
def test_no_more_processors_than_the_process_may_run_on():
    assert 1 <= processors() <= len(os.sched_getaffinity(0))
