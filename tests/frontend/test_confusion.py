"""confusion_matrix, with Theano's answers."""

import pytest

import symc
import symc.tensor as T

a, p = T.lvectors("a", "p")


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_counts_and_classes(mode):
    f = symc.function([a, p], T.nnet.confusion_matrix(a, p), mode=mode)
    counts, classes = f([0, 1, 1, 5], [0, 1, 2, 2])
    assert counts.tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0]]
    assert (counts.dtype, classes.tolist()) == ("int64", [0, 1, 2, 5])
    counts, classes = f([-1, 3], [3, 3])
    assert (counts.tolist(), classes.tolist()) == ([[0, 1], [0, 1]], [-1, 3])


def test_what_is_no_vector():
    with pytest.raises(ValueError, match="confusion_matrix: actual is no vector"):
        T.nnet.confusion_matrix(T.lmatrix(), p)
