"""Values that are known while the graph is built."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import Error
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import conversion, variable
from symc.variable import ancestors


class NotScalarConstantError(Error, Exception):
    """Report that a variable is no scalar known while the graph is built."""

    code = "E131"


def _is_known(v: Any) -> bool:
    return all(
        x.owner is not None or isinstance(x, variable.TensorConstant) for x in ancestors([v])
    )


def get_scalar_constant_value(v: Any) -> np.ndarray[Any, Any]:
    """Return the 0-d array that a variable made of constants alone, of size 1, stands for.

    Raises NotScalarConstantError where the value depends on an input, or has several elements.
    """
    v = conversion.as_tensor_variable(v)
    if not _is_known(v):
        raise mistake(NotScalarConstantError, f"{v!r} depends on inputs")
    from symc.build import build_module
    from symc.compiler.interpret import interpret

    (value,), _ = interpret(build_module([], [v]), [])
    if value.size != 1:
        raise mistake(NotScalarConstantError, f"{v!r} has {value.size} elements")
    return value.reshape(())


def extract_constant(v: Any) -> Any:
    """Return the value of a scalar made of constants, and anything else as it is."""
    try:
        return get_scalar_constant_value(v)
    except NotScalarConstantError:
        return v


def get_vector_length(v: Any) -> int:
    """Return the length of a vector that is known while the graph is built.

    Raises ValueError where it is not.
    """
    from symc.tensor.shaping import vector_length

    length = vector_length(conversion.as_tensor_variable(v))
    if length is None:
        raise mistake(BadValue, f"the length of {v!r} is not known while the graph is built")
    return length
