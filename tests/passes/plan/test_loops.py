"""Programs of loops: where states and rows lie, that a step copies and reserves nothing."""

import pytest

from symc.compiler import sizes
from symc.compiler.errors import LoopNotCompiled
from symc.compiler.op import find
from symc.compiler.ops.loop import Body, Leaves, make_loop, results_of
from symc.compiler.program.record import (
    Clear,
    Copy,
    Inline,
    Launch,
    Loop,
    Multiply,
    Store,
    flat,
)
from symc.compiler.program.text import to_text
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan
from tests.passes.modules import module_of, total

F64 = "float64"


def op(name, *operands, **attributes):
    return find(name)(*operands, **attributes)


def looped(step, sequences=(), initial=(), fixed=(), steps=None, stop=False):
    """Return (final states, rows kept) of a loop; step gives (new states, kept[, stop])."""
    context = (*sequences, *initial, *fixed)[0].context
    leaves = Leaves(context, 0)
    rows = [leaves.element(x) for x in sequences]
    states = [leaves.make(x.type) for x in initial]
    same = [leaves.make(x.type) for x in fixed]
    new, kept, *last = step(*rows, *states, *same)
    body = Body(
        leaves.counter, tuple(rows), tuple(states), tuple(same), tuple(new), tuple(kept), *last
    )
    count = sequences[0].type.shape[0] if steps is None else steps
    return results_of(make_loop(body, sequences, initial, fixed, count))


def program(build, inputs):
    return plan(fuse(module_of(build, inputs)), lambda _: 64)


def loop_of(program):
    (loop,) = (s for s in program.body if isinstance(s, Loop))
    return loop


def kinds(statements, kind):
    return [s for s in flat(statements) if isinstance(s, kind)]


def test_rows_are_read_and_written_where_they_lie():
    def build(x, h, w):
        def step(row, state, weights):
            new = op("tanh", row + op("dot", state, weights))
            return [new], [new]

        _, (rows,) = looped(step, [x], [h], [w])
        return [rows], []

    made = program(build, [(F64, 2), (F64, 1), (F64, 2)])
    loop = loop_of(made)
    (launch,) = kinds(loop.body, Launch)
    assert [b.place for b in launch.buffers] == ["carried", "input", "output", "input"]
    assert [b.offset != 0 for b in launch.buffers] == [False, False, True, True]
    assert (loop.carried[0].first.place, loop.carried[0].next.place) == ("input", "output")
    assert not kinds(made.whole_body, Copy)


def test_an_elementwise_state_is_overwritten_where_its_final_value_belongs():
    def build(x, n):
        (final,), _ = looped(lambda s: ([op("tanh", s)], []), [], [x], steps=n.as_size())
        return [final], []

    made = program(build, [(F64, 1), ("int64", 0)])
    loop = loop_of(made)
    assert loop.carried[0].next == loop.after[0].target
    assert loop.carried[0].next.place == "output"
    assert len(made.slots) == 1  # the number of steps run


def test_a_state_that_is_read_elsewhere_alternates_between_two_places():
    def build(x, w):
        (final,), _ = looped(lambda s, v: ([op("dot", s, v)], []), [], [x], [w], 7)
        return [final], []

    loop = loop_of(program(build, [(F64, 1), (F64, 2)]))
    assert "remainder" in {s.op for s in loop.body if hasattr(s, "op")}
    assert not kinds(loop.body, Copy)


def test_products_write_straight_into_rows():
    def build(x, w):
        _, (rows,) = looped(lambda s, v: ([op("dot", s, v)], [op("dot", s, v)]), [], [x], [w], 7)
        return [rows], []

    loop = loop_of(program(build, [(F64, 2), (F64, 2)]))
    (product,) = kinds(loop.body, Multiply)
    assert product.buffers[2].place == "output"
    assert not kinds(loop.body, Copy)


def test_states_that_move_are_never_copied():
    def build(x, y, z):
        def step(a, b, c):
            return [b, c, op("tanh", a + c)], []

        finals, _ = looped(step, [], [x, y, z], steps=9)
        return list(finals), []

    loop = loop_of(program(build, [(F64, 1)] * 3))
    first, second, third = loop.carried
    assert first.next.index == second.index
    assert second.next.index == third.index
    assert third.next.place == "slot"
    assert not kinds(loop.body, Copy)
    assert len(kinds(loop.after, Copy)) == 3


def test_a_kept_leaf_is_copied_before_it_is_overwritten():
    def build(x):
        def step(s):
            return [op("tanh", s)], [s]

        (final,), (rows,) = looped(step, [], [x], steps=5)
        return [final, rows], []

    loop = loop_of(program(build, [(F64, 1)]))
    works = [type(s).__name__ for s in loop.body if isinstance(s, Copy | Launch)]
    assert works == ["Copy", "Launch"]


def test_a_loop_that_may_end_early_clears_the_other_rows():
    def build(x):
        def step(s):
            return [s + s], [s + s], op("greater", total(s, 0), 5.0)

        _, (rows,) = looped(step, [], [x], steps=5)
        return [rows], []

    loop = loop_of(program(build, [(F64, 1)]))
    assert loop.stop is not None
    (clear,) = kinds(loop.after, Clear)
    assert (clear.begin, clear.end) == (loop.ran, 5)
    assert len(kinds(loop.after, Store)) == 1


def test_rows_that_nothing_reads_have_no_memory():
    def build(x):
        (final,), _ = looped(lambda s: ([op("tanh", s)], [s]), [], [x], steps=5)
        return [final], []

    made = program(build, [(F64, 1)])
    assert not kinds(loop_of(made).body, Copy)


def test_a_final_state_is_a_new_state_once_all_has_succeeded():
    def build(x):
        (final,), _ = looped(lambda s: ([op("tanh", s)], []), [], [x], steps=5)
        return [], [final]

    made = plan(fuse(module_of(build, [], [(F64, 1)])), lambda _: 64)
    assert [type(s).__name__ for s in made.commit] == ["Copy"]
    assert all(
        b.place != "state"
        for s in kinds(made.whole_body, Launch)
        for b in s.buffers[1:]  # the first is read
    )


def test_the_text_shows_the_steps():
    def build(x):
        (final,), _ = looped(lambda s: ([op("tanh", s)], []), [], [x], steps=5)
        return [final], []

    text = to_text(program(build, [(F64, 1)]))
    assert "carried0: input0, then output0" in text
    assert "} after" in text


def test_sizes_that_differ_from_step_to_step_are_refused():
    def build(x):
        def step(s, data):
            count = op("cast", total(s, 0), dtype="int64")
            context = count.context
            value = context.size_value
            part = find("slice")(data, value(0), context.measure(count), steps=(1,))
            return [s], [total(op("sort", part), 0)]

        _, (rows,) = looped(step, [], [x], [x], steps=5)
        return [rows], []

    with pytest.raises(LoopNotCompiled, match="size of an array differs from step to step"):
        program(build, [(F64, 1)])


def test_rows_of_a_slice_are_read_where_they_lie():
    def build(x, h):
        context = x.context
        last = context.size_value(sizes.subtract(x.type.shape[0], 1))
        lengths = map(context.size_value, x.type.shape)
        turned = op("slice", x, last, context.size_value(0), *lengths, steps=(-1, 1))
        (final,), _ = looped(lambda row, s: ([op("tanh", s + row)], []), [turned], [h])
        return [final], []

    made = program(build, [(F64, 2), (F64, 1)])
    (launch,) = kinds(made.body, Launch)
    assert "input" in {b.place for b in launch.buffers if b.offset}


def test_rows_of_a_slice_that_is_computed_are_computed_first():
    # Of what it is cut from only some rows are read.
    def build(x, h):
        value = x.context.size_value
        columns = value(x.type.shape[1])
        some = op("slice", op("exp", x), value(2), value(0), value(3), columns, steps=(2, 1))
        (final,), _ = looped(lambda row, s: ([op("tanh", s + row)], []), [some], [h], steps=3)
        return [final], []

    made = program(build, [(F64, 2), (F64, 1)])
    assert [type(s) for s in made.body if isinstance(s, Launch | Loop)] == [Launch, Loop]


def test_states_of_few_numbers_are_registers():
    def build(x, a, n):
        def step(s, a):
            new = op("add", op("multiply", s, a), s)
            return [new], [new], op("greater", new, 9.0)

        (final,), (rows,) = looped(step, [], [x], [a], n.as_size())
        return [final, rows], []

    made = program(build, [(F64, 0), (F64, 0), ("int64", 0)])
    loop = loop_of(made)
    (inline,) = kinds(loop.body, Inline)
    assert not kinds(loop.body, Launch)
    assert not made.functions
    assert len(made.slots) == 1  # the number of steps run
    assert {b.place for b in inline.buffers} == {"carried", "input", "output", "register"}
    assert (loop.carried[0].dtype, loop.carried[0].count) == (F64, 1)
    assert loop.stop.place == "register"
    text = to_text(made)
    assert "as 1 x float64" in text
    assert "inline(" in text


def test_a_step_with_work_of_its_own_keeps_states_in_memory():
    def build(x, a):
        def step(s, a):
            return [op("multiply", s, op("reshape", total(op("dot", a, a), 0, 1)))], []

        (final,), _ = looped(step, [], [x], [a], 5)
        return [final], []

    loop = loop_of(program(build, [(F64, 0), (F64, 2)]))
    assert not kinds(loop.body, Inline)
    assert loop.carried[0].count == 0
