"""One long row on several threads: halved, the halves halved at once, then all parts sorted.

Which thread sorts a part changes nothing: it is the same items whoever made it, and items that are
equal are the same bits.
"""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.order.quick import (
    WORDS,
    Part,
    Row,
    apart,
    halve,
    halve_elements,
    is_done,
    run,
)
from symc.compiler.codegen.order.vectors import Vectors
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.threads import Host

MOST = 32
"""Parts that are sorted at once, a power of two."""

EACH = 4
"""Parts for each thread: they are not alike."""

# What threads are handed, before the addresses of the items: the row, where parts are and where
# their halves go, and whether any was left off.
OUT, LOW, HIGH, NEAR, FAR, LEFT_OFF, ARRAYS = range(7)

CLOSURE = (("closure", "ptr"), ("lower", "int64"), ("upper", "int64"))


def emit_parts(v: Vectors) -> None:
    """Define what threads run: halve(closure, lower, upper) and sort(closure, lower, upper)."""
    b = v.b

    def halves(closure: Register, row: Row, i: Register) -> None:
        near, far = (b.load(b.offset(closure, "int64", k), "ptr") for k in (NEAR, FAR))
        pair = _halve(v, row, _load(v, near, i))
        for k, part in enumerate(pair):
            _store(v, part, far, b.add(b.add(i, i), v.number(k)))

    def whole(closure: Register, row: Row, i: Register) -> None:
        near = b.load(b.offset(closure, "int64", NEAR), "ptr")
        left_off = run(v, row, _load(v, near, i))
        flag = b.offset(closure, "int64", LEFT_OFF)
        b.when(left_off, lambda: b.store(v.number(1), flag))

    _emit_each(v, "halves", halves)
    _emit_each(v, "sorted", whole)


def _emit_each(v: Vectors, of: str, body: Callable[[Register, Row, Register], None]) -> None:
    """Define a function that does something to each of some parts."""
    b = v.b
    with b.function(v.part(of), CLOSURE, export=False) as (closure, lower, upper):

        def word(k: int, dtype: str) -> Register:
            return b.load(b.offset(closure, "int64", k), dtype)

        arrays = tuple(word(ARRAYS + k, "ptr") for k in range(len(v.dtypes)))
        row = Row(arrays, word(OUT, "ptr"), word(LOW, "int64"), word(HIGH, "int64"))

        def one(i: Register, _: list[Register]) -> list[Register]:
            body(closure, row, i)
            return []

        b.loop(lower, upper, v.number(1), [], one)
        b.ret()


def _halve(v: Vectors, row: Row, part: Part) -> tuple[Part, Part]:
    """Halve a part; what need not be halved is the first half, and nothing the second."""
    zero = v.number(0)
    done, _ = is_done(v, row, part)

    def keep() -> list[Register]:
        return [*part.words(), *Part(zero, zero, zero, part.begin).words()]

    def divide() -> list[Register]:
        first, after = halve(v, row, part)
        return [*apart(v, first, after).words(), *after.words()]

    words = v.b.when(done, keep, divide)
    return Part(*words[:WORDS]), Part(*words[WORDS:])


def _place(v: Vectors, parts: Register, i: Register, k: int) -> Register:
    b = v.b
    return b.offset(parts, "int64", b.add(b.multiply(i, v.number(WORDS)), v.number(k)))


def _load(v: Vectors, parts: Register, i: Register) -> Part:
    return Part(*(v.b.load(_place(v, parts, i, k), "int64") for k in range(WORDS)))


def _store(v: Vectors, part: Part, parts: Register, i: Register) -> None:
    for k, word in enumerate(part.words()):
        v.b.store(word, _place(v, parts, i, k))


def sort_on_threads(
    v: Vectors, row: Row, source: Register, length: Register, host: Host
) -> Register:
    """Sort a long row on the host's threads; return whether that was left off."""
    b = v.b
    closure = b.stack(ARRAYS + len(v.dtypes))
    near, far = b.stack(MOST * WORDS), b.stack(MOST * WORDS)
    first, after = halve_elements(v, row, source, length)
    for k, part in enumerate((apart(v, first, after), after)):
        _store(v, part, near, v.number(k))
    words = ((OUT, row.out), (LOW, row.low), (HIGH, row.high), (LEFT_OFF, v.number(0)))
    for k, word in (*words, *((ARRAYS + k, array) for k, array in enumerate(row.arrays))):
        b.store(word, b.offset(closure, "int64", k))
    wanted = b.minimum(b.multiply(host.threads(), v.number(EACH)), v.number(MOST))

    def point(near: Register, far: Register) -> None:
        b.store(near, b.offset(closure, "int64", NEAR))
        b.store(far, b.offset(closure, "int64", FAR))

    def level(carried: list[Register]) -> list[Register]:
        count, near, far = carried
        point(near, far)
        host.run(count, v.part("halves"), closure)
        return [b.add(count, count), far, near]

    start = [v.number(2), near, far]
    count, near, far = b.loop_while(start, lambda carried: b.less(carried[0], wanted), level)
    point(near, far)
    host.run(count, v.part("sorted"), closure)
    return b.not_equal(b.load(b.offset(closure, "int64", LEFT_OFF), "int64"), v.number(0))
