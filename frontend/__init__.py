"""symc: a symbolic tensor compiler."""

from typing import TYPE_CHECKING

# The order matters twice: config is read first, and a function of the same name as its module
# (config, function, shared) takes the module's place here.
from symc.config import config  # isort: skip
from symc import tensor  # isort: skip
from symc import gradient, ifelse, printing
from symc.absent import absent
from symc.clone import clone
from symc.compiler.errors import (
    Error,
    InternalError,
    NotSupported,
    ShapeMismatch,
    TargetError,
    TypeMismatch,
)
from symc.exceptions import (
    BadArgument,
    BadReplacement,
    BadUpdate,
    ConditionFailed,
    IndexOutOfBounds,
    MissingInput,
    UnusedInput,
    ZeroStep,
)
from symc.extension.from_graph import OpFromGraph
from symc.extension.op import Op
from symc.extension.type import Generic, Type, generic
from symc.extension.wrapping import as_op
from symc.function import Function, function
from symc.gradient import Lop, Rop, grad, sparse_grad, subgraph_grad
from symc.io import In, Out, Param
from symc.mode import FAST_COMPILE, FAST_RUN, Mode, get_default_mode
from symc.printing import pp
from symc.scan_module import foldl, foldr, map, reduce, scan, scan_checkpoints
from symc.shared import SharedVariable, shared
from symc.tensor import TensorConstant as Constant
from symc.tensor import as_tensor_variable, dot, get_scalar_constant_value
from symc.type import TensorType
from symc.updates import OrderedUpdates
from symc.variable import Apply, Variable

from symc import compile, gof  # isort: skip  # they take their names from the others


def install_as_theano() -> None:
    """Let `import theano`, and the import of its modules, mean symc from now on."""
    from symc.compat import install_as_theano as install

    install()


if not TYPE_CHECKING:

    def __getattr__(name):  # noqa: ANN001, ANN202  # untyped, so that mypy knows what there is
        raise absent(__name__, name, __all__)


__all__ = [
    "FAST_COMPILE",
    "FAST_RUN",
    "Apply",
    "BadArgument",
    "BadReplacement",
    "BadUpdate",
    "ConditionFailed",
    "Constant",
    "Error",
    "Function",
    "Generic",
    "In",
    "IndexOutOfBounds",
    "InternalError",
    "Lop",
    "MissingInput",
    "Mode",
    "NotSupported",
    "Op",
    "OpFromGraph",
    "OrderedUpdates",
    "Out",
    "Param",
    "Rop",
    "ShapeMismatch",
    "SharedVariable",
    "TargetError",
    "TensorType",
    "Type",
    "TypeMismatch",
    "UnusedInput",
    "Variable",
    "ZeroStep",
    "as_op",
    "as_tensor_variable",
    "clone",
    "compile",
    "config",
    "dot",
    "foldl",
    "foldr",
    "function",
    "generic",
    "get_default_mode",
    "get_scalar_constant_value",
    "gof",
    "grad",
    "gradient",
    "ifelse",
    "install_as_theano",
    "map",
    "pp",
    "printing",
    "reduce",
    "scan",
    "scan_checkpoints",
    "shared",
    "sparse_grad",
    "subgraph_grad",
    "tensor",
]
