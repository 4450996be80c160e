"""Classes under the names of Theano's operations on matrices: what they tell apart, and make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.compat.ops import OpClass
from symc.compiler.op import Op
from symc.directional import Lop
from symc.tensor import nlinalg, slinalg

Made = Callable[..., Any]


class MatrixClass(OpClass):
    """A class of operations that makes, when it is called, the function that applies one."""

    make: Callable[..., Made]

    def __instancecheck__(cls, item: Any) -> bool:
        return isinstance(item, Op) and item.name in cls.names

    def __call__(cls, *args: Any, **options: Any) -> Any:
        """Return the function that such an operation is."""
        return cls.make(*args, **options)


def _class(name: str, make: Callable[..., Made], *names: str) -> MatrixClass:
    doc = f"What Theano calls {name}."
    fields = {"__doc__": doc, "family": "", "names": frozenset(names), "make": staticmethod(make)}
    return MatrixClass(name, (), fields)


def _plain(function: Made) -> Callable[..., Made]:
    return lambda: function


def _eigh(UPLO: str = "L") -> Made:
    return lambda a: nlinalg.eigh(a, UPLO)


def _qr(mode: str) -> Made:
    return lambda a: nlinalg.qr(a, mode)


def _svd(full_matrices: Any = True, compute_uv: Any = True) -> Made:
    return lambda a: nlinalg.svd(a, full_matrices, compute_uv)


def _tensorinv(ind: int = 2) -> Made:
    return lambda a: nlinalg.tensorinv(a, ind)


def _tensorsolve(axes: Any = None) -> Made:
    return lambda a, b: nlinalg.tensorsolve(a, b, axes)


# --- derivatives, which are graphs of their own here


def _cholesky_grad(lower: bool = True) -> Made:
    return lambda x, factor, dz: Lop(slinalg.Cholesky(lower)(x), x, dz)


def _eigh_grad(UPLO: str = "L") -> Made:
    def pulled(x: Any, w: Any, v: Any, gw: Any, gv: Any) -> Any:
        return Lop(nlinalg.eigh(x, UPLO), x, [gw, gv])

    return pulled


def _eigvalsh_grad(lower: bool = True) -> Made:
    return lambda a, b, gw: Lop(slinalg.eigvalsh(a, b, lower), [a, b], gw)


def _expm_grad() -> Made:
    return lambda A, gw: Lop(slinalg.expm(A), A, gw)


CLASSES: dict[str, MatrixClass] = {
    made.__name__: made
    for made in (
        _class("MatrixInverse", _plain(nlinalg.matrix_inverse), "inverse"),
        _class("MatrixPinv", _plain(nlinalg.pinv), "pinv"),
        _class("Det", _plain(nlinalg.det), "det"),
        _class("AllocDiag", _plain(nlinalg.alloc_diag)),
        _class("ExtractDiag", _plain(nlinalg.extract_diag)),
        _class("Eigh", _eigh, "eigh_values", "eigh_vectors"),
        _class("EighGrad", _eigh_grad),
        _class("QRFull", _qr, "qr_left", "qr_right"),
        _class("QRIncomplete", _qr, "qr_right"),
        _class("SVD", _svd, "svd_values", "svd_left", "svd_right"),
        _class("TensorInv", _tensorinv),
        _class("TensorSolve", _tensorsolve),
        _class("Cholesky", slinalg.Cholesky, "cholesky"),
        _class("CholeskyGrad", _cholesky_grad),
        _class("Solve", slinalg.Solve, "solve", "solve_triangular"),
        _class("Eigvalsh", slinalg.Eigvalsh, "eigh_values"),
        _class("EigvalshGrad", _eigvalsh_grad),
        _class("Expm", slinalg.Expm, "expm"),
        _class("ExpmGrad", _expm_grad),
    )
}
"""Each class by its name."""

__all__ = list(CLASSES)  # made from the table
globals().update(CLASSES)
