"""The moves that differentiate what has grown."""

from __future__ import annotations

from .grow import Grower
from .program import Slope, kind_of


def gradient(g: Grower) -> list[str] | None:
    """Add the gradient of a scalar cost with respect to what it is made from."""
    y = g.pick_float()
    floats = [x for x in g.ancestors(y) if kind_of(g.arrays[x]) == "f"] if y else []
    if len(floats) < 2:
        return None
    wrt = g.random.sample(floats, min(len(floats), g.choice((1, 2))))
    cost = g.choice(("T.sum({y})", "T.mean({y} ** 2)", "T.sum({y} * {m})", "T.sum(T.tanh({y}))"))
    text = cost.format(y=y, m=g.mate(y))
    options = "disconnected_inputs='ignore'"
    slope = Slope(text, tuple(wrt))
    if len(wrt) == 1:
        return g.add(f"T.grad({text}, {wrt[0]}, {options})", slope=slope)
    return g.add(f"T.grad({text}, [{', '.join(wrt)}], {options})", len(wrt), slope=slope)


def tangent(g: Grower) -> list[str] | None:
    """Add the R-operator of a value."""
    y = g.pick_float()
    floats = [x for x in g.ancestors(y) if kind_of(g.arrays[x]) == "f"] if y else []
    if len(floats) < 2:
        return None
    x = g.choice(floats[1:])
    v = g.pick(lambda a: a.dtype == g.arrays[x].dtype and a.shape == g.arrays[x].shape)
    return g.add(f"T.Rop({y}, {x}, {v}, disconnected_outputs='ignore')") or g.add(
        f"T.Rop({y}, {x}, {v})"
    )


def jacobian(g: Grower) -> list[str] | None:
    """Add the jacobian of a vector."""
    y = g.pick_float(lambda a: a.ndim == 1 and 0 < a.size < 10)
    floats = [x for x in g.ancestors(y) if kind_of(g.arrays[x]) == "f"] if y else []
    if len(floats) < 2:
        return None
    return g.add(f"T.jacobian({y}, {g.choice(floats[1:])}, disconnected_inputs='ignore')")
