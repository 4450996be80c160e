"""Runs every program in each mode and each floatX, and gives it a way to compare with NumPy."""

import numpy as np
import pytest

import symc


@pytest.fixture(params=["FAST_RUN", "FAST_COMPILE", "INTERPRET"])
def mode(request):
    with symc.config.change_flags(mode=request.param):
        yield request.param


@pytest.fixture(params=["float64", "float32"])
def floatX(request, mode):  # Theano's name for it
    with symc.config.change_flags(floatX=request.param):
        yield request.param


@pytest.fixture
def random(floatX):
    """Return a function (*shape) -> normal numbers of floatX."""
    generator = np.random.default_rng(7)
    return lambda *shape: generator.normal(size=shape).astype(floatX)
