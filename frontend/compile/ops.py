"""Operations made of functions, and those that return their operand, where Theano has them."""

from symc.extension.views import ViewOp, view_op
from symc.extension.wrapping import FromFunctionOp, as_op

__all__ = ["FromFunctionOp", "ViewOp", "as_op", "view_op"]
