"""Prints loops whose states are registers: a step is a few operations, and stores what it keeps.

The steps run in two loops, the inner one between two looks at the cancel word, so that a step has
nothing to ask.
"""

from __future__ import annotations

from collections.abc import Sequence

from symc.compiler.codegen import moving
from symc.compiler.codegen.arguments import Failure
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.codegen.stepping import Body, period
from symc.compiler.kernel.inline import print_inline
from symc.compiler.program.record import Buffer, Carried, Compute, Copy, Inline, Loop

Elements = dict[int, Register]
State = list[Register]


def is_recurrence(loop: Loop) -> bool:
    """Tell whether the states of a loop are registers."""
    return any(isinstance(s, Inline) for s in loop.body)


def run(body: Body, loop: Loop, failure: Failure) -> Failure:
    """Print the loop; it ends early when a step says that it is the last, or the call is to end."""
    return _Recurrence(body, loop).run(failure)


class _Recurrence:
    """Prints one loop.

    known   the elements in registers by where they lie; in a step also what it makes
    """

    def __init__(self, body: Body, loop: Loop) -> None:
        self.body = body
        self.b = body.b
        self.loop = loop
        self.known: dict[Buffer, Elements] = {}
        self.inner = {loop.counter, *(s.name for s in loop.body if isinstance(s, Compute))}

    def run(self, failure: Failure) -> Failure:
        """Print the loop and what comes after it."""
        b, body, loop = self.b, self.body, self.loop
        steps = period(body, loop)
        first = [x for state in loop.carried for x in self._whole(state, state.first)]
        self._load_fixed()
        before = body.step_number

        def goes_on(state: State) -> Register:
            counter, end, code, *_ = state
            return b.bit_and(b.less(counter, end), body.good(Failure(code)))

        def part(state: State) -> State:
            counter, end, code, *values = state
            limit = b.minimum(b.add(counter, steps), end)
            counter, end, *values = self._part(counter, limit, end, values)
            more = b.less(counter, end)
            (code,) = b.when(more, lambda: [body.poll().code], lambda: [code])
            return [counter, end, code, *values]

        zero = b.constant("int64", 0)
        state = [zero, body.number(loop.count), failure.code, *first]
        ran, _, code, *values = b.loop_while(state, goes_on, part)
        body.step_number = before
        body.name(loop.ran, ran)
        self._after(values)
        return Failure(code)

    def _part(self, counter: Register, limit: Register, end: Register, values: State) -> State:
        """Print the steps up to a limit; return the number of the next, the end, and the states."""
        b = self.b
        one = b.constant("int64", 1)
        if self.loop.stop is None:
            made = b.loop(counter, limit, one, values, lambda k, state: self._step(k, state)[0])
            return [limit, end, *made]

        def step(state: State) -> State:
            counter, limit, end, *values = state
            made, stop = self._step(counter, values)
            following = b.add(counter, one)
            limits = [b.select(stop, following, x) for x in (limit, end)]
            return [following, *limits, *made]

        state = [counter, limit, end, *values]
        counter, _, end, *values = b.loop_while(state, lambda s: b.less(s[0], s[1]), step)
        return [counter, end, *values]

    # --- one step

    def _step(self, counter: Register, values: State) -> tuple[State, Register]:
        """Print a step; return the states after it, and whether it is the last."""
        outside = self.known
        self.known = {**outside, **self._states(values)}
        self.body.name(self.loop.counter, counter)
        self.body.step_number = counter
        for statement in self.loop.body:
            if isinstance(statement, Inline):
                self._inline(statement)
            elif isinstance(statement, Copy):
                self._copy(statement)
            else:
                self.body.step([statement])
        made = [x for state in self.loop.carried for x in self._whole(state, state.next)]
        stop = self.loop.stop
        last = self._element(stop, "bool", 0) if stop else self.b.constant("bool", 0)
        self.known = outside
        return made, last

    def _states(self, values: Sequence[Register]) -> dict[Buffer, Elements]:
        left = iter(values)
        return {
            Buffer("carried", state.index): {k: next(left) for k in range(state.count)}
            for state in self.loop.carried
        }

    def _inline(self, statement: Inline) -> None:
        """Print a kernel; what it makes is stored where it has a place in memory."""
        record, buffers = statement.record, statement.buffers

        def read(k: int, element: int) -> Register:
            return self._element(buffers[k], record.buffers[k].dtype, element)

        def write(k: int, element: int, value: Register) -> None:
            self.known.setdefault(buffers[k], {})[element] = value
            self._store(buffers[k], element, value)

        sizes = [self.body.number(n) for n in statement.sizes]
        print_inline(self.b, record, sizes, read, write)

    def _copy(self, statement: Copy) -> None:
        for element, value in self.known[statement.source].items():
            self._store(statement.target, element, value)

    # --- elements

    def _store(self, buffer: Buffer, element: int, value: Register) -> None:
        if buffer.place != "register":
            self.b.store(value, self._address(buffer, value.dtype, element))

    def _element(self, buffer: Buffer, dtype: str, element: int) -> Register:
        """Return an element: a register, or what lies in memory."""
        known = self.known.get(buffer, {})
        if element in known:
            return known[element]
        return self.b.load(self._address(buffer, dtype, element), dtype)

    def _address(self, buffer: Buffer, dtype: str, element: int) -> Register:
        start = self.body.buffer(buffer)
        return self.b.offset(start, "uint8", element * ITEMSIZE[dtype]) if element else start

    def _whole(self, state: Carried, buffer: Buffer) -> list[Register]:
        return [self._element(buffer, state.dtype, k) for k in range(state.count)]

    def _load_fixed(self) -> None:
        """Load what is the same in all steps."""
        made = {buffer for s in self._inlines() for buffer in self._results(s)}
        for statement in self._inlines():
            for buffer, spec in zip(statement.buffers, statement.record.buffers, strict=True):
                varies = buffer.offset in self.inner or buffer.place in ("carried", "register")
                if spec.role == "in" and not varies and buffer not in made:
                    count = spec.elements
                    values = {k: self._element(buffer, spec.dtype, k) for k in range(count)}
                    self.known[buffer] = values

    def _inlines(self) -> list[Inline]:
        return [s for s in self.loop.body if isinstance(s, Inline)]

    def _results(self, statement: Inline) -> list[Buffer]:
        pairs = zip(statement.buffers, statement.record.buffers, strict=True)
        return [buffer for buffer, spec in pairs if spec.role != "in"]

    def _after(self, values: Sequence[Register]) -> None:
        """Bring the results to their places."""
        self.known = self._states(values)
        for statement in self.loop.after:
            if isinstance(statement, Copy):
                self._copy(statement)
            else:
                moving.move(self.body, statement)
