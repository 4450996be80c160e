"""Leaves of a module: parameters, their dimensions, constants; and the kernel application."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import InternalError
from symc.compiler.op import Op, define
from symc.compiler.types import TensorType


def _given(*operands: Any, **attributes: Any) -> TensorType:
    raise InternalError("the type of a leaf is given, not inferred")


def _bound(*arrays: Any, **attributes: Any) -> Any:
    raise InternalError("a parameter has no value of its own")


def _constant(*, value: Any) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = value.array
    return array


parameter = define(
    Op("parameter", "leaf", _given, _bound, doc="Stand for an input or for shared state.")
)
dimension = define(
    Op("dimension", "leaf", _given, _bound, doc="Stand for one size of a parameter.")
)
measured = define(
    Op(
        "measured",
        "leaf",
        _given,
        _bound,
        doc="Stand for a number that the call computes and then uses as a size or a bound.",
    )
)
bound = define(
    Op("bound", "leaf", _given, _bound, doc="Stand in the body of a loop for what a step is given.")
)
constant = define(Op("constant", "leaf", _given, _constant, doc="Hold a known array."))
cotangent = define(
    Op("cotangent", "leaf", _given, _bound, doc="Stand for a cotangent that is to be replaced.")
)
kernel = define(
    Op("kernel", "leaf", _given, _bound, doc="Apply a fused kernel, with one or several results.")
)
result = define(
    Op("result", "leaf", _given, _bound, doc="Read one result of a kernel application.")
)
