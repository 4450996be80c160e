"""What a loop keeps of its steps for its derivative, and what the way back computes again.

What takes work of its own, such as products, sorting or loops inside, is not done twice. Of all
sets of Values from which the way back finds what it reads without that, the one of fewest bytes is
kept: a least cut between that work, or the states before the step, and what is read.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from math import prod

from symc.compiler.module import walk, walk_by
from symc.compiler.ops.loop import Body
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.passes.fuse.roots import HOST, REDUCTIONS, RESHAPED, SCANS, is_inlined
from symc.passes.loops.cut import least_cut

OPEN = 64
"""Elements along a dimension whose size is open, for comparing what Values take."""

KEPT = 0.5
"""Share of its bytes that a row costs which the loop keeps for itself."""

LIGHT = frozenset({"concatenate", "block_gradient"})

LARGEST = 1000
"""Values of a step up to which a least cut is looked for: it takes their square in time."""

logger = logging.getLogger("symc.passes")


def saved(roots: Sequence[Value], cotangents: Collection[Value], body: Body) -> list[Value]:
    """Return what is kept of each step, states aside, for a way back that computes some roots.

    cotangents   what the way back is given beside the step
    """
    if body.saves == "states":
        return []
    forward, read = _read_of(roots, cotangents)
    free = {*body.elements, *body.fixed, body.counter}
    found = _chosen(body, [v for v in forward if v not in free], read)
    words = ["state" if v in body.states else v.op.name for v in found]
    kept = ", ".join(f"{word} {v.type}" for word, v in zip(words, found, strict=True))
    again = sum(v.op.family != "leaf" for v in forward) - len(found)
    logger.debug("a loop's derivative keeps %s; computes again: %d", kept or "nothing", again)
    return [v for v in found if v not in body.states]


def _read_of(
    roots: Iterable[Value], cotangents: Collection[Value]
) -> tuple[list[Value], set[Value]]:
    """Return the Values of the step that the way back needs, and those that it reads."""
    back: set[Value] = set()
    forward: list[Value] = []
    for value in walk(roots):
        if value in cotangents or any(x in back for x in value.operands):
            back.add(value)
        else:
            forward.append(value)
    read = {x for value in back for x in value.operands} | set(roots)
    return forward, read - back


def _chosen(body: Body, forward: list[Value], read: set[Value]) -> list[Value]:
    known = set(forward)
    before = {v: [x for x in v.operands if x in known] for v in forward}
    starts = {v for v in forward if v in body.states or is_work(v)}
    if len(forward) > LARGEST:
        return [v for v in forward if v in starts]
    weights = {v: bytes_of(v) * (KEPT if v in body.kept else 1) for v in forward}
    return least_cut(before, weights, starts, read & known)


def is_work(value: Value) -> bool:
    """Tell whether computing a Value is work of its own, not part of one pass over its operands."""
    op = value.op
    if op.lower is not None:
        return _lowers_to_work(value)
    if op.family == "leaf" or is_inlined(value):
        return False
    return op.name not in REDUCTIONS | SCANS | RESHAPED | HOST | LIGHT


def _lowers_to_work(value: Value) -> bool:
    """Tell whether what a Value stands for has work in it."""
    assert value.op.lower is not None
    with value.context.at(value.site):
        lowered = value.op.lower(*value.operands, **dict(value.attributes))
    if not isinstance(lowered, Value) or lowered is value:
        return True
    inside = walk_by([lowered], lambda v: () if v in value.operands else v.operands)
    return any(v not in value.operands and is_work(v) for v in inside)


def bytes_of(value: Value) -> float:
    """Return the bytes of a Value, for comparing it with others where sizes are open."""
    sizes = (size if isinstance(size, int) else OPEN for size in value.type.shape)
    return float(prod(sizes) * ITEM_SIZE[value.type.dtype])
