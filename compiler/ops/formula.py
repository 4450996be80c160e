"""Formulas written once and run twice: on NumPy arrays, and on the registers of a kernel.

A formula takes a namespace of functions and float64 numbers; the numbers have Python's operators,
where a plain number stands on the right of + and *.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

Unary = Callable[[Any], Any]


class Functions(Struct, frozen=True):
    """The functions that formulas are made of.

    pow      (x, y) -> x to the power of y
    like     (x, value) -> a plain number as one like x
    repeat   (times, step, *numbers) -> the numbers after step(*numbers) has replaced them so often
    settle   (times, step, moves, *numbers) -> what `repeat` gives, sooner: it ends when no lane's
             moves(*numbers) holds; a step must change nothing that matters of those others
    select   (condition, x, y) -> x where the condition holds, else y; one of both is no number
    rarely   (condition, make, y) -> make() where the condition holds, else y: a branch that is
             passed by where no lane needs it
    others   of one number
    """

    log: Unary
    log1p: Unary
    expm1: Unary
    exp: Unary
    sin: Unary
    cos: Unary
    erf: Unary
    erfc: Unary
    sqrt: Unary
    rint: Unary
    floor: Unary
    pow: Callable[[Any, Any], Any]
    like: Callable[[Any, float], Any]
    repeat: Callable[..., Any]
    settle: Callable[..., Any]
    select: Callable[[Any, Any, Any], Any]
    rarely: Callable[[Any, Callable[[], Any], Any], Any]


Formula = Callable[..., Any]
"""(functions, *numbers) -> number"""


def polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Return the sum of coefficient k times x to the power of k."""
    *rest, result = coefficients
    for coefficient in reversed(rest):
        result = x * result + coefficient
    return result


def reference_of(formula: Formula) -> Callable[..., Any]:
    """Return a formula as a function of arrays, computed in float64."""

    def reference(*xs: Any) -> Any:
        same = np.broadcast_arrays(*xs)
        wide = (x.astype("float64") for x in same)
        return np.asarray(formula(arrays(), *wide)).astype(same[0].dtype)

    return reference


def body_of(formula: Formula) -> Callable[..., Any]:
    """Return a formula of one number as the body of an operation, computed in float64."""
    return lambda b, x: _printed(formula, b, x)


def body_of_two(formula: Formula) -> Callable[..., Any]:
    """Do as `body_of` for a formula of two numbers."""
    return lambda b, x, y: _printed(formula, b, x, y)


def _printed(formula: Formula, b: Any, *xs: Any) -> Any:
    # The code generator is loaded when there is code to generate.
    from symc.compiler.codegen.math.number import Number

    result = formula(registers(b), *(Number(b, b.cast(x, "float64")) for x in xs))
    return b.cast(result.register, xs[0].dtype)


def arrays() -> Functions:
    """Return the functions of NumPy's arrays."""
    from symc.compiler.op import find

    return Functions(
        log=np.log,
        log1p=np.log1p,
        expm1=np.expm1,
        exp=np.exp,
        sin=np.sin,
        cos=np.cos,
        erf=find("erf").reference,
        erfc=find("erfc").reference,
        sqrt=np.sqrt,
        rint=np.rint,
        floor=np.floor,
        pow=np.power,
        like=np.full_like,
        repeat=_repeat_arrays,
        settle=_settle_arrays,
        select=np.where,
        rarely=lambda condition, make, y: np.where(condition, make(), y),
    )


def registers(b: Any) -> Functions:
    """Return the functions of registers, in their own dtype."""
    from symc.compiler.codegen.math import number

    def math(name: str) -> Callable[..., Any]:
        return lambda *xs: number.Number(b, b.math(name, *(x.register for x in xs)))

    return Functions(
        log=math("log"),
        log1p=math("log1p"),
        expm1=math("expm1"),
        exp=math("exp"),
        sin=math("sin"),
        cos=math("cos"),
        erf=math("erf"),
        erfc=math("erfc"),
        sqrt=number.sqrt,
        rint=number.rint,
        floor=number.floor,
        pow=math("pow"),
        like=lambda x, value: x.like(value),
        repeat=_repeat_registers,
        settle=_settle_registers,
        select=number.select,
        rarely=_rarely,
    )


def _rarely(condition: Any, make: Callable[[], Any], y: Any) -> Any:
    """Print a branch around what is chosen."""
    from symc.compiler.codegen.math.number import Number, select

    b = condition.builder
    some = b.horizontal("bit_or", condition.register)
    (chosen,) = b.when(some, lambda: [select(condition, make(), y).register], lambda: [y.register])
    return Number(b, chosen)


def _repeat_arrays(times: int, step: Callable[..., Any], *numbers: Any) -> Any:
    for _ in range(times):
        numbers = step(*numbers)
    return numbers


def _settle_arrays(
    times: int, step: Callable[..., Any], moves: Callable[..., Any], *numbers: Any
) -> Any:
    for _ in range(times):
        if not np.any(moves(*numbers)):
            break
        numbers = step(*numbers)
    return numbers


def _settle_registers(
    times: int, step: Callable[..., Any], moves: Callable[..., Any], *numbers: Any
) -> Any:
    """Print a loop that ends once no lane moves."""
    from symc.compiler.codegen.math.number import Number

    b = numbers[0].builder

    def goes_on(state: list[Any]) -> Any:
        moving = moves(*(Number(b, x) for x in state[1:])).register
        return b.bit_and(b.less(state[0], most), b.horizontal("bit_or", moving))

    def following(state: list[Any]) -> list[Any]:
        stepped = step(*(Number(b, x) for x in state[1:]))
        return [b.add(state[0], one), *(x.register for x in stepped)]

    start, one, most = (b.constant("int64", k) for k in (0, 1, times))
    made = b.loop_while([start, *(x.register for x in numbers)], goes_on, following)
    return tuple(Number(b, x) for x in made[1:])


def _repeat_registers(times: int, step: Callable[..., Any], *numbers: Any) -> Any:
    """Print a loop, since written out it would be long code."""
    from symc.compiler.codegen.math.number import Number

    b = numbers[0].builder

    def inside(_: Any, carried: Any) -> list[Any]:
        return [x.register for x in step(*(Number(b, r) for r in carried))]

    count = (b.constant("int64", k) for k in (0, times, 1))
    made = b.loop(*count, [x.register for x in numbers], inside)
    return tuple(Number(b, r) for r in made)
