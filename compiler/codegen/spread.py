"""Runs long kernels in parts: on the host's threads, or one after the other with polls between.

A launch stores its arguments as int64 words, a closure, which a small function of each kernel, its
body, reads again; so a host that knows nothing of kernels runs parts of them anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import Failure, Fields
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.blocks import piece_name
from symc.compiler.kernel.cut import cut
from symc.compiler.kernel.lower import kernel_function_signature
from symc.compiler.kernel.parts import PARTS, least_points, part_points
from symc.compiler.kernel.record import Kernel
from symc.compiler.program.record import Launch, Program, flat

SPREAD, PARTS_OF, POLL = "symc_spread", "symc_parts", "symc_poll"

# Words of a closure: the kernel's body, the whole range, how much of it a part takes, where
# failures are told, the first part of the group that runs, 1 if its parts run at once (else 0);
# then the kernel's arguments.
BODY, EXTENT, ROWS, STATUS, FIRST, APART, ARGUMENTS = range(7)

STATUS_WORDS = 4
"""Words in which a kernel tells of a failed check."""

GROWTH = 16
"""Times its usual work that a part of very long work may take, so that groups stay few."""


WIDE = 16
"""Times its least steps that a part has where threads are few enough: rows are read in one go."""


def closure_words(program: Program) -> int:
    """Return the words of the largest closure of a program; 0 where nothing is launched."""
    found = launched([program]).items()
    parts = (kernel for name, whole in found for _, kernel in _in_turn(name, whole))
    return max((ARGUMENTS + len(k.buffers) + k.sizes for k in parts), default=0)


def _launches(program: Program) -> Iterable[Launch]:
    statements = flat((*program.whole_body, *program.commit))
    return (s for s in statements if isinstance(s, Launch))


def launched(programs: Iterable[Program]) -> dict[str, Kernel]:
    """Return the kernels that some programs launch, by name."""
    found: dict[str, Kernel] = {}
    for program in programs:
        records = {f.name: f.record for f in program.functions}
        for launch in _launches(program):
            record = records[launch.function]
            assert isinstance(record, Kernel)
            found[launch.function] = record
    return found


def _in_turn(name: str, kernel: Kernel) -> list[tuple[str, Kernel]]:
    """Return what is run in parts of a kernel, by name: itself, or some of its pieces."""
    pieces = cut(kernel)
    if pieces is None:
        return [(name, kernel)] if kernel.outer else []
    return [
        (piece_name(name, k), piece.kernel)
        for k, piece in enumerate(pieces.pieces)
        if piece.how != "alone"
    ]


def body_name(function: str) -> str:
    """Return the name of a kernel's body."""
    return f"body_of_{function}"


def emit_bodies(b: KernelBuilder, programs: Iterable[Program]) -> None:
    """Print what runs parts of the kernels that some programs launch, each once."""
    for name, kernel in launched(programs).items():
        for part in _in_turn(name, kernel):
            _emit_body(b, *part)


def emit_spread(b: KernelBuilder, *, export: bool) -> None:
    """Print what runs any kernel in parts, by its body."""
    _emit_part(b)
    _emit_groups(b, export=export)


def _emit_body(b: KernelBuilder, name: str, kernel: Kernel) -> None:
    """Print body(closure, begin, end, told, region): a kernel from begin to end of its range."""
    parameters = [("closure", "ptr"), ("begin", "int64"), ("end", "int64"), ("told", "ptr")]
    signature = [*parameters, ("region", "int64")]
    with b.function(body_name(name), signature, export=False) as (closure, *rest, region):
        arguments = [
            Fields(b).load(closure, 8 * (ARGUMENTS + k), dtype)
            for k, (_, dtype) in enumerate(kernel_function_signature(kernel)[:-3])
        ]
        b.call(name, None, [*_own_scratch(b, kernel, arguments, region), *rest])


def _emit_part(b: KernelBuilder) -> None:
    """Print symc_part(closure, lower, upper): the parts of a group from lower to upper, in order.

    Parts that run at once have regions of their own, in which they tell of failures.
    """
    parameters = (("closure", "ptr"), ("lower", "int64"), ("upper", "int64"))
    with b.function(PARTS_OF, parameters, export=False) as (closure, lower, upper):
        fields = Fields(b)
        extent, rows, first, apart = (
            fields.load(closure, 8 * k, "int64") for k in (EXTENT, ROWS, FIRST, APART)
        )
        body, status = (fields.load(closure, 8 * k, "ptr") for k in (BODY, STATUS))

        def part(k: Register, _: list[Register]) -> list[Register]:
            begin = b.multiply(b.add(first, k), rows)
            end = b.minimum(b.add(begin, rows), extent)
            region = b.multiply(k, apart)
            told = b.offset(status, "int64", b.multiply(region, fields.number(STATUS_WORDS)))
            b.call_pointer(body, None, [closure, begin, end, told, region])
            return []

        b.loop(lower, upper, fields.number(1), [], part)
        b.fence()  # after what kernels stored past the caches


def _own_scratch(
    b: KernelBuilder, kernel: Kernel, arguments: list[Register], region: Register
) -> list[Register]:
    """Return the arguments of a part; its 'row' buffers lie in a region of its own."""
    moved = list(arguments)
    sizes = arguments[len(kernel.buffers) :]
    for k, buffer in enumerate(kernel.buffers):
        if buffer.role == "row":
            count = b.constant("int64", ITEMSIZE[buffer.dtype])
            for size in buffer.shape:
                known = b.constant("int64", size) if isinstance(size, int) else sizes[int(size[1:])]
                count = b.multiply(count, known)
            moved[k] = b.offset(arguments[k], "uint8", b.multiply(region, count))
    return moved


# A launch ----------------------------------------------------------------------------------------


class Launched(Struct, frozen=True):
    """A launch as registers.

    told     where failed checks are told, or null
    extent   of the first outer axis; inner the points of each of its steps
    polls    whether the call may be cancelled between parts
    parallel whether parts may run at once
    """

    kernel: Kernel
    name: str
    arguments: list[Register]
    told: Register
    extent: Register
    inner: Register
    polls: bool
    parallel: bool


def launch(
    fields: Fields, what: Launched, closure: Callable[[], Register], failure: Failure
) -> Failure:
    """Print a launch; what is shorter than a part is one call. Return the failure after it."""
    b = fields.b
    limit = fields.number(part_points(what.kernel))

    def whole() -> list[Register]:
        call(fields, what)
        return failure.registers()

    def in_parts() -> list[Register]:
        return fields.when_good(failure, lambda: _in_parts(fields, what, closure(), limit))

    long = b.greater(b.multiply(what.extent, what.inner), limit)
    return Failure(*b.when(long, in_parts, whole))


def call(fields: Fields, what: Launched) -> None:
    """Print a launch that is one call."""
    every = [fields.number(0), what.extent, what.told]
    fields.b.call(what.name, None, [*what.arguments, *every])


def _in_parts(fields: Fields, what: Launched, closure: Register, limit: Register) -> list[Register]:
    """Print the closure and the call that runs a launch in parts."""
    b = fields.b
    assert fields.host is not None
    fields.store(b.address(body_name(what.name)), closure, 8 * BODY)
    fields.store(what.told, closure, 8 * STATUS)
    for k, argument in enumerate(what.arguments):
        fields.store(argument, closure, 8 * (ARGUMENTS + k))
    flags = [b.constant("bool", int(x)) for x in (what.parallel, what.polls)]
    numbers = [what.extent, what.inner, limit, fields.number(least_points(what.kernel))]
    status = b.call(SPREAD, "int32", [fields.host, closure, *numbers, *flags])
    assert status is not None
    return [status]


# Parts -------------------------------------------------------------------------------------------


def _emit_groups(b: KernelBuilder, *, export: bool) -> None:
    """Print symc_spread(host, closure, extent, inner, limit, least, parallel, polls) -> status."""
    pointers = [(name, "ptr") for name in ("host", "closure")]
    numbers = [(name, "int64") for name in ("extent", "inner", "limit", "least")]
    flags = [("parallel", "bool"), ("polls", "bool")]
    with b.function(SPREAD, [*pointers, *numbers, *flags], "int32", export=export) as registers:
        b.ret(_Spread(b, registers).run())


class _Spread(Fields):
    """The function that runs a launch in groups of parts."""

    def __init__(self, b: KernelBuilder, registers: list[Register]) -> None:
        host, self.closure, self.extent, *rest = registers
        super().__init__(b, host)
        self.inner, self.limit, self.least, self.parallel, self.polls = rest
        self.statuses = b.stack(STATUS_WORDS * PARTS)

    def run(self) -> Register:
        """Print the groups; return the status that ends them."""
        b = self.b
        hook, user = self.hook(abi.HOST_PARALLEL_FOR)
        threads = self.load(self.host_(), abi.HOST_MAX_THREADS, "int32")
        several = b.greater(threads, self.going(1))
        offered = b.bit_and(several, b.not_equal(hook, b.constant("ptr", 0)))
        shared = b.bit_and(offered, self.parallel)
        rows = self.rows(b.select(shared, b.cast(threads, "int64"), self.number(1)))
        parts = b.divide(b.add(self.extent, b.subtract(rows, self.number(1))), rows)
        for place, word in ((EXTENT, self.extent), (ROWS, rows)):
            self.store(word, self.closure, 8 * place)
        group = b.select(shared, self.number(PARTS), self.number(1))
        self.store(b.select(shared, self.number(1), self.number(0)), self.closure, 8 * APART)

        def go(first: Register, carried: list[Register]) -> list[Register]:
            return b.when(b.equal(carried[0], self.going()), lambda: piece(first), lambda: carried)

        def piece(first: Register) -> list[Register]:
            self.store(first, self.closure, 8 * FIRST)
            left = b.subtract(parts, first)
            count = b.minimum(left, group)
            (status,) = b.when(
                shared, lambda: self.at_once(hook, user, count), lambda: self.alone(count)
            )
            more = b.bit_and(self.polls, b.greater(left, count))
            due = b.bit_and(more, b.equal(status, self.going()))
            return b.when(due, self.poll, lambda: [status])

        (status,) = b.loop(self.number(0), parts, group, [self.going()], go)
        return status

    def host_(self) -> Register:
        """Return the host, which is there."""
        assert self.host is not None
        return self.host

    def going(self, value: int = 0) -> Register:
        """Return a status."""
        return self.b.constant("int32", value)

    def rows(self, threads: Register) -> Register:
        """Return the outer steps of a part: more in very long work, and whole vectors of many."""
        b, one = self.b, self.number(1)
        usual = b.maximum(b.divide(self.limit, b.maximum(self.inner, one)), one)
        most = b.multiply(usual, self.number(GROWTH))
        wanted = b.divide(self.extent, self.number(PARTS))
        rows = b.maximum(b.maximum(usual, self.fair(threads)), b.minimum(most, wanted))
        whole = b.add(b.bit_or(b.subtract(rows, one), self.number(63)), one)
        return b.select(b.greater(rows, self.number(63)), whole, rows)

    def fair(self, threads: Register) -> Register:
        """Return the steps that a part has at least: where few are slow, a share of a thread's."""
        b, one = self.b, self.number(1)
        shares = b.select(b.equal(threads, one), one, b.add(threads, threads))
        share = b.minimum(b.divide(self.extent, shares), b.multiply(self.least, self.number(WIDE)))
        return b.select(b.equal(self.least, one), one, b.maximum(self.least, share))

    def poll(self) -> list[Register]:
        """Ask the host whether to go on."""
        status = self.b.call(POLL, "int32", [self.host_()])
        assert status is not None
        return [status]

    def alone(self, count: Register) -> list[Register]:
        """Run a group here."""
        self.b.call(PARTS_OF, None, [self.closure, self.number(0), count])
        return [self.going()]

    def at_once(self, hook: Register, user: Register, count: Register) -> list[Register]:
        """Let the host run a group; the failure that is told is that of its first failing part."""
        b = self.b
        told = self.load(self.closure, 8 * STATUS, "ptr")
        tells = b.not_equal(told, b.constant("ptr", 0))
        b.when(tells, self.listen)
        arguments = [user, count, self.number(1), b.address(PARTS_OF), self.closure]
        status = b.call_pointer(hook, "int32", arguments)
        assert status is not None
        b.when(tells, lambda: self.tell(told, count))
        stopped = b.not_equal(status, self.going())
        return self.note(self.no_failure(), stopped, abi.E_CANCELLED).registers()

    def listen(self) -> None:
        """Give each part of a group a place of its own to tell of its failure."""
        b = self.b

        def clear(k: Register, _: list[Register]) -> list[Register]:
            b.store(self.number(0), b.offset(self.statuses, "int64", k))
            return []

        end, step = self.number(STATUS_WORDS * PARTS), self.number(STATUS_WORDS)
        b.loop(self.number(0), end, step, [], clear)
        self.store(self.statuses, self.closure, 8 * STATUS)

    def tell(self, told: Register, count: Register) -> None:
        """Hand on what the first failing part has told, unless something was told before."""
        b = self.b
        self.store(told, self.closure, 8 * STATUS)

        def look(k: Register, _: list[Register]) -> list[Register]:
            place = b.offset(self.statuses, "int64", b.multiply(k, self.number(STATUS_WORDS)))
            silent = b.equal(b.load(told, "int64"), self.number(0))
            failed = b.not_equal(b.load(place, "int64"), self.number(0))
            b.when(b.bit_and(silent, failed), lambda: self.copy(place, told))
            return []

        b.loop(self.number(0), count, self.number(1), [], look)

    def copy(self, source: Register, target: Register) -> None:
        """Copy a status."""
        for k in range(STATUS_WORDS):
            self.store(self.load(source, 8 * k, "int64"), target, 8 * k)


def emit_poll(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that asks the host whether to go on; it returns a status."""
    with b.function(POLL, [("host", "ptr")], "int32", export=export) as (host,):
        fields = Fields(b, host)
        hook = fields.load(host, abi.HOST_POLL, "ptr")
        user = fields.load(host, abi.HOST_USER, "ptr")
        going = b.constant("int32", 0)

        def ask() -> list[Register]:
            status = b.call_pointer(hook, "int32", [user])
            assert status is not None
            return [status]

        (status,) = b.when(b.not_equal(hook, b.constant("ptr", 0)), ask, lambda: [going])
        stopped = b.not_equal(status, going)
        b.ret(fields.note(fields.no_failure(), stopped, abi.E_CANCELLED).code)
