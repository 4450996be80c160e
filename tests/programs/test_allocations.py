"""A call allocates its results and nothing else, counted where the allocator is asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = {
    "network": 0,  # products, a softmax, updates in place
    "loop": 0,
    "sorting": 0,
    "large": 0,  # two results whose memory is that of results before
    "middling": 2,  # two results, too small to be kept
}


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """Return the allocations of a call by program, from a process that counts them."""
    shim = tmp_path_factory.mktemp("shim") / "allocations.so"
    source = HERE / "allocations.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", shim, "-ldl"], check=True)
    script = [sys.executable, str(HERE / "counted_calls.py")]
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    return json.loads(subprocess.check_output(script, env=environment, text=True))


@pytest.mark.skipif(sys.platform != "linux", reason="counts by LD_PRELOAD")
def test_a_call_allocates_its_results_alone(counted):
    # Python may ask for an arena of small objects once in hundreds of calls.
    assert {name: round(found, 1) for name, found in counted.items()} == EXPECTED
