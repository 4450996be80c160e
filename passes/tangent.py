"""Products of partial derivatives with cotangents and tangents, of real and complex numbers.

The cotangent of a complex number x + iy is d/dx + i d/dy of the cost, as Theano's is: the direction
of steepest ascent. So what maps dz to p dz pulls g back to g times the conjugate of p.
"""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import NotSupported
from symc.compiler.op import Undefined
from symc.compiler.ops.arithmetic import multiply
from symc.compiler.ops.complex import (
    COMPLEX_OF,
    CONJUGATED,
    complex_,
    conjugate,
    imag,
    is_complex,
    real,
)
from symc.compiler.ops.logic import switch
from symc.compiler.value import Value
from symc.passes.algebra import cast


def pull(g: Value, partial: Any, y: Value, x: Value) -> Any:
    """Return what a cotangent of y gives its operand x by its partial derivative.

    One that is undefined stays so: it is no error before its value is needed.
    """
    if isinstance(partial, Undefined):
        return partial
    if is_nothing(partial) or not (is_complex(y) or is_complex(x)):
        return times(g, partial)
    if partial is CONJUGATED:
        return conjugate(g)
    if not is_complex(y):
        return _complex_times(g, partial)
    return _complex_times(g, _conjugated(partial))


def push(t: Value, partial: Any, y: Value, x: Value) -> Any:
    """Return what a tangent of the operand x gives y."""
    if isinstance(partial, Undefined):
        raise NotSupported(partial.reason)
    if is_nothing(partial) or not (is_complex(y) or is_complex(x)):
        return times(t, partial)
    if partial is CONJUGATED:
        return conjugate(t)
    if is_complex(y):
        return _complex_times(t, partial)
    if isinstance(partial, complex):
        return imag(t) if partial == 1j else real(t * _conjugated(partial))
    return real(_complex_times(t, _conjugated(partial)))


def is_nothing(partial: Any) -> bool:
    """Tell whether a partial derivative is 0 or missing."""
    return partial is None or (isinstance(partial, int | float) and partial == 0)


def times(g: Value, partial: Any) -> Any:
    """Multiply a real cotangent or tangent by a partial derivative, which may be a number."""
    if is_nothing(partial):
        return partial
    if isinstance(partial, int | float):
        return g if partial == 1 else -g if partial == -1 else g * partial
    if partial.op.name == "cast" and partial.operands[0].type.dtype == "bool":
        return switch(partial.operands[0], g, 0)  # a product would be NaN where g is not finite
    return multiply(g, cast(partial, g.type.dtype))


def _conjugated(partial: Any) -> Any:
    return conjugate(partial) if isinstance(partial, Value) else partial.conjugate()


def _complex_times(g: Value, partial: Any) -> Any:
    """Multiply where either is complex; a product with 0 parts would be NaN for infinities."""
    if isinstance(partial, complex) and partial in (1j, -1j) and not is_complex(g):
        return complex_(0, -g if partial == -1j else g)
    if isinstance(partial, int | float):
        return times(g, partial)
    dtype = g.type.dtype if is_complex(g) else COMPLEX_OF[g.type.dtype]
    if isinstance(partial, complex):
        return cast(g, dtype) * partial
    if partial.op.name == "cast" and partial.operands[0].type.dtype == "bool":
        return times(g, partial)
    return multiply(cast(g, dtype), cast(partial, dtype))
