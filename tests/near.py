"""Compare results with NumPy's: dtype and shape exactly, values up to rounding of the dtype."""

import numpy as np

TOLERANCE = {"float64": 1e-11, "float32": 2e-5}


def assert_near(got, wanted, dtype):
    """Require an array of just this dtype and of the shape and values wanted."""
    wanted = np.asarray(wanted)
    assert isinstance(got, np.ndarray)
    assert str(got.dtype) == dtype
    assert got.shape == wanted.shape
    if dtype not in TOLERANCE:
        np.testing.assert_array_equal(got, wanted)
        return
    size = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE[dtype] * size)
