"""Prints loops: the number of the step and the addresses of states are registers."""

from __future__ import annotations

from collections.abc import Sequence

from symc.compiler.codegen import moving, recurrence
from symc.compiler.codegen.arguments import Failure
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.stepping import Body, period
from symc.compiler.program.record import Loop

LONG_STEP = 1_000_000
"""Nanoseconds of a step from which its own work is done in pieces."""


def run(body: Body, loop: Loop, failure: Failure) -> Failure:
    """Print a loop; it ends early when a step fails, or says that it is the last."""
    if recurrence.is_recurrence(loop):
        return recurrence.run(body, loop, failure)
    b = body.b
    zero = b.constant("int64", 0)
    end = body.number(loop.count)
    steps = period(body, loop)
    first = [body.buffer(x.first) for x in loop.carried]
    before, number = body.long, body.step_number
    body.long = b.greater(body.number(loop.work), b.constant("int64", LONG_STEP))

    def goes_on(state: list[Register]) -> Register:
        counter, end, code, *_ = state
        return b.bit_and(b.less(counter, end), body.good(Failure(code)))

    def step(state: list[Register]) -> list[Register]:
        counter, end, _, due, *addresses = state
        return _step(body, loop, steps, counter, end, due, addresses)

    state = [zero, end, failure.code, steps, *first]
    ran, _, code, _, *addresses = b.loop_while(state, goes_on, step)
    body.long, body.step_number = before, number
    body.name(loop.ran, ran)
    _carry(body, loop, addresses)
    for statement in loop.after:
        moving.move(body, statement)
    return Failure(code)


def _carry(body: Body, loop: Loop, addresses: Sequence[Register]) -> None:
    for x, address in zip(loop.carried, addresses, strict=True):
        body.carry(x.index, address)


def _step(
    body: Body,
    loop: Loop,
    steps: Register,
    counter: Register,
    end: Register,
    due: Register,
    addresses: Sequence[Register],
) -> list[Register]:
    """Print one step; return what is carried to the next."""
    b = body.b
    _carry(body, loop, addresses)
    body.name(loop.counter, counter)
    body.step_number = counter
    found = body.step(loop.body)
    following = b.add(counter, b.constant("int64", 1))
    if loop.stop is not None:
        end = b.select(b.load(body.buffer(loop.stop), "bool"), following, end)
    moved = [body.buffer(x.next) for x in loop.carried]
    asked = b.bit_and(b.greater_equal(following, due), body.good(found))

    def ask() -> list[Register]:
        return [body.poll().code, b.add(following, steps)]

    code, due = b.when(asked, ask, lambda: [found.code, due])
    return [following, end, code, due, *moved]
