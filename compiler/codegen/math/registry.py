"""The table of elementary functions, by the name that KernelBuilder.math takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from symc.compiler.codegen.math import (
    bessel,
    error,
    exponential,
    gamma,
    hyperbolic,
    inverse,
    inverse_error,
    logarithm,
    modulo,
    plane,
    power,
    trigonometric,
)
from symc.compiler.codegen.math.number import Number
from symc.compiler.codegen.register import Register

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


class Function(Struct, frozen=True):
    """An elementary function of `operands` numbers of one type."""

    operands: int
    formula: Callable[..., Number]

    def build(self, b: KernelBuilder, *operands: Register) -> Register:
        """Print the function's body and return its result."""
        return self.formula(*(Number(b, x) for x in operands)).register


class Twins(Struct, frozen=True):
    """An elementary function of one number that has two results."""

    operands: int
    formula: Callable[[Number], tuple[Number, Number]]

    def build(self, b: KernelBuilder, x: Register) -> Register:
        """Print the function's body and return its results side by side."""
        first, second = (result.register for result in self.formula(Number(b, x)))
        return b.shuffle(first, second, range(2 * x.lanes))


TWINS = {"sin_and_cos": Twins(1, trigonometric.sin_and_cos)}
FUNCTIONS = {
    "acos": Function(1, inverse.acos),
    "acosh": Function(1, hyperbolic.acosh),
    "asin": Function(1, inverse.asin),
    "asinh": Function(1, hyperbolic.asinh),
    "atan": Function(1, inverse.atan),
    "atan2": Function(2, inverse.atan2),
    "atanh": Function(1, hyperbolic.atanh),
    "cos": Function(1, trigonometric.cos),
    "cosh": Function(1, hyperbolic.cosh),
    "erf": Function(1, error.erf),
    "erfc": Function(1, error.erfc),
    "erfcinv": Function(1, inverse_error.erfcinv),
    "erfinv": Function(1, inverse_error.erfinv),
    "exp": Function(1, exponential.exp),
    "exp2": Function(1, exponential.exp2),
    "expm1": Function(1, exponential.expm1),
    "floor_divide": Function(2, modulo.floor_divide),
    "fmod": Function(2, modulo.fmod),
    "gamma": Function(1, gamma.gamma),
    "gammaln": Function(1, gamma.gammaln),
    "hypot": Function(2, plane.hypot),
    "i0": Function(1, bessel.i0),
    "i1": Function(1, bessel.i1),
    "j0": Function(1, bessel.j0),
    "j1": Function(1, bessel.j1),
    "log": Function(1, logarithm.log),
    "log10": Function(1, logarithm.log10),
    "log1p": Function(1, logarithm.log1p),
    "log2": Function(1, logarithm.log2),
    "log_hypot": Function(2, plane.log_hypot),
    "pow": Function(2, power.power),
    "psi": Function(1, gamma.psi),
    "remainder": Function(2, modulo.remainder),
    "sigmoid": Function(1, exponential.sigmoid),
    "sin": Function(1, trigonometric.sin),
    "sinh": Function(1, hyperbolic.sinh),
    "softplus": Function(1, exponential.softplus),
    "tan": Function(1, trigonometric.tan),
    "tanh": Function(1, hyperbolic.tanh),
    "tri_gamma": Function(1, gamma.tri_gamma),
}
