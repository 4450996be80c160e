"""Functions of each element, under Theano's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import find
from symc.compiler.ops import arithmetic  # noqa: F401  # registers all operations
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion
from symc.type import dtype_name

Function = Callable[..., Any]


def _unary(name: str, op_name: str) -> Function:
    def function(x: Any) -> Any:
        return application.call(op_name, x)

    return _titled(function, name, op_name)


def _binary(name: str, op_name: str) -> Function:
    def function(x: Any, y: Any) -> Any:
        return application.call(op_name, x, y)

    return _titled(function, name, op_name)


def _nary(name: str, op_name: str) -> Function:
    def function(*operands: Any) -> Any:
        return application.call(op_name, *operands)

    return _titled(function, name, op_name)


def _titled(function: Function, name: str, op_name: str) -> Function:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = find(op_name).doc
    return function


abs_: Function = _unary("abs_", "absolute")
neg: Function = _unary("neg", "negate")
inv: Function = _unary("inv", "reciprocal")
sgn: Function = _unary("sgn", "sign")
sqr: Function = _unary("sqr", "square")
square: Function = sqr
sqrt: Function = _unary("sqrt", "sqrt")
exp: Function = _unary("exp", "exp")
exp2: Function = _unary("exp2", "exp2")
expm1: Function = _unary("expm1", "expm1")
log: Function = _unary("log", "log")
log2: Function = _unary("log2", "log2")
log10: Function = _unary("log10", "log10")
log1p: Function = _unary("log1p", "log1p")
sigmoid: Function = _unary("sigmoid", "sigmoid")
softplus: Function = _unary("softplus", "softplus")
hard_sigmoid: Function = _unary("hard_sigmoid", "hard_sigmoid")
ultra_fast_sigmoid: Function = _unary("ultra_fast_sigmoid", "ultra_fast_sigmoid")
erf: Function = _unary("erf", "erf")
erfc: Function = _unary("erfc", "erfc")
sin: Function = _unary("sin", "sin")
cos: Function = _unary("cos", "cos")
tan: Function = _unary("tan", "tan")
arcsin: Function = _unary("arcsin", "arcsin")
arccos: Function = _unary("arccos", "arccos")
arctan: Function = _unary("arctan", "arctan")
sinh: Function = _unary("sinh", "sinh")
cosh: Function = _unary("cosh", "cosh")
tanh: Function = _unary("tanh", "tanh")
arcsinh: Function = _unary("arcsinh", "arcsinh")
arccosh: Function = _unary("arccosh", "arccosh")
arctanh: Function = _unary("arctanh", "arctanh")
deg2rad: Function = _unary("deg2rad", "deg2rad")
rad2deg: Function = _unary("rad2deg", "rad2deg")
floor: Function = _unary("floor", "floor")
ceil: Function = _unary("ceil", "ceil")
trunc: Function = _unary("trunc", "trunc")
round_half_to_even: Function = _unary("round_half_to_even", "round_half_to_even")
round_half_away_from_zero: Function = _unary(
    "round_half_away_from_zero", "round_half_away_from_zero"
)
isnan: Function = _unary("isnan", "isnan")
isinf: Function = _unary("isinf", "isinf")
isfinite: Function = _unary("isfinite", "isfinite")
invert: Function = _unary("invert", "bit_not")
bitwise_not: Function = invert

add: Function = _nary("add", "add")
mul: Function = _nary("mul", "multiply")
sub: Function = _binary("sub", "subtract")
true_div: Function = _binary("true_div", "true_divide")
int_div: Function = _binary("int_div", "floor_divide")
floor_div: Function = int_div
mod: Function = _binary("mod", "remainder")
pow: Function = _binary("pow", "power")
power: Function = pow
maximum: Function = _binary("maximum", "maximum")
minimum: Function = _binary("minimum", "minimum")
arctan2: Function = _binary("arctan2", "arctan2")
eq: Function = _binary("eq", "equal")
neq: Function = _binary("neq", "not_equal")
lt: Function = _binary("lt", "less")
le: Function = _binary("le", "less_equal")
gt: Function = _binary("gt", "greater")
ge: Function = _binary("ge", "greater_equal")
and_: Function = _binary("and_", "bit_and")
or_: Function = _binary("or_", "bit_or")
xor: Function = _binary("xor", "bit_xor")
bitwise_and: Function = and_
bitwise_or: Function = or_
bitwise_xor: Function = xor


def switch(cond: Any, ift: Any, iff: Any) -> Any:
    """Choose `ift` where `cond` is true, and `iff` elsewhere."""
    return application.call("switch", cond, ift, iff)


where: Function = switch


def clip(x: Any, min: Any, max: Any) -> Any:
    """Keep x between min and max."""
    return application.call("clip", x, min, max)


def cast(x: Any, dtype: Any) -> Any:
    """Convert to a dtype, given by name, as 'floatX', or as a NumPy type.

    >>> cast(conversion.constant(1.5), "int32").type
    TensorType(int32, scalar)
    """
    x = conversion.as_tensor_variable(x)
    name = dtype_name(dtype)
    if x.dtype == name:
        return x
    if x.dtype.startswith("complex") and not name.startswith("complex"):
        raise mistake(
            TypeMismatch, f"casting {x.dtype} to {name} would lose a part; take real or imag"
        )
    return application.call("cast", x, dtype=name)


def round(a: Any, mode: str | None = None) -> Any:
    """Round to whole numbers; mode is 'half_to_even', the default, or 'half_away_from_zero'."""
    modes = {
        None: round_half_to_even,
        "half_to_even": round_half_to_even,
        "half_away_from_zero": round_half_away_from_zero,
    }
    if mode not in modes:
        raise mistake(BadValue, f"round: mode is half_to_even or half_away_from_zero, not {mode!r}")
    return modes[mode](a)


def iround(a: Any, mode: str | None = None) -> Any:
    """Do as `round`, to int64."""
    return cast(round(a, mode), "int64")


def smallest(*args: Any) -> Any:
    """Return, elementwise, the smallest of the arguments."""
    return _folded(minimum, args)


def largest(*args: Any) -> Any:
    """Return, elementwise, the largest of the arguments."""
    return _folded(maximum, args)


def _folded(function: Function, args: tuple[Any, ...]) -> Any:
    first, *rest = args
    first = conversion.as_tensor_variable(first)
    for other in rest:
        first = function(first, other)
    return first


def isclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    """Tell where |a - b| <= atol + rtol |b|; infinities are close to themselves only."""
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    difference = abs_(sub(a, b))
    close = le(difference, add(atol, mul(rtol, abs_(b))))
    finite = and_(invert(or_(isnan(a), isinf(a))), invert(or_(isnan(b), isinf(b))))
    result = or_(and_(close, finite), eq(a, b))
    return or_(result, and_(isnan(a), isnan(b))) if equal_nan else result


def allclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    """Tell whether `isclose` holds everywhere."""
    return isclose(a, b, rtol, atol, equal_nan).all()
