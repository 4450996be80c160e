"""NumPy's functions on variables: `np.exp(x)` is `exp(x)`."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from symc.compiler.errors import Error
from symc.exceptions import BadUse
from symc.report import mistake
from symc.tensor import application, conversion

OPS = {
    "add": "add",
    "subtract": "subtract",
    "multiply": "multiply",
    "divide": "true_divide",
    "true_divide": "true_divide",
    "floor_divide": "floor_divide",
    "remainder": "remainder",
    "power": "power",
    "negative": "negate",
    "absolute": "absolute",
    "sign": "sign",
    "square": "square",
    "sqrt": "sqrt",
    "reciprocal": "reciprocal",
    "rint": "round_half_to_even",
    "maximum": "maximum",
    "minimum": "minimum",
    "equal": "equal",
    "not_equal": "not_equal",
    "less": "less",
    "less_equal": "less_equal",
    "greater": "greater",
    "greater_equal": "greater_equal",
    "bitwise_and": "bit_and",
    "bitwise_or": "bit_or",
    "bitwise_xor": "bit_xor",
    "invert": "bit_not",
    "left_shift": "shift_left",
    "right_shift": "shift_right",
    "conjugate": "conj",
}
"""NumPy's name of each function whose name here is another, or that a list should show."""

SAME_NAMES = frozenset(
    {
        *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p"),
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "deg2rad", "rad2deg"),
        *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"),
        *("floor", "ceil", "trunc", "isnan", "isinf", "isfinite"),
    }
)
"""NumPy's functions that have the same name here."""


OWN: dict[str, Callable[..., Any]] = {
    "matmul": lambda x, y: _tensor("matmul")(x, y),
    "fabs": lambda x: application.call("absolute", _float(x)),
    "float_power": lambda x, y: application.call("power", _float(x), _float(y)),
    "positive": lambda x: x,
    "logical_not": lambda x: application.call("equal", x, 0),
    "logical_and": lambda x, y: application.call("bit_and", _truth(x), _truth(y)),
    "logical_or": lambda x, y: application.call("bit_or", _truth(x), _truth(y)),
    "logical_xor": lambda x, y: application.call("bit_xor", _truth(x), _truth(y)),
    "degrees": lambda x: application.call("rad2deg", x),
    "radians": lambda x: application.call("deg2rad", x),
    "divmod": lambda x, y: (
        application.call("floor_divide", x, y),
        application.call("remainder", x, y),
    ),
    "fmax": lambda x, y: _but_nan("maximum", x, y),
    "fmin": lambda x, y: _but_nan("minimum", x, y),
    "logaddexp": lambda x, y: _log_of_sum(x, y),
    "hypot": lambda x, y: _hypotenuse(x, y),
    "heaviside": lambda x, y: _step(x, y),
}
"""NumPy's functions of elements that take more than one operation here."""

REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
"""The reductions that NumPy's functions make by `reduce`."""


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply the operation that a NumPy function names, or say that there is none."""
    name = ufunc.__name__
    if method == "reduce" and name in REDUCTIONS:
        from symc.tensor import numpy_functions

        options = {"axis": 0, **{k: v for k, v in options.items() if k != "out" or v != (None,)}}
        return _called(
            getattr(numpy_functions, REDUCTIONS[name]), f"{name}.reduce", inputs, options
        )
    if method == "outer" and not options:
        x, y = (conversion.as_tensor_variable(z) for z in inputs)
        return apply_ufunc(ufunc, "__call__", (x.dimshuffle(*range(x.ndim), *"x" * y.ndim), y), {})
    if method != "__call__" or options:
        raise _refused(name if method == "__call__" else f"{name}.{method}", options)
    if name in OWN:
        return OWN[name](*inputs)
    known = OPS.get(name, name if name in SAME_NAMES else None)
    if known is None:
        raise _refused(name, {})
    return application.call(known, *inputs)


def apply_function(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Do what a NumPy function of whole arrays does, or say that there is none for variables."""
    from symc import tensor
    from symc.tensor import numpy_functions, numpy_linalg

    name = function.__name__
    path = f"{function.__module__}.{name}".removeprefix("numpy.")
    holders = {name: (numpy_functions, tensor), f"linalg.{name}": (numpy_linalg,)}
    for holder in holders.get(path, ()):
        made = getattr(holder, name, None)
        if callable(made):
            return _called(made, path, args, options)
    raise _refused(path, {})


def _called(
    function: Callable[..., Any], name: str, args: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    try:
        signature(function).bind(*args, **options)
    except TypeError as error:
        raise mistake(BadUse, f"numpy.{name} of a variable: {error}") from None
    return function(*args, **options)


def _refused(name: str, options: dict[str, Any]) -> Error:
    given = f" with {', '.join(options)}" if options else ""
    return mistake(BadUse, f"numpy.{name}{given} has no meaning for a symbolic variable here")


# --- functions of elements


def _tensor(name: str) -> Any:
    from symc import tensor

    return getattr(tensor, name)


def _float(x: Any) -> Any:
    """Return numbers as floats of 64 bits at least where they are none."""
    x = conversion.as_tensor_variable(x)
    return x if x.dtype[0] in "fc" else application.call("cast", x, dtype="float64")


def _truth(x: Any) -> Any:
    x = conversion.as_tensor_variable(x)
    return x if x.dtype == "bool" else application.call("not_equal", x, 0)


def _choose(condition: Any, x: Any, y: Any) -> Any:
    return application.call("switch", condition, x, y)


def _but_nan(name: str, x: Any, y: Any) -> Any:
    isnan = _tensor("isnan")
    one = _choose(isnan(x), y, application.call(name, x, y))
    return _choose(isnan(y), x, one)


def _log_of_sum(x: Any, y: Any) -> Any:
    """Return log(exp(x) + exp(y)), which two equal infinities are themselves."""
    call = application.call
    large, small = call("maximum", x, y), call("minimum", x, y)
    step = call("subtract", small, large)
    sum = call("add", large, call("log1p", call("exp", step)))
    return _choose(call("equal", large, small), call("add", large, _tensor("log")(2.0)), sum)


def _hypotenuse(x: Any, y: Any) -> Any:
    """Return sqrt(x x + y y), without squares that overflow."""
    call = application.call
    sides = [call("absolute", _float(z)) for z in (x, y)]
    large, small = call("maximum", *sides), call("minimum", *sides)
    flat = _choose(call("equal", large, 0), call("equal", large, 0), large)  # 1 in place of 0
    ratio = call("true_divide", small, flat)
    length = call("multiply", large, call("sqrt", call("add", call("square", ratio), 1)))
    return _choose(call("isinf", large), large, length)


def _step(x: Any, y: Any) -> Any:
    """Return 0 below 0, 1 above it, and y at 0."""
    call = application.call
    x, y = _float(x), _float(y)
    side = call("cast", call("greater", x, 0), dtype=x.dtype)
    return _choose(call("isnan", x), x, _choose(call("equal", x, 0), y, side))
