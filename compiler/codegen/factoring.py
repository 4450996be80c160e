"""Factorings as native functions: each returns 0, or the number of what went wrong."""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.factor.bench import Bench
from symc.compiler.codegen.factor.elimination import eliminate, solve_eliminated
from symc.compiler.codegen.factor.exponential import exponential
from symc.compiler.codegen.factor.implicit import emit_rotations
from symc.compiler.codegen.factor.products import emit_products, product_bytes
from symc.compiler.codegen.factor.reflections import (
    emit_reflections,
    factor_by_reflections,
    product_of_reflections,
)
from symc.compiler.codegen.factor.scale import emit_largest
from symc.compiler.codegen.factor.singular import emit_turn, find_singular
from symc.compiler.codegen.factor.spectrum import find_spectrum
from symc.compiler.codegen.factor.triangles import cholesky, emit_substitution, zero_on_diagonal
from symc.compiler.codegen.factor.vectors import emit_vectors
from symc.compiler.codegen.product.integers import Int
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.factoring import Factoring

Emit = Callable[[Bench, Factoring, list[Register], list[Int], Register], Register]
"""Prints the body: buffers, sizes and scratch memory to 1 where it fails, else 0, as an int64."""


def emit_factoring(
    b: KernelBuilder, factoring: Factoring, name: str, *, export: bool = True
) -> None:
    """Define a factoring's function.

    It takes (operand..., out, size..., work): dense matrices, which are not the same, and scratch
    memory; any size may be 0. It returns an int64: 0, or the factoring's `fault`.
    """
    bench = Bench(b, factoring.dtype, name)
    emit_vectors(bench)
    if factoring.rules.product:
        emit_products(bench)
    for define in PARTS.get(factoring.kind, ()):
        define(bench)
    count = len(factoring.rules.operands) + 1
    pointers = [(f"buffer{k}", "ptr") for k in range(count)]
    sizes = [(letter, "int64") for letter in factoring.rules.sizes]
    parameters = [*pointers, *sizes, ("work", "ptr")]
    with b.function(name, parameters, "int64", export=export) as registers:
        *given, work = registers
        numbers = [Int(b, r) for r in given[count:]]
        bad = BODIES[factoring.kind](bench, factoring, given[:count], numbers, work)
        b.ret(_report(bench, factoring, bad))


def _report(bench: Bench, factoring: Factoring, bad: Register) -> Register:
    if not factoring.rules.fault:
        return bench.count(0).register
    return bench.b.multiply(bad, bench.count(factoring.fault).register)


def _cholesky(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (source, out), (n,) = buffers, sizes
    bad = cholesky(bench, source, out, n, work)
    if factoring.fails:
        return bad
    nan = bench.number(float("nan"))
    failed = bench.b.not_equal(bad, bench.count(0).register)
    bench.when(failed, lambda: bench.call("fill", n * n, nan, out))
    return bad


def _triangular(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (matrix, right, out), (n, m) = buffers, sizes
    bench.call("copy", n * m, right, out)
    form, part = factoring.options
    one, plain = bench.count(1), form == "plain"
    strides = (n, one) if plain else (one, n)
    met = part if plain else {"lower": "upper", "upper": "lower"}[part]
    bench.call(f"{met}_any", n, m, matrix, *strides, out, work)
    return zero_on_diagonal(bench, matrix, n)


def _lu(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    eliminate(bench, buffers[0], buffers[1], sizes[0], work)
    return bench.count(0).register


def _solve_lu(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (packed, right, out), (n, m) = buffers, sizes
    bench.call("copy", n * m, right, out)
    solve_eliminated(bench, packed, out, (n, m), factoring.options[0], work)
    return zero_on_diagonal(bench, packed, n)


def _substitutions(bench: Bench) -> None:
    for part in ("lower", "upper"):
        for diagonal in ("unit", "any"):
            emit_substitution(bench, part, diagonal)


def _whole_substitutions(bench: Bench) -> None:
    for part in ("lower", "upper"):
        emit_substitution(bench, part, "any")


def _householder(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (source, out), (m, n) = buffers, sizes
    factor_by_reflections(bench, source, out, (m, n), work)
    return bench.count(0).register


def _orthogonal(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (packed, out), (m, n, k) = buffers, sizes
    product_of_reflections(bench, packed, out, (m, n, k), work)
    return bench.count(0).register


def _spectrum(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    return find_spectrum(bench, buffers[0], buffers[1], sizes[0], work, _own(bench, work))


def _singular(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (source, out), (m, n, k) = buffers, sizes
    return find_singular(bench, source, out, (m, n, k), work, _own(bench, work))


def _expm(
    bench: Bench, factoring: Factoring, buffers: list[Register], sizes: list[Int], work: Register
) -> Register:
    (source, out), (n,) = buffers, sizes
    exponential(bench, source, out, n, work, _own(bench, work))
    return bench.count(0).register


def _own(bench: Bench, work: Register) -> Register:
    """Return a factoring's own scratch memory, which comes after that of products."""
    return bench.b.offset(work, "uint8", product_bytes(bench))


BODIES: dict[str, Emit] = {
    "cholesky": _cholesky,
    "solve_triangular": _triangular,
    "lu": _lu,
    "solve_lu": _solve_lu,
    "householder": _householder,
    "orthogonal": _orthogonal,
    "spectrum": _spectrum,
    "singular": _singular,
    "expm": _expm,
}
"""The code of each kind."""

PARTS: dict[str, tuple[Callable[[Bench], None], ...]] = {
    "solve_triangular": (_whole_substitutions,),
    "solve_lu": (_substitutions,),
    "expm": (_substitutions,),
    "householder": (emit_largest, emit_reflections),
    "spectrum": (emit_largest, emit_reflections, emit_rotations),
    "singular": (emit_largest, emit_reflections, emit_rotations, emit_turn),
}
"""The functions that a kind's code calls beside those of vectors and products."""
