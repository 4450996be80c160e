"""Every operation of the language, each defined once, by family of meaning."""

from symc.compiler.ops import (
    arithmetic,
    bend,
    comparison,
    exponential,
    foreign,
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
    "bend",
    "comparison",
    "exponential",
    "foreign",
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
