"""The program record: a call's statements in order, over 0-d scalars and buffers.

A host scalar is an int64 (a bool or float64 on the way to one) known before what uses it runs: a
size, an offset, a bound. It is named ('n0', 'n1', ...) by the statement that computes it; a number
stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sorting import Sorting

Number = int | float | str
"""A host scalar: a number, or the name of a statement's result."""

Place = Literal["input", "state", "output", "slot", "data", "carried", "register"]


Record = Kernel | Contraction | Sorting | Factoring
"""What a native function computes."""


class Buffer(Struct, frozen=True):
    """Where an array lies: a parameter, an output, a slot of the workspace, or constant data.

    'carried' is an address that a loop hands from step to step, 'register' a few elements that a
    step makes, in no memory. offset counts bytes from the start.
    """

    place: Place
    index: int
    offset: Number = 0


class ArraySpec(Struct, frozen=True):
    """An array that crosses the call: its dtype and, per dimension, its size or None if it is open.

    In a parameter a number is demanded (broadcastable dimensions are 1); an output's sizes are host
    scalars.
    """

    dtype: str
    shape: tuple[Number | None, ...]


class Compute(Struct, frozen=True):
    """Compute a host scalar: op is a pointwise operation, 'dimension' (parameter, axis) or 'load'.

    'load' reads an element: attributes hold the buffer, the operand is the place. Before the body
    only parameters have elements; a later piece loads what the pieces before it computed.
    """

    name: str
    op: str
    operands: tuple[Number, ...]
    dtype: str
    attributes: tuple[tuple[str, Any], ...] = ()


class CheckEqual(Struct, frozen=True):
    """Fail with a shape error at a site unless two sizes are equal."""

    left: Number
    right: Number
    site: int


class CheckIndex(Struct, frozen=True):
    """Name an index counted from the front; fail with an index error when it is out of bounds."""

    name: str
    index: Number
    size: Number
    site: int


class CheckSome(Struct, frozen=True):
    """Fail with a shape error at a site when a size is below a least number."""

    size: Number
    least: int
    site: int


class Launch(Struct, frozen=True):
    """Run a kernel over its whole range; `inner` is the number of points per outer step."""

    function: str
    buffers: tuple[Buffer, ...]
    sizes: tuple[Number, ...]
    sites: tuple[int, ...]
    extent: Number
    inner: Number


class Inline(Struct, frozen=True):
    """Compute a kernel of a few elements in a step of a loop whose states are registers."""

    record: Kernel
    buffers: tuple[Buffer, ...]
    sizes: tuple[Number, ...]


class Multiply(Struct, frozen=True):
    """Run a contraction: buffers are left, right, epilogue operands, result, workspace."""

    function: str
    buffers: tuple[Buffer, ...]
    sizes: tuple[Number, ...]


class Sort(Struct, frozen=True):
    """Run a sorting: buffers are source, result, workspace; sizes are rows and their length."""

    function: str
    buffers: tuple[Buffer, ...]
    sizes: tuple[Number, ...]


class Factor(Struct, frozen=True):
    """Run a factoring: buffers are operands, result, workspace; it may fail at the site."""

    function: str
    buffers: tuple[Buffer, ...]
    sizes: tuple[Number, ...]
    site: int


class Copy(Struct, frozen=True):
    """Copy whole arrays of a number of bytes; nothing is done where both are one place."""

    target: Buffer
    source: Buffer
    count: Number


class CallPython(Struct, frozen=True):
    """Call a Python function; the host keeps its results, whose sizes are stored.

    callee     its place in the table that is bound beside the code; name what it is called
    number     which of the program's calls this is
    operands   the arrays it takes, with their types
    sizes      where the sizes of all results go, int64; count how many there are
    work       room for the operands' descriptors
    """

    callee: int
    name: str
    number: int
    operands: tuple[tuple[Buffer, ArraySpec], ...]
    sizes: Buffer
    count: int
    work: Buffer


class Receive(Struct, frozen=True):
    """Copy one result of a Python call, whose sizes must be those of `spec`."""

    number: int
    index: int
    target: Buffer
    spec: ArraySpec
    site: int
    work: Buffer


class Poll(Struct, frozen=True):
    """Ask whether the call is cancelled, if its work is long."""


class Store(Struct, frozen=True):
    """Write an int64 host scalar into memory."""

    target: Buffer
    number: Number


class Clear(Struct, frozen=True):
    """Fill the rows from `begin` to `end` with zeros, each of a number of bytes."""

    target: Buffer
    begin: Number
    end: Number
    row: Number


class Carried(Struct, frozen=True):
    """An address that a loop hands from step to step: where a state lies.

    index   its number among all 'carried' places of the program
    first   where the state lies before the first step; next where it lies after each
    dtype   of a state in registers, whose elements are handed on instead of the address
    count   how many elements these are; 0 for an address
    """

    index: int
    first: Buffer
    next: Buffer
    dtype: str = ""
    count: int = 0


class Loop(Struct, frozen=True):
    """Run statements once for each step.

    counter    the name of a step's number, from 0
    count      the greatest number of steps
    carried    addresses that change from step to step
    body       the statements of a step: its host scalars, checks and work, which reserve nothing
    stop       a bool in memory: no step follows one after which it is true
    after      what brings the results to their places: copies, stores, and rows to clear
    ran        the name under which these know the number of steps run
    work       estimated nanoseconds of a step
    rows       of a block at most, where a step is a product and its reader, in this order at the
               body's end (`passes/plan/turns.py`); else 0
    of         the rows of all blocks
    """

    counter: str
    count: Number
    carried: tuple[Carried, ...]
    body: tuple[Statement, ...]
    stop: Buffer | None
    after: tuple[Statement, ...]
    ran: str
    work: Number
    rows: Number = 0
    of: Number = 0


class Branch(Struct, frozen=True):
    """Run one of two lists of statements, which reserve nothing.

    condition   a bool in memory: the first list is run where it is true
    then        host scalars, checks and work, as those of a loop's step
    other       the same, for a false condition
    """

    condition: Buffer
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]


Check = CheckEqual | CheckIndex | CheckSome
Whole = Multiply | Sort | Factor
Move = Copy | Store | Clear | Receive
Work = Launch | Inline | Whole | Move | CallPython | Poll | Loop | Branch
Statement = Compute | Check | Work
FALLIBLE = (CheckEqual, CheckIndex, CheckSome, CallPython, Receive, Poll, Loop, Branch)


def flat(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements, each loop and branch before those inside of it."""
    for statement in statements:
        yield statement
        if isinstance(statement, Loop):
            yield from flat((*statement.body, *statement.after))
        elif isinstance(statement, Branch):
            yield from flat((*statement.then, *statement.other))


class Function(Struct, frozen=True):
    """A native function the program calls, under a name."""

    name: str
    record: Record


class Piece(Struct, frozen=True):
    """What follows in the body once numbers that it has computed so far are sizes.

    prologue   loads of these numbers, host scalars and checks of sizes that follow from them
    outputs    indices of the outputs whose sizes are known from now on
    slots      bytes of the workspace slots that it adds, numbered after those before
    work       estimated nanoseconds
    body       as a program's
    """

    prologue: tuple[Statement, ...]
    outputs: tuple[int, ...]
    slots: tuple[Number, ...]
    work: Number
    body: tuple[Statement, ...]


class Program(Struct, frozen=True):
    """One entry point.

    inputs, states   the parameters; outputs the arrays returned, then the new states in `swaps`
    swaps            states whose new value is an output that replaces their storage after success
    written          states that the commit part writes in place
    data             constant arrays too large for code, as (dtype, bytes)
    functions        the kernels it calls, each once
    slots            bytes of each workspace slot; offsets are their running sums, 64-aligned
    work             estimated nanoseconds of body and commit
    prologue         host scalars and all checks of sizes: fails before anything is computed
    body             what can fail or be cancelled; writes no state
    later            the rest of the body where sizes are computed on the way
    commit           writes state; nothing in it can fail, allocate, poll or call out
    """

    name: str
    inputs: tuple[ArraySpec, ...]
    states: tuple[ArraySpec, ...]
    outputs: tuple[ArraySpec, ...]
    swaps: tuple[int, ...]
    written: tuple[int, ...]
    data: tuple[tuple[str, bytes], ...]
    functions: tuple[Function, ...]
    slots: tuple[Number, ...]
    work: Number
    prologue: tuple[Statement, ...]
    body: tuple[Statement, ...]
    commit: tuple[Statement, ...]
    later: tuple[Piece, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return the parts of the body, each with what comes before it."""
        late = {k for piece in self.later for k in piece.outputs}
        outputs = tuple(k for k in range(len(self.outputs)) if k not in late)
        first = Piece(self.prologue, outputs, self.slots, self.work, self.body)
        return (first, *self.later)

    @property
    def whole_body(self) -> tuple[Statement, ...]:
        """Return the body with those of the later pieces, and what stands in loops and branches."""
        return tuple(flat((*self.body, *(s for piece in self.later for s in piece.body))))


def fallible(statement: Statement, functions: dict[str, Record]) -> bool:
    """Tell whether running a statement can end the call with an error."""
    if isinstance(statement, Factor):
        record = functions[statement.function]
        return isinstance(record, Factoring) and record.fails
    if isinstance(statement, Launch):
        record = functions[statement.function]
        return isinstance(record, Kernel) and record.checks > 0
    return isinstance(statement, FALLIBLE)
