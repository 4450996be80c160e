"""symc: a symbolic tensor compiler."""

from typing import TYPE_CHECKING

# The order matters: config is read first.
from symc.config import config  # isort: skip
from symc import tensor  # isort: skip
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
from symc.extension.type import Generic, Type, generic
from symc.lazy import make_lazy
from symc.tensor import TensorConstant as Constant
from symc.tensor import as_tensor_variable, dot, get_scalar_constant_value
from symc.type import TensorType
from symc.variable import Apply, Variable

if TYPE_CHECKING:  # what HOMES has, for type checkers
    from symc import compile, gof, gradient, ifelse, printing
    from symc.bending import sparse_grad
    from symc.clone import clone
    from symc.derivative import grad
    from symc.directional import Lop, Rop
    from symc.extension.from_graph import OpFromGraph
    from symc.extension.op import Op
    from symc.extension.wrapping import as_op
    from symc.function import Function, function
    from symc.io import In, Out, Param
    from symc.mode import FAST_COMPILE, FAST_RUN, Mode, get_default_mode
    from symc.printing import pp
    from symc.scan_module import foldl, foldr, map, reduce, scan, scan_checkpoints
    from symc.shared import SharedVariable, shared
    from symc.subgraph import subgraph_grad
    from symc.updates import OrderedUpdates

HOMES = {
    "symc": ("compile", "gof", "gradient", "ifelse", "printing", "scan_module", "updates"),
    "symc.bending": ("sparse_grad",),
    "symc.clone": ("clone",),
    "symc.derivative": ("grad",),
    "symc.directional": ("Lop", "Rop"),
    "symc.extension.from_graph": ("OpFromGraph",),
    "symc.extension.op": ("Op",),
    "symc.extension.wrapping": ("as_op",),
    "symc.function": ("Function", "function"),
    "symc.io": ("In", "Out", "Param"),
    "symc.mode": ("FAST_COMPILE", "FAST_RUN", "Mode", "get_default_mode"),
    "symc.printing": ("pp",),
    "symc.scan_module": ("foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints"),
    "symc.shared": ("SharedVariable", "shared"),
    "symc.subgraph": ("subgraph_grad",),
    "symc.updates": ("OrderedUpdates",),
}
"""Where the names are that are imported when a program first asks for them."""

make_lazy(__name__, HOMES)


def install_as_theano() -> None:
    """Let `import theano`, and the import of its modules, mean symc from now on.

    Flags are taken from THEANO_FLAGS and ~/.theanorc, but for those that symc's own have set.
    """
    from symc.compat import install_as_theano as install

    install()


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
