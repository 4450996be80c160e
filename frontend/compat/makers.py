"""What a class of Theano's operations makes when it is called: a function of variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc import tensor
from symc.compiler.errors import NotSupported
from symc.report import mistake

Function = Callable[..., Any]


def elemwise(scalar_op: Any, *args: Any, **options: Any) -> Function:
    """Return an operation of `theano.scalar`, which takes arrays as it is."""
    if not callable(scalar_op) or not hasattr(scalar_op, "__symc_op__"):
        raise mistake(
            NotSupported,
            f"Elemwise: {scalar_op!r} is no operation of theano.scalar",
            help="write the formula with symc.tensor's functions, or a symc.Op with perform",
        )
    made: Function = scalar_op
    return made


def dimshuffle(input_broadcastable: Any, new_order: Any, inplace: bool = True) -> Function:
    """Return the function that permutes, drops and adds dimensions."""
    return lambda x: tensor.as_tensor_variable(x).dimshuffle(*new_order)


def rebroadcast(*pairs: tuple[int, bool]) -> Function:
    """Return the function that states of axes, each with True or False, that they broadcast."""

    def apply(x: Any) -> Any:
        x = tensor.as_tensor_variable(x)
        stated = dict(pairs)
        pattern = [bool(stated.get(axis, old)) for axis, old in enumerate(x.broadcastable)]
        return tensor.patternbroadcast(x, pattern)

    return apply


def total(axis: Any = None, dtype: Any = None, acc_dtype: Any = None) -> Function:
    """Return the function that sums over axes."""
    return lambda x: tensor.sum(x, axis, dtype, acc_dtype=acc_dtype)


def product(axis: Any = None, dtype: Any = None, acc_dtype: Any = None) -> Function:
    """Return the function that multiplies over axes."""
    return lambda x: tensor.prod(x, axis, dtype, acc_dtype=acc_dtype)


def reshape(ndim: int, name: str | None = None) -> Function:
    """Return the function that gives an array another shape of `ndim` sizes."""
    return lambda x, shape: tensor.reshape(x, shape, ndim=ndim)


def flatten(outdim: int = 1) -> Function:
    """Return the function that joins the last dimensions so that `outdim` are left."""
    return lambda x: tensor.flatten(x, outdim)


def plain(name: str) -> Callable[..., Function]:
    """Return what makes the function of that name of `symc.tensor` or its nnet."""
    return lambda *args, **options: getattr(tensor, name, None) or getattr(tensor.nnet, name)


MAKERS: dict[str, Callable[..., Function]] = {
    "Alloc": plain("alloc"),
    "DimShuffle": dimshuffle,
    "Dot": plain("dot"),
    "Elemwise": elemwise,
    "Flatten": flatten,
    "Join": plain("join"),
    "LogSoftmax": plain("logsoftmax"),
    "Prod": product,
    "Rebroadcast": rebroadcast,
    "Reshape": reshape,
    "Shape": plain("shape"),
    "Softmax": plain("softmax"),
    "Sum": total,
}
"""By the class's name; the others only tell operations apart."""
