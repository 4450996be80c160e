"""map, reduce, foldl and foldr, against Theano's results."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.updates import OrderedUpdates

ROWS = np.arange(3.0)
ZERO = np.float64(0)


def of_rows(made, rows=ROWS):
    x = T.dvector()
    results, _ = made(x)
    return symc.function([x], results)(rows)


def weighted(row, total):
    return row + 2 * total


def test_map():
    assert of_rows(lambda x: symc.map(lambda a: a + 2, x)).tolist() == [2, 3, 4]
    assert of_rows(lambda x: symc.map(lambda a: a + 2, [x], go_backwards=True)).tolist() == [
        *(4, 3, 2)
    ]
    first, second = of_rows(lambda x: symc.map(lambda a, b, c: [a + c, b * c], [x, x], [2.0]))
    assert first.tolist() == [2, 3, 4]
    assert second.tolist() == [0, 2, 4]


def test_map_over_random_numbers():
    from symc.tensor.shared_randomstreams import RandomStreams

    stream = RandomStreams(1)
    made, updates = symc.map(lambda a: a + stream.uniform(()), T.zeros(4))
    assert isinstance(updates, OrderedUpdates)
    assert len(set(symc.function([], made, updates=updates)().tolist())) == 4


@pytest.mark.parametrize(
    ("fold", "wanted"), [(symc.reduce, 4.0), (symc.foldl, 4.0), (symc.foldr, 10.0)]
)
def test_folds(fold, wanted):
    found = of_rows(lambda x: fold(weighted, x, ZERO))
    assert found.shape == ()
    assert found == wanted


def test_reduce_backwards():
    assert of_rows(lambda x: symc.reduce(weighted, x, ZERO, go_backwards=True)) == 10.0


def test_reduce_to_several_results():
    product, last = of_rows(
        lambda x: symc.reduce(lambda a, p: [p * (a + 1), a], x, [ZERO + 1, None])
    )
    assert product == 6.0
    assert last == 2.0


def test_reduce_with_taps():
    x = T.dvector()
    made, _ = symc.reduce(lambda a, b: a + b, T.zeros(5), {"initial": x, "taps": [-2]})
    assert symc.function([x], made, on_unused_input="ignore")([1.0, 2.0]) == 1.0


def test_reduce_stops():
    def step(row, total):
        return total + row, symc.scan_module.until(total + row > 0.5)

    assert of_rows(lambda x: symc.reduce(step, x, ZERO)) == 1.0


def test_without_rows_the_initial_value_is_left():
    x = T.dvector()
    made, _ = symc.foldr(weighted, x, np.float64(7))
    assert symc.function([x], made)([]) == 7.0
