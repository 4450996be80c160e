"""Calls run in parallel where state allows it, one after the other where not, after a fork too."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from entries import Library, Refused, descent, float64, int64

from symc.runtime import Container

FOREVER = 1_000_000
LONG = 1e9


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def meeting(library: Library) -> Iterator[Callable]:
    """Return a function that binds the call which waits for others to be inside with it."""
    yield lambda **changes: library.bind("meet", inputs=[(int64, 0, 0)] * 2, **changes)
    library.library.leave()


def test_calls_run_at_once(meeting: Callable, pool: ThreadPoolExecutor):
    """One function and one container read by all: each call returns when all have begun."""
    meet = meeting(containers=[Container(np.zeros(3))])
    assert list(pool.map(meet, [3] * 3, [20_000] * 3)) == [None] * 3


def test_writers_do_not(library: Library, meeting: Callable, pool: ThreadPoolExecutor):
    w = Container(np.zeros(3))
    meet = meeting(containers=[w], written=[0])
    calls = [pool.submit(meet, 2, 100) for _ in range(2)]
    # The first waits in vain for the second, which may begin only when the first has ended.
    with pytest.raises(Refused):
        calls[0].result()
    assert calls[1].result() is None


def test_updates_of_many_threads_all_count(library: Library, pool: ThreadPoolExecutor):
    size, rounds, threads = 20_000, 50, 4
    w = Container(np.zeros(size))
    step = descent(library, w)
    x = np.ones(size)

    def work(_: int) -> None:
        for _ in range(rounds):
            seen = step(x)
            assert seen.min() == seen.max()
            copy = w.copy()
            assert copy.min() == copy.max()

    list(pool.map(work, range(threads)))
    np.testing.assert_array_equal(w.get(), np.full(size, -float(rounds * threads)))


def spin_until(library: Library, w: Container, stop: threading.Event) -> None:
    """Keep w in use nearly all the time."""
    spin = library.bind(
        "spin", inputs=[(int64, 0, 0), (float64, 0, 0)], containers=[w], written=[0]
    )
    while not stop.is_set():
        spin(1, LONG)


def test_nobody_starves(library: Library, pool: ThreadPoolExecutor):
    w = Container(np.zeros(1))
    stop = threading.Event()
    busy = [pool.submit(spin_until, library, w, stop) for _ in range(2)]
    try:
        time.sleep(0.05)
        started = time.monotonic()
        for _ in range(3):
            w.get()
            w.set(np.zeros(1))
        assert time.monotonic() - started < 5.0
    finally:
        stop.set()
    assert [call.result() for call in busy] == [None, None]


def test_waiting_hears_signals(library: Library, pool: ThreadPoolExecutor):
    w = Container(np.zeros(1))
    spin = library.bind(
        "spin", inputs=[(int64, 0, 0), (float64, 0, 0)], containers=[w], written=[0]
    )
    busy = pool.submit(spin, 40, LONG)
    time.sleep(0.02)
    threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        w.get()
    assert not busy.done()
    busy.result()
    assert w.get().tolist() == [1.0]


def in_child(work: Callable[[], None]) -> bool:
    """Run work in a fork; return whether it ended well within ten seconds."""
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_fork_while_a_thread_holds_state(library: Library, pool: ThreadPoolExecutor):
    """The child has no other thread, so nothing is in use in it."""
    w = Container(np.zeros(1))
    spin = library.bind(
        "spin", inputs=[(int64, 0, 0), (float64, 0, 0)], containers=[w], written=[0]
    )
    busy = pool.submit(spin, 20, LONG)
    time.sleep(0.02)

    def work() -> None:
        descent(library, w)(np.ones(1))
        assert w.get().tolist() == [-1.0]
        with ThreadPoolExecutor(2) as children:
            list(children.map(lambda _: descent(library, w)(np.ones(1)), range(10)))
        assert w.get().tolist() == [-11.0]

    assert in_child(work)
    busy.result()
    assert w.get().tolist() == [1.0]
