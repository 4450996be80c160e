"""map, reduce, foldl, foldr and scan_checkpoints, against Theano's results."""

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


@pytest.mark.parametrize(
    ("count", "wanted"), [(4, [1, 6]), (5, [1, 6, 10]), (6, [1, 6, 15]), (1, [0]), (0, [])]
)
def test_scan_checkpoints_keep_every_other_step(count, wanted):
    rows = np.arange(float(count))
    made = of_rows(
        lambda x: symc.scan_checkpoints(lambda a, s: s + a, x, [ZERO], save_every_N=2), rows
    )
    assert made.tolist() == wanted


def test_scan_checkpoints_of_several_outputs():
    x = T.dvector()
    (totals, rows), updates = symc.scan_checkpoints(
        lambda a, s, k: [s + a * k, a], [x], [ZERO, None], [np.float64(2)], save_every_N=3
    )
    assert not updates
    found = symc.function([x], [totals, rows])(np.arange(7.0))
    assert [y.tolist() for y in found] == [[6, 30, 42], [2, 5, 6]]


def test_scan_checkpoints_refuse_taps():
    with pytest.raises(ValueError, match="taps"):
        symc.scan_checkpoints(lambda a: a, {"input": T.dvector(), "taps": [-1]})
