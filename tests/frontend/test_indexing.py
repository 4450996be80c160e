"""Indexing follows NumPy: slices, numbers, arrays, and what sets or adds to such parts."""

from itertools import product

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported

A = np.arange(7.0)
S3 = np.arange(24.0).reshape(2, 3, 4)
BOUNDS = (None, -9, -7, -3, -1, 0, 1, 3, 6, 7, 9)
STEPS = (None, 1, 2, 3, -1, -2, -5)

v, t = T.dvector("v"), T.dtensor3("t")
a, b, c = T.lscalars("a", "b", "c")
j, k = T.lvector("j"), T.lmatrix("k")


@pytest.mark.parametrize("step", [2, 3, 7, -1, -2, -3])
def test_every_so_many_elements_of_long_arrays_are_written(step):
    keys = [slice(begin, None, step) for begin in (None, 5, -5)]
    parts = [T.set_subtensor(v[key], v[key] + 100) for key in keys]
    f = symc.function([v], [*parts, *(T.inc_subtensor(v[key], v[key]) for key in keys)])
    for length in (9, 16, 33, 1000):
        array = np.arange(float(length))
        for k, got in enumerate(f(array)):
            expected, key = array.copy(), keys[k % 3]
            expected[key] += 100 if k < 3 else array[key]
            assert np.array_equal(got, expected), (length, key)


def test_constant_slices():
    keys = [slice(*bounds) for bounds in product(BOUNDS, BOUNDS, STEPS)]
    f = symc.function([v], [v[key] for key in keys])
    for length in (0, 1, 2, 7):
        array = A[:length]
        for key, got in zip(keys, f(array), strict=True):
            assert np.array_equal(got, array[key]), (length, key)


def test_slices_of_known_sizes():
    keys = [slice(*bounds) for bounds in product(BOUNDS, BOUNDS, STEPS)]
    for length in (1, 2, 3):
        known = T.concatenate([T.shape_padleft(T.sum(v))] * length)
        f = symc.function([v], [known[key] for key in keys])
        array = np.full(length, A.sum())
        for key, got in zip(keys, f(A), strict=True):
            assert np.array_equal(got, array[key]), (length, key)


@pytest.mark.parametrize("step", STEPS)
def test_symbolic_bounds(step):
    f = symc.function([v, a, b], [v[a:b:step], v[a::step], v[:b:step]])
    for length, first, last in product((0, 1, 7), BOUNDS[1:], BOUNDS[1:]):
        array = A[:length]
        expected = array[first:last:step], array[first::step], array[:last:step]
        for got, want in zip(f(array, first, last), expected, strict=True):
            assert np.array_equal(got, want), (length, first, last)


def test_symbolic_step():
    parts = [v[a:b:c], v[::c]]
    written = [T.set_subtensor(parts[0], -1), T.inc_subtensor(parts[1], parts[1])]
    f = symc.function([v, a, b, c], [*parts, *written])
    for first, last, step in product((-9, -2, 0, 3, 9), (-9, -2, 0, 3, 9), (1, 2, -1, -3)):
        got = f(A, first, last, step)
        assert np.array_equal(got[0], A[first:last:step]), (first, last, step)
        assert np.array_equal(got[1], A[::step]), step
        for k, (key, value) in enumerate([(np.s_[first:last:step], -1), (np.s_[::step], A * 2)]):
            expected = A.copy()
            expected[key] = value[key] if k else value
            assert np.array_equal(got[2 + k], expected), (first, last, step, k)


def test_symbolic_steps_beside_other_items():
    key, plain = np.s_[j, None, ::c, ::-2], lambda n: np.s_[J, None, ::n, ::-2]
    part = t[key]
    y = np.arange(part.eval({t: S3, j: J, c: 2}).size) + 1.0
    for step in (1, 2, -1, -2):
        shape = S3[plain(step)].shape
        value = np.resize(y, shape)
        given = {t: S3, j: J, c: step}
        assert np.array_equal(part.eval(given), S3[plain(step)])
        expected = S3.copy()
        expected[plain(step)] = value
        assert np.array_equal(T.set_subtensor(part, value).eval(given), expected)
        expected = S3.copy()
        np.add.at(expected, plain(step), value)
        assert np.array_equal(T.inc_subtensor(part, value).eval(given), expected)


J = np.array([1, 0, 1])
K = np.array([[0, 1], [-1, 0]])
KEYS = {
    "number": np.s_[1],
    "negative number": np.s_[-1],
    "numbers": np.s_[1, 2, 3],
    "ellipsis": np.s_[..., 0],
    "ellipsis middle": np.s_[0, ..., 1:3],
    "ellipsis alone": np.s_[...],
    "whole": np.s_[:],
    "new axis": np.s_[None, :, 1],
    "new axes": np.s_[:, None, 1:, None, ::2],
    "new axis alone": np.s_[:, :, None],
    "mixed": np.s_[1, ::-1, -2:],
    "array": np.s_[J],
    "list": np.s_[[1, 0]],
    "matrix": np.s_[K],
    "array second": np.s_[:, J],
    "array last": np.s_[..., J],
    "two arrays": np.s_[J, J],
    "two arrays behind": np.s_[:, J, J],
    "two arrays apart": np.s_[J, :, J],
    "number and array apart": np.s_[0, :, J],
    "number beside array": np.s_[:, 0, J],
    "array and slice": np.s_[J, 1:, ::2],
    "array and new axis": np.s_[J, None, 1:],
    "broadcast arrays": np.s_[K, J[:2]],
    "three arrays": np.s_[J, J, J],
    "numpy number": np.s_[np.int64(1)],
    "negative in array": np.s_[np.array([-1, -2, 0])],
}


ARRAYS = {name for name in KEYS if "array" in name} | {"list", "matrix"}


@pytest.mark.parametrize("name", KEYS)
def test_key(name):
    part = t[KEYS[name]]
    expected = S3[KEYS[name]]
    got = part.eval({t: S3})
    assert np.array_equal(got, expected)
    assert part.ndim == expected.ndim
    for flag, size in zip(part.broadcastable, expected.shape, strict=True):
        assert not flag or size == 1


@pytest.mark.parametrize("name", KEYS)
def test_adding_to_a_part(name):
    key = KEYS[name]
    shape = S3[key].shape
    value = np.arange(np.prod(shape)).reshape(shape) + 1.0
    expected = S3.copy()
    np.add.at(expected, key, value)
    assert np.array_equal(T.inc_subtensor(t[key], value).eval({t: S3}), expected)
    expected = S3.copy()
    np.add.at(expected, key, 2.0)
    assert np.array_equal(T.inc_subtensor(t[key], 2.0).eval({t: S3}), expected)


@pytest.mark.parametrize("name", KEYS)
def test_setting_a_part(name):
    key = KEYS[name]
    shape = S3[key].shape
    value = -np.arange(np.prod(shape)).reshape(shape) - 1.0
    expected = S3.copy()
    expected[key] = value
    assert np.array_equal(T.set_subtensor(t[key], value).eval({t: S3}), expected)
    expected[key] = 5
    assert np.array_equal(T.set_subtensor(t[key], 5).eval({t: S3}), expected)


def test_setting_keeps_what_is_not_a_number():
    array = np.array([np.nan, 1.0, np.inf])
    made = T.set_subtensor(v[1:2], np.nan)
    assert np.array_equal(made.eval({v: array}), [np.nan, np.nan, np.inf], equal_nan=True)


def test_setting_one_place_of_each_row():
    x = T.dmatrix("x")
    array = np.arange(6.0).reshape(3, 2)
    made = T.set_subtensor(x[T.arange(x.shape[0]), j], -1)
    expected = array.copy()
    expected[np.arange(3), [1, 0, 1]] = -1
    assert np.array_equal(made.eval({x: array, j: [1, 0, 1]}), expected)


def test_the_last_value_set_at_a_place_stays():
    f = symc.function([v, j], T.set_subtensor(v[j], T.arange(j.shape[0]) * 1.0))
    assert np.array_equal(f(A, [3, 0, 3, -7]), [3, 1, 2, 2, 4, 5, 6])
    assert np.array_equal(f(A, []), A)


@pytest.mark.parametrize(
    "key", [np.s_[[2, 0]], np.s_[:, [1, 0]], np.s_[[0, 1], [1, 1]], np.s_[[[0], [1]], [1, 0]]]
)
def test_setting_known_places(key):
    x = T.dmatrix("x")
    array = np.arange(12.0).reshape(3, 4)
    value = -np.arange(array[key].size).reshape(array[key].shape) - 1.0
    expected = array.copy()
    expected[key] = value
    assert np.array_equal(T.set_subtensor(x[key], value).eval({x: array}), expected)


def test_symbolic_array():
    assert np.array_equal(t[j].eval({t: S3, j: J}), S3[J])
    assert np.array_equal(t[:, k].eval({t: S3, k: K}), S3[:, K])
    assert np.array_equal(t[a, :, j].eval({t: S3, a: 1, j: J}), S3[1, :, J])


@pytest.mark.parametrize("flags", [(True, False), (False, False)])
@pytest.mark.parametrize(
    ("key", "row_kept"),
    [
        (np.s_[0:1], True),
        (np.s_[:1], True),
        (np.s_[1:], False),
        (np.s_[::2], True),
        (np.s_[::-1], True),
        (np.s_[:], True),
    ],
)
def test_broadcastable_as_theano(flags, key, row_kept):
    part = T.TensorType("float64", flags)()[key]
    assert part.broadcastable == (flags[0] and row_kept, False)


def test_symbolic_start_does_not_broadcast():
    assert T.row()[a:].broadcastable == (False, False)


@pytest.mark.parametrize(
    ("key", "error", "text"),
    [
        (np.s_[0, 0, 0, 0], IndexError, "too many indices: 4 for 3 dimensions"),
        (np.s_[..., 0, ...], IndexError, "at most one ellipsis"),
        (np.s_[1.5], TypeError, "an index is an integer"),
        (np.s_["a"], TypeError, "'a' is no index"),
        (np.s_[1.5:], TypeError, "a slice's bound is an integer scalar"),
        (np.s_[::0], ValueError, "step cannot be 0"),
        (np.s_[True], NotSupported, "boolean"),
    ],
)
def test_bad_keys(key, error, text):
    with pytest.raises(error, match=text):
        t[key]


def test_bad_writes():
    with pytest.raises(TypeError, match=r"takes x\[\.\.\.\] and a value"):
        T.set_subtensor(v, 1)
    with pytest.raises(TypeError, match="a part of 0 dimensions takes no value of 1"):
        T.inc_subtensor(v[0], v)
    with pytest.raises(TypeError, match="would lose precision"):
        T.set_subtensor(T.lvector()[0], 1.5)
    with pytest.raises(TypeError, match="cannot be assigned to"):
        v[0] = 1


def test_out_of_bounds():
    f = symc.function([v, a], v[a])
    assert f(A, -7) == 0
    for place in (7, -8):
        with pytest.raises(IndexError, match="out of bounds"):
            f(A, place)


@pytest.mark.parametrize("width", [0, 1, 3, 70])
def test_rows_of_several_tables(width):
    """Short rows have a loop for indices that are in bounds as they stand, and one for others."""
    first_table, second_table = T.fmatrices("a", "b")
    i, j = T.lvectors("i", "j")
    one, other = first_table[i], second_table[j]
    outputs = [one + other, T.inc_subtensor(one, other), T.exp(one).sum(1)]
    f = symc.function([first_table, second_table, i, j], outputs)
    first = np.arange(5 * width, dtype="float32").reshape(5, width) / 100
    second = np.arange(4 * width, dtype="float32").reshape(4, width) / 10
    here, there = [0, -5, 4, 2, 2], [3, 1, -1, -4, 0]
    added = first.copy()
    np.add.at(added, here, second[there])
    expected = first[here] + second[there], added, np.exp(first[here]).sum(1)
    for got, wanted in zip(f(first, second, here, there), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
    for wrong in ([5, 0, 0, 0, 0], [0, 0, 0, 0, -6]):
        with pytest.raises(IndexError):
            f(first, second, wrong, there)
        with pytest.raises(IndexError):
            f(first, second, here, wrong)


@pytest.mark.parametrize("known", [np.array([5.0]), np.array([[5.0]]), np.zeros((1, 3))])
@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_COMPILE", "FAST_RUN"])
def test_out_of_bounds_of_one_known_element(known, mode):
    f = symc.function([j], T.constant(known)[j] + 1, mode=mode)
    assert np.array_equal(f([0, -1, 0]), known[[0, -1, 0]] + 1)
    for place in (1, -2):
        with pytest.raises(IndexError, match=f"index {place} is out of bounds .* of size 1"):
            f([0, place])


def test_shape_items_need_no_indexing():
    assert t.shape[1].owner.op.name == "size"
    rows, columns, depth = t.shape
    assert depth.eval({t: S3}) == 4
    assert rows.eval({t: S3}) == 2
    assert columns.type == T.lscalar
    with pytest.raises(IndexError, match="out of range for 3 sizes"):
        t.shape[3]
