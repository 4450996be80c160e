"""Many calls of many kinds: references, objects and memory stay what they were."""

import gc
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.tensor.opt import Assert
from symc.tensor.shared_randomstreams import RandomStreams

CALLS = 2000
PAGE = os.sysconf("SC_PAGE_SIZE")
MOST = 2 << 20
"""Bytes that the process may grow by: 128 bytes lost in each call come to more."""

x, m, i = T.dvector("x"), T.dmatrix("m"), T.lvector("i")
A, M, P = np.array([3.0, -1.0, 2.0]), np.arange(6.0).reshape(2, 3), np.array([2, 0, 1])


class Positive(symc.Op):
    itypes, otypes = [T.dvector], [T.dvector]

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][inputs[0] > 0]


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def programs():
    """Return functions with their arguments: those that work, and those that fail."""
    total, kept = symc.shared(np.zeros(3)), symc.shared(np.zeros(0))
    grown = T.concatenate([kept, x[x > 0]])[-4:]
    works = [
        (symc.function([x], [T.exp(x), x.sum(), x.shape[0]]), (A,)),
        (symc.function([x], x[x > 0]), (A,)),
        (symc.function([m], T.dot(m, m.T)), (M,)),
        (symc.function([m], T.grad((T.nnet.softmax(m) ** 2).sum(), m)), (M,)),
        (symc.function([x, i], [T.repeat(x, i), x[i]]), (A, P)),
        (symc.function([x], Positive()(x) * 2), (A,)),
        (symc.function([x], [T.sort(x), T.extra_ops.Unique()(x)]), (A,)),
        (symc.function([], RandomStreams(1).normal((9,))), ()),
        (symc.function([], total.sum(), updates={total: total + 1}), ()),
        (symc.function([x], [], updates={kept: grown}), (A,)),
    ]
    fails = [
        (symc.function([x, i], x[i]), (A, np.array([9]))),
        (symc.function([x], Assert()(x, x.sum() < 0)), (A,)),
    ]
    return works, fails


def call(works, fails, times):
    for f, arguments in works:
        for _ in range(times):
            f(*arguments)
    for f, arguments in fails:
        for _ in range(times // 20):
            with pytest.raises((IndexError, AssertionError)):
                f(*arguments)


def state_of_process():
    gc.collect()
    return len(gc.get_objects()), *(sys.getrefcount(array) for array in (A, M, P))


def test_nothing_grows():
    with symc.config.change_flags(mode="FAST_RUN"):
        works, fails = programs()
    call(works, fails, CALLS // 4)
    objects, *references = state_of_process()
    memory = resident()
    call(works, fails, CALLS)
    left, *held = state_of_process()
    assert held == references
    assert left - objects < CALLS // 20
    assert resident() - memory < MOST
