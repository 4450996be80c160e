"""Numbers drawn from a random state: bits, and the simplest variables made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.op import Operand, find
from symc.compiler.types import TensorType
from symc.tensor import application, conversion, elementwise, user_ops

LARGEST = {"float16": 1 - 2.0**-11, "bfloat16": 1 - 2.0**-8}
"""The largest number below 1 of a narrow float."""

TRUNCATED = int(0.02275013194817921 * (1 + 2.0**-20) * 2**64)
"""How probable the tail beyond two standard deviations is, rounded up, as a part of 2**64."""

SIGN = 1 << 63


def _infer_positions(*shape: Operand) -> TensorType:
    return TensorType("uint64", tuple(size.as_size() for size in shape))


def _lower_positions(*shape: Any) -> Any:
    """Count over the axes one by one: a reshaped count would have to lie in memory."""
    total: Any = None
    for axis, size in enumerate(shape):
        sizes.require_natural(size.as_size(), "random numbers")
        order = tuple(0 if k == axis else "x" for k in range(len(shape)))
        along = find("dimshuffle")(find("arange")(size), order=order)
        if total is not None:
            length = find("dimshuffle")(size, order=("x",) * len(shape))
            along = find("add")(find("multiply")(total, length), along)
        total = along
    return find("cast")(total, dtype="uint64")


positions_op = user_ops.define_user_op(
    "positions",
    _infer_positions,
    _lower_positions,
    "Return the place of each element of a shape, counted in C order.",
)


def positions(shape: list[Any]) -> Any:
    """Return the places of a shape's elements, counted in C order, as uint64."""
    if not shape:
        return conversion.constant(0, dtype="uint64")
    return application.apply(positions_op, tuple(shape), {})


class Draws:
    """Draws from one random state, each with a number of its own.

    state   a uint64 vector: the key, and the number of the next draw
    """

    def __init__(self, state: Any) -> None:
        self.state = state
        self.made = 0

    def bits(self, shape: list[Any]) -> Any:
        """Return 64 random bits for each element of a shape."""
        draw = self.state[1] + conversion.constant(self.made, dtype="uint64")
        self.made += 1
        return application.call("philox", positions(shape), draw, self.state[0])

    def unit(self, shape: list[Any], dtype: str) -> Any:
        """Return floats between 0 and 1, neither of them but in float16, which can be 0."""
        if dtype in LARGEST:
            wide = self.unit(shape, "float32")
            return elementwise.cast(elementwise.minimum(wide, LARGEST[dtype]), dtype)
        return application.call("unit", self.bits(shape), dtype=dtype)

    def normal(self, shape: list[Any], dtype: str) -> Any:
        """Return numbers of the standard normal distribution, float32 or float64."""
        return application.call("normal", self.bits(shape), dtype=dtype)

    def truncated_normal(self, shape: list[Any], dtype: str) -> Any:
        """Return numbers of the standard normal distribution that lie between -2 and 2."""
        bits = self.bits(shape)
        tail = _below(bits << word(1), SIGN - TRUNCATED) + word(TRUNCATED)
        return application.call("normal", (bits & word(SIGN)) | tail, dtype=dtype)

    def below(self, bound: Any, shape: list[Any]) -> Any:
        """Return integers from 0 up to but without a uint64 bound, with a bias below 2**-64 of it.

        They are the upper halves of products with random bits (Lemire 2019).
        """
        return _below(self.bits(shape), bound)

    def after(self) -> Any:
        """Return the state after the draws made."""
        return self.state + conversion.constant(np.array([0, self.made], "uint64"))


def word(value: int) -> Any:
    """Return a number as a uint64 constant."""
    return conversion.constant(value, dtype="uint64")


def _below(bits: Any, bound: Any) -> Any:
    bound = word(bound) if isinstance(bound, int) else bound
    return application.call("multiply_high", bits, bound)
