"""The cases in symc."""

from __future__ import annotations

from importlib.metadata import version

import symc
import symc.tensor as T
from peer_programs.theano_style import Library

PROGRAMS = Library(
    symc,
    T,
    lambda dtype, rank: T.TensorType(dtype, (False,) * rank)(),
    T.nnet.softmax,
    T.nnet.logsoftmax,
    T.nnet.sigmoid,
    T.batched_dot,
).programs()
VERSION = f"symc {version('symc')}"
