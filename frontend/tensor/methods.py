"""The methods that variables share with NumPy's arrays."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import NotSupported
from symc.report import mistake
from symc.tensor import creation, elementwise, products, reductions, shaping, special


class TensorMethods:
    """Methods of tensor variables; each is the function of the same name."""

    __slots__ = ()

    exp, exp2, expm1 = elementwise.exp, elementwise.exp2, elementwise.expm1
    log, log2, log10, log1p = (
        elementwise.log,
        elementwise.log2,
        elementwise.log10,
        elementwise.log1p,
    )
    sqrt, sqr, sgn = elementwise.sqrt, elementwise.sqr, elementwise.sgn
    sin, cos, tan = elementwise.sin, elementwise.cos, elementwise.tan
    arcsin, arccos, arctan = elementwise.arcsin, elementwise.arccos, elementwise.arctan
    sinh, cosh, tanh = elementwise.sinh, elementwise.cosh, elementwise.tanh
    arcsinh, arccosh, arctanh = elementwise.arcsinh, elementwise.arccosh, elementwise.arctanh
    deg2rad, rad2deg = elementwise.deg2rad, elementwise.rad2deg
    ceil, floor, trunc = elementwise.ceil, elementwise.floor, elementwise.trunc
    round, astype = elementwise.round, elementwise.cast
    conj = conjugate = special.FUNCTIONS["conj"]

    prod, var, std = reductions.prod, reductions.var, reductions.std
    max, min, argmax, argmin = (
        reductions.max,
        reductions.min,
        reductions.argmax,
        reductions.argmin,
    )
    sum, all, any, ptp, norm = (
        reductions.sum,
        reductions.all,
        reductions.any,
        reductions.ptp,
        reductions.norm,
    )

    dimshuffle, swapaxes, squeeze = shaping.dimshuffle, shaping.swapaxes, shaping.squeeze
    flatten, repeat = shaping.flatten, shaping.repeat
    zeros_like, ones_like, fill = creation.zeros_like, creation.ones_like, creation.fill
    diagonal, trace = creation.diagonal, creation.trace
    dot = products.dot

    def mean(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        """Return the arithmetic mean over axes."""
        return reductions.mean(self, axis, dtype, keepdims=keepdims, acc_dtype=acc_dtype)

    def clip(self, a_min: Any, a_max: Any) -> Any:
        """Keep the elements between a_min and a_max."""
        return elementwise.clip(self, a_min, a_max)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
        """Return the slices along an axis (of the flattened tensor for None) at positions."""
        from symc.tensor import choosing

        return choosing.take(self, indices, axis, mode)

    @property
    def shape(self) -> Any:
        """Return the sizes as an int64 vector variable, which iterates and unpacks."""
        return shaping.shape(self)

    @property
    def size(self) -> Any:
        """Return the number of elements as an int64 scalar variable."""
        return shaping.size(self)

    @property
    def real(self) -> Any:
        """Return the real part."""
        return special.FUNCTIONS["real"](self)

    @property
    def imag(self) -> Any:
        """Return the imaginary part; of a real number 0."""
        return special.FUNCTIONS["imag"](self)

    @property
    def T(self) -> Any:
        """Return the variable with its axes reversed."""
        return shaping.transpose(self)

    def transpose(self, *axes: Any) -> Any:
        """Reverse the axes, or put them in the order given."""
        if len(axes) == 1 and isinstance(axes[0], (list, tuple)):
            axes = tuple(axes[0])
        return shaping.transpose(self, axes or None)

    def reshape(self, *shape: Any, ndim: int | None = None) -> Any:
        """Give the elements, in C order, another shape: reshape((2, -1)) or reshape(2, -1)."""
        wanted = shape[0] if len(shape) == 1 else shape
        return shaping.reshape(self, wanted, ndim)

    def ravel(self) -> Any:
        """Return the elements as a vector."""
        return shaping.flatten(self)

    def copy(self, name: str | None = None) -> Any:
        """Return a variable equal to this one, with a name of its own."""
        made = shaping.tensor_copy(self)
        made.name = name
        return made

    def sort(self, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Any:
        """Return the tensor in ascending order along an axis (flattened for None), NaN last."""
        from symc.tensor.sort import sort

        return sort(self, axis, kind, order)

    def argsort(self, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Any:
        """Return int64 positions that put an axis (of the flattened tensor for None) in order."""
        from symc.tensor.sort import argsort

        return argsort(self, axis, kind, order)

    def cumsum(self, axis: int | None = None) -> Any:
        """Return the sums of all elements so far along an axis (flattened for None)."""
        from symc.tensor.cumulative import cumsum

        return cumsum(self, axis)

    def cumprod(self, axis: int | None = None) -> Any:
        """Return the products of all elements so far along an axis (flattened for None)."""
        from symc.tensor.cumulative import cumprod

        return cumprod(self, axis)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Any:
        """Return where values belong in this vector in order."""
        from symc.tensor.places import searchsorted

        return searchsorted(self, v, side, sorter)

    def nonzero(self, return_matrix: bool = False) -> Any:
        """Return the positions of what is not 0: a vector a dimension, or one matrix."""
        from symc.tensor import positions

        return positions.nonzero(self, return_matrix)

    def nonzero_values(self) -> Any:
        """Return the elements that are not 0 as a vector."""
        from symc.tensor import positions

        return positions.nonzero_values(self)

    def compress(self, a: Any, axis: int | None = None) -> Any:
        """Return the parts of `a` along an axis where this vector is not 0."""
        from symc.tensor import positions

        return positions.compress(self, a, axis)

    def choose(self, choices: Any, mode: str = "raise") -> Any:
        """Return at each position the element of choices[self] there."""
        from symc.tensor import choosing

        return choosing.choose(self, choices, mode)

    def __matmul__(self, other: Any) -> Any:
        return products.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return products.matmul(other, self)

    def transfer(self, target: str | None) -> Any:
        """Return the variable where a device holds it: itself, since there is the CPU alone.

        Raises NotSupported for other targets.
        """
        if target not in (None, "cpu"):
            raise mistake(NotSupported, f"transfer: target {target!r}; there is 'cpu' alone yet")
        return self

    def eval(self, inputs_to_values: Any = None) -> Any:
        """Compute the value, given those of the inputs: y.eval({x: 3}); compiled once."""
        from symc.evaluate import evaluate

        return evaluate(self, inputs_to_values)
