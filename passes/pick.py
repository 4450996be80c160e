"""Pick: read the chosen elements of log_softmax without computing the others.

A pass of its own between simplification and lowering: simplifying again would make the whole rows
of what it writes, and lowering leaves no log_softmax to look for.
"""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from symc.compiler.ops.exponential import exp, log
from symc.compiler.ops.network import total
from symc.compiler.ops.reduction import supremum
from symc.compiler.ops.shape import dimshuffle, keep
from symc.compiler.value import Value
from symc.passes.rewrite import Rewriting
from symc.passes.rule import on


@on("gather", exact=False)
def gather_of_log_softmax(value: Value) -> Value | None:
    """Read one logit a row, and subtract the row's peak and logarithm, as the lowering does."""
    rows, *indices = value.operands
    if rows.op.name != "log_softmax" or len(indices) != 2 or rows.attributes != (("axis", 1),):
        return None
    x, first = rows.operands[0], indices[0]
    peak = supremum(x, axes=(1,))
    spread = log(dimshuffle(total(exp(x - keep(peak, (1,))), 1), order=(0,)))
    gather = value.op
    return gather(x, *indices) - gather(peak, first) - gather(spread, first)


pick = Rewriting("pick", (gather_of_log_softmax,))
"""Leave of log_softmax what is read."""
