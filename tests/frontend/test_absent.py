"""Names that are not there: planned ones say so, others name the nearest."""

import pytest

import symc
import symc.tensor as T
from symc.absent import PLANNED


@pytest.mark.parametrize(
    ("get", "text"),
    [
        (lambda: symc.sparse, "symc.sparse is not there yet"),
        (lambda: T.nnet.conv2d, "symc.tensor.nnet.conv2d is not there yet"),
        (lambda: T.fft, "symc.tensor.fft is not there yet"),
        (lambda: symc.functoin, "symc has no 'functoin'; did you mean 'function'?"),
        (lambda: T.matrx, "symc.tensor has no 'matrx'; did you mean 'matrix'?"),
        (lambda: T.nnet.qqqq, "symc.tensor.nnet has no 'qqqq'"),
    ],
)
def test_absent_names(get, text):
    with pytest.raises(AttributeError) as caught:
        get()
    assert str(caught.value) == text


def test_planned_names_are_not_supported():
    with pytest.raises(symc.NotSupported):
        _ = symc.sparse
    assert not hasattr(symc, "sparse")


def test_what_is_there_is_not_planned():
    # symc.scalar, Theano's module, is to come; tensor.scalar, the constructor, is there.
    assert PLANNED & {*symc.__all__, *T.__all__, *T.nnet.__all__} == {"scalar"}


@pytest.mark.parametrize("module", [symc, T, T.nnet])
def test_everything_announced_is_there(module):
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_a_star_import_gives_all_public_names():
    names = {}
    exec("from symc.tensor import *", names)
    made = {name for name in vars(T) if getattr(vars(T)[name], "__module__", "") == "symc.tensor"}
    for name in ("erf", "sort", "ivector", "dmatrices", "cumsum", "nonzero", "int_dtypes", *made):
        assert name in names or name.startswith("_"), name


def test_a_name_of_a_part_is_found_there():
    with pytest.raises(AttributeError, match=r"it is symc\.tensor\.nnet\.softmax$"):
        _ = symc.tensor.softmax
    with pytest.raises(AttributeError, match=r"it is symc\.tensor\.matrix$"):
        _ = symc.matrix
