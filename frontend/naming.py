"""What Values of a fused module are called: by the user's names, else by what makes them, where."""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Sequence
from pathlib import Path

from symc.compiler.module import Module
from symc.compiler.ops.loop import body_of, operands_of
from symc.compiler.value import Value
from symc.explanation import Line
from symc.passes.fuse.emission import Emission
from symc.passes.fuse.group import Group
from symc.passes.fuse.roots import MOVES, RESHAPED, SOURCES, storage

HIDDEN = (MOVES - {"gather", "concatenate"}) | RESHAPED | SOURCES | {"cast", "dimension"}
"""Operations that a kernel's name does not tell of: they move nothing by themselves."""

WIDEST = 76
"""Characters that are shown of a line."""


class Names:
    """What Values are called: by the user where they have names, else by what makes them.

    told   what was decided about each module that was fused, bodies of loops first
    """

    def __init__(self, fused: Module, told: Sequence[Emission], outputs: Sequence[str]) -> None:
        self.told = told
        self.sites = fused.sites
        self._inputs = [p for p in fused.parameters if p.kind == "input"]
        self._states = [p for p in fused.parameters if p.kind == "state"]
        self._known: dict[Value, str] = {}
        self._taken: set[str] = set()
        self.makers: dict[Value, tuple[Emission, Group]] = {}
        self.olds: dict[Value, Value] = {}
        for emission in told:
            self._note(emission)
        for k, p in enumerate(self._inputs):
            self._known[p.value] = p.name or f"input {k}"
        for k, p in enumerate(self._states):
            self._known[p.value] = p.name or f"shared {k}"
        for index, value in fused.updates:
            self._call(value, f"new {self._known[fused.parameters[index].value]}")
        for k, value in enumerate(fused.outputs):
            name = outputs[k] if k < len(outputs) else ""
            self._call(value, name or (f"output {k}" if len(fused.outputs) > 1 else "output"))

    def _note(self, emission: Emission) -> None:
        """Note which group makes each Value of the fused module."""
        for group in emission.fusion.groups:
            for old in group.members:
                if old in emission.new:
                    new = emission.new[old]
                    self.olds[new] = old
                    self.makers[whole(new)] = (emission, group)
                for proof in emission.proofs.get(old, ()):
                    self.makers[emission.new[proof]] = (emission, group)

    def _call(self, value: Value, name: str) -> None:
        self._known.setdefault(storage(value), name)
        self._taken.add(name)

    def enter(self, loop: Value) -> None:
        """Name what a step of a loop is given, after what the loop is."""
        body, given = body_of(loop), operands_of(loop)
        for leaf, sequence in zip(body.elements, given.sequences, strict=True):
            self._known[leaf] = self._free(f"a row of {self(sequence)}")
        for k, leaf in enumerate(body.states):
            self._known[leaf] = self._free(f"state {k}" if len(body.states) > 1 else "state")
        for leaf, fixed in zip(body.fixed, given.fixed, strict=True):
            self._known[leaf] = self(fixed)

    def parameter(self, place: str, number: int) -> str:
        """Return the name of an input or a shared variable."""
        known = self._inputs if place == "input" else self._states
        return self._known[known[number].value]

    def old(self, value: Value) -> str:
        """Return the name of a Value of a module before it was fused."""
        for emission in self.told:
            if value in emission.new:
                return self(emission.new[value])
        return self._made(value)

    def __call__(self, value: Value) -> str:
        """Return the name of a Value in memory."""
        base = storage(value)
        if base not in self._known:
            self._known[base] = self._free(self._made(self.olds.get(base, base)))
        return self._known[base]

    def _made(self, value: Value) -> str:
        if value.is_constant:
            return "a constant"
        site = self.sites[value.site] if 0 <= value.site < len(self.sites) else None
        word = value.op.name.replace("_", " ")
        if value.op.name == "loop":
            word = "steps run"
        return f"{word} of line {site.line}" if site is not None and site.line else word

    def _free(self, name: str) -> str:
        """Return a name that no other Value has."""
        found, count = name, 2
        while found in self._taken:
            found, count = f"{name} ({count})", count + 1
        self._taken.add(found)
        return found

    def lines(self, emission: Emission, group: Group) -> tuple[Line, ...]:
        """Return the user's lines that a group was made of, with the operations of each."""
        values = [v for v in self._inside(emission, group) if 0 <= v.site < len(self.sites)]
        computing = [v for v in values if v.op.name not in HIDDEN] or values
        found: dict[tuple[str, int], dict[str, None]] = {}
        for value in computing:
            site = self.sites[value.site]
            word = value.op.name.removesuffix("_result")
            found.setdefault((site.file, site.line), {})[word] = None
        return tuple(
            Line(f"{Path(file).name}:{line}" if file else "?", _source(file, line), tuple(names))
            for (file, line), names in sorted(found.items())
        )

    def _inside(self, emission: Emission, group: Group) -> Iterable[Value]:
        values = {v for member in group.members for v in emission.fusion.trees.of(member).inside}
        values.update(group.members)
        values.update(v for v, result in emission.absorbed.items() if result in group.members)
        return sorted(values, key=lambda v: v.number)


def whole(value: Value) -> Value:
    """Return the application that a Value is a result of."""
    return value.operands[0] if value.op.name.endswith("result") else value


def _source(file: str, line: int) -> str:
    """Return a line as it is written, not all of a long one."""
    text = linecache.getline(file, line).strip() if file else ""
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
