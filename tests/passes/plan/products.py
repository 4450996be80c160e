"""Functions of a product of open sizes, their programs and arguments."""

import numpy as np

import symc
import symc.tensor as T
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.program.record import Loop
from symc.compiler.target.isa import host_target
from symc.passes.pipeline import run
from symc.passes.plan import plan

M, K, N = 5003, 16, 70


def data(dtype, *shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


def variables(dtype):
    matrix, vector = (False, False), (False,)
    return [T.tensor(dtype, kind) for kind in (matrix, matrix, vector, vector, matrix)]


def fused(inputs, *results):
    """Return the fused module of a function."""
    f = symc.function(inputs, list(results), on_unused_input="ignore")
    return run(f.module, symc.Mode())


def loops_of(inputs, *results):
    """Return the loops over blocks in the program of a function."""
    program = plan(fused(inputs, *results), lambda c: work_bytes(c, host_target()))
    return [s for piece in program.pieces for s in piece.body if isinstance(s, Loop)]


def arguments(dtype, m):
    return [data(dtype, *s) for s in ((m, K), (K, N), (N,), (m,), (m, N))]
