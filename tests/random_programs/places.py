"""The moves that read and write at places: slices, arrays of indices, masks."""

from __future__ import annotations

from .grow import Grower


def bound(g: Grower, size: int) -> str:
    """Return a bound of a slice, often a computed one."""
    if g.chance(0.4):
        return ""
    if g.chance(0.25):
        scalar = g.pick_whole(lambda a: a.ndim == 0 and abs(int(a)) < 100)
        if scalar:
            return scalar
    return str(g.random.randint(-size - 1, size + 1))


def slice_(g: Grower, size: int) -> str:
    """Return a slice."""
    step = g.choice(("", "", "", ":2", ":-1", ":-2", ":3"))
    return f"{bound(g, size)}:{bound(g, size)}{step}"


def number(g: Grower, size: int) -> str:
    """Return one place inside."""
    if not size:
        return ":"
    scalar = g.pick_whole(lambda a: a.ndim == 0 and -size <= int(a) < size)
    return scalar if scalar and g.chance(0.4) else str(g.random.randrange(-size, size))


def array(g: Grower, size: int, ndim: int | None = None) -> str | None:
    """Return an array of places, kept inside by the remainder."""
    name = g.pick_whole(lambda a: 0 < a.ndim < 3 and (ndim is None or a.ndim == ndim))
    if g.chance(0.3) and size:
        count = g.random.randint(1, 4)
        return f"[{', '.join(str(g.random.randrange(-size, size)) for _ in range(count))}]"
    return f"T.cast({name}, 'int64') % {max(size, 1)}" if name and size else None


def index(g: Grower, x: str) -> str | None:
    """Return an index into a value: slices and numbers, or an array, or two along leading axes."""
    shape = g.arrays[x].shape
    kind = g.random.random()
    if kind < 0.25:
        first = array(g, shape[0])
        rest = [slice_(g, s) for s in shape[1:]] if g.chance(0.3) else []
        return ", ".join([first, *rest]) if first else None
    if kind < 0.35 and len(shape) > 1:
        both = [array(g, s, 1) for s in shape[:2]]
        return ", ".join(both) if all(both) else None
    parts = [
        g.choice((slice_, slice_, number))(g, s) for s in shape[: g.random.randint(1, len(shape))]
    ]
    if g.chance(0.1):
        parts.insert(g.random.randrange(len(parts) + 1), "None")
    if g.chance(0.1) and len(parts) < len(shape):
        parts.insert(0, "...")
    return ", ".join(parts)


def mask(g: Grower, x: str) -> str:
    """Return a mask of a value."""
    shape = g.arrays[x].shape
    known = g.pick(lambda a: a.dtype.kind == "b" and a.ndim > 0 and a.shape == shape[: a.ndim])
    return known if known and g.chance(0.5) else f"{x} > {g.numeral()}"


def reading(g: Grower) -> str | None:
    """Read at an index."""
    x = g.pick(lambda a: a.ndim > 0)
    place = x and index(g, x)
    return f"{x}[{place}]" if place else None


def writing(g: Grower) -> str | None:
    """Write or add at an index."""
    x = g.pick(lambda a: a.ndim > 0)
    place = x and index(g, x)
    if not place:
        return None
    if g.chance(0.2):
        place = mask(g, x)
    name = g.choice(("set_subtensor", "inc_subtensor"))
    old = f"{x}[{place}]"
    new = g.numeral() if g.chance(0.3) else g.mate(x)
    new = f"T.cast({new}, {str(g.arrays[x].dtype)!r})" if g.chance(0.9) else new
    return f"T.{name}({old}, {g.choice((new, new, f'{old} * 2 + 1'))})"


def choosing(g: Grower) -> str | None:
    """Take and choose."""
    x = g.pick(lambda a: a.ndim > 0)
    if x is None:
        return None
    axis = g.random.randrange(g.arrays[x].ndim)
    places = array(g, g.arrays[x].shape[axis])
    if not places:
        return None
    return f"T.take({x}, {places}, axis={axis})"
