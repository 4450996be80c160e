"""Builds modules, runs passes over them and computes them, for the tests of rules."""

import numpy as np

from symc.compiler.interpret import interpret
from symc.compiler.module import Module, make_parameter
from symc.compiler.ops.reduction import sum_
from symc.compiler.ops.shape import keep
from symc.compiler.value import Context

NAMES = "xyzwuv"


def build(make, *specs, sites=()):
    """Return the module of make(*values); specs are (dtype, rank) or (dtype, broadcastable)."""
    context = Context()
    parameters = []
    for k, (dtype, shape) in enumerate(specs):
        flags = (False,) * shape if isinstance(shape, int) else shape
        parameters.append(make_parameter(context, k, dtype, flags, NAMES[k]))
    made = make(*(p.value for p in parameters))
    outputs = made if isinstance(made, tuple) else (made,)
    return Module("f", context, tuple(parameters), outputs, (), tuple(context.checks), sites)


def compute(module, *arrays):
    """Return the module's outputs in NumPy."""
    with np.errstate(all="ignore"):
        outputs, _ = interpret(module, arrays)
    return outputs


def total(x, *axes):
    """Sum over axes."""
    dtype = x.type.dtype
    return sum_(x, axes=axes, dtype=dtype, acc_dtype="float64" if dtype == "float32" else dtype)


def kept_total(x, *axes):
    """Sum over axes, which stay with size 1."""
    return keep(total(x, *axes), axes)
