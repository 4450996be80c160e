"""The moves that make branches: ifelse of values that nothing else needs, and of others."""

from __future__ import annotations

from .grow import Grower
from .loops import truth
from .program import Array

OTHERS = ("{y}", "{y}", "{y} * 2", "T.tanh({y})", "{y} ** 2", "abs({y}) + 1")
OTHERS += ("T.cumsum({y}, axis=-1)",)
"""What the other side makes of a value."""


def branch(g: Grower) -> list[str] | None:
    """Add a choice between one to three values of each side."""
    pairs = []
    for _ in range(g.choice((1, 1, 1, 2, 3))):
        x, array = _side(g)
        y = _alike(g, x, array)
        if y:
            pairs.append((x, y) if g.chance(0.5) else (y, x))
    if not pairs:
        return None
    then, other = ([pair[k] for pair in pairs] for k in (0, 1))
    known = g.pick(lambda a: a.ndim == 0 and a.dtype.kind in "biu") if g.chance(0.3) else None
    condition = known or truth(g)
    if len(pairs) == 1:
        return g.add(f"ifelse({condition}, {then[0]}, {other[0]})")
    return g.add(f"ifelse({condition}, [{', '.join(then)}], [{', '.join(other)}])", len(pairs))


def _side(g: Grower) -> tuple[str, Array]:
    """Return a value and its array; often one that is grown here, which nothing else can read."""
    known, lines = dict(g.arrays), len(g.lines)
    g.grow(g.choice((0, 1, 1, 2)))
    own = [name for line in g.lines[lines:] for name in line.makes if name in g.arrays]
    name = own[-1] if own else g.choice(known)
    array = g.arrays[name]
    g.arrays = known
    return name, array


def _alike(g: Grower, x: str, array: Array) -> str | None:
    """Return a value of the same type as another one, mostly of its sizes too."""
    alike = g.chance(0.85)

    def fits(a: Array) -> bool:
        return a.ndim == array.ndim and (a.shape == array.shape or not alike)

    y = g.pick(lambda a: fits(a) and (a.dtype.kind != "c" or array.dtype.kind == "c"))
    if y is None:
        return None
    cast = f"T.cast({g.choice(OTHERS).format(y=y)}, {str(array.dtype)!r})"
    made = g.add(f"T.patternbroadcast({cast}, {tuple(g.known[x].broadcastable)})")
    if made:
        del g.arrays[made[0]]
    return made[0] if made else None
