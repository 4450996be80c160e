"""The state of lowering one kernel: registers by scope, what scalars became, the lanes in use."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.errors import InternalError
from symc.compiler.kernel.linear import ONE, Access, Polynomial, polynomial
from symc.compiler.kernel.plan import KernelPlan, StagePlan
from symc.compiler.kernel.record import Axis


class Block(Struct, frozen=True):
    """The points computed side by side: `count` vectors of `lanes`, or one scalar at lanes 0.

    mask   which lanes are inside the loop; None when all are
    """

    lanes: int
    count: int
    mask: Register | None = None


SINGLE = Block(0, 1)


class Held(Struct, frozen=True):
    """What a scalar became.

    single   one register for all points of a block, if it does not vary
    parts    one register of lanes for each vector of the block, or one splat of `single`
    """

    single: Register | None
    parts: tuple[Register, ...] = ()

    def part(self, u: int, lanes: int) -> Register:
        """Return the register for one vector of a block."""
        if self.single is None:
            return self.parts[u]
        if not lanes:
            return self.single
        if not self.parts:
            raise InternalError(f"{self.single.name} was not spread over the lanes")
        return self.parts[0]


class Turned(Struct, frozen=True):
    """The function's own memory, where elements lie along the lanes that lie across in an array.

    place   of the first element of a vector where an axis is at 0
    axis    it moves with, and by how many elements a step
    """

    place: Register
    axis: str
    step: int


class Frame:
    """Holds what is known at the point of the function that is being printed."""

    def __init__(self, builder: KernelBuilder, plan: KernelPlan, registers: list[Register]) -> None:
        self.b = builder
        self.plan = plan
        kernel = plan.kernel
        buffers, rest = registers[: len(kernel.buffers)], registers[len(kernel.buffers) :]
        self.buffers = buffers
        self.begin, self.end, self.status = rest[kernel.sizes :]
        self.axes: dict[str, Register] = {}
        self.ranges: dict[str, tuple[Register, Register]] = {}
        self.block = SINGLE
        self.values: dict[tuple[int, int], Held] = {}
        self.results: list[list[Held]] = []
        self.carried: list[Held] = []
        self.proven: frozenset[Hashable] = frozenset()
        self.turned: dict[Access, Turned] = {}
        self.past: dict[int, Register] = {}
        self._scopes: list[dict[Hashable, Register]] = [{}]
        self._sizes: dict[Polynomial, Register] = {
            polynomial(f"s{k}"): rest[k] for k in range(kernel.sizes)
        }

    # Registers that are shared ------------------------------------------------------------------

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Open a scope, the body of a loop: what it shares ends with it."""
        self._scopes.append({})
        yield
        self._scopes.pop()

    @contextmanager
    def reopened(self, scope: dict[Hashable, Register]) -> Iterator[None]:
        """Open a scope again, with what was shared in it before."""
        self._scopes.append(scope)
        yield
        self._scopes.pop()

    @contextmanager
    def within(self, axis: Axis, lower: Register, upper: Register) -> Iterator[None]:
        """Open a scope in which an axis begins and ends elsewhere."""
        before = self.ranges.get(axis.name)
        self.ranges[axis.name] = lower, upper
        with self.scope():
            yield
        del self.ranges[axis.name]
        if before is not None:
            self.ranges[axis.name] = before

    def shared(self, key: Hashable, make: Callable[[], Register]) -> Register:
        """Return the register made under this key in an open scope, else make it here."""
        for scope in reversed(self._scopes):
            if key in scope:
                return scope[key]
        register = make()
        self._scopes[-1][key] = register
        return register

    @contextmanager
    def trusting(self, proven: Iterable[Hashable]) -> Iterator[None]:
        """Open a scope in which these picked indices are known to be in bounds as they stand."""
        self.proven = frozenset(proven)
        with self.scope():
            yield
        self.proven = frozenset()

    def number(self, value: int) -> Register:
        """Return an int64 constant."""
        return self.shared(("number", value), lambda: self.b.constant("int64", value))

    def size(self, value: Polynomial) -> Register:
        """Return a polynomial of sizes; those that loops need are made at the entry."""
        if not value:
            return self.number(0)
        if value not in self._sizes:
            register = self._polynomial(value)
            if len(self._scopes) > 1:
                return register
            self._sizes[value] = register
        return self._sizes[value]

    def _polynomial(self, value: Polynomial) -> Register:
        total: Register | None = None
        for names, factor in value:
            term = self._monomial(names, factor)
            total = term if total is None else self.b.add(total, term)
        return total if total is not None else self.number(0)

    def _monomial(self, names: tuple[str, ...], factor: int) -> Register:
        if not names:
            return self.number(factor)
        term = self.size(polynomial(names[-1]))
        if len(names) > 1:
            term = self.b.multiply(self.size(((names[:-1], 1),)), term)
        return self.scaled(term, factor)

    def scaled(self, x: Register, factor: int) -> Register:
        """Return x * factor."""
        if factor == 1:
            return x
        return self.b.multiply(x, self.number(factor))

    def times(self, x: Register, stride: Polynomial) -> Register:
        """Return x * stride."""
        if stride == ONE:
            return x
        key = ("times", x.name, stride)
        return self.shared(key, lambda: self.b.multiply(x, self.size(stride)))

    def ahead(self, count: int, stride: Polynomial) -> Register:
        """Return count * stride."""
        key = ("ahead", count, stride)
        return self.shared(key, lambda: self.scaled(self.size(stride), count))

    def extent(self, axis: Axis) -> tuple[Register, Register]:
        """Return where an axis begins and ends; the first outer one has the caller's range."""
        if axis.name in self.ranges:
            return self.ranges[axis.name]
        outer = self.plan.kernel.outer
        if outer and axis is outer[0]:
            return self.begin, self.end
        return self.number(0), self.size(polynomial(axis.size))

    # Lanes --------------------------------------------------------------------------------------

    def spread(self, x: Register, lanes: int) -> Register:
        """Return a scalar in each lane."""
        if not lanes:
            return x
        return self.shared(("spread", x.name, x.dtype, lanes), lambda: self.b.splat(x, lanes))

    def lane_offsets(self, stride: Polynomial, lanes: int) -> Register:
        """Return lane * stride, int64."""

        def make() -> Register:
            if not stride:
                return self.b.constant("int64", 0, lanes)
            index = self.b.lane_index(lanes)
            if stride == ONE:
                return index
            return self.b.multiply(index, self.spread(self.size(stride), lanes))

        return self.shared(("lanes", stride, lanes), make)

    def held(self, plan: StagePlan, position: int) -> Held:
        """Return what a scalar of a stage became."""
        return self.values[plan.number, position]

    def all_of(self, *conditions: Register | None) -> Register | None:
        """Return the conjunction of the conditions that are there."""
        total: Register | None = None
        for condition in conditions:
            if total is None:
                total = condition
            elif condition is not None:
                total = self.b.bit_and(total, condition)
        return total
