"""Generated products of bfloat16: sizes, storage, epilogues, targets, printers, threads."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from brain import nearest
from msgspec.structs import replace
from native import host_level, host_targets
from products import Compiled, arguments, exact_product, records, sum_bound
from running import native

from symc.compiler.codegen.halves import amx
from symc.compiler.codegen.halves.tile import TILES
from symc.compiler.kernel.contraction import interpret, parse, to_text
from symc.compiler.ops.logic import cast
from symc.compiler.ops.product import batched_dot, dot
from symc.compiler.target.isa import EXTENDED, host_target
from tests.passes.graphs import build

BRAIN = host_target().brain
NAMES = {"": [], "pairs": ["x86-64-v4-bf16"], "tiles": ["x86-64-v4-bf16", "x86-64-v4-amx"]}[BRAIN]
LOWER = [host_level(), *(t.name for t in host_targets() if t.name not in EXTENDED)]
targets = pytest.mark.parametrize("target", [*dict.fromkeys([*LOWER, *NAMES]), "scalar"])
STORAGE = ("plain00", "plain01", "plain10", "plain11")
SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 64, 65)
DEPTHS = (1, 2, 3, 5, 15, 16, 17, 31, 32, 33, 47, 64, 65, 70, 100)


def made():
    return {
        name: replace(record, factors="bfloat16") for name, record in records("float32").items()
    }


@cache
def unit_of(target, printer="llvm"):
    return Compiled(made(), target, printer)


def check(unit, name, shape, seed=0):
    contraction = unit.contractions[name]
    left, right = arguments(contraction, shape, seed)
    got = unit.run(name, left, right)
    left, right = left.astype("float32"), right.astype("float32")
    error = np.abs(got - exact_product(contraction, left, right))
    assert (error <= 1.01 * sum_bound(contraction, left, right)).all(), (name, shape, error.max())


def test_text_is_read_back():
    for record in made().values():
        assert parse(to_text(record)) == record
        assert "of bfloat16" in to_text(record)
    assert "of" not in to_text(records("float32")["plain00"]).split()


@targets
def test_every_edge_of_a_tile(target):
    unit = unit_of(target)
    for number, (m, n) in enumerate(product(SIZES, SIZES)):
        check(unit, STORAGE[number % 4], (1, m, n, DEPTHS[number % len(DEPTHS)]))


@targets
@pytest.mark.parametrize("name", STORAGE)
def test_blocked_sizes(target, name):
    unit = unit_of(target)
    for shape in [(1, 5, 3, 1100), (1, 600, 33, 520), (1, 30, 1100, 40), (1, 530, 540, 600)]:
        check(unit, name, shape)


@targets
def test_bits_depend_neither_on_storage_nor_on_the_batch(target):
    unit = unit_of(target)
    for shape in [(3, 40, 50, 70), (2, 130, 33, 1030), (3, 9, 9, 9)]:
        left, right = arguments(unit.contractions["plain00"], shape)
        wanted = unit.run("plain00", left, right)
        stored = [(x, x.swapaxes(1, 2).copy()) for x in (left, right)]
        for name in STORAGE:
            operands = stored[0][int(name[5])], stored[1][int(name[6])]
            assert np.array_equal(unit.run(name, *operands), wanted), (name, shape)
        alone = [unit.run("plain00", left[i : i + 1], right[i : i + 1]) for i in range(shape[0])]
        assert np.array_equal(np.concatenate(alone), wanted)


@targets
def test_bits_depend_on_no_block(target):
    """Rows and columns of a product are those of a product of the rows and columns."""
    unit = unit_of(target)
    left, right = arguments(unit.contractions["plain00"], (1, 300, 600, 1030))
    whole = unit.run("plain00", left, right)
    for rows, columns in [(slice(0, 40), slice(0, 48)), (slice(250, 300), slice(500, 600))]:
        part = unit.run("plain00", left[:, rows].copy(), right[:, :, columns].copy())
        assert np.array_equal(part, whole[:, rows, columns])


@targets
@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (1, 0, 4, 5), (1, 3, 0, 5), (2, 33, 40, 0)])
def test_empty_sizes(target, shape):
    unit = unit_of(target)
    for name in STORAGE:
        left, right = arguments(unit.contractions[name], shape)
        assert np.array_equal(unit.run(name, left, right), np.zeros(shape[:3], "float32"))


@targets
@pytest.mark.parametrize("name", ["tanh", "descent", "mixed", "half"])
def test_epilogues(target, name):
    unit = unit_of(target)
    contraction = unit.contractions[name]
    for shape in [(2, 9, 17, 33), (1, 300, 70, 1200), (1, 130, 530, 40), (1, 1, 50, 9)]:
        given = arguments(contraction, shape)
        got = unit.run(name, *given).astype("float64")
        wanted = interpret(contraction, *given).astype("float64")
        far = 2.0**-10 if name == "half" else 1e-4
        np.testing.assert_allclose(got, wanted, rtol=far, atol=far)
        if name == "descent":
            assert np.array_equal(unit.run(name, *given, out=0), got.astype("float32"))


def test_other_printers():
    for target, printer in [(host_target().name, "mlir"), ("scalar", "mlir")]:
        unit, other = unit_of(target), unit_of(target, printer)
        for shape in [(1, 5, 7, 9), (2, 70, 40, 100), (1, 130, 530, 600)]:
            for name in (*STORAGE, "tanh", "half"):
                given = arguments(unit.contractions[name], shape)
                assert np.array_equal(unit.run(name, *given), other.run(name, *given))


@targets
def test_what_is_not_finite_stays_where_it_is(target):
    unit = unit_of(target)
    left, right = arguments(unit.contractions["plain00"], (1, 40, 50, 70))
    left[0, 3, 5], right[0, 7, 11] = np.nan, np.inf
    got = unit.run("plain00", left, right)[0]
    assert np.isnan(got[3]).all()
    assert not np.isfinite(np.delete(got[:, 11], 3)).any()
    assert np.isfinite(np.delete(np.delete(got, 3, 0), 11, 1)).all()


amx_only = pytest.mark.skipif(BRAIN != "tiles", reason="needs AMX")


@amx_only
def test_large_products_are_computed_by_amx():
    unit = unit_of(host_target().name)
    for shape, way in [((1, 64, 64, 64), TILES), ((1, 8, 64, 64), 0), ((1, 64, 64, 8), 0)]:
        check(unit, "plain00", shape)
        assert unit.field("plain00", "way") == way


@amx_only
def test_a_system_that_lends_no_tiles_is_done_without(monkeypatch):
    monkeypatch.setattr(amx, "TILE_DATA", 63)
    refused = Compiled({"plain00": made()["plain00"]}, host_target().name, "llvm")
    plain = unit_of("x86-64-v4-bf16")
    for shape in [(1, 64, 64, 64), (1, 130, 540, 600)]:
        check(refused, "plain00", shape)
        assert refused.field("plain00", "way") == 0
        given = arguments(plain.contractions["plain00"], shape)
        assert np.array_equal(refused.run("plain00", *given), plain.run("plain00", *given))


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_threads_and_printers_give_the_same_bits(printer):
    def wide(op):
        return lambda x, y: cast(op(x, y), dtype="float32")

    for op, shape in [(dot, (300, 520)), (dot, (1100, 70)), (batched_dot, (5, 200, 300))]:
        rank = len(shape)
        module = build(wide(op), ("bfloat16", rank), ("bfloat16", rank))
        rng = np.random.default_rng(1)
        left = nearest_of(rng, (*shape[:-1], 260))
        right = nearest_of(rng, (*shape[:-2], 260, shape[-1]))
        runs = [native(module, printer=printer, threads=threads)[0] for threads in (1, 3)]
        alone, shared = (run(left, right)[0] for run in runs)
        assert alone.tobytes() == shared.tobytes()
        assert alone.tobytes() == native(module, threads=2)[0](left, right)[0].tobytes()


def nearest_of(rng, shape):
    return nearest(rng.integers(-99, 99, shape) / 64)
