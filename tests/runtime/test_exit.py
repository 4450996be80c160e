"""The interpreter may end while daemon threads are in the middle of calls."""

import subprocess
import sys
from pathlib import Path

import pytest
from layout import ROOT

PROGRAM = """
import sys, threading, time
from pathlib import Path

import numpy as np
from entries import Library, float64, int64
from symc.runtime import Container, set_poll_interval

library = Library(Path(sys.argv[1]))
set_poll_interval(float(sys.argv[2]))

def work():
    spin = library.bind("spin", inputs=[(int64, 0, 0), (float64, 0, 0)],
                        containers=[Container(np.zeros(1))], written=[0])
    while True:
        spin(int(sys.argv[3]), 1e9)

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
"""


@pytest.mark.parametrize("interval", ["0.001", "60"])
@pytest.mark.parametrize("rounds", ["0", "1", "1000000"])
def test_daemon_threads_do_not_crash_the_end(tmp_path: Path, interval: str, rounds: str):
    command = [sys.executable, "-c", PROGRAM, tmp_path, interval, rounds]
    ended = subprocess.run(
        command, cwd=ROOT / "tests", capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
