"""Classes under the names of Theano's operations, which `isinstance(x.owner.op, ...)` may ask."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import NotSupported
from symc.compiler.op import Op


class OpClass(type):
    """A class whose instances are the records that its `holds` accepts."""

    family: str
    names: frozenset[str]

    def __instancecheck__(cls, item: Any) -> bool:
        return isinstance(item, Op) and (item.family == cls.family or item.name in cls.names)

    def __call__(cls, *args: Any, **options: Any) -> Any:
        raise NotSupported(f"{cls.__name__} tells operations apart; it makes none")


def _op_class(name: str, *names: str, family: str = "") -> OpClass:
    doc = f"What Theano calls {name}."
    return OpClass(name, (), {"__doc__": doc, "family": family, "names": frozenset(names)})


_SUMS = ("sum", "prod", "max", "min", "all", "any")

CLASSES: dict[str, OpClass] = {
    made.__name__: made
    for made in (
        _op_class("Elemwise", family="pointwise"),
        _op_class("DimShuffle", "dimshuffle"),
        _op_class("CAReduce", *_SUMS),
        _op_class("CAReduceDtype", "sum", "prod"),
        _op_class("Sum", "sum"),
        _op_class("Prod", "prod"),
        _op_class("All", "all"),
        _op_class("Any", "any"),
        _op_class("MaxAndArgmax", "max", "argmax"),
        _op_class("Argmax", "argmax"),
        _op_class("Identity", "rebroadcast"),
        _op_class("ScalarSigmoid", "sigmoid"),
        _op_class("SortOp", "sort"),
        _op_class("ArgSortOp", "argsort"),
        _op_class("CumOp", "cumsum", "cumprod"),
        _op_class("CumsumOp", "cumsum"),
        _op_class("CumprodOp", "cumprod"),
        _op_class("SearchsortedOp", "searchsorted"),
        _op_class("Dot", "dot"),
        _op_class("BatchedDot", "batched_dot"),
        _op_class("Softmax", "softmax"),
        _op_class("LogSoftmax", "log_softmax"),
        _op_class("Reshape", "reshape"),
        _op_class("Flatten", "reshape"),
        _op_class("Rebroadcast", "rebroadcast"),
        _op_class("Shape", "shape"),
        _op_class("Shape_i", "size"),
        _op_class("MakeVector", "make_vector"),
        _op_class("Alloc", "broadcast"),
        _op_class("ARange", "arange"),
        _op_class("Join", "concatenate"),
        _op_class("Subtensor", "subtensor"),
        _op_class("AdvancedSubtensor", "subtensor"),
        _op_class("IncSubtensor", "inc_subtensor", "set_subtensor"),
        _op_class("AdvancedIncSubtensor", "inc_subtensor", "set_subtensor"),
    )
}
"""Each class by its name."""

__all__ = list(CLASSES)  # made from the table
globals().update(CLASSES)
