"""Lowers reads and writes: addresses hoisted by level, lanes side by side or gathered."""

from __future__ import annotations

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.ahead import ask, far
from symc.compiler.kernel.checks import checked
from symc.compiler.kernel.frame import Frame, Held
from symc.compiler.kernel.linear import ONE, Access, Pick, Polynomial
from symc.compiler.kernel.plan import StagePlan, lanes_of
from symc.compiler.kernel.record import Axis, Write
from symc.compiler.kernel.scalars import apply_operation
from symc.compiler.kernel.strided import is_shuffled, is_spread
from symc.compiler.kernel.strided import load as load_strided
from symc.compiler.kernel.strided import store as store_strided

Places = tuple[Register, Register | None, Register | None]
"""An address, the offsets of the lanes where they are not side by side, a mask."""


def loops_of(frame: Frame, plan: StagePlan) -> tuple[Axis, ...]:
    """Return the axes of all loops around a stage's points, from outside."""
    return (*frame.plan.kernel.outer, *plan.stage.axes)


def prepare(frame: Frame, plan: StagePlan) -> None:
    """Make at the function's entry what the accesses of a stage need of sizes alone."""
    lanes = lanes_of(frame.plan.schedule, plan) if in_lanes(frame, plan) else 0
    for access in plan.accesses():
        for number in (access.rest, *(stride for _, stride in access.strides)):
            frame.size(number)
        for pick in access.picks:
            for number in (pick.stride, pick.size):
                frame.spread(frame.size(number), lanes)
        far(frame, plan, access)
        if lanes:
            stride = access.stride(lane_name(frame, plan))
            if stride != ONE:
                frame.lane_offsets(stride, lanes)
            for u in range(1, plan.unroll):
                frame.ahead(u * lanes, stride)


def in_lanes(frame: Frame, plan: StagePlan) -> bool:
    """Tell whether the points of a stage run in lanes."""
    return plan.lanes > 0 or frame.plan.schedule.across


def lane_name(frame: Frame, plan: StagePlan) -> str:
    """Return the axis that lanes run along."""
    return plan.stage.axes[-1].name if plan.lanes else frame.plan.kernel.outer[-1].name


# Addresses --------------------------------------------------------------------------------------


def early_level(plan: StagePlan, access: Access, pick: Pick) -> int | None:
    """Return the level at which a picked index can be added to the address; None for in lanes."""
    guard = access.guard if pick.check >= 0 else None
    positions = [pick.scalar] if guard is None else [pick.scalar, guard]
    if any(plan.varies[k] for k in positions):
        return None
    return max(plan.levels[k] for k in positions)


def pointer(frame: Frame, plan: StagePlan, access: Access, level: int) -> Register:
    """Return the address of an access without what loops further in than `level` add to it."""
    axes = {axis.name: k + 1 for k, axis in enumerate(loops_of(frame, plan))}
    terms: list[tuple[int, Pick | tuple[str, Polynomial]]] = [
        (axes[item[0]], item) for item in access.strides
    ]
    for pick in access.picks:
        early = early_level(plan, access, pick)
        if early is not None:
            terms.append((early, pick))
    inside = sorted((term for term in terms if term[0] <= level), key=lambda term: term[0])
    return _sum(frame, plan, access, inside)


def _sum(
    frame: Frame,
    plan: StagePlan,
    access: Access,
    terms: list[tuple[int, Pick | tuple[str, Polynomial]]],
) -> Register:
    stage = plan.number if any(isinstance(term, Pick) for _, term in terms) else None
    key = ("pointer", access.buffer, access.rest, tuple(terms), stage, access.guard)

    def make() -> Register:
        if not terms:
            base = frame.buffers[access.buffer]
            rest = frame.size(access.rest)
            return frame.b.offset(base, access.dtype, rest) if access.rest else base
        base = _sum(frame, plan, access, terms[:-1])
        level, last = terms[-1]
        if isinstance(last, Pick):
            index = early_index(frame, plan, access, last, level)[0]
            return frame.b.offset(base, access.dtype, frame.times(index, last.stride))
        name, stride = last
        return frame.b.offset(base, access.dtype, frame.times(frame.axes[name], stride))

    return frame.shared(key, make)


def early_index(
    frame: Frame, plan: StagePlan, access: Access, pick: Pick, level: int
) -> tuple[Register, Register | None]:
    """Return a picked index that does not vary with the lanes, and whether it is in bounds.

    The second is None for an unchecked one. A check hoisted out of loops that do not run is not to
    fail.
    """
    index = frame.held(plan, pick.scalar).part(0, 0)
    if pick.check < 0 or (plan.number, pick) in frame.proven:
        return index, None
    key = ("checked", plan.number, pick, access.guard)
    inside: list[Register] = []

    def make() -> Register:
        guard = None if access.guard is None else frame.held(plan, access.guard).part(0, 0)
        runs = _loops_run(frame, plan, level)
        chosen, fits = checked(frame, pick, index, frame.all_of(guard, runs))
        inside.append(fits)
        return chosen

    chosen = frame.shared(key, make)
    fits = frame.shared((*key, "inside"), lambda: inside[0])
    if in_lanes(frame, plan):
        frame.spread(fits, lanes_of(frame.plan.schedule, plan))
    return chosen, fits


def checks_at(plan: StagePlan, level: int) -> dict[tuple[int, Pick], int]:
    """Return the indices that a stage checks at a level in any case, with where their scalars are.

    What a guard protects may be out of bounds.
    """
    return {
        (plan.number, pick): pick.scalar
        for access in plan.accesses()
        for pick in access.picks
        if pick.check >= 0 and access.guard is None and early_level(plan, access, pick) == level
    }


def _loops_run(frame: Frame, plan: StagePlan, level: int) -> Register | None:
    """Return the condition under which the loops further in than `level` have points."""
    conditions = []
    for axis in loops_of(frame, plan)[level:]:
        if not (isinstance(axis.size, int) and axis.size > 0):
            conditions.append(nonempty(frame, axis))
    return frame.all_of(*conditions)


def nonempty(frame: Frame, axis: Axis) -> Register:
    """Return whether an axis has points."""
    lower, upper = frame.extent(axis)
    return frame.shared(("nonempty", axis), lambda: frame.b.less(lower, upper))


def _early_mask(frame: Frame, plan: StagePlan, access: Access, lanes: int) -> Register | None:
    """Return whether the picked indices that are part of the address are in bounds."""
    conditions = []
    for pick in access.picks:
        level = early_level(plan, access, pick)
        if level is not None:
            fits = early_index(frame, plan, access, pick, level)[1]
            conditions.append(fits and frame.spread(fits, lanes))
    return frame.all_of(*conditions)


def _single_place(
    frame: Frame, plan: StagePlan, access: Access, level: int
) -> tuple[Register, Register | None]:
    """Return the address of one element, and the condition under which it is touched."""
    place = pointer(frame, plan, access, level)
    mask = None if access.guard is None else frame.held(plan, access.guard).part(0, 0)
    mask = frame.all_of(mask, _early_mask(frame, plan, access, 0))
    for pick in access.picks:
        if early_level(plan, access, pick) is None:
            index = frame.held(plan, pick.scalar).part(0, 0)
            index, mask = _late_index(frame, pick, index, mask)
            place = frame.b.offset(place, access.dtype, frame.times(index, pick.stride))
    return place, mask


def _late_index(
    frame: Frame, pick: Pick, index: Register, mask: Register | None
) -> tuple[Register, Register | None]:
    if pick.check < 0:
        return index, mask
    chosen, inside = checked(frame, pick, index, mask)
    return chosen, frame.all_of(mask, inside)


def _lanes_place(frame: Frame, plan: StagePlan, access: Access, u: int) -> Places:
    """Return where one vector of a block lies."""
    b, lanes = frame.b, frame.block.lanes
    if access in frame.turned:
        return _turned_place(frame, access, u), None, None
    stride = access.stride(lane_name(frame, plan))
    place = pointer(frame, plan, access, len(loops_of(frame, plan)))
    if u and stride:
        place = b.offset(place, access.dtype, frame.ahead(u * lanes, stride))
    guard = None if access.guard is None else frame.held(plan, access.guard).part(u, lanes)
    mask = frame.all_of(frame.block.mask, guard, _early_mask(frame, plan, access, lanes))
    late = [pick for pick in access.picks if early_level(plan, access, pick) is None]
    if not late and stride == ONE:
        return place, None, mask
    index = frame.lane_offsets(stride, lanes)
    for pick in late:
        chosen = frame.held(plan, pick.scalar).part(u, lanes)
        chosen, mask = _late_index(frame, pick, chosen, mask)
        if pick.stride != ONE:
            chosen = b.multiply(chosen, frame.spread(frame.size(pick.stride), lanes))
        index = b.add(index, chosen) if stride or pick is not late[0] else chosen
    return place, index, mask


def _turned_place(frame: Frame, access: Access, u: int) -> Register:
    """Return where one vector lies of what was turned; all its lanes are there."""
    b, turned = frame.b, frame.turned[access]
    step = frame.scaled(frame.axes[turned.axis], turned.step)
    return b.offset(turned.place, access.dtype, b.add(step, frame.number(u * frame.block.lanes)))


# Reads ------------------------------------------------------------------------------------------


def read(frame: Frame, plan: StagePlan, position: int) -> Held:
    """Lower a read of a stage."""
    access = plan.reads[position]
    if plan.varies[position] and frame.block.lanes:
        return Held(None, tuple(_load(frame, plan, access, u) for u in range(frame.block.count)))
    register = _load_single(frame, plan, access, plan.levels[position])
    return Held(None, (register,)) if plan.varies[position] else Held(register)


def _load(frame: Frame, plan: StagePlan, access: Access, u: int) -> Register:
    at = _lanes_place(frame, plan, access, u)
    if at[1] is None and access not in frame.turned:
        ask(frame, plan, access, at[0], u, "read")
    return _load_at(frame, plan, access, at)


def _load_single(frame: Frame, plan: StagePlan, access: Access, level: int) -> Register:
    place, mask = _single_place(frame, plan, access, level)
    if not access.bounded:
        mask = frame.all_of(mask, _loops_run(frame, plan, level))

    def load() -> Register:
        return frame.b.load(place, access.dtype, 0, mask)

    if access.picks or access.guard is not None or access.buffer in frame.plan.written:
        return load()
    return frame.shared(("load", place.name, access.dtype), load)


# Writes -----------------------------------------------------------------------------------------


def write(frame: Frame, plan: StagePlan, number: int) -> None:
    """Lower a write of a stage."""
    access, record = plan.writes[number], plan.stage.writes[number]
    if frame.block.lanes and _moves(frame, plan, access):
        _write_lanes(frame, plan, access, record)
        return
    place, mask = _single_place(frame, plan, access, len(loops_of(frame, plan)))
    value = frame.held(plan, record.scalar).part(0, 0)
    if record.mode == "add":
        old = frame.b.load(place, access.dtype, 0, mask)
        value = apply_operation(frame.b, "add", access.dtype, (), [old, value])
    frame.b.store(value, place, mask)


def _moves(frame: Frame, plan: StagePlan, access: Access) -> bool:
    """Tell whether lanes write to places of their own."""
    picked = any(plan.varies[pick.scalar] for pick in access.picks)
    return picked or bool(access.stride(lane_name(frame, plan)))


def _write_lanes(frame: Frame, plan: StagePlan, access: Access, record: Write) -> None:
    vectors = range(frame.block.count)
    places = [_lanes_place(frame, plan, access, u) for u in vectors]
    values = [frame.held(plan, record.scalar).part(u, frame.block.lanes) for u in vectors]
    if record.mode == "add":
        olds = [_load_at(frame, plan, access, place) for place in places]
        values = [
            apply_operation(frame.b, "add", access.dtype, (), [old, value])
            for old, value in zip(olds, values, strict=True)
        ]
    stride = access.stride(lane_name(frame, plan))
    for u, (value, (place, index, mask)) in enumerate(zip(values, places, strict=True)):
        if index is not None and is_spread(frame, access, stride):
            store_strided(frame, value, place, stride, mask)
        elif index is not None:
            frame.b.scatter(value, place, index, mask)
        elif mask is not None or access in frame.turned:
            frame.b.store(value, place, mask)
        else:
            _store(frame, plan, access, u, (place, value))


def _store(
    frame: Frame, plan: StagePlan, access: Access, u: int, put: tuple[Register, Register]
) -> None:
    """Store a whole vector: (place, value), past the caches where the loop may."""
    place, value = put
    past = frame.past.get(access.buffer)

    def near() -> None:
        ask(frame, plan, access, place, u, "write")
        frame.b.store(value, place)

    if past is None:
        near()
        return
    with frame.scope():
        frame.b.when(past, lambda: frame.b.stream(value, place), near)


def _load_at(frame: Frame, plan: StagePlan, access: Access, at: Places) -> Register:
    """Load a vector from where it lies."""
    place, index, mask = at
    if index is None:
        return frame.b.load(place, access.dtype, frame.block.lanes, mask)
    stride = access.stride(lane_name(frame, plan))
    if is_shuffled(access, stride, mask):
        return load_strided(frame, access, place, stride, mask)
    return frame.b.gather(place, access.dtype, index, mask)
