"""Call operations on arrays by way of a verified module and the interpreter."""

import numpy as np

import symc.compiler.ops  # noqa: F401  # fills the registry
from symc.compiler.interpret import interpret
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.value import Context, Value
from symc.compiler.verify import verify


def call(build, *arrays):
    """Build a module of one output on parameters like the arrays, verify it, run it."""
    context = Context()
    arrays = [np.asarray(x) for x in arrays]
    parameters = [
        make_parameter(context, k, str(x.dtype), tuple(n == 1 for n in x.shape), f"x{k}")
        for k, x in enumerate(arrays)
    ]
    made = build(context, *(p.value for p in parameters))
    checks = tuple(context.checks)
    module = Module("f", context, tuple(parameters), (made,), checks=checks)
    verify(module)
    (result,), _ = interpret(module, arrays)
    return result


def run(name, *arrays, **attributes):
    """Apply an operation to arrays."""
    return call(lambda _, *xs: find(name)(*xs, **attributes), *arrays)


def partial(name, number, *arrays, **attributes):
    """Return one partial derivative of a pointwise operation at arrays."""

    def build(context, *xs):
        op = find(name)
        found = op.partials(op(*xs, **attributes), *xs, **attributes)[number]
        if isinstance(found, Value):
            return found
        return context.constant(float(found), ndim=xs[number].type.ndim)

    return call(build, *arrays)
