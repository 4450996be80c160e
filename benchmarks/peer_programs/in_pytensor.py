"""The cases in PyTensor, compiled by Numba."""

from __future__ import annotations

import pytensor
import pytensor.tensor as pt
from pytensor.tensor import special

from peer_programs.theano_style import Library

PROGRAMS = Library(
    pytensor,
    pt,
    lambda dtype, rank: pt.tensor(dtype=dtype, shape=(None,) * rank),
    lambda x: special.softmax(x, axis=-1),
    lambda x: special.log_softmax(x, axis=-1),
    pt.sigmoid,
    pt.matmul,
    lambda n: pt.random.utils.RandomStream(7).normal(size=(n,)).astype("float32"),
).programs()
VERSION = f"PyTensor {pytensor.__version__}"
