"""Triangular systems and Cholesky factors, by blocks: products do what lies outside of them."""

from __future__ import annotations

from symc.compiler.codegen.factor.bench import Bench, State
from symc.compiler.codegen.factor.products import multiply
from symc.compiler.codegen.product.integers import Int, Matrix, each
from symc.compiler.codegen.register import Register

BLOCK = 48
"""Rows and columns of a block."""

SUBSTITUTION = (
    *(("n", "int64"), ("m", "int64"), ("matrix", "ptr"), ("row", "int64"), ("column", "int64")),
    *(("x", "ptr"), ("work", "ptr")),
)


def dense(bench: Bench, pointer: Register, row: Int) -> Matrix:
    """Return a matrix whose rows are elements side by side."""
    return Matrix(pointer, bench.dtype, row, bench.count(1))


def turned(matrix: Matrix) -> Matrix:
    """Return the transpose of a matrix where it lies."""
    return Matrix(matrix.pointer, matrix.dtype, matrix.column, matrix.row)


# --- substitution


def emit_substitution(bench: Bench, part: str, diagonal: str) -> None:
    """Define the solution, in place, of a triangular system with m columns.

    part       'lower' or 'upper', as the matrix is met by its strides
    diagonal   'unit' where it is 1 and not read, else 'any'
    """
    name = f"{part}_{diagonal}"
    with bench.function(name, SUBSTITUTION) as (n, m, pointer, row, column, x, work):
        b = bench.b
        matrix = Matrix(pointer, bench.dtype, Int(b, row), Int(b, column))
        right = dense(bench, x, Int(b, m))
        walk = _forwards if part == "lower" else _backwards
        walk(bench, (matrix, right, Int(b, n), Int(b, m), work), diagonal)
        b.ret()


System = tuple[Matrix, Matrix, Int, Int, Register]
"""The matrix, the right-hand sides, their sizes n and m, and scratch memory."""


def _forwards(bench: Bench, system: System, diagonal: str) -> None:
    n = system[2]

    def block(begin: Int, end: Int) -> None:
        _take(bench, system, (begin, end), (bench.count(0), begin))
        each(begin, end, 1, lambda i: _row(bench, system, i, (begin, i), diagonal))

    bench.blocks(n, BLOCK, block)


def _backwards(bench: Bench, system: System, diagonal: str) -> None:
    n = system[2]

    def block(begin: Int, end: Int) -> None:
        low, high = n - end, n - begin
        _take(bench, system, (low, high), (high, n))
        bench.downwards(low, high, lambda i: _row(bench, system, i, (i + 1, high), diagonal))

    bench.blocks(n, BLOCK, block)


def _take(bench: Bench, system: System, rows: tuple[Int, Int], known: tuple[Int, Int]) -> None:
    """Take from some rows what the rows known by now contribute."""
    matrix, x, _, m, work = system
    (begin, end), (first, last) = rows, known
    zero = bench.count(0)

    def product() -> None:
        sizes = (end - begin, m, last - first)
        left, right = matrix.part(begin, first), x.part(first, zero)
        multiply(bench, "subtract", work, x.part(begin, zero), left, right, sizes)

    bench.when(first < last, product)


def _row(bench: Bench, system: System, i: Int, known: tuple[Int, Int], diagonal: str) -> None:
    """Finish a row: take from it what those of its block contribute, and divide."""
    b, (matrix, x, _, m, _) = bench.b, system
    zero = bench.count(0)
    mine = x.at(i, zero)

    def term(j: Int) -> None:
        factor = b.negate(b.load(matrix.at(i, j), bench.dtype))
        bench.call("add", m, factor, x.at(j, zero), mine)

    each(*known, 1, term)
    if diagonal == "any":
        bench.call("divide", m, b.load(matrix.at(i, i), bench.dtype), mine)


def zero_on_diagonal(bench: Bench, matrix: Register, n: Int) -> Register:
    """Return as an int64 whether a diagonal has a zero."""
    b = bench.b

    def look(i: Int, state: State) -> State:
        found = b.equal(bench.get(matrix, i * n + i), bench.number(0))
        return [b.bit_or(state[0], b.cast(found, "int64"))]

    (found,) = bench.carry(bench.count(0), n, [bench.count(0).register], look)
    return found


# --- Cholesky


def cholesky(bench: Bench, source: Register, out: Register, n: Int, work: Register) -> Register:
    """Print the factor of a matrix; return as an int64 whether it is not positive definite."""
    b, zero = bench.b, bench.count(0)
    bench.call("copy", n * n, source, out)
    matrix = dense(bench, out, n)

    def block(begin: Register, state: State) -> State:
        first = Int(b, begin)
        last = (first + BLOCK).at_most(n)

        def product() -> None:
            left = matrix.part(first, zero)
            sizes = (n - first, last - first, first)
            target = matrix.part(first, first)
            multiply(bench, "subtract", work, target, left, turned(left), sizes)

        bench.when(zero < first, product)
        return _panel(bench, matrix, n, (first, last), state)

    step = bench.count(BLOCK).register
    (bad,) = b.loop(zero.register, n.register, step, [zero.register], block)
    each(zero, n, 1, lambda i: _clear(bench, matrix, n, i))
    return bad


def _clear(bench: Bench, matrix: Matrix, n: Int, i: Int) -> None:
    """Set what is above the diagonal to zero."""
    bench.call("fill", n - i - 1, bench.number(0), matrix.at(i, i + 1))


def _panel(bench: Bench, matrix: Matrix, n: Int, span: tuple[Int, Int], state: State) -> State:
    """Factor some columns, from which those before are taken already."""
    b, (first, last) = bench.b, span

    def column(j: Int, state: State) -> State:
        mine, length = matrix.at(j, first), j - first

        def rest(i: Int) -> Register:
            taken = bench.ask("dot", bench.dtype, length, matrix.at(i, first), mine)
            return b.subtract(b.load(matrix.at(i, j), bench.dtype), taken)

        left = rest(j)
        good = b.greater(left, bench.number(0))
        root = b.sqrt(left)
        b.store(root, matrix.at(j, j))
        each(j + 1, n, 1, lambda i: b.store(b.divide(rest(i), root), matrix.at(i, j)))
        return [b.bit_or(state[0], b.cast(b.bit_not(good), "int64"))]

    return bench.carry(first, last, state, column)
