"""The passes that rewrite by rules: canonical form, stability, simplification.

The canonical form is a reading, not another spelling. A Value stays the operation the user wrote,
and `algebra` reads any tree of add, subtract and negate as one sum with coefficients, any tree of
multiply, divide, square, sqrt and integer powers as one product with exponents. So bits equal
NumPy's wherever no rule fires, nothing has to be turned back at the end, and what a rule does
write is machine form already: subtractions, divisions and squares in the user's order.
"""

from __future__ import annotations

from symc.compiler.module import Module
from symc.passes import rules
from symc.passes.loops.bodies import with_bodies
from symc.passes.rewrite import Rewriting

tidy = Rewriting("tidy", rules.EXACT)
"""Apply only what keeps every bit of NumPy's result."""

canonicalize = Rewriting("canonicalize", rules.CANONICAL)
"""Fold constants, collect like terms, and let moves and casts that do nothing vanish."""

stabilize = Rewriting("stabilize", (*rules.CANONICAL, *rules.STABILIZE))
"""Replace formulas that overflow or cancel; canonical again where one has been replaced."""

simplify = Rewriting("simplify", rules.ALL)
"""Make everything shorter, last: it may hide what `stabilize` looks for."""


def stabilized(module: Module) -> Module:
    """Return the module as gradients want it: canonical and stable.

    Differentiating log(sigmoid(x)) first gives NaN where differentiating -softplus(-x) is exact.
    Parameters are never rewritten, so what is differentiated to stays; block_gradient is opaque.
    """
    return with_bodies(stabilize)(with_bodies(canonicalize)(module))
