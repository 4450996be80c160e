"""Applications of users' operations as Values: calls of Python, or the graphs they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symc.compiler.errors import Error
from symc.compiler.ops.foreign import Callee, call_python
from symc.compiler.sizes import require_natural
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.exceptions import BadUse, ShapeError
from symc.extension.type import is_tensor
from symc.report import complaint
from symc.variable import Apply

if TYPE_CHECKING:
    from symc.build import Builder

HANDLE: tuple[str, tuple[bool, ...]] = ("int64", ())
"""What stands for an object that is no array."""


def lower_user(builder: Builder, owner: Apply, known: dict[Any, Value]) -> Sequence[Value]:
    """Return the Values of all results of a user's operation."""
    from symc.extension.op import require_perform
    from symc.extension.performer import Performer

    own = getattr(owner.op, "lower", None)
    if own is not None:  # an operation of symc's that the user's graph shows as one
        lowered: Sequence[Value] = own(builder, owner, known)
        return lowered
    require_perform(owner.op, owner.location)
    operands = tuple(getattr(x, "constant", x.type) for x in owner.inputs)
    results = tuple(y.type for y in owner.outputs)
    run = Performer(owner.op, operands, results, owner.location)
    inside = _derivative(owner.title, owner.op, operands, results, owner.location)
    callee = Callee(owner.title, run, (owner.op, operands, results), inside)
    types = [carrier(y.type) for y in owner.outputs]
    shapes = _shapes(builder, owner, known)
    return call_python([known[x] for x in owner.inputs], callee, types, shapes, builder.context)


def _derivative(*application: Any) -> Any:
    """Return how an application is differentiated in a step of a loop."""
    from symc.extension.inside import Inside

    return Inside(*application)


def carrier(type: Any) -> tuple[str, tuple[bool, ...]]:
    """Return the dtype and pattern of what stands for values of a type in a Module."""
    return (type.dtype, type.broadcastable) if is_tensor(type) else HANDLE


def _shapes(
    builder: Builder, owner: Apply, known: dict[Any, Value]
) -> list[tuple[Size, ...] | None]:
    """Return the sizes of the results by `infer_shape`; None where it does not know them."""
    stated = _stated(owner)
    return [
        _sizes(builder, owner, shape, y, known) if is_tensor(y.type) else ()
        for y, shape in zip(owner.outputs, stated, strict=True)
    ]


def _stated(owner: Apply) -> list[Any]:
    from symc.tensor.shaping import size_of

    nothing = [None] * len(owner.outputs)
    infer = getattr(owner.op, "infer_shape", None)
    if infer is None:
        return nothing
    given = [
        tuple(size_of(x, k) for k in range(x.ndim)) if is_tensor(x.type) else None
        for x in owner.inputs
    ]
    try:
        stated = infer(owner, given)
    except ShapeError:
        return nothing
    listed = (list, tuple)
    known = [s for s in stated if s is not None] if isinstance(stated, listed) else [None]
    if not all(isinstance(s, listed) for s in known):
        raise _wrong(owner, "a list of tuples of sizes", repr(stated))
    if len(stated) != len(nothing):
        raise _wrong(owner, f"{len(nothing)} shapes", f"{len(stated)}")
    return list(stated)


def _sizes(
    builder: Builder, owner: Apply, shape: Any, y: Any, known: dict[Any, Value]
) -> tuple[Size, ...] | None:
    if shape is None:
        return () if y.ndim == 0 else None
    if len(shape) != y.ndim:
        raise _wrong(owner, f"{y.ndim} sizes of {y.type}", f"{len(shape)}")
    sizes = [_size(builder, x, known) for x in shape]
    for size in sizes:
        require_natural(size, owner.title)
    return tuple(sizes)


def _size(builder: Builder, given: Any, known: dict[Any, Value]) -> Size:
    from symc.lowering import cast
    from symc.tensor.conversion import as_tensor_variable

    (value,) = builder.values([as_tensor_variable(given)], known)
    return cast(value, "int64").as_size()


def _wrong(owner: Apply, expected: str, got: str) -> Error:
    return complaint(
        BadUse,
        f"{owner.title}: infer_shape gives something else than the shapes of the results",
        owner.location,
        expected=expected,
        got=got,
        help="infer_shape(node, shapes) returns a tuple of sizes for each result",
    )
