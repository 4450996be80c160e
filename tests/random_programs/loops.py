"""The moves that make loops: scan with all its arguments, map, reduce and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .grow import Grower
from .program import BODY, Array, Leaf, kind_of

ROW_TAPS = ((0,),) * 6 + ((-1,), (1,), (-1, 0), (0, 2), (-2, 1), (0, -1))
STATE_TAPS = ((-1,),) * 6 + ((-2,), (-1, -2), (-3, -1), (-1, -3))
COUNTS = ("0", "1", "1", "2", "3", "4", "7", "-2", "abs({whole}) % 4", "{any}.shape[0]")
NEW = (
    *("{s} * 0.5 + {v}", "T.tanh({s} + {v})", "{v}", "{v}", "{s}[::-1]", "T.maximum({s}, {v})"),
    *("{s} + 1", "T.switch({s} > {v}, {s} * 0.25, {v})", "T.set_subtensor({s}[0], 1)", "{s} % 3"),
    *("T.inc_subtensor({s}[1:], {v}[1:])", "{s} - {v} * 0.1", "T.dot({s}, {s}.T) * 0.1"),
)
DEEPEST = 2


@dataclass
class Call:
    """The arguments of one scan, and what its step is given."""

    rows: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)
    states: list[tuple[Leaf, ...]] = field(default_factory=list)
    given: list[Leaf] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)


def scan(g: Grower) -> list[str] | None:
    """Add a scan."""
    if g.depth >= DEEPEST:
        return None
    call = Call()
    for _ in range(g.choice((0, 1, 1, 2))):
        _add_rows(g, call, g.choice(ROW_TAPS))
    for _ in range(g.choice((0, 1, 1, 2))):
        _add_state(g, call, g.choice(STATE_TAPS))
    options = _options(g, bool(call.rows))
    if options is None or not (call.rows or call.states):
        return None
    return _stepped(g, call, options)


def _options(g: Grower, rows: bool) -> str | None:
    """Return the arguments that are not data."""
    options = []
    if not rows or g.chance(0.4):
        known = {"whole": g.pick_whole(lambda a: a.ndim == 0), "any": g.pick(lambda a: a.ndim > 0)}
        count = g.choice(COUNTS)
        if "{whole}" in count and not known["whole"]:
            return None
        options.append(f"n_steps={count.format(**known)}")
    if g.chance(0.25):
        options.append("go_backwards=True")
    if g.chance(0.15):
        options.append(f"truncate_gradient={g.choice((1, 2, 3, -1))}")
    return "".join(f", {x}" for x in options)


def _add_rows(g: Grower, call: Call, taps: Sequence[int]) -> None:
    x = g.pick(lambda a: 0 < a.ndim < 4 and a.shape[0] > max(*taps, 0) - min(*taps, 0))
    if x is None:
        return
    call.rows.append(x if taps == (0,) else f"dict(input={x}, taps={list(taps)})")
    call.given += [element(g, x) for _ in taps]


def element(g: Grower, x: str) -> Leaf:
    """Return what stands for a row of a value in a step."""
    arrays = tuple(_row(a) for a in (g.arrays[x], g.others.get(x, g.arrays[x])))
    return Leaf(g.fresh("r"), "input", _pattern(g, x)[1:], arrays)


def like(g: Grower, x: str) -> Leaf:
    """Return what stands for a value in a step."""
    arrays = (g.arrays[x], g.others.get(x, g.arrays[x]))
    return Leaf(g.fresh("r"), "input", _pattern(g, x), arrays)


def _row(array: Array) -> Array:
    return array[0] if len(array) else np.zeros(array.shape[1:], array.dtype)


def _pattern(g: Grower, x: str) -> tuple[bool, ...]:
    return tuple(g.known[x].broadcastable)


def _add_state(g: Grower, call: Call, taps: Sequence[int]) -> None:
    depth = -min(taps)
    kinds = "fc" if g.chance(0.8) else "fciub"
    if taps == (-1,):
        x = g.pick(lambda a: a.ndim < 3 and kind_of(a) in kinds)
        initial, made = x, (like(g, x),) if x else ()
    else:
        x = g.pick(lambda a: 0 < a.ndim < 4 and a.shape[0] >= depth and kind_of(a) in kinds)
        initial = f"dict(initial={x}[:{depth}], taps={list(taps)})"
        made = tuple(element(g, x) for _ in taps) if x else ()
    if x:
        call.infos.append(str(initial))
        call.states.append(made)


def _stepped(g: Grower, call: Call, options: str) -> list[str] | None:
    """Grow the step, and add the line."""
    if g.chance(0.4):
        call.fixed.append(str(g.pick()))
    fixed = [like(g, x) for x in call.fixed]
    given = [*call.given, *(x for chain in call.states for x in chain), *fixed]
    inner = g.inside(given)
    inner.grow(g.choice((1, 2, 3, 4)))
    outputs = _outputs(inner, call)
    if outputs is None:
        return None
    updated = _updated(inner) if g.depth == 0 and g.chance(0.12) else None
    step = f"lambda {_names(given)}: ({BODY} ({_returns(inner, outputs, updated)},))[-1]"
    infos = call.infos + ["None"] * (len(outputs) - len(call.infos))
    text = (
        f"symc.scan({step}, sequences=[{', '.join(call.rows)}], "
        f"outputs_info=[{', '.join(infos)}], non_sequences=[{', '.join(call.fixed)}]"
        f"{options}, return_list=True)"
    )
    if updated is None:
        return _added(g, f"{text}[0]", len(outputs), inner)
    state = updated[0]
    text = f"(lambda rows, new: [*rows, new[{state}]])(*{text})"
    made = _added(g, text, len(outputs) + 1, inner)
    g.updates.update({state: made[-1]} if made else {})
    return made


def _outputs(inner: Grower, call: Call) -> list[str] | None:
    """Return the new values of all states, and what else a step returns."""
    states = [new_state(inner, chain[0]) for chain in call.states]
    more = inner.choice((0, 0, 1, 2) if states else (1, 1, 2))
    found = [*states, *(inner.latest(_small) for _ in range(more))]
    return None if None in found else [str(x) for x in found]


def _returns(inner: Grower, outputs: list[str], updated: tuple[str, str] | None) -> str:
    """Return what a step function does, as text."""
    parts = [f"[{', '.join(outputs)}]"]
    parts += [f"{{{updated[0]}: {updated[1]}}}"] if updated else []
    parts += [f"symc.scan_module.until({truth(inner)})"] if inner.chance(0.15) else []
    return ", ".join(parts)


def _names(given: Sequence[Leaf]) -> str:
    return ", ".join(leaf.name for leaf in given)


def _added(g: Grower, text: str, count: int, inner: Grower) -> list[str] | None:
    return g.add(text if count > 1 else f"{text}[0]", count, inner.lines)


def _small(a: Array) -> bool:
    return a.ndim < 3


def new_state(g: Grower, leaf: Leaf) -> str | None:
    """Add the new value of a state."""
    array = leaf.arrays[0]
    for _ in range(3):
        v = g.latest(lambda a: a.shape == array.shape)
        text = g.choice(NEW).format(s=leaf.name, v=v)
        if array.dtype.kind == "b":
            text = f"T.neq({text}, 0)"
        elif array.dtype.kind == "c":
            text = f"0.5 * ({text})"
        cast = f"T.cast({text}, {str(array.dtype)!r})"
        made = g.add(f"T.patternbroadcast({cast}, {leaf.pattern})")
        if made and g.arrays[made[0]].shape == array.shape:
            return made[0]
    return None


def _updated(g: Grower) -> tuple[str, str] | None:
    """Return a shared variable and its new value after a step."""
    shared = [x for x in g.leaves if x.kind == "shared" and x.name not in g.updates]
    if not shared:
        return None
    leaf = g.choice(shared)
    new = new_state(g, leaf)
    return (leaf.name, new) if new else None


def truth(g: Grower) -> str:
    """Return a condition on some value."""
    x = g.pick(lambda a: a.dtype.kind != "c")
    reduced = g.choice(("T.sum", "T.max", "T.mean"))
    return f"{reduced}(T.cast({x}, 'float64')) {g.choice(('>', '<'))} {g.numeral()}"


# --- what keeps less than all rows

FOLDS = {
    "reduce": ("symc.reduce", "[0]"),
    "foldl": ("symc.foldl", "[0]"),
    "foldr": ("symc.foldr", "[0]"),
    "last": ("symc.scan", "[0][-1]"),
}


def fold(g: Grower) -> list[str] | None:
    """Add a reduce, foldl or foldr, or the last row of a scan."""
    if g.depth >= DEEPEST:
        return None
    call = Call()
    _add_rows(g, call, (0,))
    _add_state(g, call, (-1,))
    if not (call.rows and call.states):
        return None
    (state,) = call.states[0]
    inner = g.inside([*call.given, state])
    inner.grow(g.choice((1, 2, 3)))
    new = new_state(inner, state)
    name, end = FOLDS[g.choice(FOLDS)]
    step = f"lambda {_names((*call.given, state))}: ({BODY} {new},)[-1]"
    text = f"{name}({step}, [{call.rows[0]}], [{call.infos[0]}]){end}"
    return g.add(text, 1, inner.lines) if new else None


def map_(g: Grower) -> list[str] | None:
    """Add a map over rows."""
    if g.depth >= DEEPEST:
        return None
    call = Call()
    for _ in range(g.choice((1, 1, 2))):
        _add_rows(g, call, (0,))
    inner = g.inside(call.given)
    inner.grow(g.choice((1, 2, 3)))
    made = inner.latest(_small)
    step = f"lambda {_names(call.given)}: ({BODY} {made},)[-1]"
    options = ", go_backwards=True" if g.chance(0.2) else ""
    if not (call.rows and made):
        return None
    return g.add(f"symc.map({step}, [{', '.join(call.rows)}]{options})[0]", 1, inner.lines)
