"""Functions, and operations made of functions and graphs, where Theano has them."""

from symc.compile import builders, ops
from symc.extension.from_graph import OpFromGraph
from symc.extension.views import ViewOp, view_op
from symc.extension.wrapping import FromFunctionOp, as_op

__all__ = ["FromFunctionOp", "OpFromGraph", "ViewOp", "as_op", "builders", "ops", "view_op"]
