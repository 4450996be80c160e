"""Calls leak nothing, and work memory is used again."""

import gc
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from entries import Library, Refused, convert, descent, float64, int64

from symc.runtime import Code, Container, bind, release_memory

ROUNDS = 1_000_000 if os.environ.get("SYMC_LONG_TESTS") else 10_000


def resident() -> int:
    """Return the bytes of memory the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")


@needs_proc
def test_resident_memory_stays(library: Library):
    step = descent(library, Container(np.zeros(2000)))
    refuse = library.bind("bad_shape", inputs=[(float64, 2, 0)])
    listed = library.pointwise("copy", convert=lambda index, value: np.asarray(value, "float64"))
    x, wide = np.ones(2000), np.ones((2, 2))

    def work(rounds: int) -> None:
        for _ in range(rounds):
            step(x)
            listed([1.0, 2.0])
            with pytest.raises(Refused):
                refuse(wide)

    work(1000)
    gc.collect()
    before = resident()
    work(ROUNDS)
    gc.collect()
    assert resident() - before < 2**20


def test_references_are_balanced(library: Library):
    x = np.ones(3)
    w = Container(np.ones(3))
    step = descent(library, w)
    objects = [x, w, w.get(), step, convert]
    before = [sys.getrefcount(item) for item in objects]
    for _ in range(100):
        step(x)
        step(w.get())
        with pytest.raises(TypeError):
            step([1])
        with pytest.raises(Refused):
            step(np.ones(2))
    assert [sys.getrefcount(item) for item in objects] == before
    converted = np.ones(3)
    add_one = library.pointwise("add_one", convert=lambda index, value: converted)
    before = [sys.getrefcount(converted)]
    add_one([1])
    assert [sys.getrefcount(converted)] == before
    y = step(x)
    assert sys.getrefcount(y) == 2  # y, and the argument of getrefcount


@needs_proc
def test_bound_functions_are_collected(library: Library):
    def work(rounds: int) -> None:
        for _ in range(rounds):
            code = Code(bytes(10_000))
            signature = {
                "name": "f" * 1000,
                "inputs": [(float64, 1, 0)] * 20,
                "containers": [],
                "written": [],
                "outputs": [],
                "result": "none",
                "convert": convert,
                "fail": convert,
            }
            bind(code, 0, signature)

    work(100)
    before = resident()
    work(3000)
    assert resident() - before < 2**20


def churning(library: Library):
    return library.bind("churn", inputs=[(int64, 0, 0)])


def test_work_memory_is_kept_and_released(library: Library):
    release_memory()
    churn = churning(library)
    churn(10_000_000)
    churn(10_000_000)
    churn(9_999_000)
    assert 10_000_000 <= release_memory() < 11_000_000
    assert release_memory() == 0


def test_a_small_call_leaves_the_large_block_alone(library: Library):
    release_memory()
    churn = churning(library)
    churn(10_000_000)
    churn(1000)
    assert release_memory() > 10_004_000


def test_few_blocks_are_kept(library: Library):
    release_memory()
    churn = churning(library)
    sizes = [8000 * 5**power for power in range(9)]
    for size in reversed(sizes):
        churn(size)
    # The ninth and largest was used longest ago.
    assert sum(sizes[:-1]) <= release_memory() < sizes[-1]


def test_work_memory_of_many_threads(library: Library):
    """No two calls that run at once are given the same memory."""
    fill = library.bind("fill", inputs=[(int64, 0, 0), (int64, 0, 0)])

    def work(seed: int) -> None:
        for size in range(1000, 200_000, 500):
            fill(size, seed)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_too_much_is_a_memory_error(library: Library):
    churn = churning(library)
    for size in (2**62, 2**48):
        with pytest.raises(MemoryError):
            churn(size)
    churn(100)
