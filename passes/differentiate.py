"""Reverse-mode differentiation on Values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from symc.compiler import sizes
from symc.compiler.errors import InternalError, NotSupported, TypeMismatch
from symc.compiler.families import sum_to
from symc.compiler.module import walk
from symc.compiler.op import Undefined
from symc.compiler.ops.arithmetic import add
from symc.compiler.ops.branch import branch, branch_result
from symc.compiler.ops.complex import conjugate, is_complex, real
from symc.compiler.ops.foreign import python, python_result
from symc.compiler.ops.loop import loop, loop_result
from symc.compiler.ops.shape import zeros_like
from symc.compiler.types import COMPLEX, DISCRETE
from symc.compiler.value import Value
from symc.passes.algebra import cast
from symc.passes.loops.branch import pull_branch
from symc.passes.loops.calls import depends_of_call, pull_call
from symc.passes.loops.reverse import pull_loop, reaching
from symc.passes.rewrite import fitted
from symc.passes.tangent import pull

Cotangents = tuple[Any, ...]

RESULTS = (loop_result, branch_result, python_result)
"""What reads one result of an operation that has several."""


class Gradients(Struct, frozen=True):
    """The derivatives of one cost.

    values   for each wrt a Value of its shape, zeros where the derivative is zero, None where the
             cost does not depend on it: the two differ, since only the second is a mistake
    """

    values: tuple[Value | None, ...]


def gradient(
    cost: Value | None,
    wrt: Sequence[Value],
    known: Mapping[Value, Value] | None = None,
    stop: Collection[Value] = (),
    zero_dtype: str = "float64",
    starts: Sequence[tuple[Value, Value]] = (),
) -> Gradients:
    """Differentiate a scalar cost with respect to some Values, leaves or not.

    cost         a 0-d float, or None when `known` says where the cotangents start
    known        cotangents given instead of computed, by the Value they belong to
    stop         Values through which nothing flows
    zero_dtype   dtype of the zeros that stand for the derivative to an integer
    starts       Values with cotangents that they receive beside those computed
    """
    known = known or {}
    sweep = _Sweep(wrt, known, frozenset(stop))
    for value, given in starts:
        sweep.terms.setdefault(value, []).append(given_for(value, given))
    sweep.run([*([] if cost is None else [cost]), *known, *(y for y, _ in starts)], cost)
    return Gradients(tuple(sweep.result(x, zero_dtype) for x in wrt))


def connected(cost: Value, wrt: Sequence[Value], stop: Collection[Value] = ()) -> tuple[bool, ...]:
    """Tell for each wrt whether the cost depends on it at all, through what has a derivative.

    Asked of the expression as written: x - x depends on x, though its simplified form does not.
    """
    reached = {cost}
    stopped = frozenset(stop)
    known: dict[Any, tuple[bool, ...]] = {}  # alike for all uses of an operation on these dtypes
    results: dict[Value, list[int]] = {}
    for value in reversed(list(walk([cost]))):
        if value in reached and value.op in RESULTS:
            results.setdefault(value.operands[0], []).append(value.attribute("index"))
            reached.add(value.operands[0])
            continue
        if value in reached and value not in stopped and value.op.family != "leaf":
            key = value.op, tuple(x.type.dtype for x in value.operands), value.attributes
            flags = known.get(key) if value.op.family == "pointwise" else None
            if value.op is loop:
                flags = (*reaching(value.attribute("body"), results.get(value, [])), False)
            elif value.op is branch:
                flags = (True,) * len(value.operands)
            elif value.op is python:
                flags = depends_of_call(value, results.get(value, []))
            elif flags is None:
                flags = known[key] = tuple(term is not None for term in _pull(value, value))
            reached.update(x for x, flag in zip(value.operands, flags, strict=True) if flag)
    return tuple(x in reached for x in wrt)


class _Sweep:
    """One walk from the cost to the leaves.

    terms   the cotangents that each Value has received; none for a Value that is reached by zero
            derivatives only, no entry for one that is not reached
    """

    def __init__(
        self, wrt: Iterable[Value], known: Mapping[Value, Value], stop: frozenset[Value]
    ) -> None:
        self.wrt = frozenset(wrt)
        self.known = known
        self.stop = stop
        self.terms: dict[Value, list[Value]] = {}
        self.loops: dict[Value, dict[int, Value | None]] = {}
        self.results: dict[Value, dict[int, Value]] = {}

    def run(self, roots: list[Value], cost: Value | None) -> None:
        """Walk from roots back to all that leads to a wrt."""
        order = list(walk(roots))
        useful = self._useful(order)
        if cost is not None and cost not in self.known:
            self.terms[cost] = [_seed(cost)]
        for value, given in self.known.items():
            self.terms[value] = [given_for(value, given)]
        for value in reversed(order):
            if value in self.terms and value.op.family != "leaf" and value not in self.stop:
                with value.context.at(value.site):
                    self._pull(value, useful)

    def _useful(self, order: list[Value]) -> set[Value]:
        """Return the Values that depend on a wrt."""
        useful: set[Value] = set()
        for value in order:
            if value in self.wrt or any(x in useful for x in value.operands):
                useful.add(value)
        return useful

    def _pull(self, value: Value, useful: set[Value]) -> None:
        """Pass a Value's cotangent on to its operands."""
        if not any(x in useful for x in value.operands):
            return
        if value.op in RESULTS:
            self._note_result(value)
            return
        total = self._total(value)
        zero = total is None
        if value.op is python:
            terms = pull_call(value, self.results[value], self.loops[value])
            zero = False
        elif value.op in (loop, branch):
            came = {k: g for k, g in self.loops.get(value, {}).items() if g is not None}
            pull_bodies = pull_loop if value.op is loop else pull_branch
            terms = pull_bodies(value, came, [x in useful for x in value.operands])
            zero = not came
        else:
            terms = _pull(value, value if total is None else total)
        for x, term in zip(value.operands, terms, strict=True):
            if term is None or x not in useful:
                continue
            if isinstance(term, Undefined):
                raise NotSupported(term.reason)
            received = self.terms.setdefault(x, [])
            if (
                not zero
                and not _is_zero(term)
                and x not in self.known
                and x.type.dtype not in DISCRETE
            ):
                received.append(as_cotangent(term, x))

    def _note_result(self, value: Value) -> None:
        """Keep what a result of a loop or a branch has received until all of them have."""
        owner = value.operands[0]
        self.terms.setdefault(owner, [])
        self.loops.setdefault(owner, {})[value.attribute("index")] = self._total(value)
        self.results.setdefault(owner, {})[value.attribute("index")] = value

    def _total(self, value: Value) -> Value | None:
        """Return the sum of the cotangents received; None for zero."""
        terms = self.terms[value]
        if len(terms) > 1:
            self.terms[value] = terms = [add(*terms)]
        return terms[0] if terms else None

    def result(self, x: Value, zero_dtype: str) -> Value | None:
        """Return what a wrt has received."""
        if x not in self.terms:
            return None
        total = self._total(x)
        if total is None:
            dtype = zero_dtype if x.type.dtype in DISCRETE else x.type.dtype
            total = cast(zeros_like(x), dtype)
        return total


def _seed(cost: Value) -> Value:
    if cost.type.ndim or cost.type.dtype in (*DISCRETE, *COMPLEX):
        raise TypeMismatch(f"gradient: the cost is {cost.type}, not a float scalar")
    return cost.context.constant(1, cost.type.dtype)


def given_for(x: Value, given: Value) -> Value:
    """Return a derivative that is given for a Value in its type, noting sizes that must agree."""
    if given.type.ndim != x.type.ndim:
        raise TypeMismatch(f"the derivative given is {given.type}, which is not that of {x.type}")
    for axis, (mine, size) in enumerate(zip(given.type.shape, x.type.shape, strict=True)):
        if not (isinstance(mine, int) and mine == 1):
            sizes.agree(mine, size, f"sizes of dimension {axis} of a given derivative differ")
    return given if x.type.dtype in DISCRETE else fitted(cast(given, x.type.dtype), x)


def _pull(value: Value, g: Value) -> Cotangents:
    """Return for each operand a cotangent, 0, Undefined, or None where nothing depends on it."""
    op, attributes = value.op, dict(value.attributes)
    if op.family == "pointwise" and op.partials is not None:
        partials = op.partials(value, *value.operands, **attributes)
        pairs = zip(partials, value.operands, strict=True)
        return tuple(pull(g, p, value, x) for p, x in pairs)
    if op.vjp is not None:
        return pull_through(g, value)
    raise NotSupported(f"{op.name}: has no gradient")


def pull_through(g: Value, value: Value) -> Cotangents:
    """Pull a cotangent through an operation that says how, if its numbers were real.

    Of a function that has a complex derivative, what is pulled back is the conjugate of what the
    conjugate gives by the rule of real numbers.
    """
    assert value.op.vjp is not None
    terms = value.op.vjp(conjugate(g), value, *value.operands, **dict(value.attributes))
    return tuple(conjugate(t) if isinstance(t, Value) else t for t in terms)


def _is_zero(term: Any) -> bool:
    return isinstance(term, int | float) and term == 0


def as_cotangent(term: Value, x: Value) -> Value:
    """Give a cotangent the shape and dtype of the Value it belongs to.

    The imaginary part of what a real number has pulled back does not move the cost.
    """
    if term.type.ndim != x.type.ndim:
        raise InternalError(f"gradient: the cotangent {term.type} is not that of {x.type}")
    term = real(term) if is_complex(term) and not is_complex(x) else term
    return fitted(cast(sum_to(term, x), x.type.dtype), x)
