"""Crossentropies of distributions, of classes, and of probabilities or logits."""

from __future__ import annotations

from typing import Any

from symc.compiler.types import INTEGERS
from symc.exceptions import BadUse
from symc.report import mistake
from symc.tensor import conversion, creation, elementwise, reductions, shaping
from symc.tensor.nnet.activations import logsoftmax, softmax


def binary_crossentropy(output: Any, target: Any) -> Any:
    """Return -(t log(o) + (1 - t) log(1 - o)) for probabilities o; stable where o is a sigmoid."""
    output, target = (conversion.as_tensor_variable(x) for x in (output, target))
    return -(target * elementwise.log(output) + (1.0 - target) * elementwise.log(1.0 - output))


def sigmoid_binary_crossentropy(output: Any, target: Any) -> Any:
    """Return the binary crossentropy of sigmoid(output), given logits."""
    output, target = (conversion.as_tensor_variable(x) for x in (output, target))
    return target * elementwise.softplus(-output) + (1.0 - target) * elementwise.softplus(output)


def _picked(rows: Any, classes: Any) -> Any:
    """Return from each row the element that a vector of classes names."""
    return rows[creation.arange(shaping.size_of(rows, 0)), classes]


def _classes(y: Any, what: str) -> Any:
    y = conversion.as_tensor_variable(y)
    if y.ndim != 1 or y.dtype not in INTEGERS:
        raise mistake(BadUse, f"{what}: classes come as a vector of integers, not as {y.type}")
    return y


def crossentropy_categorical_1hot(coding_dist: Any, true_one_of_n: Any) -> Any:
    """Return -log of the probability that each row gives to the class of its number."""
    rows = conversion.as_tensor_variable(coding_dist)
    if rows.ndim != 2:
        raise mistake(BadUse, f"crossentropy: distributions are rows of a matrix, not {rows.type}")
    classes = _classes(true_one_of_n, "crossentropy")
    return -elementwise.log(_picked(rows, classes))


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> Any:
    """Return the crossentropy of each row: classes as numbers, or as rows of probabilities."""
    coding, true = (conversion.as_tensor_variable(x) for x in (coding_dist, true_dist))
    if true.ndim == coding.ndim:
        return -reductions.sum(true * elementwise.log(coding), axis=coding.ndim - 1)
    if true.ndim == coding.ndim - 1:
        return crossentropy_categorical_1hot(coding, true)
    raise mistake(BadUse, f"crossentropy: {true.type} gives no classes for {coding.type}")


def crossentropy_softmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> list[Any]:
    """Return the crossentropy of softmax(x + b) at classes, and the softmax."""
    return crossentropy_softmax_1hot(elementwise.add(x, b), y_idx)


def crossentropy_softmax_1hot(x: Any, y_idx: Any) -> list[Any]:
    """Return the crossentropy of softmax(x) at classes, and the softmax."""
    classes = _classes(y_idx, "crossentropy_softmax_1hot")
    return [-_picked(logsoftmax(x), classes), softmax(x)]


def crossentropy_softmax_argmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> list[Any]:
    """Return the crossentropy of softmax(x + b) at classes, the softmax and its argmax by row."""
    logits = elementwise.add(x, b)
    loss, rows = crossentropy_softmax_1hot(logits, y_idx)
    return [loss, rows, reductions.argmax(rows, axis=-1)]


def crossentropy_softmax_max_and_argmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> list[Any]:
    """Return crossentropy, softmax, and by row its largest element and where that is."""
    return crossentropy_softmax_max_and_argmax_1hot(elementwise.add(x, b), y_idx)


def crossentropy_softmax_max_and_argmax_1hot(x: Any, y_idx: Any) -> list[Any]:
    """Return crossentropy, softmax, and by row its largest element and where that is."""
    loss, rows = crossentropy_softmax_1hot(x, y_idx)
    return [loss, rows, *reductions.max_and_argmax(rows, axis=-1)]
