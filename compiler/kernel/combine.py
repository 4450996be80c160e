"""The combines of the language's reductions, as data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from symc.compiler.errors import InternalError
from symc.compiler.kernel.record import Body, Combine, Scalar

WIDE = {"float16": "float32", "bfloat16": "float32"}
"""What a storage-only dtype is carried in."""


class BodyDraft:
    """A body under construction; positions of scalars stand for them."""

    def __init__(self, parameters: tuple[str, ...]) -> None:
        self.scalars = [Scalar("parameter", (), d, k) for k, d in enumerate(parameters)]

    def __call__(self, op: str, gives: str, *operands: int, **attributes: Any) -> int:
        """Apply a pointwise operation whose result has the dtype `gives`."""
        pairs = tuple(sorted(attributes.items()))
        self.scalars.append(Scalar(op, operands, gives, pairs))
        return len(self.scalars) - 1

    def cast(self, x: int, dtype: str) -> int:
        """Convert, where that changes something."""
        if self.scalars[x].dtype == dtype:
            return x
        return self("cast", dtype, x, dtype=dtype)

    def constant(self, value: float, dtype: str) -> int:
        """Write a number."""
        self.scalars.append(Scalar("constant", (), dtype, value))
        return len(self.scalars) - 1


def make_body(parameters: tuple[str, ...], build: Callable[..., tuple[int, ...]]) -> Body:
    """Return the body that build(draft, *positions of the parameters) writes."""
    draft = BodyDraft(parameters)
    results = build(draft, *range(len(parameters)))
    return Body(parameters, tuple(draft.scalars), results)


def _fold(name: str, op: str, init: Any, dtype: str, acc: str, out: str) -> Combine:
    """Reduce with one associative operation."""
    acc = WIDE.get(acc, acc)
    return Combine(
        name,
        ((acc, init),),
        make_body((acc, dtype), lambda d, s, x: (d(op, acc, s, d.cast(x, acc)),)),
        make_body((acc, acc), lambda d, s, t: (d(op, acc, s, t),)),
        make_body((acc,), lambda d, s: (d.cast(s, out),)),
    )


def _better(d: BodyDraft, relation: str, best: int, x: int) -> int:
    """Tell whether x beats the best so far; the first NaN beats all."""
    beats = d(relation, "bool", x, best)
    if not d.scalars[x].dtype.startswith("float"):
        return beats
    fresh = d("bit_and", "bool", d("isnan", "bool", x), d("equal", "bool", best, best))
    return d("bit_or", "bool", beats, fresh)


def _same(d: BodyDraft, x: int, y: int) -> int:
    """Tell whether two values tie: equal, or both NaN."""
    equal = d("equal", "bool", x, y)
    if not d.scalars[x].dtype.startswith("float"):
        return equal
    both = d("bit_and", "bool", d("isnan", "bool", x), d("isnan", "bool", y))
    return d("bit_or", "bool", equal, both)


def _as_good(d: BodyDraft, relation: str, best: int, x: int) -> int:
    """Tell whether x beats the best so far or ties with it."""
    return d("bit_or", "bool", _better(d, relation, best, x), _same(d, best, x))


Beats = Callable[[BodyDraft, str, int, int], int]


def _position(
    name: str, relation: str, init: str, dtype: str, out: str, beats: Beats = _better
) -> Combine:
    """Find the first position of an extreme; the inputs are a value and its position.

    A carry that has seen nothing holds the other extreme and 0: where it ties with all elements,
    0 is the right answer.
    """
    wide = WIDE.get(dtype, dtype)

    def choose(d: BodyDraft, take: int, best: int, at: int, x: int, i: int) -> tuple[int, ...]:
        return d("switch", wide, take, x, best), d("switch", "int64", take, i, at)

    def step(d: BodyDraft, best: int, at: int, x: int, i: int) -> tuple[int, ...]:
        x = d.cast(x, wide)
        return choose(d, beats(d, relation, best, x), best, at, x, i)

    def merge(d: BodyDraft, best: int, at: int, x: int, i: int) -> tuple[int, ...]:
        first = d("bit_and", "bool", _same(d, best, x), d("less", "bool", i, at))
        take = d("bit_or", "bool", _better(d, relation, best, x), first)
        return choose(d, take, best, at, x, i)

    return Combine(
        name,
        ((wide, init), ("int64", 0)),
        make_body((wide, "int64", dtype, "int64"), step),
        make_body((wide, "int64", wide, "int64"), merge),
        make_body((wide, "int64"), lambda d, best, at: (d.cast(at, out),)),
    )


def _sum(dtype: str, acc: str, out: str) -> Combine:
    return _fold("sum", "add", 0, dtype, acc, out)


def _prod(dtype: str, acc: str, out: str) -> Combine:
    return _fold("prod", "multiply", 1, dtype, acc, out)


def _complex_product(name: str, part: int, dtype: str, acc: str, out: str) -> Combine:
    """Multiply complex numbers, whose parts are the two inputs, and give one part."""

    def step(d: BodyDraft, a: int, b: int, x: int, y: int) -> tuple[int, ...]:
        c, e = d.cast(x, acc), d.cast(y, acc)
        re = d("subtract", acc, d("multiply", acc, a, c), d("multiply", acc, b, e))
        return re, d("add", acc, d("multiply", acc, a, e), d("multiply", acc, b, c))

    return Combine(
        name,
        ((acc, 1), (acc, 0)),
        make_body((acc, acc, dtype, dtype), step),
        make_body((acc, acc, acc, acc), step),
        make_body((acc, acc), lambda d, *parts: (d.cast(parts[part], out),)),
    )


def _prod_real(dtype: str, acc: str, out: str) -> Combine:
    return _complex_product("prod_real", 0, dtype, acc, out)


def _prod_imag(dtype: str, acc: str, out: str) -> Combine:
    return _complex_product("prod_imag", 1, dtype, acc, out)


def _max(dtype: str, acc: str, out: str) -> Combine:
    return _fold("max", "maximum", "min", dtype, dtype, out)


def _supremum(dtype: str, acc: str, out: str) -> Combine:
    return _fold("supremum", "maximum", "min", dtype, dtype, out)


def _min(dtype: str, acc: str, out: str) -> Combine:
    return _fold("min", "minimum", "max", dtype, dtype, out)


def _argmax(dtype: str, acc: str, out: str) -> Combine:
    return _position("argmax", "greater", "min", dtype, out)


def _argmin(dtype: str, acc: str, out: str) -> Combine:
    return _position("argmin", "less", "max", dtype, out)


def _argmax_backwards(dtype: str, acc: str, out: str) -> Combine:
    return _position("argmax", "greater", "min", dtype, out, _as_good)


def _argmin_backwards(dtype: str, acc: str, out: str) -> Combine:
    return _position("argmin", "less", "max", dtype, out, _as_good)


def _all(dtype: str, acc: str, out: str) -> Combine:
    return _fold("all", "bit_and", True, dtype, "bool", out)


def _any(dtype: str, acc: str, out: str) -> Combine:
    return _fold("any", "bit_or", False, dtype, "bool", out)


COMBINES: dict[str, Callable[[str, str, str], Combine]] = {
    "sum": _sum,
    "prod": _prod,
    "prod_real": _prod_real,
    "prod_imag": _prod_imag,
    "max": _max,
    "min": _min,
    "supremum": _supremum,
    "argmax": _argmax,
    "argmin": _argmin,
    # For steps from the last element to the first: of equal ones the last that is met is the one.
    "argmax_backwards": _argmax_backwards,
    "argmin_backwards": _argmin_backwards,
    "all": _all,
    "any": _any,
}


@cache
def combine_for(name: str, dtype: str, acc_dtype: str, out_dtype: str) -> Combine:
    """Return the combine of a reduction operation.

    dtype      of the elements; argmax and argmin take their int64 positions as a second input
    acc_dtype  what 'sum' and 'prod' accumulate in; a storage-only dtype is carried as float32
    out_dtype  of the result
    """
    if name not in COMBINES:
        raise InternalError(f"no reduction {name!r}; there are {', '.join(COMBINES)}")
    return COMBINES[name](dtype, acc_dtype, out_dtype)
