"""Eigenvalues of matrices that need not be symmetric, by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import COMPLEX
from symc.exceptions import LinAlgError
from symc.extension.op import Op
from symc.report import mistake
from symc.tensor.conversion import as_tensor_variable
from symc.type import TensorType
from symc.variable import Apply

TAKEN = ("float32", "float64", *COMPLEX)


class Eig(Op):
    """Compute the eigenvalues and right eigenvectors of a square matrix, in its dtype.

    It is called in Python, so `symc compile` refuses it; for symmetric matrices there is `eigh`. A
    real matrix whose eigenvalues are complex is a LinAlgError: cast it to complex128.
    """

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        """Apply it to a matrix. Raises TypeMismatch for anything else."""
        x = as_tensor_variable(x)
        if x.ndim != 2 or x.dtype not in TAKEN:
            raise mistake(TypeMismatch, f"eig: takes a matrix of floats, not {x.type}")
        one = x.broadcastable[0] and x.broadcastable[1]
        values = TensorType(x.dtype, (one,))
        return Apply(self, [x], [values(), TensorType(x.dtype, (one, one))()])

    def perform(self, node: Apply, inputs: list[Any], output_storage: list[list[Any]]) -> None:
        """Call NumPy. Raises LinAlgError."""
        (x,) = inputs
        for made, cell in zip(np.linalg.eig(x), output_storage, strict=True):
            if np.iscomplexobj(made) and not np.iscomplexobj(x):
                raise LinAlgError(
                    "eig: the eigenvalues are complex; cast the matrix to complex128 for them"
                )
            cell[0] = made.astype(x.dtype)

    def infer_shape(self, node: Apply, shapes: list[Any]) -> list[Any]:
        """Return the shapes of values and vectors."""
        n = shapes[0][0]
        return [(n,), (n, n)]


eig = Eig()
