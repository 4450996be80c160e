"""Makes random programs from seeds, several to a function so that they share its compilation."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np

from symc.compiler.types import array_dtype

from . import branches, fill, loops, moves, places, slopes
from .forms import MADE
from .grow import Grower, Move
from .program import Array, Leaf, Line, Program

STEPS, TOGETHER = 9, 8  # lines of a program at most; programs of a function
CHANGED = re.compile(r"T\.(?:set|inc)_subtensor\((v\w+)\[")
FLOATS = ("float64",) * 5 + ("float32",) * 3 + ("float16", "bfloat16")
MOVES = (
    [moves.pointwise] * 5 + [moves.arithmetic] * 5 + [moves.smooth] * 2 + [moves.choice] * 2
    + [moves.reduction] * 4 + [moves.scan] * 2 + [moves.ordering] * 2 + [moves.shaping] * 4
    + [moves.joining] * 2 + [moves.product] * 3 + [moves.network] * 2
    + [places.reading] * 4 + [places.writing] * 3 + [places.choosing] + [fill.form] * 8
    + [slopes.gradient] * 3 + [slopes.tangent, slopes.jacobian]
)  # fmt: skip
LOOPING = [loops.scan] * 5 + [loops.fold, loops.map_] + [branches.branch] * 4
"""What makes loops and branches; two batches of five have some in each program."""

SIZES = ((2, 3, 4), (3, 4, 2), (1, 5, 3), (5, 5, 5), (4, 17, 3), (33, 2, 6), (2, 40, 3), (7, 1, 2))
EMPTY = ((0, 3, 2), (3, 0, 4), (2, 3, 0))


def leaves(seed: int) -> tuple[Leaf, ...]:
    """Return inputs and shared variables, with their arrays in two calls."""
    chosen, made = random.Random(seed), np.random.default_rng(seed)
    main = chosen.choice(FLOATS)
    whole = chosen.choice(("int64", "int32", "int8", "uint8", "int16", "uint32", "uint64"))
    first = chosen.choice(SIZES)
    second = chosen.choice(SIZES + EMPTY)
    sizes = [{"n": a, "m": b, "k": c, 1: 1} for a, b, c in (first, second)]
    pair = "complex64" if chosen.random() < 0.3 else "complex128"

    def leaf(name: str, dtype: str, *dims: str | int) -> Leaf:
        kind = "shared" if name.startswith("s") else "input"
        arrays = tuple(values(made, dtype, tuple(size[d] for d in dims)) for size in sizes)
        return Leaf(name, kind, tuple(d == 1 for d in dims), arrays)

    return (
        leaf("x0", main, "n", "m"),
        leaf("x1", main, "n", "m"),
        leaf("x2", main, "m"),
        leaf("x3", main, "n", 1),
        leaf("x4", main),
        leaf("x5", main, "k", "n", "m"),
        leaf("x6", main, "m", "k"),
        leaf("x7", chosen.choice(FLOATS), "n", "m"),
        leaf("x8", whole, "n"),
        leaf("x9", chosen.choice(("int64", "int32")), "n", "m"),
        leaf("x10", "bool", "n", "m"),
        leaf("x11", "int64"),
        leaf("x12", pair, "n", "m"),
        leaf("s0", main, "n", "m"),
        leaf("s1", main, "m"),
        leaf("s2", whole, "n"),
    )


def values(made: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Array:
    """Return small numbers, some of them whole, equal or zero."""
    if dtype == "bool":
        return made.random(shape) < 0.5
    kind = array_dtype(dtype)
    if kind.kind in "iu":
        return np.asarray(made.integers(0 if dtype[0] == "u" else -3, 6, shape)).astype(kind)
    fine = made.normal(size=shape)
    if dtype.startswith("complex"):
        fine = fine + 1j * made.normal(size=shape)
    return np.asarray(np.where(made.random(shape) < 0.2, np.round(fine), fine)).astype(kind)


def grown(
    seed: int, known: tuple[Leaf, ...], number: int, first: Sequence[Move] = ()
) -> tuple[Grower, list[str]]:
    """Return the lines of one program and the names of its outputs.

    first   moves of which one makes the beginning, and which are tried more often than others
    """
    g = Grower(seed, known, number, (*MOVES, *first))
    steps = g.random.randint(3, STEPS)
    if first:
        _begin_by(g, first)
    else:
        begin(g, MADE[seed % len(MADE)])
    g.grow(steps - len(g.lines))
    if first and g.chance(0.5):
        slopes.gradient(g)
    if not g.stands():
        g.lines = []
    made = [name for line in g.lines for name in line.makes]
    used = frozenset().union(*(line.uses for line in g.lines)) if g.lines else frozenset()
    outputs = [name for name in made if name not in used or g.chance(0.1)]
    return g, outputs[-4:]


def _begin_by(g: Grower, first: Sequence[Move]) -> None:
    """Add a line by one of some moves."""
    for _ in range(20):
        if g.choice(first)(g):
            return


def begin(g: Grower, name: str) -> None:
    """Add a line that makes the operation of that name, so that seeds in turn make all."""
    for turn in range(12):
        text = fill.named(g, name, turn // 3)
        if text and g.add(text):
            return


def changed_by(lines: Sequence[Line]) -> list[str]:
    """Return the values of which lines write a part anew: states of them outlive the outputs."""
    written = (CHANGED.match(line.code) for line in lines)
    return [match[1] for match in written if match]


def new_state(g: Grower, shared: Leaf) -> str | None:
    """Add the new value of a shared variable."""
    array = shared.arrays[0]
    shapes = {name: known.shape for name, known in g.arrays.items()}
    changed = [name for name in changed_by(g.lines) if shapes.get(name) == array.shape]
    v = g.choice(changed) if changed and g.chance(0.5) else g.pick(lambda a: a.shape == array.shape)
    cast = f"T.cast({v}, {str(array.dtype)!r})"
    texts = [cast, f"{shared.name} + {cast}", f"T.inc_subtensor({shared.name}[1:], {cast}[1:])"]
    texts += [f"{shared.name}[::-1] * 1", f"T.set_subtensor({shared.name}[0], {cast}[-1])"]
    made = g.add(
        f"T.cast(T.patternbroadcast({g.choice(texts)}, {shared.pattern}), {str(array.dtype)!r})"
    )
    return made[0] if made else None


def batch(seeds: Sequence[int]) -> Program:
    """Return the programs of several seeds as one function of common leaves."""
    known = leaves(seeds[0])
    lines: list[Line] = []
    outputs: list[str] = []
    updates: dict[str, str] = {}
    first = LOOPING if seeds[0] // TOGETHER % 5 in (1, 3) else ()
    for number, seed in enumerate(seeds):
        g, own = grown(seed, known, number, first)
        for leaf in known:
            if leaf.kind == "shared" and leaf.name not in updates:
                new = g.updates.get(leaf.name) or (new_state(g, leaf) if g.chance(0.3) else None)
                updates.update({leaf.name: new} if new else {})
        lines += g.lines
        outputs += own
    return Program(known, tuple(lines), tuple(outputs), tuple(updates.items()), (), f"{seeds[0]}")
