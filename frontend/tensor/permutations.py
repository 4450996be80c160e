"""Permutations as tensors of integers: their inverses, and rows put in their order."""

from __future__ import annotations

from typing import Any

from symc.compiler.types import DISCRETE
from symc.exceptions import BadUse
from symc.report import describe, mistake
from symc.tensor import conversion, creation, shaping, subtensor


def inverse_permutation(perm: Any) -> Any:
    """Return the inverse of a permutation, or of each row of a matrix of permutations.

    Of what is no permutation, the places that it does not name are 0. Raises TypeError for what is
    no vector or matrix of integers; IndexError, in the call, for places that do not exist.
    """
    order = _order(perm, "inverse_permutation")
    if order.ndim not in (1, 2):
        raise mistake(
            BadUse,
            "inverse_permutation: takes a vector, or a matrix of rows",
            got=describe(order),
        )
    places = creation.arange(shaping.size_of(order, -1), dtype=order.dtype)
    empty = creation.zeros_like(order)
    return subtensor.set_subtensor(empty[_rows_of(order, order)], places)


def permute_row_elements(x: Any, y: Any, inverse: Any = 0) -> Any:
    """Put the last axis of x in the order y, for each of its rows in an order of its own.

    Leading dimensions broadcast. inverse undoes the order instead: where y[i] is k, x[i] goes to k.
    """
    x, order = conversion.as_tensor_variable(x), _order(y, "permute_row_elements")
    rank = max(x.ndim, order.ndim)
    if rank == 0:
        raise mistake(BadUse, "permute_row_elements: takes tensors of rank 1 or more")
    x = shaping.shape_padleft(x, rank - x.ndim)
    order = shaping.shape_padleft(order, rank - order.ndim)
    if inverse:
        order = _inverse_of_rows(order)
    return x[_rows_of(x, order)]


def _order(given: Any, what: str) -> Any:
    order = conversion.as_tensor_variable(given)
    if order.dtype not in DISCRETE or order.dtype == "bool":
        raise mistake(BadUse, f"{what}: an order is of integers", got=describe(order))
    return order


def _rows_of(x: Any, order: Any) -> tuple[Any, ...]:
    """Return the index of each of an order's places in the rows of a tensor of its rank."""
    rank = x.ndim
    rows = [
        0
        if x.broadcastable[k]
        else creation.arange(shaping.size_of(x, k)).dimshuffle(
            *("x",) * k, 0, *("x",) * (rank - k - 1)
        )
        for k in range(rank - 1)
    ]
    return (*rows, order)


def _inverse_of_rows(order: Any) -> Any:
    if order.ndim == 1:
        return inverse_permutation(order)
    places = creation.arange(shaping.size_of(order, -1), dtype=order.dtype)
    return subtensor.set_subtensor(
        creation.zeros_like(order)[_rows_of(order, order)],
        creation.fill(order, places),
    )
