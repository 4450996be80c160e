"""Small modules for the tests of passes, written with the operations on Values."""

from collections.abc import Callable

import numpy as np

from symc.compiler.module import Module, Parameter, make_parameter
from symc.compiler.op import find
from symc.compiler.value import Context, Value


def parameter(
    context: Context, index: int, dtype: str, ndim: int, kind: str = "input", ones=()
) -> Parameter:
    """Return a parameter; `ones` names its dimensions of size 1."""
    return make_parameter(
        context, index, dtype, tuple(k in ones for k in range(ndim)), f"p{index}", kind
    )


def module_of(
    build: Callable[..., tuple[list[Value], list[Value]]], inputs: list, states: list | None = None
) -> Module:
    """Return the module of build(*values) -> (outputs, new states).

    inputs and states are (dtype, rank) or (dtype, rank, dimensions of size 1).
    """
    context = Context()
    states = states or []
    kinds = ["input"] * len(inputs) + ["state"] * len(states)
    parameters = [
        parameter(context, k, spec[0], spec[1], kind, spec[2] if len(spec) > 2 else ())
        for k, (spec, kind) in enumerate(zip([*inputs, *states], kinds, strict=True))
    ]
    outputs, news = build(*(p.value for p in parameters))
    updates = tuple((len(inputs) + k, new) for k, new in enumerate(news))
    return Module("f", context, tuple(parameters), tuple(outputs), updates, tuple(context.checks))


def total(x: Value, *axes: int) -> Value:
    """Sum over axes, accumulating float32 in float64."""
    dtype = x.type.dtype
    accumulate = "float64" if dtype == "float32" else dtype
    return find("sum")(x, axes=axes, dtype=dtype, acc_dtype=accumulate)


def random_arrays(shapes: list, seed: int = 0) -> list[np.ndarray]:
    """Return arrays for (dtype, shape) pairs; integers are small and not negative."""
    random = np.random.default_rng(seed)
    arrays = []
    for dtype, shape in shapes:
        if np.dtype(dtype).kind == "f":
            arrays.append(random.normal(size=shape).astype(dtype))
        else:
            arrays.append(random.integers(0, 3, size=shape).astype(dtype))
    return arrays
