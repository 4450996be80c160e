"""Launches a kernel in the pieces that it is cut to, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from symc.compiler.codegen import spread
from symc.compiler.codegen.arguments import Failure, Fields
from symc.compiler.codegen.register import Register, words
from symc.compiler.codegen.spread import Launched
from symc.compiler.kernel.blocks import piece_name
from symc.compiler.kernel.cut import BLOCKS, POINTS, Cut, Piece, cut
from symc.compiler.kernel.record import Axis, SizeName
from symc.compiler.program.record import Program


def memory_words(program: Program) -> int:
    """Return the words of memory that blocks of any kernel of a program hand on."""
    found = (cut(kernel) for kernel in spread.launched([program]).values())
    return max(
        (sum(words(d, n) for d, n in pieces.memory) for pieces in found if pieces), default=0
    )


def launch(
    fields: Fields,
    pieces: Cut,
    what: Launched,
    closure: Callable[[], Register],
    memory: Callable[[], Register],
    failure: Failure,
) -> Failure:
    """Print the launches of a kernel's pieces. Return the failure after them.

    memory   gives as many words as `memory_words` says
    """
    own = len(what.kernel.buffers)
    sizes = _Sizes(fields, pieces, what.arguments[own:])
    handed = tuple(_places(fields, pieces, memory())) if pieces.memory else ()
    arguments = [*what.arguments[:own], *handed, *sizes.registers]
    for k, piece in enumerate(pieces.pieces):
        extent, inner = sizes.extent(piece)
        part = replace(
            what,
            kernel=piece.kernel,
            name=piece_name(what.name, k),
            arguments=arguments,
            extent=extent,
            inner=inner,
            parallel=True,
        )
        if piece.how == "alone":
            failure = _alone(fields, part, failure)
        else:
            failure = spread.launch(fields, part, closure, failure)
    return failure


def _alone(fields: Fields, what: Launched, failure: Failure) -> Failure:
    def whole() -> list[Register]:
        spread.call(fields, what)
        return failure.registers()

    return Failure(*fields.when_good(failure, whole))


def _places(fields: Fields, pieces: Cut, memory: Register) -> Iterator[Register]:
    """Yield where each buffer of what blocks hand on lies."""
    at = 0
    for dtype, count in pieces.memory:
        yield fields.b.offset(memory, "int64", at)
        at += words(dtype, count)


class _Sizes:
    """The sizes that pieces take: the kernel's, then two for each stage folded in blocks."""

    def __init__(self, fields: Fields, pieces: Cut, own: list[Register]) -> None:
        self.fields = fields
        self.b = fields.b
        self.registers = list(own)
        for axes in pieces.folded:
            self.registers += self._blocks(axes)

    def _blocks(self, axes: tuple[Axis, ...]) -> tuple[Register, Register]:
        """Return the steps of the first axis in a block, and how many blocks there are."""
        b, one = self.b, self.fields.number(1)
        first, usual = self._size(axes[0].size), self.fields.number(POINTS)
        if axes[1:]:
            usual = b.maximum(b.divide(usual, b.maximum(self._points(axes[1:]), one)), one)
        length = b.maximum(usual, self._shared(first, self.fields.number(BLOCKS)))
        return length, self._shared(first, length)

    def _shared(self, count: Register, by: Register) -> Register:
        """Return count / by, rounded up."""
        one = self.fields.number(1)
        return self.b.divide(self.b.add(count, self.b.subtract(by, one)), by)

    def _size(self, size: SizeName) -> Register:
        return self.fields.number(size) if isinstance(size, int) else self.registers[int(size[1:])]

    def _points(self, axes: tuple[Axis, ...]) -> Register:
        points = self.fields.number(1)
        for axis in axes:
            points = self.b.multiply(points, self._size(axis.size))
        return points

    def extent(self, piece: Piece) -> tuple[Register, Register]:
        """Return the range of a piece's first outer axis, and the points of each of its steps."""
        if piece.how == "alone":
            return self.fields.number(1), self.fields.number(1)
        inner = self._points(piece.axes[1:])
        if piece.how == "blocks":
            return self._size(piece.count), self.b.multiply(self._size(piece.length), inner)
        return self._size(piece.axes[0].size), inner
