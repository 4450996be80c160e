"""What a compiled function does and why, as data, and as text that a reader can follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from symc.compiler.kernel.cost import BYTE_PICOSECONDS
from symc.compiler.kernel.linear import ZERO, Polynomial, plus, polynomial, times
from symc.compiler.program.formula import evaluate
from symc.compiler.program.formula import text as formula_text

ONE = polynomial(1)
INDENT = "     "


class Line(Struct, frozen=True):
    """A line of the user's program, and the operations on it that went into a kernel."""

    place: str
    source: str
    operations: tuple[str, ...]


class Entry(Struct, frozen=True):
    """One launch: a kernel, a product, a copy, a loop with launches inside.

    number            its place in the order of a call
    kind              'kernel', 'product', 'sort', 'cholesky', 'copy', 'loop', ...
    lines             what it was made of
    read, written     bytes by the name of the array; an element counts once
    flops, functions  arithmetic on data, and how often each elementary function is computed
    picoseconds       what the arithmetic takes on one core, by the estimates plans are made with
    shape             its loops, vectors and threads, a heading and a text each
    inside, times     the launches of a loop's step or of an arm, and how often they are run
    """

    number: str
    kind: str
    lines: tuple[Line, ...] = ()
    read: Mapping[str, Polynomial] = field(default_factory=dict)
    written: Mapping[str, Polynomial] = field(default_factory=dict)
    flops: Polynomial = ZERO
    functions: Mapping[str, Polynomial] = field(default_factory=dict)
    picoseconds: Polynomial = ZERO
    shape: tuple[tuple[str, str], ...] = ()
    inside: tuple[Entry, ...] = ()
    times: Polynomial = ONE

    @property
    def moved(self) -> Polynomial:
        """Return the bytes that are read and written, by all that is inside too."""
        own = total((*self.read.values(), *self.written.values()))
        return plus(own, times(self.times, total(entry.moved for entry in self.inside)))

    @property
    def arithmetic(self) -> Polynomial:
        """Return the flops, of all that is inside too."""
        return plus(self.flops, times(self.times, total(e.arithmetic for e in self.inside)))

    @property
    def bound(self) -> str:
        """Return 'memory' or 'arithmetic', whichever takes longer by the estimates.

        Sizes that are open are taken to be 1000.
        """
        memory = evaluate(self.moved) * BYTE_PICOSECONDS
        return "memory" if memory >= evaluate(self.picoseconds) else "arithmetic"


class Seam(Struct, frozen=True):
    """Two launches, the second of which reads what the first makes, and why they are two.

    through   the arrays between them; none where both only read the same
    """

    first: str
    second: str
    through: tuple[str, ...]
    reason: str


class Held(Struct, frozen=True):
    """A part of the arena: what lies there one after the other."""

    offset: Polynomial
    bytes: Polynomial
    holds: tuple[str, ...]


class Explanation(Struct, frozen=True):
    """What a compiled function does in a call, what that costs, and why it is done so.

    sizes     what the letters in formulas stand for
    entries   the launches, in order
    seams     why launches are apart
    kept      why temporaries are in memory
    updates   what becomes of each shared variable
    arena     the workspace of a call; peak its bytes
    least     the bytes of all that a call is given, returns and changes
    reason    why the interpreter runs it, which has no launches; '' for native code
    """

    name: str
    sizes: tuple[str, ...]
    entries: tuple[Entry, ...]
    seams: tuple[Seam, ...]
    kept: tuple[tuple[str, str], ...]
    updates: tuple[tuple[str, str], ...]
    arena: tuple[Held, ...]
    peak: Polynomial
    least: Polynomial
    reason: str = ""

    @property
    def moved(self) -> Polynomial:
        """Return the bytes that all launches read and write."""
        return total(entry.moved for entry in self.entries)

    @property
    def flops(self) -> Polynomial:
        """Return the floating-point operations of all launches."""
        return total(entry.arithmetic for entry in self.entries)

    def __str__(self) -> str:
        return "\n".join(_text(self)) + "\n"


def interpreted(name: str, reason: str) -> Explanation:
    """Return the explanation of a function that the interpreter runs."""
    return Explanation(name, (), (), (), (), (), (), ZERO, ZERO, reason)


def total(formulas: Iterator[Polynomial] | Sequence[Polynomial]) -> Polynomial:
    """Return the sum of formulas."""
    found = ZERO
    for formula in formulas:
        found = plus(found, formula)
    return found


# The text ---------------------------------------------------------------------------------------


def _text(x: Explanation) -> Iterator[str]:
    if x.reason:
        yield f"{x.name}: runs in the interpreter, by NumPy, one operation after the other"
        yield f"  because {x.reason}"
        return
    count = f"{len(x.entries)} launch{'es' if len(x.entries) != 1 else ''}"
    yield f"{x.name}: {count} a call"
    yield f"  flops   {formula_text(x.flops)}"
    yield f"  moved   {_bytes(x.moved)} by the launches"
    yield f"  least   {_bytes(x.least)}: what a call is given, returns and changes"
    yield f"  arena   {_bytes(x.peak)}"
    yield from (f"  size    {size}" for size in x.sizes)
    yield from _part("launches", [line for entry in x.entries for line in _entry(entry, "")])
    yield from _part("why they are apart", [_seam(seam) for seam in x.seams])
    yield from _part("why temporaries are in memory", [f"{a}: {b}" for a, b in x.kept])
    yield from _part("shared variables", [f"{a}: {b}" for a, b in x.updates])
    yield from _part("arena", [_held(held) for held in x.arena])


def _part(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)


def _entry(x: Entry, indent: str) -> Iterator[str]:
    makes = f" -> {', '.join(x.written)}" if x.written else ""
    yield f"{indent}{x.number:<4} {x.kind}{makes}"
    inner = indent + INDENT
    for line in x.lines:
        yield f"{inner}{line.place}: {', '.join(line.operations)}"
        if line.source:
            yield f"{inner}  | {line.source}"
    yield from (f"{inner}{word:<8} {text}" for word, text in x.shape)
    yield from _costs(x, inner)
    for entry in x.inside:
        yield from _entry(entry, inner)


def _costs(x: Entry, indent: str) -> Iterator[str]:
    for word, arrays in (("reads", x.read), ("writes", x.written)):
        if arrays:
            names = ", ".join(f"{name} {_bytes(size)}" for name, size in arrays.items())
            yield f"{indent}{word:<8} {names}"
    if x.flops or x.functions:
        parts = [f"{formula_text(x.flops)} flops"] if x.flops else []
        parts += [f"{formula_text(count)} {name}" for name, count in x.functions.items()]
        yield f"{indent}computes {', '.join(parts)}"
    if not x.inside and x.moved:
        yield f"{indent}bound by {x.bound}"


def _seam(seam: Seam) -> str:
    between = f" through {', '.join(seam.through)}" if seam.through else ", which read the same"
    return f"{seam.first} and {seam.second}{between}: {seam.reason}"


def _held(held: Held) -> str:
    return f"at {formula_text(held.offset)}, {_bytes(held.bytes)}: {'; '.join(held.holds)}"


def _bytes(formula: Polynomial) -> str:
    return f"{formula_text(formula)} B"
