"""Forms: lines of symc code with holes for values, at least one for every operation.

A hole is named by what fits it, `{float}` or `{whole2}`; one name stands for one value.
"""

from __future__ import annotations

from collections.abc import Callable

import symc.compiler.ops  # noqa: F401  # fills the registry
from symc.compiler.op import registry

from .program import Array, kind_of

POINTWISE = [op for op in registry() if op.family == "pointwise"]

FITS: dict[str, Callable[[Array], bool]] = {
    "any": lambda a: a.ndim > 0,
    "real": lambda a: a.ndim > 0 and a.dtype.kind != "c",
    "float": lambda a: a.ndim > 0 and kind_of(a) == "f",
    "vector": lambda a: a.ndim == 1 and a.dtype.kind != "c",
    "matrix": lambda a: a.ndim == 2 and a.dtype.kind != "c",
    "floats": lambda a: a.ndim == 2 and kind_of(a) == "f",
    "stack": lambda a: a.ndim == 3 and kind_of(a) == "f",
    "whole": lambda a: a.ndim > 0 and a.dtype.kind in "iu",
    "counts": lambda a: a.ndim == 1 and a.dtype.kind in "iu",
    "truths": lambda a: a.ndim > 0 and a.dtype.kind == "b",
    "number": lambda a: a.ndim == 0 and kind_of(a) == "f",
    "index": lambda a: a.ndim == 0 and a.dtype.kind in "iu",
    "complex": lambda a: a.dtype.kind == "c",
}

STATE = "T.stack([T.cast({index}, 'uint64'), T.cast(3, 'uint64')])"
PLACES = "[T.cast({whole}, 'int64') % {any}.shape[0]]"
SMALL = "T.cast(abs({counts}) % 7, 'int64')"
RATE = "(0.1 + abs({float}))"
SQUARE = "T.dot({floats}.T, {floats})"
REGULAR = f"(0.1 * {SQUARE} + T.eye({{floats}}.shape[1]))"
APART = f"({REGULAR} + T.diag(T.arange({{floats}}.shape[1])))"

OWN: dict[str, tuple[str, ...]] = {
    "block_gradient": ("symc.gradient.disconnected_grad({float}) * {mate}",),
    "clip_gradient": (
        "T.grad(T.sum(T.sqr(symc.gradient.grad_clip({float}, -0.1, 0.2))), {float})",
        "symc.gradient.grad_clip({float}, -0.1, 0.2) * 2",
    ),
    "scale_gradient": (
        "T.grad(T.sum(T.tanh(symc.gradient.grad_scale({float}, 0.5))), {float})",
        "symc.gradient.grad_scale({float}, 0.5) * 2",
    ),
    **{
        name: (f"T.{name}({{real}}, axis={{axis}})", f"T.{name}({{real}})")
        for name in ("max", "min", "argmax", "argmin", "all", "any", "sum", "prod")
    },
    "arange": ("T.arange({any}.shape[0])", "T.arange(1, {any}.size, 2)"),
    "bounded": ("{any}[{index} % 2 - 1]", "{any}[{index}]"),
    "parts": ("T.real({complex}) + T.imag({complex})",),
    "whole": ("T.complex({float}, {alike}) * {complex}", "T.complex({float}, {alike})"),
    "interleave": ("T.complex({float}, {alike}) * {complex}", "T.complex({float}, {alike})"),
    "prod_real": ("T.real(T.prod({complex}))", "T.prod({complex}, axis=0)"),
    "prod_imag": ("T.imag(T.prod({complex}))", "T.prod({complex}, axis=0)"),
    "recurrence": ("T.grad(T.sum(T.cumprod(0.3 * {float}, axis={axis}) * {alike}), {float})",),
    "cumsum": ("T.cumsum({any}, axis={axis})", "T.cumsum({any}[::-1], axis=0)[::-1]"),
    "cumprod": ("T.cumprod({real}, axis={axis})", "T.cumprod({float} * 0.5)"),
    "gather": ("{any}" + PLACES, "T.take({any}, abs({whole}) % 2, axis={axis})"),
    "scatter_add": ("T.inc_subtensor({any}" + PLACES + ", 2)",),
    "scatter_set": ("T.set_subtensor({any}" + PLACES + ", 2)",),
    "positions": ("{real}[{real} > 0]", "T.flatnonzero({truths})", "T.nonzero_values({real})"),
    "softmax": ("T.nnet.softmax({floats})",),
    "supremum": ("T.nnet.softmax({floats})",),
    "log_softmax": ("T.nnet.logsoftmax({floats})",),
    "logsumexp": ("T.logsumexp({float}, axis={axis})",),
    "searchsorted": (
        "T.searchsorted(T.sort({vector}), {real}, side='right')",
        "T.searchsorted(T.sort({vector}), {real})",
    ),
    "sort": ("T.sort({real}, axis={axis})", "T.sort({real}, axis=None)"),
    "argsort": ("T.argsort({real}, axis={axis})", "T.argsort({real}, axis=None)"),
    "dimshuffle": ("{any}.T", "{any}.dimshuffle('x', *range({any}.ndim))"),
    "broadcast": ("T.alloc({any}, 2, *{any}.shape)", "T.fill({any}, {number}) * 2"),
    "reshape": ("{any}.reshape((-1,))", "{any}.flatten() * 2"),
    "concatenate": ("T.concatenate([{any}, {alike}], axis={axis})",),
    "slice": ("{any}[1:]", "{any}[::-1]", "{any}[{index}:]", "{any}[:{index}]"),
    "place": ("T.grad(T.sum({float}[::2] ** 2), {float})",),
    "dot": ("T.dot({matrix}, {alike}.T)", "T.dot({vector}, {alike})"),
    "batched_dot": ("T.batched_dot({stack}, {stack}.dimshuffle(0, 2, 1))",),
    **dict.fromkeys(("loop", "loop_result"), ("symc.map(lambda row: row * 2, {any})[0]",)),
    **dict.fromkeys(("branch", "branch_result"), ("ifelse(T.any({real}), {real} * 2, {real})",)),
    "cholesky": (f"T.slinalg.cholesky({REGULAR})",),
    "solve_triangular": (f"T.slinalg.solve_lower_triangular(T.tril({REGULAR}), {SQUARE})",),
    **dict.fromkeys(("solve", "lu", "solve_lu"), (f"T.slinalg.solve({REGULAR}, {SQUARE})",)),
    "inverse": (f"T.nlinalg.matrix_inverse({REGULAR})",),
    "pinv": (f"T.nlinalg.pinv({REGULAR})",),
    "det": (f"T.nlinalg.det({REGULAR})",),
    "sign_det": (f"T.nlinalg.slogdet({REGULAR})[0]",),
    "logabsdet": (f"T.nlinalg.slogdet({REGULAR})[1]",),
    "expm": (f"T.slinalg.expm(0.1 * {REGULAR})",),
    **dict.fromkeys(("eigh_values", "spectrum"), (f"T.nlinalg.eigh({REGULAR})[0]",)),
    "eigh_vectors": (f"T.nlinalg.eigh({APART})[1]",),
    **dict.fromkeys(("qr_left", "householder", "orthogonal"), ("T.nlinalg.qr({floats})[0]",)),
    "qr_right": ("T.nlinalg.qr({floats})[1]",),
    **dict.fromkeys(("svd_values", "singular"), ("T.nlinalg.svd({floats}, compute_uv=0)",)),
    "svd_left": ("T.nlinalg.svd({floats}, full_matrices=0)[0]",),
    "svd_right": ("T.nlinalg.svd({floats}, full_matrices=0)[2]",),
    "measured": ("{real}[{real} > 0].shape[0] + {number}", "T.nonzero_values({real})"),
}
"""Forms for the operations that are not pointwise, each before its alternatives."""

MORE = tuple(
    form.replace("STATE", STATE).replace("SMALL", SMALL).replace("RATE", RATE)
    for form in (
        "T.extra_ops.Unique()({vector})",
        "T.extra_ops.Unique(True, True)({vector})[{one}]",
        "T.repeat({any}, SMALL % 3, axis=0)",
        "T.compress({truths}, {any})",
        "T.bincount(SMALL)",
        "T.bincount(SMALL, weights={counts})",
        "T.to_one_hot(SMALL, 9)",
        "T.unravel_index(SMALL, (3, 4))[0]",
        "T.topk({real}, 1, axis={axis})",
        "T.argtopk({real}, 1, axis={axis})",
        "T.topk({real}, {real}.shape[{axis}], axis={axis})",
        "T.ptp({real}, axis={axis})",
        "T.nonzero({real})[0]",
        "{any}[{truths}]",
        "{real}[{real}[..., 0] > 0, 0]",
        "{any}[{any}.shape[0] // 2:]",
        "T.set_subtensor({real}[{real} > 0], 1)",
        "T.inc_subtensor({any}[{truths}], 2)",
        "T.set_subtensor({real}[T.argsort({real}, axis=0)[0]], 1)",
        "{matrix}[T.argmax({matrix}, axis=0)]",
        "{any} * {any}.shape[{axis}]",
        "T.set_subtensor({any}[1:], 2)",
        "T.inc_subtensor({any}[::-2], 1)",
        "T.roll({any}, 1, axis={axis})",
        "T.roll({any}, {index})",
        "T.flip({any})",
        "T.flip({any}, {axis})",
        "T.split({any}, [1, {any}.shape[0] - 1], 2)[{one}]",
        "T.stacklists([[{any}, {alike}], [{alike}, {any}]])",
        "T.fill_diagonal({matrix}, 2)",
        "T.extra_ops.fill_diagonal_offset({matrix}, 2, 1)",
        "T.diagonal({matrix}, 1)",
        "T.cov({floats})",
        "T.cov({floats}, rowvar=False)",
        "T.norm({float}, 2, axis={axis})",
        "T.norm({floats}, 1)",
        "T.tril({matrix}, -1)",
        "T.expand_dims({any}, {axis})",
        "T.moveaxis({any}, 0, -1)",
        "T.identity_like({matrix})",
        "T.choose(abs({whole}) % 2, [{mate}, {mate2}])",
        "T.inverse_permutation(T.argsort({vector}))",
        "T.permute_row_elements({matrix}, T.argsort({matrix}, axis=1))",
        "T.take({any}, {whole}, mode='wrap')",
        "T.take({any}, {whole}, axis={axis}, mode='clip')",
        "T.einsum('ij,kj->ik', {matrix}, {alike})",
        "T.einsum('ij,ij->j', {matrix}, {alike})",
        "T.einsum('ijk,ijk->ki', {stack}, {alike})",
        "T.einsum('ij->ji', {matrix})",
        "T.matmul({matrix}, {alike}.T)",
        "T.matmul({stack}, {stack}.dimshuffle(0, 2, 1))",
        "T.tensordot({stack}, {matrix}, 1)",
        "T.tensordot({stack}, {alike}, [[0, 2], [0, 2]])",
        "T.outer({vector}, {vector2})",
        "{any}[..., None] * {number}",
        "T.isclose({float}, {alike})",
        "T.where({truths}, {mate}, {mate2})",
        "T.linspace(0, {number}, 5)",
        "T.clip({float}, -1, {mate})",
        "T.nnet.elu({float})",
        "T.nnet.selu({float})",
        "T.nnet.softsign({float})",
        "T.nnet.softmax_with_bias({floats}, {floats}[0])",
        "T.nnet.sigmoid_binary_crossentropy({float}, 0.3)",
        "T.nnet.relu({float}, {mate})",
        "T.max_and_argmax({real}, axis={axis})[{one}]",
        "T.raw_random.uniform(STATE, {any}.shape)[1]",
        "T.raw_random.normal(STATE, {any}.shape, dtype='float32')[1]",
        "T.raw_random.binomial(STATE, {float}.shape, 9, T.sigmoid({float}))[1]",
        "T.raw_random.random_integers(STATE, {any}.shape, 0, 9)[1]",
        "T.raw_random.poisson(STATE, {float}.shape, RATE)[1]",
        "T.raw_random.choice(STATE, {any}.shape, 7)[1]",
        "{any}[T.raw_random.permutation(STATE, (), {any}.shape[0])[1]]",
        "T.raw_random.multinomial(STATE, (3,), 6, [0.2, 0.3, 0.5])[1]",
        "T.exp({complex} * 0.5)",
        "T.sqrt({complex})",
        "T.conj({complex}) * {mate}",
        "T.log({complex} + 2)",
        "{complex} ** 2",
        "T.sum({complex}, axis=0)",
        "{complex} / ({mate} ** 2 + 1)",
        "T.abs_({complex})",
        "T.tanh({complex} * 0.5)",
        "T.sin({complex})",
        "T.cumsum({complex}, axis=0)",
        "T.dot({complex}, {alike}.T)",
        "T.mean({complex})",
        "T.complex({float}, {alike})",
        "T.real({complex})",
        "T.angle({complex})",
        "T.gammainc(RATE, abs({mate}))",
        "T.chi2sf(abs({float}), RATE)",
        "T.jv(RATE, {mate})",
        "T.j0({float})",
        "T.i1({float} * 0.5)",
        "T.erfinv(0.9 * T.tanh({float}))",
    )
)
"""Forms of other functions."""


NEVER = {
    "parameter": "no operation: forms have holes for them",
    "constant": "no operation: they come with numbers",
    "dimension": "no operation: the size of an input",
    "size": "a dimension or what computed it stands for it",
    "region_set": "fusion makes it of an update",
    "region_add": "fusion makes it of an update",
    "sort_some": "a pass makes it of a slice of a sort",
    "argsort_some": "a pass makes it of a slice of an argsort",
    "kernel": "fusion makes it",
    "result": "fusion makes it",
    "cotangent": "stands for what is to come while a rule is differentiated",
    "bound": "stands in the body of a loop",
    "python": "a call of Python, which tests of users' operations make",
    "python_result": "a call of Python",
}
"""The operations that no form makes, and why."""


WORDS = ("T.cast({whole}, 'uint64')", "T.cast({mate}, 'uint64')", "T.cast(7, 'uint64')")
UNIFORM = "T.raw_random.uniform(" + STATE + ", {float}.shape)[1]"
INSIDE: dict[str, str] = {
    "xlogy0": f"find('xlogy0')({{float2}}, {RATE})",
    "erfinv": "T.erfinv(0.9 * T.tanh({float}))",
    "erfcinv": "T.erfcinv(1 + 0.9 * T.tanh({float}))",
    "arctanh": "T.arctanh(0.9 * T.tanh({float}))",
    "arcsin": "T.arcsin(0.9 * T.tanh({float}))",
    "arccos": "T.arccos(0.9 * T.tanh({float}))",
    "arccosh": "T.arccosh(1.1 + abs({float}))",
    **{
        name: f"T.{name}({RATE}, abs({{mate}}))"
        for name in ("gammainc", "gammaincc", "gammal", "gammau", "jv", "iv")
    },
    "chi2sf": f"T.chi2sf(abs({{mate}}), {RATE})",
    **{
        name: f"find({name!r})({RATE})"
        for name in (
            "log",
            "log2",
            "log10",
            "log1p",
            "sqrt",
            "psi",
            "tri_gamma",
            "gammaln",
            "gamma",
        )
    },
    "philox": f"find('philox')({', '.join(WORDS)})",
    "multiply_high": f"find('multiply_high')({', '.join(WORDS[:2])})",
    "unit": f"find('unit')(find('philox')({', '.join(WORDS)}), dtype='float64')",
    "normal": f"find('normal')(find('philox')({', '.join(WORDS)}), dtype='float32')",
    "poisson": f"T.raw_random.poisson({STATE}, {{float}}.shape, {RATE})[1]",
    "binomial": f"T.raw_random.binomial({STATE}, {{float}}.shape, 9, T.sigmoid({{float}}))[1]",
}
"""Forms of pointwise operations whose operands must lie in a domain, or be random bits."""

MADE = (*(op.name for op in POINTWISE), *OWN)
"""The names of all operations that have forms."""
