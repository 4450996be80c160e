"""What tests of native loops share: variables, arrays, and functions that must be compiled."""

from types import SimpleNamespace

import numpy as np
import pytest

import symc
import symc.tensor as T

RNG = np.random.default_rng(8)


def normal(*shape):
    return RNG.normal(size=shape)


@pytest.fixture(params=["mlir", "llvm"])
def compiled(request):
    """Return what compiles a function that must not run in the interpreter."""

    def compile_(inputs, outputs, **options):
        function = symc.function(inputs, outputs, mode=symc.Mode(printer=request.param), **options)
        assert function.call.reason == ""
        assert function.call.artifact is not None
        return function

    return compile_


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.fixture
def v():
    return SimpleNamespace(
        x=T.dvector("x"),
        y=T.dvector("y"),
        a=T.dscalar("a"),
        n=T.lscalar("n"),
        W=T.dmatrix("W"),
        U=T.dmatrix("U"),
        X=T.dmatrix("X"),
        S=T.dtensor3("S"),
    )
