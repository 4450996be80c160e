"""Classes under the names of Theano's operations, which `isinstance(x.owner.op, ...)` may ask."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import NotSupported
from symc.compiler.op import Op
from symc.report import mistake


class OpClass(type):
    """A class whose instances are the records that its `holds` accepts."""

    family: str
    names: frozenset[str]

    def __instancecheck__(cls, item: Any) -> bool:
        return isinstance(item, Op) and (item.family == cls.family or item.name in cls.names)

    def __call__(cls, *args: Any, **options: Any) -> Any:
        """Return the function that such an operation is. Raises NotSupported where none is made."""
        from symc.compat.makers import MAKERS

        if cls.__name__ not in MAKERS:
            raise mistake(
                NotSupported,
                f"{cls.__name__} tells operations apart; it makes none",
                help="call the function of symc.tensor that applies it",
            )
        return MAKERS[cls.__name__](*args, **options)


def op_class(name: str, *names: str, family: str = "") -> OpClass:
    """Make the class of the operations of a family, or of those names."""
    doc = f"What Theano calls {name}."
    return OpClass(name, (), {"__doc__": doc, "family": family, "names": frozenset(names)})


_SUMS = ("sum", "prod", "max", "min", "all", "any")

CLASSES: dict[str, OpClass] = {
    made.__name__: made
    for made in (
        op_class("Elemwise", family="pointwise"),
        op_class("DimShuffle", "dimshuffle"),
        op_class("CAReduce", *_SUMS),
        op_class("CAReduceDtype", "sum", "prod"),
        op_class("Sum", "sum"),
        op_class("Prod", "prod"),
        op_class("All", "all"),
        op_class("Any", "any"),
        op_class("MaxAndArgmax", "max", "argmax"),
        op_class("Argmax", "argmax"),
        op_class("Identity", "rebroadcast"),
        op_class("ScalarSigmoid", "sigmoid"),
        op_class("SoftmaxWithBias", "softmax"),
        op_class("SpecifyShape", "specify_shape"),
        op_class("SortOp", "sort"),
        op_class("ArgSortOp", "argsort"),
        op_class("CumOp", "cumsum", "cumprod"),
        op_class("CumsumOp", "cumsum"),
        op_class("CumprodOp", "cumprod"),
        op_class("SearchsortedOp", "searchsorted"),
        op_class("Dot", "dot"),
        op_class("BatchedDot", "batched_dot"),
        op_class("Softmax", "softmax"),
        op_class("LogSoftmax", "log_softmax"),
        op_class("Reshape", "reshape"),
        op_class("Flatten", "reshape"),
        op_class("Rebroadcast", "rebroadcast"),
        op_class("Shape", "shape"),
        op_class("Shape_i", "size"),
        op_class("MakeVector", "make_vector"),
        op_class("Alloc", "broadcast"),
        op_class("ARange", "arange"),
        op_class("Join", "concatenate"),
        op_class("Subtensor", "subtensor"),
        op_class("AdvancedSubtensor", "subtensor"),
        op_class("IncSubtensor", "inc_subtensor", "set_subtensor"),
        op_class("AdvancedIncSubtensor", "inc_subtensor", "set_subtensor"),
        op_class("AdvancedSubtensor1", "subtensor"),
        op_class("AdvancedBooleanSubtensor", "subtensor"),
        op_class("AdvancedIncSubtensor1", "inc_subtensor", "set_subtensor"),
        op_class("AdvancedBooleanIncSubtensor", "inc_subtensor", "set_subtensor"),
    )
}
"""Each class by its name."""

__all__ = list(CLASSES)  # made from the table
globals().update(CLASSES)
