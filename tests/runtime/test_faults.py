"""A fault at any fallible hook leaves state as it was, leaks nothing, and the next call works."""

from collections.abc import Iterator

import numpy as np
import pytest
from entries import Library, descent

from symc.runtime import Container, fault_sites_seen, inject_fault


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    inject_fault(None)


def test_sites_are_counted(library: Library):
    step = descent(library, Container(np.zeros(3)))
    inject_fault(0)
    step(np.ones(3))
    assert fault_sites_seen() == 3
    step(np.ones(3))
    assert fault_sites_seen() == 6
    inject_fault(0)
    assert fault_sites_seen() == 0


@pytest.mark.parametrize("size", [3, 100_000])
@pytest.mark.parametrize(
    ("site", "error"), [(1, MemoryError), (2, MemoryError), (3, KeyboardInterrupt)]
)
def test_state_survives(library: Library, site: int, error: type[BaseException], size: int):
    w = Container(np.arange(float(size)))
    storage = w.get()
    before = storage.tobytes()
    step = descent(library, w)
    x = np.ones(size)
    inject_fault(site)
    with pytest.raises(error):
        step(x)
    assert fault_sites_seen() == site
    assert w.get() is storage
    assert storage.tobytes() == before
    # The fault strikes once; nothing stays locked or in use.
    np.testing.assert_array_equal(step(x), np.arange(float(size)))
    np.testing.assert_array_equal(w.get(), np.arange(float(size)) - 1)


def test_an_interrupt_is_not_lost_on_an_entry_that_goes_on(library: Library):
    deaf = library.bind("deaf")
    inject_fault(1)
    with pytest.raises(KeyboardInterrupt):
        deaf()
    assert deaf() is None


def test_disarmed_counts_nothing(library: Library):
    step = descent(library, Container(np.zeros(3)))
    inject_fault(1)
    inject_fault(None)
    step(np.ones(3))
    assert fault_sites_seen() == 0
