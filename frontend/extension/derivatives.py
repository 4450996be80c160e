"""Asks users' operations for their derivatives, and checks what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field

from symc.build import at_line
from symc.compiler.errors import Error
from symc.compiler.types import DISCRETE, FLOATS
from symc.config import config
from symc.exceptions import BadUse, BadValue
from symc.extension.null import disconnected_type, is_disconnected, is_null
from symc.extension.op import MethodNotDefined
from symc.extension.type import is_tensor
from symc.report import complaint, describe
from symc.tensor import elementwise, shaping
from symc.tensor.creation import zeros_like
from symc.variable import Apply


class Received(Struct):
    """What flows back to a variable.

    depends   whether the cost depends on it at all
    terms     the parts of its derivative; none for zero
    null      the variable that says why there is no derivative, or None
    """

    depends: bool = False
    terms: list[Any] = field(default_factory=list)
    null: Any = None

    def total(self, x: Any) -> Any:
        """Return the sum as a variable of the type that derivatives of x have."""
        if not self.depends:
            return disconnected_type()
        if self.null is not None:
            return self.null
        dtype = config.floatX if x.dtype in DISCRETE else x.dtype
        if not self.terms:
            return zeros_like(x, dtype=dtype)
        total = self.terms[0] if len(self.terms) == 1 else elementwise.add(*self.terms)
        return shaping.patternbroadcast(elementwise.cast(total, dtype), x.broadcastable)


def pulled(owner: Apply, received: Sequence[Received]) -> list[Any]:
    """Return for each operand of a user's operation what it receives from the results.

    It is a variable, which may be null, or None where no result depends on the operand.
    """
    pattern = connections(owner)
    reached = [
        any(flag and r.depends for flag, r in zip(flags, received, strict=True))
        for flags in pattern
    ]
    if not any(reached):
        return [None] * len(reached)
    grads = [r.total(y) for y, r in zip(owner.outputs, received, strict=True)]
    nulls = [
        [g for g, flag in zip(grads, flags, strict=True) if flag and is_null(g)]
        for flags in pattern
    ]
    if all(is_null(g) or is_disconnected(g) for g in grads):
        return [found[0] if found else None for found in nulls]
    answers = _asked(owner, grads)
    return [
        (found[0] if found else _checked(owner, k, answers[k])) if reached[k] else None
        for k, found in enumerate(nulls)
    ]


def connections(owner: Apply) -> list[list[bool]]:
    """Return for each operand whether each result depends on it."""
    own = getattr(owner.op, "connection_pattern", None)
    if own is None:
        return [[True] * len(owner.outputs) for _ in owner.inputs]
    pattern = [list(flags) for flags in own(owner)]
    if [len(flags) for flags in pattern] != [len(owner.outputs)] * len(owner.inputs):
        raise _wrong(
            BadValue,
            owner,
            f"{owner.title}: connection_pattern has another form",
            f"{len(owner.inputs)} lists of {len(owner.outputs)} truth values",
            repr(pattern),
        )
    return pattern


def _asked(owner: Apply, grads: list[Any]) -> list[Any]:
    try:
        answers = owner.op.L_op(list(owner.inputs), list(owner.outputs), grads)
    except MethodNotDefined as error:
        raise at_line(error, owner) from None
    if not isinstance(answers, (list, tuple)):
        raise _wrong(BadUse, owner, f"the gradient of {owner.title} is no list", "a list", answers)
    if len(answers) != len(owner.inputs):
        raise _wrong(
            BadValue,
            owner,
            f"the gradient of {owner.title} has another number of terms than it has operands",
            str(len(owner.inputs)),
            len(answers),
        )
    return list(answers)


def _checked(owner: Apply, place: int, term: Any) -> Any:
    """Return one term; None where it is disconnected."""
    x = owner.inputs[place]
    what = f"the gradient of {owner.title} to operand {place}"
    if term is None:
        help = "return grad_undefined(self, k, x), disconnected_type() or zeros_like(x)"
        raise _wrong(BadUse, owner, f"{what} is None", "a variable", "None", help)
    if is_disconnected(term):
        return None
    if is_null(term):
        return term
    if term.dtype not in FLOATS and not term.dtype.startswith("complex"):
        raise _wrong(BadUse, owner, f"{what} is no float", "a float", describe(term))
    if is_tensor(x.type) and term.ndim != x.ndim:
        raise _wrong(
            BadValue, owner, f"{what} has another rank", f"{x.ndim} dimensions", describe(term)
        )
    return term


def _wrong(
    kind: type[Error], owner: Apply, summary: str, expected: str, got: Any, help: str = ""
) -> Error:
    return complaint(kind, summary, owner.location, expected=expected, got=str(got), help=help)


# --- forward


def pushed(owner: Apply, tangents: Sequence[Any]) -> list[Any]:
    """Return for each result how it changes, None for not at all, when operands change.

    tangents   for each operand a variable, or None where it does not change
    """
    try:
        answers = owner.op.R_op(list(owner.inputs), list(tangents))
    except MethodNotDefined as error:
        raise at_line(error, owner) from None
    if not isinstance(answers, (list, tuple)) or len(answers) != len(owner.outputs):
        raise _wrong(
            BadValue,
            owner,
            f"R_op of {owner.title} gives another number than it has results",
            f"a list of {len(owner.outputs)}",
            answers,
        )
    return [None if t is None or is_disconnected(t) else t for t in answers]


def transposed(op: Any, inputs: list[Any], tangents: list[Any]) -> list[Any]:
    """Return how results change, by the transpose of how derivatives flow back.

    What flows back is linear in what the results receive, so its derivative to that, weighted by
    the tangents, is what flows forward.
    """
    from symc.directional import Lop

    owner = op.make_node(*inputs)
    stand_ins = [y.type() if y.type.dtype in FLOATS else None for y in owner.outputs]
    moving = [u for u in stand_ins if u is not None]
    received = [Received(u is not None, [u]) for u in stand_ins]
    flows = [
        (flow, t)
        for flow, t in zip(pulled(owner, received), tangents, strict=True)
        if flow is not None and t is not None and not is_null(flow)
    ]
    if not flows:
        return [None] * len(stand_ins)
    found = iter(
        Lop([f for f, _ in flows], moving, [t for _, t in flows], disconnected_inputs="ignore")
    )
    return [None if u is None else next(found) for u in stand_ins]
