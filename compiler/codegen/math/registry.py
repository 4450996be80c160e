"""The table of elementary functions, by the name that KernelBuilder.math takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symc.compiler.codegen.math import exponential, hyperbolic, logarithm
from symc.compiler.codegen.math.number import Number
from symc.compiler.codegen.register import Register

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


@dataclass(frozen=True, slots=True)
class Function:
    """An elementary function of `operands` numbers of one type."""

    operands: int
    formula: Callable[..., Number]

    def build(self, b: KernelBuilder, *operands: Register) -> Register:
        """Print the function's body and return its result."""
        return self.formula(*(Number(b, x) for x in operands)).register


FUNCTIONS = {
    "exp": Function(1, exponential.exp),
    "exp2": Function(1, exponential.exp2),
    "expm1": Function(1, exponential.expm1),
    "log": Function(1, logarithm.log),
    "log1p": Function(1, logarithm.log1p),
    "sigmoid": Function(1, exponential.sigmoid),
    "softplus": Function(1, exponential.softplus),
    "tanh": Function(1, hyperbolic.tanh),
}
