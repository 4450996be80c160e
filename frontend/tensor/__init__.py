"""symc.tensor: constructors, functions and methods of tensors, under Theano's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# TensorVariable comes first: the modules it needs refer to one another.
from symc.tensor.variable import TensorConstant, TensorVariable  # isort: skip
from symc.lazy import make_lazy
from symc.tensor.constructors import (
    RANKED,
    RANKED_PLURALS,
    TYPED,
    TYPED_PLURALS,
    col,
    cols,
    matrices,
    matrix,
    row,
    rows,
    scalar,
    scalars,
    tensor,
    vector,
    vectors,
)
from symc.tensor.conversion import as_tensor_variable, constant
from symc.tensor.creation import (
    alloc,
    arange,
    diag,
    diagonal,
    eye,
    fill,
    full,
    full_like,
    identity_like,
    ones,
    ones_like,
    second,
    trace,
    tri,
    tril,
    triu,
    zeros,
    zeros_like,
)
from symc.tensor.dtypes import LISTS
from symc.tensor.elementwise import (
    abs_,
    add,
    allclose,
    and_,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    cast,
    ceil,
    clip,
    cos,
    cosh,
    deg2rad,
    eq,
    exp,
    exp2,
    expm1,
    floor,
    floor_div,
    ge,
    gt,
    hard_sigmoid,
    int_div,
    inv,
    invert,
    iround,
    isclose,
    isfinite,
    isinf,
    isnan,
    largest,
    le,
    log,
    log1p,
    log2,
    log10,
    lt,
    maximum,
    minimum,
    mod,
    mul,
    neg,
    neq,
    or_,
    pow,
    power,
    rad2deg,
    round,
    round_half_away_from_zero,
    round_half_to_even,
    sgn,
    sigmoid,
    sin,
    sinh,
    smallest,
    softplus,
    sqr,
    sqrt,
    square,
    sub,
    switch,
    tan,
    tanh,
    true_div,
    trunc,
    ultra_fast_sigmoid,
    where,
    xor,
)
from symc.tensor.joining import (
    concatenate,
    horizontal_stack,
    join,
    stack,
    stacklists,
    vertical_stack,
)
from symc.tensor.positions import POSITIONS
from symc.tensor.products import (
    batched_dot,
    batched_tensordot,
    dot,
    matmul,
    outer,
    tensordot,
)
from symc.tensor.reductions import (
    all,
    any,
    argmax,
    argmin,
    logsumexp,
    max,
    max_and_argmax,
    mean,
    min,
    norm,
    prod,
    ptp,
    std,
    sum,
    var,
)
from symc.tensor.shaping import (
    addbroadcast,
    broadcast_to,
    dimshuffle,
    expand_dims,
    flatten,
    patternbroadcast,
    repeat,
    reshape,
    shape,
    shape_padaxis,
    shape_padleft,
    shape_padright,
    size,
    specify_shape,
    squeeze,
    swapaxes,
    tensor_copy,
    tile,
    transpose,
    unbroadcast,
    vector_length,
)
from symc.tensor.special import FUNCTIONS
from symc.tensor.static import (
    NotScalarConstantError,
    extract_constant,
    get_scalar_constant_value,
    get_vector_length,
)
from symc.tensor.subtensor import inc_subtensor, set_subtensor
from symc.type import TensorType

if TYPE_CHECKING:  # what HOMES has, for type checkers
    from symc.bending import consider_constant
    from symc.derivative import grad
    from symc.differences import numeric_grad, verify_grad
    from symc.directional import Lop, Rop
    from symc.extension.null import DisconnectedType, grad_not_implemented, grad_undefined
    from symc.jacobians import hessian, jacobian
    from symc.shared import SharedVariable, TensorSharedVariable
    from symc.tensor import nlinalg, nnet, opt, raw_random, shared_randomstreams, slinalg, xlogx
    from symc.tensor.choosing import choose, take
    from symc.tensor.einsum import einsum
    from symc.tensor.grids import linspace, mgrid, ogrid
    from symc.tensor.permutations import inverse_permutation, permute_row_elements
    from symc.tensor.rearranging import flip, moveaxis, roll, split
    from symc.tensor.statistics import cov

    def __getattr__(name: str) -> Any: ...  # the names that tables make


HOMES = {
    "symc.bending": ("consider_constant",),
    "symc.derivative": ("grad",),
    "symc.differences": ("numeric_grad", "verify_grad"),
    "symc.directional": ("Lop", "Rop"),
    "symc.extension.null": ("DisconnectedType", "grad_not_implemented", "grad_undefined"),
    "symc.jacobians": ("hessian", "jacobian"),
    "symc.shared": ("SharedVariable", "TensorSharedVariable"),
    "symc.tensor": (
        *("extra_ops", "nlinalg", "nnet", "opt", "raw_random", "shared_randomstreams", "slinalg"),
        "xlogx",
    ),
    "symc.tensor.choosing": ("choose", "take"),
    "symc.tensor.cumulative": ("cumprod", "cumsum", "diff"),
    "symc.tensor.diagonals": ("fill_diagonal", "fill_diagonal_offset"),
    "symc.tensor.einsum": ("einsum",),
    "symc.tensor.extra_ops": ("bartlett",),
    "symc.tensor.grids": ("linspace", "mgrid", "ogrid"),
    "symc.tensor.integers": ("ceil_intdiv", "divmod", "scalar_from_tensor", "tensor_from_scalar"),
    "symc.tensor.permutations": ("inverse_permutation", "permute_row_elements"),
    "symc.tensor.places": (
        *("bincount", "ravel_multi_index", "searchsorted", "to_one_hot", "unravel_index"),
    ),
    "symc.tensor.rearranging": ("flip", "moveaxis", "roll", "split"),
    "symc.tensor.sort": ("argsort", "argtopk", "sort", "topk", "topk_and_argtopk"),
    "symc.tensor.statistics": ("cov",),
}
"""Where the names are that are imported when a program first asks for them."""

make_lazy(__name__, HOMES)

# fvector, imatrix, dscalars, ...: one name for every dtype letter and rank.
_CONSTRUCTORS = RANKED | RANKED_PLURALS | TYPED | TYPED_PLURALS
_TABLES: dict[str, Any] = _CONSTRUCTORS | FUNCTIONS | POSITIONS | LISTS
globals().update(_TABLES)

abs, as_tensor = abs_, as_tensor_variable
join_, isinf_, isnan_, div_proxy, mod_check, Tensor = join, isinf, isnan, true_div, mod, TensorType

# fmt: off
__all__ = [
    "DisconnectedType", "Lop", "NotScalarConstantError", "Rop", "SharedVariable", "Tensor",
    "TensorConstant", "TensorSharedVariable", "TensorType", "TensorVariable", "abs", "abs_", "add",
    "addbroadcast", "all", "allclose", "alloc", "and_", "any", "arange", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "as_tensor",
    "as_tensor_variable", "batched_dot", "batched_tensordot", "bitwise_and", "bitwise_not",
    "bitwise_or", "bitwise_xor", "broadcast_to", "cast", "ceil", "choose", "clip", "col", "cols",
    "concatenate", "consider_constant", "constant", "cos", "cosh", "cov", "deg2rad", "diag",
    "diagonal", "dimshuffle", "div_proxy", "dot", "einsum", "eq", "exp", "exp2", "expand_dims",
    "expm1", "extract_constant", "eye", "fill", "flatten", "flip", "floor", "floor_div", "full",
    "full_like", "ge", "get_scalar_constant_value", "get_vector_length", "grad",
    "grad_not_implemented", "grad_undefined", "gt", "hard_sigmoid", "hessian", "horizontal_stack",
    "identity_like", "inc_subtensor", "int_div", "inv", "inverse_permutation", "invert", "iround",
    "isclose", "isfinite", "isinf", "isinf_", "isnan", "isnan_", "jacobian", "join", "join_",
    "largest", "le", "linspace", "log", "log1p", "log2", "log10", "logsumexp", "lt", "matmul",
    "matrices", "matrix", "max", "max_and_argmax", "maximum", "mean", "mgrid", "min", "minimum",
    "mod", "mod_check", "moveaxis", "mul", "neg", "neq", "nlinalg", "nnet", "norm", "numeric_grad",
    "ogrid", "ones", "ones_like", "opt", "or_", "outer", "patternbroadcast", "permute_row_elements",
    "pow", "power", "prod", "ptp", "rad2deg", "raw_random", "repeat", "reshape", "roll", "round",
    "round_half_away_from_zero", "round_half_to_even", "row", "rows", "scalar", "scalars", "second",
    "set_subtensor", "sgn", "shape", "shape_padaxis", "shape_padleft", "shape_padright",
    "shared_randomstreams", "sigmoid", "sin", "sinh", "size", "slinalg", "smallest", "softplus",
    "specify_shape", "split", "sqr", "sqrt", "square", "squeeze", "stack", "stacklists", "std",
    "sub", "sum", "swapaxes", "switch", "take", "tan", "tanh", "tensor", "tensor3", "tensor3s",
    "tensor4", "tensor4s", "tensor5", "tensor5s", "tensor6", "tensor6s", "tensor7", "tensor7s",
    "tensor_copy", "tensordot", "tile", "trace", "transpose", "tri", "tril", "triu", "true_div",
    "trunc", "ultra_fast_sigmoid", "unbroadcast", "var", "vector", "vector_length", "vectors",
    "verify_grad", "vertical_stack", "where", "xlogx", "xor", "zeros", "zeros_like",
]
# fmt: on
# What the tables make is announced as well.
_HOMELY = {name for home, names in HOMES.items() if home != __name__ for name in names}
__all__ = sorted({*__all__, *_TABLES, *_HOMELY})
