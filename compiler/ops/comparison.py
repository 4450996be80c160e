"""Comparisons and tests of floats; their results are bool."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.types import DISCRETE

equal = pointwise(
    "equal",
    np.equal,
    lambda b, x, y: b.equal(x, y),
    lambda z, x, y: (0, 0),
    promotion.comparison,
    commutative=True,
    doc="Tell whether the operands are equal; NaN equals nothing.",
)
not_equal = pointwise(
    "not_equal",
    np.not_equal,
    lambda b, x, y: b.not_equal(x, y),
    lambda z, x, y: (0, 0),
    promotion.comparison,
    commutative=True,
    doc="Tell whether the operands differ; NaN differs from everything.",
)
less = pointwise(
    "less",
    np.less,
    lambda b, x, y: b.less(x, y),
    lambda z, x, y: (0, 0),
    promotion.order,
    doc="Tell whether the first operand is the smaller one.",
)
less_equal = pointwise(
    "less_equal",
    np.less_equal,
    lambda b, x, y: b.less_equal(x, y),
    lambda z, x, y: (0, 0),
    promotion.order,
    doc="Tell whether the first operand is smaller or equal.",
)
greater = pointwise(
    "greater",
    np.greater,
    lambda b, x, y: b.greater(x, y),
    lambda z, x, y: (0, 0),
    promotion.order,
    doc="Tell whether the first operand is the larger one.",
)
greater_equal = pointwise(
    "greater_equal",
    np.greater_equal,
    lambda b, x, y: b.greater_equal(x, y),
    lambda z, x, y: (0, 0),
    promotion.order,
    doc="Tell whether the first operand is larger or equal.",
)


def _constant_for_discrete(answer: bool, test: Any) -> Any:
    """Answer at once for a dtype without NaN and infinity."""

    def body(b: Any, x: Any) -> Any:
        if x.dtype in DISCRETE:
            return b.constant("bool", answer, x.lanes)
        return test(b, x)

    return body


def _infinity(b: Any, x: Any) -> Any:
    return b.constant(x.dtype, np.inf, x.lanes)


isnan = pointwise(
    "isnan",
    np.isnan,
    _constant_for_discrete(False, lambda b, x: b.is_nan(x)),
    lambda y, x: (0,),
    promotion.float_test,
    doc="Tell whether the operand is NaN.",
)
isinf = pointwise(
    "isinf",
    np.isinf,
    _constant_for_discrete(False, lambda b, x: b.equal(b.absolute(x), _infinity(b, x))),
    lambda y, x: (0,),
    promotion.float_test,
    doc="Tell whether the operand is plus or minus infinity.",
)
isfinite = pointwise(
    "isfinite",
    np.isfinite,
    _constant_for_discrete(True, lambda b, x: b.less(b.absolute(x), _infinity(b, x))),
    lambda y, x: (0,),
    promotion.float_test,
    doc="Tell whether the operand is neither NaN nor infinite.",
)
