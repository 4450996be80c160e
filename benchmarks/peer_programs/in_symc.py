"""The cases in symc."""

from __future__ import annotations

from importlib.metadata import version

import symc
import symc.tensor as T
from peer_programs.theano_style import Library
from symc.tensor.shared_randomstreams import RandomStreams

PROGRAMS = Library(
    symc,
    T,
    lambda dtype, rank: T.TensorType(dtype, (False,) * rank)(),
    T.nnet.softmax,
    T.nnet.logsoftmax,
    T.nnet.sigmoid,
    T.batched_dot,
    lambda n: RandomStreams(7).normal((n,), dtype="float32"),
).programs()
VERSION = f"symc {version('symc')}"
