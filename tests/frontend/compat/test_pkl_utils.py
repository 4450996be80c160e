"""Zip files with a pickle and the values of shared variables beside it."""

import io

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compat.pkl_utils import StripPickler, dump, load


@pytest.fixture
def file():
    return io.BytesIO()


def test_numpy_finds_shared_variables_by_name(file):
    w, b = symc.shared(np.arange(6.0).reshape(2, 3), name="w"), symc.shared(np.ones(3), name="b")
    dump({"params": [w, b], "rate": 0.1}, file)
    arrays = np.load(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(arrays["w"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(arrays["b"], np.ones(3))
    made = load(file)
    assert made["rate"] == 0.1
    assert [v.name for v in made["params"]] == ["w", "b"]
    np.testing.assert_array_equal(made["params"][0].get_value(), [[0, 1, 2], [3, 4, 5]])


def test_names_that_are_taken_get_a_number(file):
    same = [symc.shared(float(k), name="w") for k in range(3)]
    dump([*same, symc.shared(9.0), symc.shared(8.0, name="pkl")], file)
    arrays = np.load(io.BytesIO(file.getvalue()))
    assert [float(arrays[n]) for n in ("w", "w_1", "w_2", "array", "pkl_1")] == [0, 1, 2, 9, 8]
    assert [float(v.get_value()) for v in load(file)] == [0, 1, 2, 9, 8]


def test_a_graph_and_its_function_keep_sharing(file):
    x, w = T.dvector("x"), symc.shared(np.array([1.0, 2.0]), name="w")
    y = T.dot(x, w)
    dump({"w": w, "x": x, "y": y, "f": symc.function([x], y)}, file)
    assert "w" in np.load(io.BytesIO(file.getvalue()))
    made = load(file)
    made["w"].set_value(np.array([10.0, 20.0]))
    assert made["y"].eval({made["x"]: [1.0, 1.0]}) == 30
    assert made["f"]([1.0, 1.0]) == 30


def test_a_random_state_stays_one(file):
    random = T.shared_randomstreams.RandomStreams(3)
    draw = symc.function([], random.uniform((2,)))
    dump(draw, file)
    np.testing.assert_array_equal(load(file)(), draw())


def test_strip_pickler(file):
    StripPickler(file, protocol=2, extra_tag_to_remove="annotations").dump({"a": 1})
    assert __import__("pickle").loads(file.getvalue()) == {"a": 1}
