"""Programs: what is written in place, what is aside, and that the commit part cannot fail."""

import pytest

from symc.compiler.program.record import (
    Compute,
    Copy,
    Launch,
    Multiply,
    Sort,
    Whole,
    fallible,
    flat,
)
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan
from tests.passes.cases import CASES, op
from tests.passes.modules import module_of


def program_of(name):
    case = CASES[name]
    return plan(fuse(module_of(case.build, case.inputs, list(case.states))), lambda _: 64)


def statements(program, kind):
    return [s for s in (*program.body, *program.commit) if isinstance(s, kind)]


@pytest.mark.parametrize("name", CASES)
def test_commit_part_cannot_fail(name):
    program = program_of(name)
    records = {f.name: f.record for f in program.functions}
    assert not any(fallible(s, records) for s in program.commit)
    assert all(isinstance(s, Launch | Multiply | Sort | Copy) for s in program.commit)


@pytest.mark.parametrize("name", CASES)
def test_body_writes_no_state(name):
    program = program_of(name)
    for statement in flat(program.body):
        if isinstance(statement, Copy):
            assert statement.target.place != "state"
        elif isinstance(statement, Launch | Whole):
            record = next(f.record for f in program.functions if f.name == statement.function)
            written = written_buffers(statement, record)
            assert all(buffer.place != "state" for buffer in written)


def written_buffers(statement, record):
    if isinstance(statement, Multiply | Sort):
        return [statement.buffers[-2]]
    roles = [b.role for b in record.buffers]
    return [b for b, role in zip(statement.buffers, roles, strict=True) if role in ("out", "inout")]


@pytest.mark.parametrize("name", ["sgd", "momentum", "cross", "embedding", "embedding_read_anew"])
def test_updates_cost_no_copy(name):
    program = program_of(name)
    assert program.written == tuple(range(len(program.states)))
    assert program.swaps == ()
    assert statements(program, Copy) == []


def test_step_holds_no_second_copy_of_the_weights():
    case = CASES["sgd"]
    module = module_of(case.build, case.inputs, list(case.states))
    weights = module.parameters[1].value
    program = plan(fuse(module), lambda _: 64)
    places = {s.name: s for s in program.prologue if isinstance(s, Compute)}
    axes = {
        name: (dict(s.attributes)["buffer"], dict(s.attributes)["axis"])
        for name, s in places.items()
        if s.op == "dimension"
    }
    inputs = {name for name, (buffer, _) in axes.items() if buffer.place == "input"}

    def depends(number):
        if number in inputs:
            return True
        return number in places and any(depends(n) for n in places[number].operands)

    # Each slot grows with the batch (activations) or is scratch of fixed size; none is weights.
    assert weights.type.ndim == 2
    assert all(isinstance(slot, int) or depends(slot) for slot in program.slots)


def test_states_that_change_places_are_saved_first():
    program = program_of("swap_equal")
    saves = [s for s in program.body if isinstance(s, Copy)]
    assert [s.source.place for s in saves] == ["state", "state"]
    assert [s.source.place for s in program.commit] == ["slot", "slot"]


def test_state_of_another_size_is_swapped():
    def build(x, s):
        return [], [x]

    program = plan(fuse(module_of(build, [("float64", 1)], [("float64", 1)])), lambda _: 64)
    assert program.swaps == (0,)
    assert program.written == ()
    assert len(program.outputs) == 1


def test_old_state_is_returned_before_it_changes():
    program = program_of("old_state")
    (copy,) = statements(program, Copy)
    assert copy in program.body
    assert (copy.target.place, copy.source.place) == ("output", "state")


def test_read_of_the_old_state_at_another_place_is_no_overwriting():
    program = program_of("reversed_update")
    (copy,) = program.commit
    assert (copy.target.place, copy.source.place) == ("state", "slot")


def test_slots_are_shared_by_values_that_never_meet():
    def build(x, w):
        for _ in range(6):
            x = op("dot", op("tanh", x), w)
        return [x], []

    program = plan(fuse(module_of(build, [("float32", 2), ("float32", 2)])), lambda _: 64)
    assert len(program.slots) <= 4
