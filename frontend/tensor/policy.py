"""Common dtypes of operands, as `config.cast_policy` has them."""

from __future__ import annotations

from typing import Any

from symc.compiler import promotion
from symc.compiler.op import Op, Promotion, find
from symc.compiler.types import HALVES
from symc.config import config

FLOATS_FIRST = (promotion.to_float, promotion.real_float)
"""What makes floats of integers before it looks for their common dtype."""

PRODUCTS = ("dot", "batched_dot")
"""What has a common dtype of its operands though it is not elementwise."""

WIDER = {
    **dict.fromkeys(HALVES, ("float32", "float64")),
    **{"float32": ("float64",), "float64": ()},
}
"""The floats that are wider than each."""


def common_dtype(*dtypes: str) -> str:
    """Return the smallest dtype that holds all of these, or what the policy has instead."""
    common = promotion.upcast(*dtypes)
    return config.floatX if _is_unwanted(common, dtypes) else common


def _is_unwanted(common: str, dtypes: tuple[str, ...]) -> bool:
    """Tell whether a float wider than floatX comes of narrower dtypes, against the policy."""
    if config.cast_policy != "numpy+floatX":
        return False
    wider = WIDER[config.floatX]
    return common in wider and not any(dtype in wider for dtype in dtypes)


def _promotion(op: Op, dtypes: tuple[str, ...], attributes: dict[str, Any]) -> Promotion:
    """Return the dtypes that operands are cast to, and the result's: products take any."""
    return (op.promote or promotion.same)(dtypes, attributes)


def narrowed(op: Op, variables: list[Any], attributes: dict[str, Any]) -> list[Any]:
    """Cast to floatX the operands that would become a wider float against the policy."""
    if config.cast_policy != "numpy+floatX" or op.promote in FLOATS_FIRST:
        return variables
    dtypes = tuple(x.type.dtype for x in variables)
    common = promotion.upcast(*dtypes)
    if not _is_unwanted(common, dtypes):
        return variables
    takes, result = _promotion(op, dtypes, attributes)
    if result != common:
        return variables
    wanted = config.floatX
    return [
        find("cast")(x, dtype=wanted) if take == common and x.type.dtype != wanted else x
        for x, take in zip(variables, takes, strict=True)
    ]
