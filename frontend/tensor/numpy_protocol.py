"""NumPy's functions on variables: `np.exp(x)` is `exp(x)`."""

from __future__ import annotations

from typing import Any

from symc.tensor import application

OPS = {
    "add": "add",
    "subtract": "subtract",
    "multiply": "multiply",
    "divide": "true_divide",
    "true_divide": "true_divide",
    "floor_divide": "floor_divide",
    "remainder": "remainder",
    "power": "power",
    "float_power": "power",
    "negative": "negate",
    "absolute": "absolute",
    "fabs": "absolute",
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
    "matmul": "matmul",
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


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply the operation that a NumPy function names, or leave it to NumPy to refuse."""
    name = ufunc.__name__
    if method != "__call__" or options:
        return NotImplemented
    if name == "matmul":
        from symc.tensor.products import matmul

        return matmul(*inputs)
    known = OPS.get(name, name if name in SAME_NAMES else None)
    return NotImplemented if known is None else application.call(known, *inputs)
