"""The nodes of graphs, where Theano has them."""

from symc.tensor.variable import TensorConstant as Constant
from symc.variable import Apply, Variable

__all__ = ["Apply", "Constant", "Variable"]
