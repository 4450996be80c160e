"""What differs from another array in a region: states are written there alone, others copied."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.printing import compiled_text

START = np.arange(12.0).reshape(4, 3)
i, v = T.lscalar("i"), T.dvector("v")


def state():
    return symc.shared(START.copy(), name="s")


REGIONS = {
    "row": (lambda s: s[i], np.s_[2]),
    "rows backwards": (lambda s: s[::-1], np.s_[::-1]),
    "inside": (lambda s: s[i:, ::2], np.s_[2:, ::2]),
    "element": (lambda s: s[i, -1], np.s_[2, -1]),
    "nothing": (lambda s: s[i + 2 :], np.s_[4:]),
}


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
@pytest.mark.parametrize("name", REGIONS)
def test_only_the_region_is_visited(name, mode):
    read, key = REGIONS[name]
    for make in (T.set_subtensor, T.inc_subtensor):
        s = state()
        f = symc.function(
            [i], [], updates=[(s, make(read(s), 7.5))], mode=mode, on_unused_input="ignore"
        )
        text = compiled_text(f)
        assert "inout" in text
        assert "switch" not in text.partition("kernel @")[2]
        expected = START.copy()
        expected[key] = 7.5 if make is T.set_subtensor else expected[key] + 7.5
        f(2)
        assert np.array_equal(s.get_value(), expected)


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
def test_what_is_read_of_the_state_is_old(mode):
    same, other, seen, left, right = (state() for _ in range(5))
    updates = [
        (same, T.set_subtensor(same[1:3], same[1:3] * 2 + 1)),
        (other, T.inc_subtensor(other[1:], other[:-1])),
        (seen, T.set_subtensor(seen[i], v)),
        (left, T.set_subtensor(left[0], right[0] * 2)),
        (right, T.set_subtensor(right[0], left[0] * 3)),
    ]
    outputs = [seen.sum(), updates[2][1]]
    total, new = symc.function([i, v], outputs, updates=updates, mode=mode)(1, [1.0, 2.0, 3.0])
    wanted = [START.copy() for _ in updates]
    wanted[0][1:3] = START[1:3] * 2 + 1
    wanted[1][1:] += START[:-1]
    wanted[2][1] = [1, 2, 3]
    wanted[3][0] *= 2
    wanted[4][0] *= 3
    for (s, _), expected in zip(updates, wanted, strict=True):
        assert np.array_equal(s.get_value(), expected)
    assert total == START.sum()
    assert np.array_equal(new, wanted[2])


def test_a_row_that_is_not_there_changes_nothing():
    s = state()
    f = symc.function([i, v], [], updates=[(s, T.set_subtensor(s[i], v))])
    for place, row in ((4, np.ones(3)), (-5, np.ones(3)), (0, np.ones(2))):
        with pytest.raises((IndexError, ValueError)):
            f(place, row)
    assert np.array_equal(s.get_value(), START)


RESULTS = {
    "every second column": np.s_[:, ::2],
    "columns backwards": np.s_[:, ::-1],
    "inside columns": np.s_[:, 1:-1],
    "some of both": np.s_[1:, ::2],
    "both backwards": np.s_[::-2, ::-2],
    "a row": np.s_[2],
}


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_a_copy_with_a_region_written(name, mode):
    key = RESULTS[name]
    x, s = T.dmatrix("x"), state()
    y = START[key] * 2 + 100
    part = T.TensorType("float64", (False,) * y.ndim)("part")
    outputs = [
        make(a[key], part) for a in (x, s, x + 1) for make in (T.set_subtensor, T.inc_subtensor)
    ]
    f = symc.function([x, part], outputs, mode=mode)
    assert "switch" not in compiled_text(f).partition("kernel @")[2]
    wanted = []
    for old in (START, START, START + 1):
        for new in (y, old[key] + y):
            wanted.append(old.copy())
            wanted[-1][key] = new
    for found, expected in zip(f(START, y), wanted, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_derivative_of_a_slice_by_steps_is_written_among_zeros():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    f = symc.function([x, y], T.grad((x[:, ::2] * y).sum(), x), on_unused_input="ignore")
    assert "switch" not in compiled_text(f).partition("kernel @")[2]
    expected = np.zeros_like(START)
    expected[:, ::2] = START[:, 1:]
    np.testing.assert_array_equal(f(START, START[:, 1:]), expected)


def test_a_region_of_another_array_becomes_a_state_whole():
    s, x = state(), T.dmatrix("x")
    f = symc.function([x, v], [], updates=[(s, T.set_subtensor(x[:, ::3], v.dimshuffle(0, "x")))])
    f(START + 1, np.arange(4.0))
    expected = START + 1
    expected[:, 0] = np.arange(4.0)
    np.testing.assert_array_equal(s.get_value(), expected)


def test_what_others_read_is_computed_with_them():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    new = T.set_subtensor(x[:, ::2], y)
    f = symc.function([x, y], [new, T.exp(new), new.sum()])
    assert compiled_text(f).count("kernel @") == 1
    expected = START.copy()
    expected[:, ::2] = 1
    for found, wanted in zip(
        f(START, np.ones((4, 2))), (expected, np.exp(expected), expected.sum()), strict=True
    ):
        np.testing.assert_allclose(found, wanted)


def test_padding_is_written_around():
    x = T.TensorType("int8", (False, False))("x")
    whole = T.zeros((x.shape[0] + 2, x.shape[1] + 3), "int8")
    f = symc.function([x], [T.set_subtensor(whole[1:-1, 2:-1], x), whole[:, :-3] + 1])
    assert "switch" not in compiled_text(f).partition("kernel @")[2]
    part = START.astype("int8")
    np.testing.assert_array_equal(f(part)[0], np.pad(part, ((1, 1), (2, 1))))
