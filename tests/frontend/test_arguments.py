"""What values an input takes: Theano's answers, and what a refusal says."""

import json
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.arguments import fit

TABLE = json.loads((Path(__file__).parent / "theano_arguments.json").read_text())
VALUES = {
    **{"0.1": 0.1, "0.5": 0.5, "1": 1, "300": 300, "2**40": 2**40, "True": True, "1j": 1j},
    **{"np.float32(.1)": np.float32(0.1), "np.float64(.1)": np.float64(0.1)},
    **{"np.float64(.5)": np.float64(0.5), "np.int64(1)": np.int64(1)},
    **{"np.int64(300)": np.int64(300), "array f8": np.array(0.1)},
    **{"array f4": np.array(0.1, "float32"), "array i8": np.array(1)},
    **{"array i1": np.array(1, "int8"), "array i2": np.array(1, "int16")},
    "array bool": np.array(True),
}
ALLOW = {"None": None, "True": True, "False": False}


@pytest.mark.parametrize("case", TABLE["taken"])
def test_as_theano(case):
    float_x, allow, dtype = case.split()
    type = T.TensorType(dtype, ())
    with symc.config.change_flags(floatX=float_x):
        for name, expected in zip(TABLE["values"], TABLE["taken"][case], strict=True):
            if name == "1j" and allow == "True" and dtype == "bool":
                expected = "."  # Theano makes it True
            try:
                array = fit(type, VALUES[name], None, strict=False, allow_downcast=ALLOW[allow])
            except TypeError:
                assert expected == ".", name
            else:
                assert expected == "x", name
                assert (str(array.dtype), array.ndim) == (dtype, 0)


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_calls_follow_the_same_rules(mode):
    a, n = T.fscalar("a"), T.lscalar("n")
    f = symc.function([a], a * 2, mode=mode)
    assert f(0.5) == 1
    assert f(np.float32(0.1)) == np.float32(0.2)
    with pytest.raises(TypeError, match="converting it to float32 would change it"):
        f(0.1)
    loose = symc.function([a], a * 2, mode=mode, allow_input_downcast=True)
    assert loose(0.1) == np.float32(0.2)
    with symc.config.change_flags(floatX="float32"):
        assert f(0.1) == np.float32(0.2)
    g = symc.function([n], n + 1, mode=mode)
    assert g(2**40) == 2**40 + 1
    assert g(True) == 2
    with pytest.raises(TypeError, match=r"float 1\.5"):
        g(1.5)


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_one_input_may_have_its_own_rule(mode):
    a, b = T.fvectors("a", "b")
    f = symc.function([symc.In(a, allow_downcast=True), symc.In(b, strict=True)], a + b, mode=mode)
    assert f([0.1], np.float32([1])) == np.float32(1.1)
    with pytest.raises(TypeError, match="strict"):
        f([0.1], [1.0])


def refusal(type, value, **options):
    with pytest.raises(symc.BadArgument) as caught:
        fit(type, value, "x", **options)
    lines = str(caught.value).splitlines()
    return "\n".join(lines[:1] + [x for x in lines if x.startswith(("  exp", "  got", "  help"))])


def test_what_a_refusal_says():
    assert refusal(T.fvector, np.zeros(2)).splitlines() == [
        "[E122] a value does not fit x: float64 to float32 could lose precision",
        "  expected: float32 vector",
        "  got: float64 array of shape (2,)",
        "  help: convert it: numpy.asarray(value, 'float32'); or let function take it by "
        "allow_input_downcast=True, shared by allow_downcast=True",
    ]
    assert refusal(T.dmatrix, np.zeros(2)).splitlines() == [
        "[E122] a value does not fit x: it has 1 dimensions, not 2",
        "  expected: float64 matrix",
        "  got: float64 array of shape (2,)",
        "  help: reshape it, or declare a variable of 1 dimensions",
    ]
    assert (
        refusal(T.drow, np.zeros((3, 2)))
        .splitlines()[0]
        .endswith("dimension 0 broadcasts, so its size is 1, not 3")
    )
    assert "got: str 'text'" in refusal(T.dscalar, "text")
    assert "got: NoneType None" in refusal(T.dscalar, None)
    assert "it is symbolic; a call takes numbers and arrays" in refusal(T.dscalar, T.dscalar("y"))
    assert "got: list [[1.0], [1.0, 2.0]]" in refusal(T.dmatrix, [[1.0], [1.0, 2.0]])
    assert "..." in refusal(T.lscalar, [0.5] * 100)


def test_nan_and_infinity_are_exact():
    assert np.isnan(fit(T.fscalar, float("nan")))
    assert fit(T.fscalar, float("inf")) == np.inf


class Marked(np.ndarray):
    pass


def test_subclasses_become_plain_arrays():
    array = fit(T.dmatrix, np.ones((1, 2)).view(Marked))
    assert type(array) is np.ndarray


def test_subclasses_of_arrays_become_plain():
    masked = np.ma.array([1.0, 2.0])
    x = T.fvector("x")
    f = symc.function([x], x, allow_input_downcast=True)
    assert f(masked).tolist() == [1, 2]


def test_integers_beyond_64_bits():
    x, h = T.dscalar("x"), T.scalar("h", dtype="float16")
    assert symc.function([x], x)(2**70) == 2.0**70
    with pytest.raises(symc.BadArgument, match="it does not fit float16"):
        symc.function([h], h)(2**70)
