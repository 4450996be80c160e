"""symc.tensor.nnet: functions of neural networks, under Theano's names."""

from typing import Any

from symc.absent import absent
from symc.tensor.elementwise import hard_sigmoid, sigmoid, softplus, ultra_fast_sigmoid
from symc.tensor.nnet.activations import (
    elu,
    logsoftmax,
    relu,
    selu,
    softmax,
    softmax_graph,
    softmax_with_bias,
    softsign,
)
from symc.tensor.nnet.confusion import confusion_matrix
from symc.tensor.nnet.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    crossentropy_categorical_1hot,
    crossentropy_softmax_1hot,
    crossentropy_softmax_1hot_with_bias,
    crossentropy_softmax_argmax_1hot_with_bias,
    crossentropy_softmax_max_and_argmax_1hot,
    crossentropy_softmax_max_and_argmax_1hot_with_bias,
    sigmoid_binary_crossentropy,
)
from symc.tensor.nnet.margin import (
    prepend_0_to_each_row,
    prepend_1_to_each_row,
    prepend_scalar_to_each_row,
)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, __all__)


__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "confusion_matrix",
    "crossentropy_categorical_1hot",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "elu",
    "hard_sigmoid",
    "logsoftmax",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softmax_graph",
    "softmax_with_bias",
    "softplus",
    "softsign",
    "ultra_fast_sigmoid",
]
