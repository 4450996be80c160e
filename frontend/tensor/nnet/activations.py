"""Activations, and softmax with its logarithm."""

from __future__ import annotations

from typing import Any

from symc.compiler.promotion import FLOAT_OF
from symc.compiler.types import FLOATS
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, shaping

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
"""The fixed point of Klambauer and others, Self-Normalizing Neural Networks (2017)."""


def _rows(x: Any, what: str) -> Any:
    """Return a tensor of floats; a vector becomes one row, as in Theano."""
    x = conversion.as_tensor_variable(x)
    if x.ndim == 0 or x.dtype not in FLOATS:
        raise mistake(BadValue, f"{what}: takes a tensor of floats of rank 1 or more, not {x.type}")
    return shaping.shape_padleft(x) if x.ndim == 1 else x


def softmax(c: Any) -> Any:
    """Normalise the exponentials of each row (the last axis); a vector becomes one row.

    >>> from symc.tensor.constructors import matrix
    >>> softmax(matrix()).type
    TensorType(float64, matrix)
    """
    rows = _rows(c, "softmax")
    return application.call("softmax", rows, axis=rows.ndim - 1)


def softmax_graph(c: Any) -> Any:
    """Do as `softmax`, leaving a vector a vector."""
    c = conversion.as_tensor_variable(c)
    made = softmax(c)
    return made.dimshuffle(1) if c.ndim == 1 else made


def logsoftmax(c: Any) -> Any:
    """Return the logarithm of `softmax`, without cancellation."""
    rows = _rows(c, "logsoftmax")
    return application.call("log_softmax", rows, axis=rows.ndim - 1)


def softmax_with_bias(x: Any, b: Any) -> Any:
    """Return softmax(x + b)."""
    return softmax(elementwise.add(x, b))


def relu(x: Any, alpha: Any = 0) -> Any:
    """Return x where it is positive and alpha x elsewhere; the slope at 0 is the mean of the two.

    Infinities stay what they are only on the positive side when alpha is 0, as in Theano.
    """
    x = conversion.as_tensor_variable(x)
    if isinstance(alpha, (int, float)) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = conversion.as_tensor_variable(alpha)
    first = 0.5 * (1 + alpha)
    second = 0.5 * (1 - alpha)
    return first * x + second * abs(x)


def elu(x: Any, alpha: Any = 1) -> Any:
    """Return x where it is positive and alpha (exp(x) - 1) elsewhere."""
    x = conversion.as_tensor_variable(x)
    return elementwise.switch(x > 0, x, alpha * elementwise.expm1(x))


def selu(x: Any) -> Any:
    """Return `elu` scaled so that means 0 and variances 1 stay."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def softsign(x: Any) -> Any:
    """Return x / (1 + |x|), between -1 and 1; a narrow integer becomes float32."""
    x = conversion.as_tensor_variable(x)
    x = elementwise.cast(x, FLOAT_OF.get(x.dtype, x.dtype))
    return x / (1 + abs(x))
