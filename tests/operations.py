"""Samples of the operations that no rule can make up: points, calls, and numeric derivatives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matrices
import numpy as np

from symc.compiler.bfloat import convert
from symc.compiler.kernel.matrices import REFERENCES
from symc.compiler.op import Op, find
from symc.compiler.types import DTYPES, FLOATS, INTEGERS

REAL = tuple(d for d in DTYPES if not d.startswith("complex"))


def attributes_of(op: Op) -> dict[str, Any]:
    """Return attributes that a pointwise operation needs for a call."""
    return {"dtype": "float32"} if op.name in ("cast", "unit", "normal") else {}


# Points of float64 at which operations of one, two and three operands are smooth.
POINTS = {1: [(0.3,), (-0.7,), (1.7,)], 2: [(0.3, 1.2), (-0.7, 2.3), (1.4, -0.6)]}
POINTS[3] = [(0.3, -1.0, 2.0), (-0.7, -0.2, 0.4), (2.7, -1.0, 0.9)]
OWN_POINTS: dict[str, list[tuple[Any, ...]]] = {
    "switch": [(True, 0.3, 0.4), (False, 0.3, 0.4)],
    "cast": [],
    "power": [(0.3, 1.2), (2.0, -1.5), (3.0, 2.0)],
    "tan": [(0.3,), (-0.7,), (2.7,)],
    "arccosh": [(1.2,), (3.4,)],
    "arcsin": [(0.3,), (-0.9,)],
    "arccos": [(0.3,), (-0.9,)],
    "arctanh": [(0.3,), (-0.9,)],
    "ultra_fast_sigmoid": [(0.3,), (-2.0,), (4.4,), (-5.0,), (8.0,)],
    "hard_sigmoid": [(0.3,), (-4.0,), (5.0,)],
    "softplus": [(0.3,), (-30.0,), (40.0,)],
    "gammaln": [(0.3,), (4.5,), (33.0,), (-1.3,)],
    "gamma": [(0.6,), (2.5,), (4.5,), (-1.4,)],
    "psi": [(0.6,), (4.5,), (33.0,), (-1.4,)],
    "tri_gamma": [],
    **{name: [] for name in ("jv", "iv", "gammainc", "gammaincc", "gammal", "gammau", "chi2sf")},
    "erfcx": [(0.3,), (-0.7,), (3.7,)],
    "i0": [(0.3,), (-2.3,)],
    "i1": [(0.3,), (-2.3,)],
    "complex": [],
    "complex_from_polar": [],
    "xlogy0": [(-1.3, 0.4), (0.8, 2.5)],
    "erfinv": [(0.3,), (-0.7,)],
    "erfcinv": [(0.3,), (1.2,)],
    "erfc": [(0.3,), (-1.2,), (5.0,)],
}
POSITIVE = ("log", "log2", "log10", "log1p", "sqrt", "xlogx")
DISCRETE_ONLY = ("bit_and", "bit_or", "bit_xor", "bit_not", "shift_left", "shift_right")
DISCRETE_ONLY += ("philox", "multiply_high", "unit", "normal", "poisson", "binomial")


def points_of(op: Op) -> list[tuple[Any, ...]]:
    """Return points at which to compare a pointwise operation's partials with differences."""
    from symc.compiler.families import operand_count

    if op.name in DISCRETE_ONLY:
        return []
    if op.name in POSITIVE:
        return [(0.3,), (1.7,), (25.0,)]
    return OWN_POINTS.get(op.name, POINTS[operand_count(op.body) or 3])


def central(function: Callable[[float], float], x: float) -> float:
    """Return the derivative by central differences over five points (error of fourth order)."""
    h = 1e-3 * max(1.0, abs(x))
    near = function(x + h) - function(x - h)
    far = function(x + 2 * h) - function(x - 2 * h)
    return (8 * near - far) / (12 * h)


@dataclass(frozen=True, slots=True)
class Sample:
    """One way to call an operation.

    build    (context, *values) -> Value of the operation
    shapes   of the operands that take the dtype under test
    more     operands of their own dtype, as arrays
    dtypes   to test with; result the dtype that must come out, the same if None
    smooth   whether the derivative can be compared with differences
    error    how many times the rounding of one operation two ways to compute it may differ by
    """

    build: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    more: tuple[Any, ...] = ()
    dtypes: tuple[str, ...] = DTYPES
    fixed: str = ""
    smooth: bool = True
    error: float = 4

    def arrays(self, dtype: str) -> list[Any]:
        """Return operands: distinct small numbers, positive where the dtype knows no others."""
        rng = np.random.default_rng(len(self.shapes))
        low = 0 if dtype.startswith(("u", "b")) else -4
        made = [rng.permutation(np.linspace(low, 5, max(1, _count(s)))) for s in self.shapes]
        taken = [x[: _count(s)].reshape(s) for x, s in zip(made, self.shapes, strict=True)]
        return [convert(x, dtype) for x in taken] + [np.array(x) for x in self.more]

    def result(self, dtype: str) -> str:
        """Return the dtype of the result."""
        return self.fixed or dtype


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))


def _op(name: str, **attributes: Any) -> Callable[..., Any]:
    return lambda context, *xs: find(name)(*xs, **attributes)


def _sized(name: str, *sizes: int, **attributes: Any) -> Callable[..., Any]:
    """Call with known sizes after the operands."""
    return lambda context, *xs: find(name)(
        *xs, *(context.constant(s, "int64") for s in sizes), **attributes
    )


def _total(name: str) -> list[Sample]:
    wide = {"axes": (0, 2), "dtype": "float64", "acc_dtype": "float64"}
    alike = {"axes": (), "dtype": "int64", "acc_dtype": "int64"}
    return [
        Sample(_op(name, **wide), ((2, 3, 2),), (), REAL, "float64"),
        Sample(_op(name, **wide), ((0, 3, 2),), (), REAL, "float64"),
        Sample(_op(name, **alike), ((2,),), (), INTEGERS, "int64"),
        Sample(
            _op(name, axes=(0,), dtype="complex128", acc_dtype="complex128"),
            ((3,),),
            (),
            ("complex64", "complex128"),
            "complex128",
        ),
    ]


def _order(name: str, fixed: str = "") -> list[Sample]:
    return [
        Sample(_op(name, axes=axes), ((2, 3, 2),), (), REAL, fixed)
        for axes in ((0,), (1, 2), (0, 1, 2), ())
    ] + [Sample(_op(name, axes=(1,)), ((0, 3),), (), REAL, fixed)]


def _parts(context: Any, x: Any) -> Any:
    whole = x if x.type.dtype.startswith("complex") else find("cast")(x, dtype="complex128")
    return find("parts")(whole)


def _whole(context: Any, re: Any, im: Any) -> Any:
    return find("whole")(find("interleave")(re, im))


def _complex_total(name: str) -> list[Sample]:
    alike = {"dtype": "float64", "acc_dtype": "float64"}
    shapes = ((2, 1, 2), (2, 1, 2))
    return [
        Sample(_op(name, axes=axes, **alike), shapes, (), ("float64",))
        for axes in ((0, 2), (1,), ())
    ]


def _scans(name: str, operands: int) -> list[Sample]:
    walks = [((5,), 0, 1), ((5,), 0, -1), ((3, 4, 2), 1, -1), ((3, 4), 0, 1), ((2, 0), 1, 1)]
    return [
        Sample(_op(name, axis=axis, step=step), (shape,) * operands) for shape, axis, step in walks
    ]


def _on(name: str, *matrices: Any, smooth: bool = True, **attributes: Any) -> Sample:
    """Sample an operation on given matrices, which would not do as any numbers."""
    apply = _op(name, **attributes)
    return Sample(apply, (), matrices, ("float64",), "float64", smooth, 1e3)


def _rows_of(context: Any, packed: Any) -> Any:
    return find("orthogonal")(packed, context.constant(2, "int64"))


EMPTY, SQUARE = np.zeros((0, 0)), matrices.regular(3)


def _system_samples() -> dict[str, list[Sample]]:
    empty, square, column = EMPTY, SQUARE, matrices.random(8, 3, 2)
    forms = [(form, part) for form in ("plain", "transposed") for part in ("lower", "upper")]
    packed = REFERENCES["lu"](square)
    return {
        "cholesky": [
            _on("cholesky", x, on_error=e)
            for x in (matrices.definite(3), empty)
            for e in ("raise", "nan")
        ],
        "solve_triangular": [
            _on("solve_triangular", matrices.triangle(3), column, form=form, part=part)
            for form, part in forms
        ],
        "lu": [_on("lu", x, smooth=False) for x in (square, empty)],
        "solve_lu": [
            _on("solve_lu", packed, column, smooth=False, form=form)
            for form in ("plain", "transposed")
        ],
        "solve": [_on("solve", square, column)],
        **{
            name: [_on(name, square), _on(name, -np.eye(2)), _on(name, empty)]
            for name in ("inverse", "det", "logabsdet", "sign_det")
        },
        "expm": [_on("expm", x) for x in (square, 20 * square, empty)],
    }


def _factor_samples() -> dict[str, list[Sample]]:
    shapes = (matrices.tall(3, 2), matrices.tall(3, 3), matrices.tall(2, 3), np.zeros((2, 0)))
    return {
        "householder": [_on("householder", x, smooth=False) for x in shapes],
        "orthogonal": [
            Sample(_rows_of, (), (REFERENCES["householder"](x),), ("float64",), "float64", False)
            for x in shapes[:3]
        ],
        **{
            name: [_on(name, x, mode="reduced") for x in shapes]
            + [_on(name, x, smooth=False, mode="complete") for x in shapes]
            for name in ("qr_left", "qr_right")
        },
        "spectrum": [_on("spectrum", matrices.symmetric(3), smooth=False)],
        **{
            name: [_on(name, x) for x in (matrices.symmetric(3), EMPTY)]
            for name in ("eigh_values", "eigh_vectors")
        },
        "singular": [_on("singular", x, smooth=False) for x in shapes],
        **{
            name: [_on(name, x) for x in shapes] for name in ("svd_values", "svd_left", "svd_right")
        },
        "pinv": [_on("pinv", x, rcond=1e-15) for x in shapes],
    }


def _dimension_of(context: Any, x: Any) -> Any:
    return find("size")(x, axis=1)


def _counted(context: Any, x: Any) -> Any:
    return find("arange")(context.size_value(x.type.shape[0]))


INDEX = np.array([[1, 0, -1], [2, 2, 0]])
SAMPLES: dict[str, list[Sample]] = {
    "sum": _total("sum"),
    "prod": _total("prod"),
    "max": _order("max"),
    "min": _order("min"),
    "supremum": [
        Sample(_op("supremum", axes=axes), (shape,), (), FLOATS, smooth=0 not in shape)
        for axes, shape in (((0,), (2, 3, 2)), ((1, 2), (2, 3, 2)), ((), (2, 3)), ((1,), (2, 0)))
    ],
    "argmax": _order("argmax", "int64"),
    "argmin": _order("argmin", "int64"),
    "all": _order("all", "bool"),
    "any": _order("any", "bool"),
    "parts": [
        Sample(_parts, ((2, 3),), (), ("complex64",), "float32", smooth=False),
        Sample(_parts, ((0,),), (), ("complex128",), "float64", smooth=False),
    ],
    "whole": [
        Sample(_whole, ((3, 2), (3, 2)), (), ("float64",), "complex128", smooth=False),
        Sample(_whole, ((), ()), (), ("float32",), "complex64", smooth=False),
    ],
    "interleave": [Sample(_op("interleave"), ((2, 3), (2, 3)), (), ("float32", "float64"))],
    "prod_real": _complex_total("prod_real"),
    "prod_imag": _complex_total("prod_imag"),
    "dimshuffle": [
        Sample(_op("dimshuffle", order=(1, "x", 0)), ((2, 3),)),
        Sample(_op("dimshuffle", order=("x",)), ((),)),
        Sample(_op("dimshuffle", order=(2, 0)), ((2, 1, 3),)),
        Sample(_op("dimshuffle", order=(1, 0)), ((0, 3),)),
    ],
    "broadcast": [
        Sample(_sized("broadcast", 2, 3, 2), ((2, 1, 2),)),
        Sample(_sized("broadcast"), ((),)),
        Sample(_sized("broadcast", 0, 3), ((1, 3),)),
    ],
    "reshape": [
        Sample(_sized("reshape", 3, 4), ((2, 6),)),
        Sample(_sized("reshape"), ((1, 1),)),
        Sample(_sized("reshape", 0, 5), ((2, 0),)),
    ],
    "size": [Sample(_dimension_of, ((2, 3),), fixed="int64")],
    "arange": [Sample(_counted, ((n,),), fixed="int64") for n in (0, 1, 4)],
    "concatenate": [
        Sample(_op("concatenate", axis=1), ((2, 3), (2, 1), (2, 2))),
        Sample(_op("concatenate", axis=0), ((0,), (2,))),
    ],
    "slice": [
        Sample(_sized("slice", 1, 4, 2, 3, steps=(1, -2)), ((3, 5),)),
        Sample(_sized("slice", steps=()), ((),)),
        Sample(_sized("slice", 0, 0, steps=(1,)), ((3,),)),
    ],
    "place": [
        Sample(_sized("place", 1, 4, 3, 5, steps=(1, -2)), ((2, 3),)),
        Sample(_sized("place", steps=()), ((),)),
        Sample(_sized("place", 0, 4, steps=(1,)), ((0,),)),
    ],
    "bounded": [Sample(_sized("bounded", 3), (), (np.array(-2),), fixed="int64")],
    "gather": [
        Sample(_op("gather"), ((3, 2),), (INDEX,)),
        Sample(_op("gather"), ((3, 2),), (INDEX, np.array([[1], [-1]], "int8"))),
        Sample(_op("gather"), ((3, 0),), (np.zeros((0,), "uint8"),)),
    ],
    "scatter_add": [
        Sample(_op("scatter_add"), ((3, 2), (2, 3, 2)), (INDEX,)),
        Sample(_op("scatter_add"), ((3, 2), (1, 3)), (INDEX, np.array([[1], [-1]]))),
    ],
    "scatter_set": [
        Sample(_op("scatter_set"), ((3, 2), (2, 3, 2)), (INDEX,)),
        Sample(_op("scatter_set"), ((3, 2), (1, 3)), (INDEX, np.array([[1], [-1]]))),
        Sample(_op("scatter_set"), ((3, 2), (2, 1)), (np.array([2, 0]),)),
        Sample(_op("scatter_set"), ((3, 0), (0, 0)), (np.zeros((0,), "uint8"),)),
    ],
    "positions": [
        Sample(_op("positions"), (), (np.arange(n) % 3 == 1,), fixed="int64") for n in (0, 1, 2, 9)
    ],
    "region_set": [
        Sample(_sized("region_set", 1, 4, steps=(1, -2)), ((3, 5), (2, 3))),
        Sample(_sized("region_set", steps=()), ((), ())),
        Sample(_sized("region_set", 0, steps=(1,)), ((3,), (0,))),
    ],
    "region_add": [
        Sample(_sized("region_add", 1, 4, steps=(1, -2)), ((3, 5), (2, 3))),
        Sample(_sized("region_add", 0, steps=(1,)), ((3,), (0,))),
    ],
    "sort": [Sample(_op("sort"), (s,), (), REAL) for s in ((7,), (2, 3, 5), (2, 0))],
    "argsort": [
        Sample(_op("argsort"), shape, (), REAL, "int64")
        for shape in (((7,),), ((2, 3),), ((0, 3),))
    ],
    "sort_some": [
        Sample(_sized("sort_some", 2, 3), ((7,),), (), REAL),
        Sample(_sized("sort_some", 0, 5), ((2, 3, 5),), (), REAL),
        Sample(_sized("sort_some", 1, 0), ((2, 4),), (), REAL),
    ],
    "argsort_some": [
        Sample(_sized("argsort_some", 4, 1), ((7,),), (), REAL, "int64"),
        Sample(_sized("argsort_some", 1, 2), ((2, 3),), (), REAL, "int64"),
    ],
    "searchsorted": [
        Sample(
            _op("searchsorted", side=side),
            (),
            (np.array([-1.0, 0, 0, 2]), at),
            ("float64",),
            "int64",
        )
        for side in ("left", "right")
        for at in (np.array([[0.0, -3, 9], [-1, np.nan, 1]]), np.array(2.0), np.zeros((0, 2)))
    ],
    "cumsum": _scans("cumsum", 1),
    "cumprod": _scans("cumprod", 1),
    "recurrence": _scans("recurrence", 2),
    "dot": [
        Sample(_op("dot"), shapes)
        for shapes in (
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3, 4)),
            ((2, 0), (0, 3)),
            ((0, 3), (3, 2)),
        )
    ],
    "batched_dot": [
        Sample(_op("batched_dot"), ((2, 3, 2), (2, 2, 4))),
        Sample(_op("batched_dot"), ((0, 3, 2), (0, 2, 4))),
    ],
    "softmax": [Sample(_op("softmax", axis=a), ((2, 3),), (), FLOATS) for a in (0, 1)],
    "log_softmax": [Sample(_op("log_softmax", axis=a), ((2, 3),), (), FLOATS) for a in (0, 1)],
    "logsumexp": [
        Sample(_op("logsumexp", axes=a), ((2, 3, 2),), (), FLOATS) for a in ((1,), (0, 2), ())
    ],
    "block_gradient": [Sample(_op("block_gradient"), ((2, 3),), smooth=False)],
    "clip_gradient": [Sample(_op("clip_gradient", low=-0.1, high=0.1), ((2, 3),), smooth=False)],
    "scale_gradient": [Sample(_op("scale_gradient", factor=2.0), ((2, 3),), smooth=False)],
    **_system_samples(),
    **_factor_samples(),
}
