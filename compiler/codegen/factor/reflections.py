"""Reflections I - t v v' whose vectors are rows: the factors of matrices, and their products."""

from __future__ import annotations

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.factor.panels import Packed, apply, gather, panels_of, unit_rows
from symc.compiler.codegen.factor.products import product_bytes
from symc.compiler.codegen.factor.scale import is_safe
from symc.compiler.codegen.factor.triangles import dense
from symc.compiler.codegen.product.integers import Int, each
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import PANEL

NEW = (("n", "int64"), ("x", "ptr"), ("factor", "ptr"))
REFLECT = (("n", "int64"), ("factor", "element"), ("v", "ptr"), ("x", "ptr"))


def emit_reflections(bench: Bench) -> None:
    """Define `reflection`, which makes one, and `reflect`, which applies it to a vector.

    Of v the first element is 1 and not stored: in its place stands what is reflected there.
    """
    with bench.function("reflection", NEW) as (n, x, factor):
        _make(bench, Int(bench.b, n), x, factor)
        bench.b.ret()
    with bench.function("reflect", REFLECT) as (n, factor, v, x):
        b, rest = bench.b, Int(bench.b, n) - 1
        first, after = bench.get(x), bench.at(x, 1)
        total = b.add(first, bench.ask("dot", bench.dtype, rest, bench.at(v, 1), after))
        scaled = b.multiply(factor, total)
        bench.put(b.subtract(first, scaled), x)
        bench.call("add", rest, b.negate(scaled), bench.at(v, 1), after)
        b.ret()


def _make(bench: Bench, n: Int, x: Register, factor: Register) -> None:
    """Turn a vector into the reflection that leaves of it the first element alone.

    The signs are LAPACK's: that element is opposite to the one before. Nothing is to be done where
    the rest is zero: the factor is 0 then.
    """
    b, after = bench.b, bench.at(x, 1)
    found = bench.ask("dot", bench.dtype, n - 1, after, after)
    zero, one = bench.number(0), bench.number(1)

    def brought_near_one() -> State:
        scale = bench.ask("largest", bench.dtype, n, x)
        scale = b.select(b.equal(scale, zero), one, scale)
        bench.call("divide", n, scale, x)
        return [bench.ask("dot", bench.dtype, n - 1, after, after), scale]

    whole = b.fma(bench.get(x), bench.get(x), found)
    safe = b.bit_and(is_safe(bench, whole), is_safe(bench, found))
    squares, scale = b.when(safe, lambda: [found, one], brought_near_one)
    first = bench.get(x)
    none = b.equal(squares, zero)

    def keep() -> None:
        bench.put(zero, factor)
        bench.put(b.multiply(first, scale), x)

    def turn() -> None:
        length = b.sqrt(b.fma(first, first, squares))
        made = b.copysign(length, b.negate(first))
        bench.put(b.divide(b.subtract(made, first), made), factor)
        bench.call("divide", n - 1, b.subtract(first, made), after)
        bench.put(b.multiply(made, scale), x)

    b.when(none, keep, turn)


def factor_by_reflections(
    bench: Bench, source: Register, out: Register, sizes: tuple[Int, Int], work: Register
) -> None:
    """Print the factoring of an (m, n) matrix: its columns become rows, factors come after them.

    A panel of columns is factored, then applied to all that are left.
    """
    m, n = sizes
    transpose(bench, source, out, (m, n))
    factors, own = bench.at(out, n * m), bench.b.offset(work, "uint8", product_bytes(bench))
    packed = Packed(out, factors, m, m)
    bench.call("fill", m, bench.number(0), factors)

    def some(begin: Int, end: Int) -> None:
        each(begin, end, 1, lambda k: _column(bench, out, factors, m, (k, end)))
        target = dense(bench, bench.at(out, end * m + begin), m)

        def rest() -> None:
            panel = gather(bench, packed, (begin, end), work, own)
            apply(panel, target, n - end, "plain")

        bench.when(end < n, rest)

    bench.blocks(m.at_most(n), PANEL, some)


def _column(bench: Bench, out: Register, factors: Register, m: Int, span: tuple[Int, Int]) -> None:
    """Make one reflection, and apply it to the columns up to the panel's last."""
    k, end = span
    v, rest, factor = bench.at(out, k * m + k), m - k, bench.at(factors, k)
    bench.call("reflection", rest, v, factor)
    each(
        k + 1,
        end,
        1,
        lambda j: bench.call("reflect", rest, bench.get(factor), v, bench.at(out, j * m + k)),
    )


def transpose(bench: Bench, source: Register, out: Register, sizes: tuple[Int, Int]) -> None:
    """Print the transpose of an (m, n) matrix, by squares that stay in the nearest cache."""
    m, n = sizes

    def square(rows: tuple[Int, Int], columns: tuple[Int, Int]) -> None:
        def element(j: Int, i: Int) -> None:
            bench.put(bench.get(source, i * n + j), out, j * m + i)

        each(*columns, 1, lambda j: each(*rows, 1, lambda i: element(j, i)))

    def strip(begin: Int, end: Int) -> None:
        bench.blocks(n, 16, lambda first, last: square((begin, end), (first, last)))

    bench.blocks(m, 16, strip)


def product_of_reflections(
    bench: Bench, packed: Register, out: Register, sizes: tuple[Int, Int, Int], work: Register
) -> None:
    """Print the first k columns of the product of n reflections of length m, as rows.

    The last panel comes first; rows before its first one are not touched by it.
    """
    m, n, k = sizes
    own = bench.b.offset(work, "uint8", product_bytes(bench))
    reflections = Packed(packed, bench.at(packed, n * m), m, m)
    count = m.at_most(n).at_most(k)

    unit_rows(bench, out, k, m)

    def some(block: Int) -> None:
        begin = block * PANEL
        span = begin, (begin + PANEL).at_most(count)
        panel = gather(bench, reflections, span, work, own)
        target = dense(bench, bench.at(out, begin * m + begin), m)
        apply(panel, target, k - begin, "transposed")

    bench.downwards(bench.count(0), panels_of(bench, count), some)
