"""Finds what differs from another array in a region: only the region of a state is visited.

Other results are a copy of that array, into which the region is written, where a choice for each
element would cost more: it reads of the region's new content, masked, at every element.
"""

from __future__ import annotations

from msgspec.structs import replace

from symc.compiler.module import Module, walk
from symc.compiler.op import find
from symc.compiler.ops.complex import parts
from symc.compiler.ops.shape import broadcast_like
from symc.compiler.sizes import is_one, same
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.passes.fuse.group import equal_shapes

NARROW = 4
"""Bytes of elements below which copies cost little beside what chooses them."""


def write_regions(module: Module) -> Module:
    """Return the module with additions and replacements in a region written so."""
    read = {operand for value in walk(module.roots()) for operand in value.operands}

    def alone(value: Value) -> Value:
        with module.context.at(value.site):
            return (None if value in read else _copied(value)) or value

    updates = []
    for index, value in module.updates:
        state = module.parameters[index].value
        with module.context.at(value.site):
            updates.append((index, _written(value, state) or alone(value)))
    outputs = tuple(map(alone, module.outputs))
    return replace(module, outputs=outputs, updates=tuple(updates))


def _copied(value: Value) -> Value | None:
    """Return a result with a region in it as it is written, where that gains.

    Nothing else must read it, which would be computed with the choice for each element at once.
    """
    if value.op.name == "place":
        zero = value.context.constant(0, value.type.dtype, value.type.ndim)
        found = _region("region_set", broadcast_like(zero, value), value)
        return found if _gains(found) else None
    for target in value.operands[-2:] if value.op.name in ("add", "switch") else ():
        written = _added(value, target) or _replaced(value, target)
        if written is not None and _gains(written):
            return written
    return None


def _gains(value: Value) -> bool:
    """Tell whether an array is better copied before a region of it is written.

    Of all but narrow elements this goes through memory twice, unless each row is near when its part
    is written, or the region is small.
    """
    narrow = ITEM_SIZE[value.type.dtype] < NARROW
    return narrow or _steps(value) or has_all_rows(value) or _is_thin(value)


def _steps(value: Value) -> bool:
    """Tell whether a region goes by steps along the last axis."""
    return bool(value.type.ndim) and value.attribute("steps")[-1] != 1


def has_all_rows(value: Value) -> bool:
    """Tell whether a region is whole along all axes but the last."""
    target, source, *starts = value.operands
    sizes, parts = target.type.shape[:-1], source.type.shape[:-1]
    begins = all(same(start.as_size(), 0) for start in starts[:-1])
    return begins and all(map(same, sizes, parts)) and set(value.attribute("steps")[:-1]) <= {1}


def _is_thin(value: Value) -> bool:
    """Tell whether a region has one place along an axis of several."""
    target, source, *_ = value.operands
    pairs = zip(target.type.shape, source.type.shape, strict=True)
    return any(is_one(part) and not is_one(size) for size, part in pairs)


def _written(value: Value, state: Value) -> Value | None:
    """Return a new state as a region written; one of complex numbers as that of their parts."""
    if value.op.name == "whole":
        inside = _written(value.operands[0], parts(state))
        return None if inside is None else value.op(inside)
    return _added(value, state) or _replaced(value, state)


def _added(value: Value, state: Value) -> Value | None:
    if value.op.name != "add" or len(value.operands) != 2 or state not in value.operands:
        return None
    left, right = value.operands
    other = right if left is state else left
    return _region("region_add", state, other) if _fits(other, value) else None


def _replaced(value: Value, state: Value) -> Value | None:
    if value.op.name != "switch" or value.operands[2] is not state:
        return None
    inside, new, _ = value.operands
    if not (_fits(inside, value) and _fits(new, value) and _is_true(inside.operands[0])):
        return None
    same = inside.operands[1:] == new.operands[1:] and inside.attributes == new.attributes
    return _region("region_set", state, new) if same else None


def _is_true(value: Value) -> bool:
    while value.op.name == "broadcast":
        value = value.operands[0]
    return value.is_constant and bool(value.data.all())


def _fits(value: Value, whole: Value) -> bool:
    return value.op.name == "place" and equal_shapes(value.type.shape, whole.type.shape)


def _region(name: str, state: Value, placed: Value) -> Value:
    part, *bounds = placed.operands
    if not equal_shapes(state.type.shape, placed.type.shape):
        state = broadcast_like(state, placed)
    starts = bounds[: part.type.ndim]
    made: Value = find(name)(state, part, *starts, steps=placed.attribute("steps"))
    return made
