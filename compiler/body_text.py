"""Bodies of loops and arms of branches as text.

    body @b0 depth 0 (%b0/i; %b0/0: float32[3]; %b0/1: float32[]; ) {
      %b0/2: float32[] = sum(%b0/0) {acc_dtype='float64', axes=(0,), dtype='float32'}
      %b0/3: float32[] = add(%b0/1, %b0/2)
      next %b0/3
      keep %b0/2
    }
    arm @b1 height 1 (%b1/0: float32[%x.0]) {
      %b1/1: float32[%x.0] = exp(%b1/0)
      return %b1/1
    }

A body takes the number of the step, rows of sequences, states, and what is fixed. What is made
inside has a name of its own; other names are those of the function, which are sizes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from symc.compiler.module import needs, walk_by
from symc.compiler.ops.branch import Arm
from symc.compiler.ops.loop import Body
from symc.compiler.value import Value

if TYPE_CHECKING:
    from symc.compiler.text import Printer

UNPRINTED = ("parameter", "dimension", "constant", "bound")
"""Leaves that have no line of their own: they are named where they are used."""


class BodyPrinter:
    """Prints one body or arm, in the words of the function that it belongs to."""

    def __init__(self, outer: Printer, body: Body | Arm, name: str) -> None:
        self.outer = outer
        self.body = body
        self.prefix = name
        self.names: dict[Value, str] = {}
        self._count = 0
        if isinstance(body, Body):
            self.names[body.counter] = f"%{name}/i"
        for leaf in body.leaves:
            self._name(leaf)

    def _name(self, value: Value) -> None:
        self.names[value] = f"%{self.prefix}/{self._count}"
        self._count += 1

    def block(self) -> str:
        """Return the head and all that is computed."""
        head = self._body_head if isinstance(self.body, Body) else self._arm_head
        lines = self._body_lines if isinstance(self.body, Body) else self._arm_lines
        own = dict(self.body.rewritten) if isinstance(self.body, Body) else {}
        with self.outer.naming(self.names, own):
            return "\n".join([head(), *lines(), "}"])

    def _leaves(self, leaves: Iterable[Value]) -> str:
        return ", ".join(f"{self.names[x]}: {self.outer.type(x.type)}" for x in leaves)

    # --- bodies

    def _body_head(self) -> str:
        body = self.body
        assert isinstance(body, Body)
        groups = "; ".join(map(self._leaves, (body.elements, body.states, body.fixed)))
        return f"body @{self.prefix} depth {body.depth} ({self.names[body.counter]}; {groups}) {{"

    def _body_lines(self) -> Iterator[str]:
        body, outer = self.body, self.outer
        assert isinstance(body, Body)
        for check in body.checks:
            yield from self._values(x for x in (check.left, check.right) if isinstance(x, Value))
            yield outer.check(check)
        yield from self._values(body.roots)
        yield self._last("next", body.next)
        yield self._last("keep", body.kept)
        if body.stop is not None:
            yield self._last("stop", [body.stop])
        if body.saves != "results":
            yield f"  save {body.saves}"

    # --- arms

    def _arm_head(self) -> str:
        arm = self.body
        assert isinstance(arm, Arm)
        return f"arm @{self.prefix} height {arm.height} ({self._leaves(arm.leaves)}) {{"

    def _arm_lines(self) -> Iterator[str]:
        arm = self.body
        assert isinstance(arm, Arm)
        yield from self._values(arm.results)
        yield self._last("return", arm.results)

    # --- both

    def _last(self, word: str, values: Iterable[Value]) -> str:
        return f"  {word} {', '.join(map(self.outer.name, values))}".rstrip()

    def _values(self, roots: Iterable[Value]) -> Iterator[str]:
        outer = self.outer
        for value in walk_by(roots, lambda v: needs(v, outer.measured)):
            known = value in self.names or value in outer.numbers
            if value.op.name not in UNPRINTED and not known:
                self._name(value)
                yield outer.line(value)
