"""What Theano's tensor module has beside the language: indexing by function, and identities."""

from __future__ import annotations

from typing import Any

from symc.tensor.conversion import as_tensor_variable
from symc.tensor.subtensor import inc_subtensor, set_subtensor

__all__ = [
    "advanced_inc_subtensor",
    "advanced_inc_subtensor1",
    "advanced_set_subtensor",
    "advanced_set_subtensor1",
    "advanced_subtensor",
    "advanced_subtensor1",
    "scalar_from_tensor",
    "tensor_from_scalar",
    "transfer",
]


def advanced_subtensor(x: Any, *indices: Any) -> Any:
    """Return x[indices]."""
    return as_tensor_variable(x)[indices]


def advanced_inc_subtensor(x: Any, y: Any, *indices: Any) -> Any:
    """Return x with y added at indices; what is named twice adds up."""
    return inc_subtensor(advanced_subtensor(x, *indices), y)


def advanced_set_subtensor(x: Any, y: Any, *indices: Any) -> Any:
    """Return x with y put at indices."""
    return set_subtensor(advanced_subtensor(x, *indices), y)


advanced_subtensor1 = advanced_subtensor
advanced_inc_subtensor1 = advanced_inc_subtensor
advanced_set_subtensor1 = advanced_set_subtensor


def scalar_from_tensor(x: Any) -> Any:
    """Return a variable of rank 0 as it is: numbers are tensors here."""
    return as_tensor_variable(x)


tensor_from_scalar = scalar_from_tensor


def transfer(var: Any, target: str) -> Any:
    """Return a variable as it is computed on a device; there is 'cpu' alone."""
    return as_tensor_variable(var).transfer(target)
