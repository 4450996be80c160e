"""The shape of a random sample: from its size, or from what its parameters broadcast to."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadValue
from symc.report import describe, mistake
from symc.tensor import application, conversion, creation, elementwise, shaping, variable

FROM_PARAMETERS = -1
"""A size that is to be that of the parameters."""


def sample_shape(what: str, size: Any, ndim: int | None, parameters: list[Any]) -> list[Any]:
    """Return the sizes of a sample as int64 scalars.

    size         an integer, several, or a vector of them, symbolic or not; -1 among several stands
                 for the parameters' size; None for the shape that the parameters broadcast to
    ndim         the number of dimensions, needed where `size` is a vector of unknown length
    parameters   variables that must broadcast to the shape

    Raises BadValue, saying what does not fit.
    """
    if size is None:
        found = _common_shape(parameters)
    else:
        _require_natural(what, size)
        found = shaping.sizes_from(size, what, ndim)
        found = [_filled(what, x, k - len(found), parameters) for k, x in enumerate(found)]
    if ndim is not None and ndim != len(found):
        raise mistake(BadValue, f"{what}: size={size} has {len(found)} dimensions, not ndim={ndim}")
    for x in parameters:
        if x.ndim > len(found):
            raise mistake(
                BadValue,
                f"{what}: {describe(x)} has more dimensions than the sample, which has "
                f"{len(found)}",
                help="give a size with more dimensions, or none, to take that of the parameters",
            )
    return [elementwise.cast(x, "int64") for x in found]


def _require_natural(what: str, size: Any) -> None:
    given = size if isinstance(size, (list, tuple)) else [size]
    for x in given:
        if isinstance(x, int) and x < FROM_PARAMETERS:
            raise mistake(BadValue, f"{what}: size={size} has a negative size")


def _filled(what: str, size: Any, axis: int, parameters: list[Any]) -> Any:
    """Return a size, or where it is -1 that of the parameters along an axis from the right."""
    if application.known_size(size) != FROM_PARAMETERS:
        return size
    found = [x for x in parameters if x.ndim >= -axis]
    if not found:
        raise mistake(BadValue, f"{what}: no parameter says how long dimension {axis} is")
    return _common_size(found, axis)


def _common_size(parameters: list[Any], axis: int) -> Any:
    """Return the size along an axis, from the right, that parameters broadcast to."""
    long = [x for x in parameters if x.ndim >= -axis and not x.broadcastable[axis]]
    return shaping.size_of(long[0], long[0].ndim + axis) if long else conversion.constant(1)


def _common_shape(parameters: list[Any]) -> list[Any]:
    ndim = max((x.ndim for x in parameters), default=0)
    return [_common_size(parameters, k - ndim) for k in range(ndim)]


def stretched(x: Any, shape: list[Any]) -> Any:
    """Return a parameter stretched to a sample's shape; a number stays one."""
    return creation.alloc(x, *shape) if x.ndim else x


def known_number(x: Any) -> float | None:
    """Return the number that a parameter is known to be, or None."""
    return float(x.data) if isinstance(x, variable.TensorConstant) and x.ndim == 0 else None
