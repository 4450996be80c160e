"""Writing to parts: gradients against differences, states in place, errors; in all three modes."""

import numpy as np
import pytest

import symc
import symc.tensor as T

MODES = ["INTERPRET", "FAST_RUN", "FAST_COMPILE"]
modes = pytest.mark.parametrize("mode", MODES)

S3 = np.random.default_rng(7).uniform(-1, 1, (2, 3, 4))
J, K = np.array([1, 0, 1]), np.array([[0, 1], [-1, 0]])
KEYS = [
    np.s_[1, ::-1, -2:],
    np.s_[:, None, 1:, None, ::2],
    np.s_[J],
    np.s_[..., J],
    np.s_[J, :, J],
    np.s_[0, :, J],
    np.s_[J, None, 1:],
    np.s_[K, J[:2]],
    np.s_[:, 0, K],
    np.s_[J, J, J],
    np.s_[np.zeros((0, 2), int), 1],
    np.s_[1:1, J],
]


def differences(write, arrays, k, weights):
    """Return the derivative by one of the arrays, in each of which the writing is linear."""
    result = np.zeros(arrays[k].shape)
    for place in np.ndindex(result.shape):
        ends = []
        for step in (1, -1):
            moved = [x.copy() for x in arrays]
            moved[k][place] += step
            ends.append((write(*moved) * weights).sum())
        result[place] = (ends[0] - ends[1]) / 2
    return result


def written(key, add):
    def write(x, y):
        x = x.copy()
        if add:
            np.add.at(x, key, y)
            return x
        x[key] = y
        return x

    return write


@modes
def test_gradients_are_the_differences(mode):
    """One function for all keys: what is added, what is set, all of it or one stretched."""
    t = T.dtensor3()
    weights = np.random.default_rng(8).uniform(-1, 1, S3.shape)
    slopes, expected = [], []
    for key in KEYS:
        full = np.random.default_rng(9).uniform(-1, 1, S3[key].shape)
        for array in (full, full[..., :1]):
            y = T.TensorType("float64", [s == 1 for s in array.shape])()
            for make, add in ((T.set_subtensor, False), (T.inc_subtensor, True)):
                cost = (make(t[key], y) * weights).sum()
                found = T.grad(cost, [t, y])
                slopes += symc.clone(found, replace={y: T.constant(array)})
                write, arrays = written(key, add), (S3, array)
                expected += [differences(write, arrays, k, weights) for k in range(2)]
    got = symc.function([t], slopes, mode=mode, on_unused_input="ignore")(S3)
    for k, (one, wanted) in enumerate(zip(got, expected, strict=True)):
        np.testing.assert_allclose(one, wanted, rtol=1e-9, atol=1e-12, err_msg=f"case {k}")


@modes
def test_only_the_value_that_stays_has_a_gradient(mode):
    x, y, places = T.dvector(), T.dvector(), T.lvector()
    cost = (T.set_subtensor(x[places], y) * T.arange(1, 5)).sum()
    f = symc.function([x, y, places], T.grad(cost, [x, y]), mode=mode, on_unused_input="ignore")
    of_x, of_y = f(np.zeros(4), np.zeros(4), [2, 0, 2, -2])
    assert np.array_equal(of_x, [0, 2, 0, 4])
    assert np.array_equal(of_y, [0, 1, 0, 3])
    second = T.grad((T.set_subtensor(x[places], y**2) ** 2).sum(), y)
    third = T.grad(second.sum(), y)
    got = symc.function([x, y, places], third, mode=mode, on_unused_input="ignore")
    assert np.array_equal(
        got(np.zeros(4), np.array([1.0, 2, 3, 4]), [2, 0, 2, -2]), [0, 48, 0, 192]
    )


UPDATES = {
    "row": (np.s_[1], np.array([1.0, 2, 3])),
    "rows": (np.s_[::2], -1.0),
    "columns": (np.s_[:, 1:], np.array([[5.0], [6], [7], [8]])),
    "element": (np.s_[-1, 0], 9.0),
    "rows by number": (np.s_[np.array([2, 0, 2])], np.arange(9.0).reshape(3, 3)),
    "elements by number": (np.s_[np.array([0, 3, 3]), np.array([1, -1, 2])], np.array([1.0, 2, 3])),
    "nothing": (np.s_[4:], 1.0),
}


@modes
def test_states_are_written_in_place(mode):
    start = np.arange(12.0).reshape(4, 3)
    states, expected, updates = [], [], []
    for key, value in UPDATES.values():
        for make, add in ((T.set_subtensor, False), (T.inc_subtensor, True)):
            state = symc.shared(start.copy())
            states.append(state)
            updates.append((state, make(state[key], value)))
            expected.append((written(key, add), value))
    f = symc.function([], [], updates=updates, mode=mode)
    wanted = [start] * len(states)
    for _ in range(2):
        f()
        wanted = [write(x, value) for x, (write, value) in zip(wanted, expected, strict=True)]
        for state, one in zip(states, wanted, strict=True):
            assert np.array_equal(state.get_value(), one)


@modes
def test_a_state_may_be_written_with_what_is_read_from_it(mode):
    start = np.arange(6.0)
    j = T.lvector()
    reversed_, moved = symc.shared(start.copy()), symc.shared(start.copy())
    shifted, swapped = symc.shared(start.copy()), symc.shared(start.copy())
    updates = [
        (reversed_, T.set_subtensor(reversed_[:3], reversed_[::-1][:3])),
        (moved, T.set_subtensor(moved[j], moved[j + 1] * 2)),
        (shifted, T.inc_subtensor(shifted[1:], shifted[:-1])),
        (swapped, T.set_subtensor(swapped[j], swapped[j[::-1]])),
    ]
    symc.function([j], [], updates=updates, mode=mode)([0, 3])
    assert np.array_equal(reversed_.get_value(), [5, 4, 3, 3, 4, 5])
    assert np.array_equal(moved.get_value(), [2, 1, 2, 8, 4, 5])
    assert np.array_equal(shifted.get_value(), [0, 1, 3, 5, 7, 9])
    assert np.array_equal(swapped.get_value(), [3, 1, 2, 0, 4, 5])


@modes
@pytest.mark.parametrize("make", [T.set_subtensor, T.inc_subtensor])
def test_a_place_outside_changes_nothing_and_is_reported_by_line(mode, make):
    j, k = T.lvector(), T.lscalar()
    rows, row = symc.shared(np.zeros((3, 2))), symc.shared(np.zeros((3, 2)))
    f = symc.function([j], [], updates=[(rows, make(rows[j], 1))], mode=mode)
    g = symc.function([k], [], updates=[(row, make(row[k], 1))], mode=mode)
    for call, bad in ((f, [0, 3]), (f, [-4]), (g, 3), (g, -4)):
        with pytest.raises(IndexError, match="out of bounds") as caught:
            call(bad)
        assert __file__ in str(caught.value)
    assert not rows.get_value().any()
    assert not row.get_value().any()


@modes
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float32"])
def test_every_dtype(mode, dtype):
    x, j = T.vector(dtype=dtype), T.vector(dtype="int8")
    array = np.array([0, 1, 1, 0, 1]).astype(dtype)
    value = np.array([1, 0, 1]).astype(dtype)
    f = symc.function([x, j], T.set_subtensor(x[j], value), mode=mode)
    got = f(array, np.array([4, 1, -1], "int8"))
    assert got.dtype == dtype
    assert np.array_equal(got, written(np.array([4, 1, -1]), False)(array, value))


@modes
def test_many_repeats_keep_the_last(mode):
    places = np.random.default_rng(3).integers(-50, 50, 5000)
    values = np.arange(5000.0)
    x, j = T.dvector(), T.lvector()
    f = symc.function([x, j], T.set_subtensor(x[j], values), mode=mode)
    assert np.array_equal(f(np.zeros(50), places), written(places, False)(np.zeros(50), values))
