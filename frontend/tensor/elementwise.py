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


def unary(name: str, op_name: str) -> Function:
    """Return the function of one operand that applies an operation."""

    def function(x: Any) -> Any:
        return application.call(op_name, x)

    return _titled(function, name, op_name)


def binary(name: str, op_name: str) -> Function:
    """Return the function of two operands that applies an operation."""

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
    return applies(op_name)(function)


def applies(op_name: str) -> Callable[[Function], Function]:
    """Make a function equal to the operation that it applies, as `x.owner.op == tanh` asks."""

    def marked(function: Function) -> Function:
        function.__symc_op__ = find(op_name)  # type: ignore[attr-defined]  # a function takes any
        return function

    return marked


abs_: Function = unary("abs_", "absolute")
neg: Function = unary("neg", "negate")
inv: Function = unary("inv", "reciprocal")
sgn: Function = unary("sgn", "sign")
sqr: Function = unary("sqr", "square")
square: Function = sqr
sqrt: Function = unary("sqrt", "sqrt")
exp: Function = unary("exp", "exp")
exp2: Function = unary("exp2", "exp2")
expm1: Function = unary("expm1", "expm1")
log: Function = unary("log", "log")
log2: Function = unary("log2", "log2")
log10: Function = unary("log10", "log10")
log1p: Function = unary("log1p", "log1p")
sigmoid: Function = unary("sigmoid", "sigmoid")
softplus: Function = unary("softplus", "softplus")
hard_sigmoid: Function = unary("hard_sigmoid", "hard_sigmoid")
ultra_fast_sigmoid: Function = unary("ultra_fast_sigmoid", "ultra_fast_sigmoid")
xlogx: Function = unary("xlogx", "xlogx")
sin: Function = unary("sin", "sin")
cos: Function = unary("cos", "cos")
tan: Function = unary("tan", "tan")
arcsin: Function = unary("arcsin", "arcsin")
arccos: Function = unary("arccos", "arccos")
arctan: Function = unary("arctan", "arctan")
sinh: Function = unary("sinh", "sinh")
cosh: Function = unary("cosh", "cosh")
tanh: Function = unary("tanh", "tanh")
arcsinh: Function = unary("arcsinh", "arcsinh")
arccosh: Function = unary("arccosh", "arccosh")
arctanh: Function = unary("arctanh", "arctanh")
deg2rad: Function = unary("deg2rad", "deg2rad")
rad2deg: Function = unary("rad2deg", "rad2deg")
floor: Function = unary("floor", "floor")
ceil: Function = unary("ceil", "ceil")
trunc: Function = unary("trunc", "trunc")
round_half_to_even: Function = unary("round_half_to_even", "round_half_to_even")
round_half_away_from_zero: Function = unary(
    "round_half_away_from_zero", "round_half_away_from_zero"
)
isnan: Function = unary("isnan", "isnan")
isinf: Function = unary("isinf", "isinf")
isfinite: Function = unary("isfinite", "isfinite")
invert: Function = unary("invert", "bit_not")
bitwise_not: Function = invert

add: Function = _nary("add", "add")
mul: Function = _nary("mul", "multiply")
sub: Function = binary("sub", "subtract")
true_div: Function = binary("true_div", "true_divide")
int_div: Function = binary("int_div", "floor_divide")
floor_div: Function = int_div
mod: Function = binary("mod", "remainder")
pow: Function = binary("pow", "power")
power: Function = pow
maximum: Function = binary("maximum", "maximum")
minimum: Function = binary("minimum", "minimum")
arctan2: Function = binary("arctan2", "arctan2")
xlogy0: Function = binary("xlogy0", "xlogy0")
eq: Function = binary("eq", "equal")
neq: Function = binary("neq", "not_equal")
lt: Function = binary("lt", "less")
le: Function = binary("le", "less_equal")
gt: Function = binary("gt", "greater")
ge: Function = binary("ge", "greater_equal")
and_: Function = binary("and_", "bit_and")
or_: Function = binary("or_", "bit_or")
xor: Function = binary("xor", "bit_xor")
bitwise_and: Function = and_
bitwise_or: Function = or_
bitwise_xor: Function = xor


@applies("switch")
def switch(cond: Any, ift: Any, iff: Any) -> Any:
    """Choose `ift` where `cond` is true, and `iff` elsewhere."""
    return application.call("switch", cond, ift, iff)


where: Function = switch


@applies("clip")
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
