"""Finds new states that differ from the old in a region, so that only the region is visited."""

from __future__ import annotations

from msgspec.structs import replace

from symc.compiler.module import Module
from symc.compiler.op import find
from symc.compiler.ops.complex import parts
from symc.compiler.value import Value
from symc.passes.fuse.group import equal_shapes


def write_regions(module: Module) -> Module:
    """Return the module with additions and replacements in a region of a state written so."""
    updates = []
    for index, value in module.updates:
        state = module.parameters[index].value
        with module.context.at(value.site):
            updates.append((index, _written(value, state) or value))
    return replace(module, updates=tuple(updates))


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
    return _region("region_add", state, other) if _fits(other, state) else None


def _replaced(value: Value, state: Value) -> Value | None:
    if value.op.name != "switch" or value.operands[2] is not state:
        return None
    inside, new, _ = value.operands
    if not (_fits(inside, state) and _fits(new, state) and _is_true(inside.operands[0])):
        return None
    same = inside.operands[1:] == new.operands[1:] and inside.attributes == new.attributes
    return _region("region_set", state, new) if same else None


def _is_true(value: Value) -> bool:
    while value.op.name == "broadcast":
        value = value.operands[0]
    return value.is_constant and bool(value.data.all())


def _fits(value: Value, state: Value) -> bool:
    return value.op.name == "place" and equal_shapes(value.type.shape, state.type.shape)


def _region(name: str, state: Value, placed: Value) -> Value:
    part, *bounds = placed.operands
    starts = bounds[: part.type.ndim]
    made: Value = find(name)(state, part, *starts, steps=placed.attribute("steps"))
    return made
