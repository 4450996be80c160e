"""Signals reach a call that runs long, and code they run meets the state unharmed."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from entries import Library, descent, float64, int64

from symc.runtime import RETURNED, Container, set_poll_interval

FOREVER = 1_000_000
LONG = 1e9  # estimates, in nanoseconds
SHORT = 0.0


def spinning(library: Library, w: Container) -> Callable[..., Any]:
    """Bind the call that polls for millions of rounds and at last sets w to 1."""
    return library.bind(
        "spin", inputs=[(int64, 0, 0), (float64, 0, 0)], containers=[w], written=[0]
    )


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Return a function that has another run in a signal handler, 50 ms from now."""
    previous = signal.getsignal(signal.SIGALRM)

    def start(action: Callable[[], None]) -> None:
        signal.signal(signal.SIGALRM, lambda *_: action())
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.mark.parametrize("estimate", [LONG, SHORT])
def test_ctrl_c(library: Library, estimate: float):
    w = Container(np.zeros(1))
    spin = spinning(library, w)
    started = time.monotonic()
    timer = threading.Timer(0.05, signal.raise_signal, [signal.SIGINT])
    # A timer's signal would go to its own thread; raising it needs the GIL, so it is let go.
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        spin(FOREVER, estimate)
    timer.join()
    assert time.monotonic() - started < 1.0
    assert w.get().tolist() == [0.0]
    spin(0, estimate)
    assert w.get().tolist() == [1.0]


def test_an_exception_of_a_handler_is_kept(library: Library, alarm: Callable):
    def give_up() -> None:
        raise TimeoutError("too long")

    alarm(give_up)
    with pytest.raises(TimeoutError, match="too long"):
        spinning(library, Container(np.zeros(1)))(FOREVER, LONG)


def test_a_handler_that_returns_lets_the_call_go_on(library: Library, alarm: Callable):
    w = Container(np.zeros(1))
    seen = []
    alarm(lambda: seen.append(1))
    spin = spinning(library, w)
    while not seen:
        spin(1, LONG)
    assert w.get().tolist() == [1.0]


def test_a_handler_reads_state_and_cannot_change_it(library: Library, alarm: Callable):
    w = Container(np.zeros(1))
    other = Container(np.zeros(1))
    seen: list[object] = []

    def look() -> None:
        seen.extend([w.get().tolist(), w.copy().tolist()])
        descent(library, other)(np.ones(1))
        for forbidden in (lambda: w.set(np.ones(1)), lambda: descent(library, w)(np.ones(1))):
            with pytest.raises(RuntimeError, match="the call that this code interrupts"):
                forbidden()
        raise KeyboardInterrupt

    alarm(look)
    with pytest.raises(KeyboardInterrupt):
        spinning(library, w)(FOREVER, LONG)
    assert seen == [[0.0], [0.0]]
    assert other.get().tolist() == [-1.0]
    descent(library, w)(np.ones(1))
    assert w.get().tolist() == [-1.0]


def test_a_handler_does_not_queue_behind_who_waits_for_its_own_call(
    library: Library, alarm: Callable
):
    """A writer waits for the reading call, and the handler within that call reads too."""
    w = Container(np.zeros(1))
    reading = library.bind("spin", inputs=[(int64, 0, 0), (float64, 0, 0)], containers=[w])
    look = library.bind(
        "both",
        inputs=[(float64, 1, 0)],
        containers=[w],
        outputs=[(float64, 1, RETURNED)] * 2,
        result="list",
    )
    writer = threading.Thread(target=w.set, args=[np.ones(1)])
    seen = []

    def act() -> None:
        seen.append(look(np.zeros(1))[1].tolist())
        raise TimeoutError

    alarm(act)
    writer_starts = threading.Timer(0.02, writer.start)
    writer_starts.start()
    with pytest.raises(TimeoutError):
        reading(FOREVER, LONG)
    writer_starts.join()
    writer.join()
    assert seen == [[0.0]]
    assert w.get().tolist() == [1.0]


def test_poll_interval(library: Library, alarm: Callable):
    before = set_poll_interval(60.0)
    try:
        assert before == pytest.approx(0.02)
        alarm(lambda: None)
        spinning(library, Container(np.zeros(1)))(1, LONG)
    finally:
        assert set_poll_interval(before) == pytest.approx(60.0)
    with pytest.raises(ValueError, match="seconds"):
        set_poll_interval(-1.0)
    with pytest.raises(ValueError, match="seconds"):
        set_poll_interval(float("nan"))
