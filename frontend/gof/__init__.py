"""Graphs, and the classes of users' operations and types, where Theano has them."""

from symc.extension.op import Op
from symc.extension.type import Generic, Type, generic
from symc.gof import graph, null_type, op, type, utils
from symc.gof.utils import object2
from symc.tensor.variable import TensorConstant as Constant
from symc.variable import Apply, Variable

PureOp = Op

__all__ = [
    "Apply",
    "Constant",
    "Generic",
    "Op",
    "PureOp",
    "Type",
    "Variable",
    "generic",
    "graph",
    "null_type",
    "object2",
    "op",
    "type",
    "utils",
]
