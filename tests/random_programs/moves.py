"""The moves by which random programs grow: lines of symc code, one for every kind of operation."""

from __future__ import annotations

from collections.abc import Callable

from .fill import applied
from .forms import POINTWISE
from .grow import Grower

Move = Callable[[Grower], str | None]
USUAL = ("add", "subtract", "multiply", "true_divide", "maximum", "tanh", "exp", "less", "switch")
SMOOTH = ("tanh", "sigmoid", "sin", "cos", "arctan", "erf", "softplus", "exp", "square")


# --- elementwise

FORMS = (
    *("{x} + {y}", "{x} * {y}", "{x} - {y}", "{x} / (1 + {y} ** 2)", "{x} ** {k}", "{y} - {x}"),
    *("-{x}", "abs({x}) + {y}", "{x} * {y} + {x}", "T.log(1 + T.exp({x}))", "1 - T.sigmoid({x})"),
    *("T.log(T.sigmoid({x}))", "T.sqrt({x} ** 2 + 1)", "{x} * 1", "{x} + 0 * {y}", "{x} % 3"),
    *("{x} // 2", "T.log1p(-T.sigmoid({x}))", "T.clip({x}, -1, {y})", "T.exp(T.log({x}))"),
)
"""What programs are made of, and what rules look for."""


def pointwise(g: Grower) -> str | None:
    """Any pointwise operation of the registry."""
    usual = g.chance(0.5)
    return applied(g, g.choice([x for x in POINTWISE if not usual or x.name in USUAL]))


def choice(g: Grower) -> str | None:
    """A choice by a comparison."""
    x = g.pick()
    test = f"{x} {g.choice(('<', '>=', '>', '<='))} {g.mate(x)}"
    return f"T.switch({test}, {g.mate(x)}, {g.mate(x)})"


def smooth(g: Grower) -> str | None:
    """A smooth function of floats, kept small."""
    x = g.pick_float()
    return f"T.{g.choice(SMOOTH)}({x} * {g.choice(('0.5', '0.25', '-0.3', '1'))})" if x else None


def arithmetic(g: Grower) -> str | None:
    """What programs are made of: sums, products and powers of floats."""
    x = g.pick_float()
    if x is None:
        return None
    form = g.choice(FORMS)
    return form.format(x=x, y=g.mate(x), k=g.choice(("2", "3", "0.5", "-1", "0", "1", "-2")))


# --- reductions and scans


def axes(g: Grower, x: str) -> str:
    """Return an axis argument for a value."""
    ndim = g.arrays[x].ndim
    if not ndim or g.chance(0.2):
        return "axis=None"
    if g.chance(0.2):
        return f"axis={sorted(g.random.sample(range(ndim), g.random.randint(1, ndim)))}"
    return f"axis={g.random.randrange(-ndim, ndim)}"


REDUCTIONS = (
    *("sum", "sum", "mean", "max", "min", "prod", "any", "all", "argmax", "argmin", "var", "std"),
    "logsumexp",
)


def reduction(g: Grower) -> str | None:
    """A reduction over some axes."""
    x = g.pick(lambda a: a.ndim > 0)
    if x is None:
        return None
    name = g.choice(REDUCTIONS)
    keep = g.choice(("", ", keepdims=True"))
    if name in ("sum", "prod") and g.chance(0.15):
        keep += f", dtype={g.choice(('float64', 'float32', 'int64'))!r}"
    return f"T.{name}({x}, {axes(g, x)}{keep})"


def scan(g: Grower) -> str | None:
    """Sums, products and differences along an axis."""
    x = g.pick(lambda a: a.ndim > 0)
    if x is None:
        return None
    name, axis = g.choice(("cumsum", "cumprod", "diff")), g.random.randrange(g.arrays[x].ndim)
    return f"T.{name}({x}, axis={axis})"


def ordering(g: Grower) -> str | None:
    """Sorting along an axis, and what it serves."""
    x = g.pick(lambda a: a.ndim > 0)
    if x is None:
        return None
    name = g.choice(("sort", "argsort"))
    return f"T.{name}({x}, axis={g.random.randrange(g.arrays[x].ndim)})"


# --- shapes


def shaping(g: Grower) -> str | None:
    """Another shape of the same elements, or more of them."""
    x = g.pick()
    ndim = g.arrays[x].ndim
    forms = ["T.shape_padleft({x})", "T.shape_padright({x})", "{x}.flatten()", "T.squeeze({x})"]
    forms += ["{x}.T", "{x}.size * 1", "{x} * {x}.shape[0]", "T.zeros_like({x}) + {y}"]
    if ndim:
        order = [*range(ndim), *(["x"] if g.chance(0.4) else [])]
        g.random.shuffle(order)
        forms += [f"{{x}}.dimshuffle({', '.join(map(repr, order))})"] * 3
        forms += [f"T.repeat({{x}}, {g.choice((1, 2, 3))}, axis={g.random.randrange(ndim)})"]
        forms += [f"T.tile({{x}}, {tuple(g.choice((1, 1, 2)) for _ in range(ndim))})"]
        forms += ["{x}.reshape((-1,))", "{x}.reshape((1, {x}.size))", "T.arange({x}.shape[0])"]
    if ndim == 2:
        forms += ["{x}.reshape(({x}.shape[1], {x}.shape[0]))", "T.swapaxes({x}, 0, 1)"]
        forms += ["T.diag({x})", "T.tril({x})", "T.triu({x}, 1)", "T.trace({x})"]
    if ndim == 1:
        forms += ["T.diag({x})", "T.eye({x}.shape[0]) * {x}"]
    return g.choice(forms).format(x=x, y=g.mate(x))


def joining(g: Grower) -> str | None:
    """Values side by side."""
    x = g.pick(lambda a: a.ndim > 0)
    if x is None:
        return None
    axis, array = g.random.randrange(g.arrays[x].ndim), g.arrays[x]

    def fits(a):
        trimmed = [s for k, s in enumerate(a.shape) if k != axis]
        return a.ndim == array.ndim and trimmed == [
            s for k, s in enumerate(array.shape) if k != axis
        ]

    parts = [x, *(g.pick(fits) for _ in range(g.choice((1, 1, 2))))]
    if g.chance(0.3):
        alike = g.pick(lambda a: a.shape == array.shape)
        return f"T.stack([{x}, {alike}], axis={axis})"
    return f"T.concatenate([{', '.join(parts)}], axis={axis})"


# --- products


def product(g: Grower) -> str | None:
    """Products of vectors, matrices and stacks."""
    x = g.pick(lambda a: 0 < a.ndim < 4)
    if x is None:
        return None
    a = g.arrays[x]
    forms = []
    for y, b in g.arrays.items():
        if b.ndim in (1, 2) and a.ndim < 3 and a.shape[-1] == b.shape[0]:
            forms.append(f"T.dot({x}, {y})")
        if a.ndim == b.ndim == 3 and a.shape[0] == b.shape[0] and a.shape[2] == b.shape[1]:
            forms.append(f"T.batched_dot({x}, {y})")
        if a.ndim == b.ndim == 2 and a.shape[0] == b.shape[0]:
            forms += [f"T.dot({x}.T, {y})", f"T.tensordot({x}, {y}, axes=[[0], [0]])"]
        if a.ndim == b.ndim == 1:
            forms.append(f"T.outer({x}, {y})")
        if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[1]:
            forms.append(f"T.dot({x}, {y}.T)")
    return f"{g.choice(forms)} * {g.choice(('1', '0.1', '2'))}" if forms else None


# --- networks


def network(g: Grower) -> str | None:
    """The functions of networks."""
    x = g.pick_float(lambda a: a.ndim == 2)
    if x is None:
        return None
    rows = g.arrays[x].shape[0]
    labels = g.pick_whole(lambda a: a.ndim == 1 and a.size == rows)
    forms = ["T.nnet.softmax({x})", "T.nnet.logsoftmax({x})", "T.log(T.nnet.softmax({x}))"]
    forms += ["T.nnet.relu({x}, 0.1)", "T.nnet.elu({x})", "T.nnet.hard_sigmoid({x})"]
    forms += ["T.nnet.ultra_fast_sigmoid({x})", "T.nnet.binary_crossentropy(T.sigmoid({x}), 0.3)"]
    if labels:
        inside = f"(abs({labels}) % {{x}}.shape[1])"
        forms += [f"T.nnet.categorical_crossentropy(T.nnet.softmax({{x}}), {inside})"] * 2
        forms += [f"-T.log(T.nnet.softmax({{x}}))[T.arange({{x}}.shape[0]), {inside}]"]
    return g.choice(forms).format(x=x)
