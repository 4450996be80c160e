"""Every operation of the language, each defined once, by family of meaning."""

from symc.compiler.ops import (
    arithmetic,
    comparison,
    exponential,
    gamma,
    index,
    leaf,
    logic,
    network,
    product,
    reduction,
    rounding,
    shape,
    special,
    trigonometric,
)

__all__ = [
    "arithmetic",
    "comparison",
    "exponential",
    "gamma",
    "index",
    "leaf",
    "logic",
    "network",
    "product",
    "reduction",
    "rounding",
    "shape",
    "special",
    "trigonometric",
]
