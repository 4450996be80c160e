"""Indices along a dimension of one element are checked like any other."""

import numpy as np
import pytest

import symc
import symc.tensor as T

ROW = np.arange(5.0).reshape(1, 5)


def reads(r, k, i):
    return {
        "number": lambda: r[k],
        "array": lambda: r[i],
        "column": lambda: r.T[:, i],
        "add": lambda: T.inc_subtensor(r[i], 1.0),
        "set": lambda: T.set_subtensor(r[k], 1.0),
    }


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE", "INTERPRET"])
@pytest.mark.parametrize("form", ["number", "array", "column", "add", "set"])
def test_only_the_one_place_is_there(form, mode):
    r, k, i = T.row("r"), T.lscalar("k"), T.lvector("i")
    f = symc.function([r, k, i], reads(r, k, i)[form](), mode=mode, on_unused_input="ignore")
    for good in (0, -1):
        f(ROW, good, np.array([good, 0]))
    for bad in (1, -2, 7):
        with pytest.raises(IndexError):
            f(ROW, bad, np.array([0, bad]))


@pytest.mark.parametrize("mode", ["FAST_RUN", "INTERPRET"])
def test_known_bad_number(mode):
    r = T.row("r")
    with pytest.raises(IndexError):
        symc.function([r], r[1], mode=mode)(ROW)
