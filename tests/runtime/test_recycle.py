"""Large results are ordinary arrays whose memory serves later results once they are dead."""

import gc
import resource
from collections.abc import Iterator

import numpy as np
import pytest
from entries import Library, float64, int64

from symc.runtime import RETURNED, keep_results, release_memory

N = 200_000


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    gc.collect()
    release_memory()
    yield
    release_memory()


def address(array: np.ndarray) -> int:
    """Return where an array's elements lie."""
    return array.__array_interface__["data"][0]


def test_memory_of_a_dead_result_is_used_again(library: Library):
    copy = library.pointwise("copy")
    x = np.arange(N, dtype="float64")
    first = copy(x)
    place = address(first)
    view = first[5:]
    del first
    second = copy(x)
    assert address(second) != place
    del view
    assert address(copy(x)) == place
    np.testing.assert_array_equal(second, x)


def test_results_own_their_memory(library: Library):
    y = library.pointwise("copy")(np.arange(N, dtype="float64"))
    assert y.flags.owndata
    assert y.base is None
    assert address(y) % 64 == 0
    y.resize(2 * N, refcheck=False)
    np.testing.assert_array_equal(y[:N], np.arange(N))
    np.testing.assert_array_equal(y[N:], 0)


def test_results_of_nearly_the_same_size_share_memory(library: Library):
    copy = library.pointwise("copy")
    place = address(copy(np.ones(N)))
    smaller = copy(np.ones(N - 1000))
    assert address(smaller) == place
    del smaller
    assert address(copy(np.ones(N // 2))) != place


def test_no_page_is_fresh_in_the_long_run(library: Library):
    copy = library.pointwise("copy")
    x = np.ones(N)

    def faults(calls: int) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(calls):
            y = copy(x)
        assert y[0] == 1
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    faults(10)
    assert faults(50) < 50


@pytest.fixture
def bounded() -> Iterator[None]:
    before = keep_results(5 * 8 * N)
    yield
    keep_results(before)


@pytest.mark.usefixtures("bounded")
def test_what_is_kept_is_bounded(library: Library):
    copy = library.pointwise("copy")
    many = [copy(np.ones(N)) for _ in range(8)]
    assert release_memory() == 0
    del many
    assert 4 * 8 * N <= release_memory() <= 5 * 8 * N
    assert keep_results(0) == 5 * 8 * N
    copy(np.ones(N))
    assert release_memory() == 0


def test_a_refused_array_leaves_numpy_its_memory(library: Library):
    """The exception of an array too large to exist is NumPy's, and later arrays are NumPy's."""
    zeros = library.bind(
        "zeros", inputs=[(int64, 0, 0)], outputs=[(float64, 1, RETURNED)], result="single"
    )
    for size in (2**46, 2**61):
        with pytest.raises(MemoryError):
            zeros(size)
    place = address(zeros(N))
    assert address(np.empty(N)) != place
