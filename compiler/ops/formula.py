"""Formulas written once and run twice: on NumPy arrays, and on the registers of a kernel.

A formula takes a namespace of functions and float64 numbers; the numbers have Python's operators,
where a plain number stands on the right of + and *.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Unary = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions that formulas are made of.

    pow      (x, y) -> x to the power of y
    select   (condition, x, y) -> x where the condition holds, else y; one of both is no number
    others   of one number
    """

    log: Unary
    exp: Unary
    sin: Unary
    cos: Unary
    erf: Unary
    erfc: Unary
    sqrt: Unary
    rint: Unary
    pow: Callable[[Any, Any], Any]
    select: Callable[[Any, Any, Any], Any]


Formula = Callable[[Functions, Any], Any]


def polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Return the sum of coefficient k times x to the power of k."""
    *rest, result = coefficients
    for coefficient in reversed(rest):
        result = x * result + coefficient
    return result


def reference_of(formula: Formula) -> Callable[[Any], Any]:
    """Return a formula as a function of arrays, computed in float64."""

    def reference(x: Any) -> Any:
        x = np.asarray(x)
        return np.asarray(formula(arrays(), x.astype("float64"))).astype(x.dtype)

    return reference


def body_of(formula: Formula) -> Callable[[Any, Any], Any]:
    """Return a formula as the body of an operation, computed in float64."""

    def body(b: Any, x: Any) -> Any:
        # The code generator is loaded when there is code to generate.
        from symc.compiler.codegen.math.number import Number

        result = formula(registers(b), Number(b, b.cast(x, "float64")))
        return b.cast(result.register, x.dtype)

    return body


def arrays() -> Functions:
    """Return the functions of NumPy's arrays."""
    from symc.compiler.op import find

    return Functions(
        log=np.log,
        exp=np.exp,
        sin=np.sin,
        cos=np.cos,
        erf=find("erf").reference,
        erfc=find("erfc").reference,
        sqrt=np.sqrt,
        rint=np.rint,
        pow=np.power,
        select=np.where,
    )


def registers(b: Any) -> Functions:
    """Return the functions of registers, in their own dtype."""
    from symc.compiler.codegen.math import number

    def math(name: str) -> Callable[..., Any]:
        return lambda *xs: number.Number(b, b.math(name, *(x.register for x in xs)))

    return Functions(
        log=math("log"),
        exp=math("exp"),
        sin=math("sin"),
        cos=math("cos"),
        erf=math("erf"),
        erfc=math("erfc"),
        sqrt=number.sqrt,
        rint=number.rint,
        pow=math("pow"),
        select=number.select,
    )
