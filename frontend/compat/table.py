"""The one table: each module of Theano, and where symc has its names."""

from __future__ import annotations

from msgspec import Struct, field


class Names(Struct, frozen=True):
    """Where the names of one module of Theano are found, in this order.

    own       name -> 'module:attribute'; a name alone, 'module', is that module itself
    sources   modules of symc whose public names it has
    """

    sources: tuple[str, ...] = ()
    own: dict[str, str] = field(default_factory=dict)


_TENSOR = Names(
    ("symc.tensor", "symc.compat.ops", "symc.compat.tensor", "symc.type"),
    {
        "Apply": "symc:Apply",
        "Constant": "symc:Constant",
        "DisconnectedType": "symc.gradient:DisconnectedType",
        "Generic": "symc:Generic",
        "MethodNotDefined": "symc.gof.utils:MethodNotDefined",
        "ShapeError": "symc.exceptions:ShapeError",
        "Tensor": "symc.type:TensorType",
        "Variable": "symc:Variable",
        "_allclose": "symc.compat.python:allclose",
        "consider_constant": "symc.gradient:consider_constant",
        "divmod": "builtins:divmod",
        "grad_not_implemented": "symc.gradient:grad_not_implemented",
        "grad_undefined": "symc.gradient:grad_undefined",
        "hashtype": "symc.compat.python:hashtype",
        "inplace": "symc.tensor.inplace",
        "min_informative_str": "symc.informative:min_informative_str",
        "numeric_grad": "symc.gradient:numeric_grad",
        "pprint": "symc.printing:pp",
        "var_descriptor": "symc.informative:var_descriptor",
        "xlogx": "symc.tensor.xlogx",
    },
)
_SCALAR = Names(("symc.compat.scalar", "symc.compat.scalar_ops"))
# symc.tensor.sort is the function, as Theano's is: its module is named by what it holds.
_SORTS = {
    name: f"symc.tensor:{name}"
    for name in ("sort", "argsort", "topk", "argtopk", "topk_and_argtopk")
}
_NNET = Names(("symc.tensor.nnet", "symc.compat.ops"))
_LOCAL = {
    "LocalOptimizer": "symc.extension.local:LocalOptimizer",
    "local_optimizer": "symc.extension.local:local_optimizer",
    "in2out": "symc.extension.local:in2out",
    "out2in": "symc.extension.local:in2out",
    "OpSub": "symc.extension.local:op_sub",
    "OpRemove": "symc.extension.local:op_remove",
    "register_canonicalize": "symc.extension.local:register_canonicalize",
    "register_stabilize": "symc.extension.local:register_stabilize",
    "register_specialize": "symc.extension.local:register_specialize",
    "register_uncanonicalize": "symc.extension.local:register_uncanonicalize",
}
_GRAPH = Names(
    ("symc.gof", "symc.compat.graph"),
    {
        "MethodNotDefined": "symc.gof.utils:MethodNotDefined",
        "MissingInputError": "symc.exceptions:MissingInput",
        "hashtype": "symc.compat.python:hashtype",
        **_LOCAL,
    },
)
_FUNCTIONS = Names(
    ("symc", "symc.compile", "symc.compat.graph"),
    {
        "DebugMode": "symc.debugmode:DebugMode",
        "SymbolicInput": "symc.io:In",
        "SymbolicOutput": "symc.io:Out",
        "DisconnectedType": "symc.gradient:DisconnectedType",
        "NullType": "symc.gradient:NullType",
        "Rebroadcast": "symc.compat.ops:Rebroadcast",
        "UnusedInputError": "symc.exceptions:UnusedInput",
        "specify_shape": "symc.tensor:specify_shape",
        "optdb": "symc.extension.local:optdb",
        "function": "symc:function",
        "Function": "symc:Function",
        "get_mode": "symc.mode:get_mode",
        "rebuild_collect_shared": "symc.rebuild:rebuild_collect_shared",
        "predefined_modes": "symc.mode:MODES",
        "predefined_linkers": "symc.mode:LINKERS",
        "predefined_optimizers": "symc.mode:PIPELINES",
        "register_mode": "symc.mode:register_mode",
        "function_dump": "symc.dump:function_dump",
        "SharedVariable": "symc:SharedVariable",
        "shared": "symc:shared",
        "OrderedDict": "collections:OrderedDict",
    },
)
_COMPAT = {
    "OrderedDict": "collections:OrderedDict",
    "defaultdict": "collections:defaultdict",
    "DefaultOrderedDict": "symc.compat.python:DefaultOrderedDict",
    "Callable": "collections.abc:Callable",
    "exc_message": "symc.compat.python:exc_message",
    "get_unbound_function": "symc.compat.python:get_unbound_function",
    "izip": "builtins:zip",
    "imap": "builtins:map",
    "reduce": "functools:reduce",
    "partial": "functools:partial",
}

_MOVES = {
    "StringIO": "io:StringIO",
    "builtins": "builtins",
    "cPickle": "pickle",
    "configparser": "configparser",
    "copyreg": "copyreg",
    "filter": "builtins:filter",
    "input": "builtins:input",
    "map": "builtins:map",
    "queue": "queue",
    "range": "builtins:range",
    "reduce": "functools:reduce",
    "urllib": "urllib",
    "xrange": "builtins:range",
    "zip": "builtins:zip",
    "zip_longest": "itertools:zip_longest",
}

MODULES: dict[str, Names] = {
    "theano": Names(
        ("symc",),
        {
            "config": "symc.config:config",
            "__version__": "symc.compat.python:VERSION",
            "_asarray": "symc.compat.python:asarray",
            "get_scalar_constant_value": "symc.tensor:get_scalar_constant_value",
            "as_tensor_variable": "symc.tensor:as_tensor_variable",
            "is_same_graph": "symc.compat.graph:is_same_graph",
            "debugprint": "symc.printing:debugprint",
            "pprint": "symc.printing:pp",
            "change_flags": "symc.compat.config:change_flags",
            "disconnected_grad": "symc.gradient:disconnected_grad",
            "object2": "symc.gof:object2",
            "predefined_modes": "symc.mode:MODES",
            "predefined_linkers": "symc.mode:LINKERS",
            "predefined_optimizers": "symc.mode:PIPELINES",
            "function_dump": "symc.dump:function_dump",
        },
    ),
    "theano.tensor": _TENSOR,
    "theano.tensor.basic": _TENSOR,
    "theano.tensor.var": _TENSOR,
    "theano.tensor.type": _TENSOR,
    "theano.tensor.elemwise": _TENSOR,
    "theano.tensor.subtensor": _TENSOR,
    "theano.tensor.extra_ops": Names(("symc.tensor.extra_ops", "symc.compat.ops", "symc.tensor")),
    "theano.tensor.sort": Names(("symc.compat.ops",), _SORTS),
    "theano.tensor.sharedvar": Names(
        ("symc.shared",), {"tensor_constructor": "symc:shared", "shared": "symc:shared"}
    ),
    "theano.tensor.shared_randomstreams": Names(("symc.tensor.shared_randomstreams",)),
    "theano.tensor.randomstreams": Names(("symc.tensor.randomstreams",)),
    "theano.tensor.raw_random": Names(("symc.tensor.raw_random",)),
    "theano.tensor.nlinalg": Names(("symc.compat.matrix_ops", "symc.tensor.nlinalg")),
    "theano.tensor.slinalg": Names(("symc.compat.matrix_ops", "symc.tensor.slinalg")),
    "theano.sandbox": Names(),
    "theano.sandbox.linalg": Names(("symc.sandbox.linalg",)),
    "theano.sandbox.linalg.ops": Names(("symc.sandbox.linalg.ops", "symc.compat.matrix_ops")),
    "theano.sandbox.rng_mrg": Names(("symc.sandbox.rng_mrg",)),
    "theano.tensor.opt": Names(("symc.tensor.opt", "symc.compat.ops"), _LOCAL),
    "theano.tensor.blas": Names(
        ("symc.compat.ops",),
        {
            "batched_dot": "symc.tensor:batched_dot",
            "batched_tensordot": "symc.tensor:batched_tensordot",
        },
    ),
    "theano.tensor.nnet": _NNET,
    "theano.tensor.nnet.nnet": _NNET,
    "theano.tensor.nnet.sigm": _NNET,
    "theano.gradient": Names(("symc.gradient", "symc.testvalue")),
    "theano.printing": Names(
        ("symc.printing", "symc.informative"),
        {"pprint": "symc.printing:pp", "_TagGenerator": "symc.informative:TagGenerator"},
    ),
    "theano.configdefaults": Names(("symc.compat.config",), {"config": "symc.config:config"}),
    "theano.configparser": Names(("symc.compat.config",), {"config": "symc.config:config"}),
    "theano.scalar": _SCALAR,
    "theano.scalar.basic": _SCALAR,
    "theano.tensor.inplace": Names(("symc.tensor.inplace",)),
    "theano.tensor.xlogx": Names(("symc.tensor.xlogx",)),
    "theano.compile": _FUNCTIONS,
    "theano.compile.debugmode": Names(("symc.debugmode",)),
    "theano.compile.nanguardmode": Names(("symc.nanguardmode",)),
    "theano.compile.function": _FUNCTIONS,
    "theano.compile.function_module": _FUNCTIONS,
    "theano.compile.io": _FUNCTIONS,
    "theano.compile.mode": _FUNCTIONS,
    "theano.compile.pfunc": _FUNCTIONS,
    "theano.compile.sharedvalue": _FUNCTIONS,
    "theano.gof": _GRAPH,
    "theano.gof.graph": Names(("symc.gof.graph", "symc.compat.graph")),
    "theano.gof.opt": Names((), _LOCAL),
    "theano.gof.fg": Names((), {"MissingInputError": "symc.exceptions:MissingInput"}),
    "theano.gof.op": Names(("symc.gof.op",)),
    "theano.gof.type": Names(("symc.gof.type",)),
    "theano.gof.null_type": Names(("symc.gof.null_type",)),
    "theano.gof.utils": Names(("symc.gof.utils",), {"hashtype": "symc.compat.python:hashtype"}),
    "theano.compile.ops": Names(("symc.compile.ops",)),
    "theano.compile.builders": Names(("symc.compile.builders",)),
    "theano.gof.compilelock": Names(
        (),
        {
            "get_lock": "symc.compat.python:get_lock",
            "release_lock": "symc.compat.python:release_lock",
        },
    ),
    "theano.gof.cmodule": Names((), {"get_lib_extension": "symc.compat.python:get_lib_extension"}),
    "theano.misc": Names(),
    "theano.misc.pkl_utils": Names(("symc.compat.pkl_utils",)),
    "theano.misc.safe_asarray": Names((), {"_asarray": "symc.compat.python:asarray"}),
    "theano.tests": Names(),
    "theano.tests.unittest_tools": Names(("symc.compat.testing",)),
    "theano.updates": Names(("symc.updates",)),
    "theano.version": Names(
        (),
        {
            "full_version": "symc.compat.python:VERSION",
            "short_version": "symc.compat.python:VERSION",
            "version": "symc.compat.python:VERSION",
        },
    ),
    "theano.misc.strutil": Names((), {"render_string": "symc.compat.python:render_string"}),
    "theano.ifelse": Names(("symc.ifelse",)),
    "theano.scan_module": Names(("symc.scan_module",), {"clone": "symc:clone"}),
    "theano.scan_module.scan": Names((), {"scan": "symc:scan"}),
    "theano.scan_module.scan_checkpoints": Names((), {"scan_checkpoints": "symc:scan_checkpoints"}),
    "theano.scan_module.scan_op": Names((), {"Scan": "symc.scan_module.operation:Scan"}),
    "theano.scan_module.scan_utils": Names(
        (),
        {
            "clone": "symc:clone",
            "equal_computations": "symc.compat.graph:equal_computations",
            "until": "symc.scan_module:until",
        },
    ),
    "theano.scan_module.scan_views": Names(
        (), {name: f"symc:{name}" for name in ("map", "reduce", "foldl", "foldr")}
    ),
    "theano.compat": Names((), _COMPAT),
    "theano.compat.python2x": Names((), _COMPAT),
    "theano.compat.six": Names(("symc.compat.six",)),
    "theano.compat.six.moves": Names((), _MOVES),
}
"""Every module of Theano that symc serves."""

PLANNED: dict[str, str] = {
    "theano.sandbox": "numerics and other devices",
    "theano.gpuarray": "numerics and other devices",
    "theano.sparse": "sparse matrices",
    "theano.typed_list": "typed lists",
    "theano.tensor.signal": "convolution and pooling",
    "theano.tensor.nnet.conv": "convolution and pooling",
    "theano.tensor.nnet.abstract_conv": "convolution and pooling",
    "theano.tensor.nnet.bn": "convolution and pooling",
    "theano.tensor.nnet.neighbours": "convolution and pooling",
    "theano.tensor.nnet.conv2d": "convolution and pooling",
    "theano.tensor.nnet.conv3d": "convolution and pooling",
    "theano.tensor.nnet.separable_conv2d": "convolution and pooling",
    "theano.tensor.nnet.conv2d_grad_wrt_inputs": "convolution and pooling",
    "theano.tensor.nnet.batch_normalization": "convolution and pooling",
    "theano.compile.MonitorMode": "checking modes",
    "theano.printing.pydotprint": "drawings",
    "theano.printing.pydotprint_variables": "drawings",
    "theano.tensor.nnet.Conv3D": "convolution and pooling",
    "theano.tensor.nnet.ConvOp": "convolution and pooling",
    "theano.ProfileStats": "profiles",
    "theano.tensor.fft": "transforms",
    "theano.compile.monitormode": "checking modes",
    "theano.compile.profiling": "profiles",
    "theano.d3viz": "drawings",
}
"""Names that are to come, and the part of the plan that brings them."""

_OPTIMIZERS = (
    *("Query", "PatternSub", "TopoOptimizer", "EquilibriumOptimizer", "SeqOptimizer", "Optimizer"),
    *("MergeOptimizer", "NavigatorOptimizer", "ReplaceValidate", "WrapLinkerMany", "optimizer"),
    *("inplace_optimizer", "DB", "EquilibriumDB", "SequenceDB", "ProxyDB", "LocalGroupDB"),
)
_REGISTER_C = ("deep_copy_op", "rebroadcast", "shape", "shape_i", "specify_shape", "view_op")
_C_CODE = (
    *("theano.OpenMPOp", "theano.gof.COp", "theano.gof.op.COp", "theano.gof.OpenMPOp"),
    *(f"theano.compile.register_{name}_c_code" for name in _REGISTER_C),
)

INSTEAD: dict[str, str] = {
    **{
        f"theano.gof{module}.{name}": "rules and passes are written with symc.rewriting, modes "
        "choose them by name: Mode().including(name)"
        for module in ("", ".opt", ".optdb")
        for name in _OPTIMIZERS
    },
    **dict.fromkeys(
        _C_CODE, "symc runs no C code of programs: give the operation a perform in Python"
    ),
}
"""Names that will not come, and what symc has in their place."""
