"""Grows random programs line by line, computing each line so that values stay worth comparing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from symc.build import build_module
from symc.compiler.errors import Error, InternalError, ShapeMismatch
from symc.compiler.interpret import interpret
from symc.passes.split import split
from symc.variable import Variable

from .program import Array, Leaf, Line, Slope, assign, kind_of, names

LARGE = 1e3
MOST_ELEMENTS = 4000


class Broken(Exception):
    """A line that fails in a way that no user should see."""


Made = str | list[str] | None
"""A line's text, or the names of what a line that is added already makes."""
Move = Callable[[Any], Made]


class Grower:
    """The lines of one program, with the array of each value in the first call and in the second.

    Sizes of the second call differ: few lines are kept that would make it fail.
    """

    def __init__(
        self, seed: int, leaves: tuple[Leaf, ...], number: int = 0, moves: Sequence[Move] = ()
    ) -> None:
        self.random = random.Random(seed)
        self.moves = moves
        self.prefix, self.own = f"v{number}", "v"
        self.numbers = itertools.count(1)
        self.depth = 0
        self.leaves = leaves
        self.known = names()
        self.arrays: dict[str, Array] = {}
        self.others: dict[str, Array] = {}
        self.lines: list[Line] = []
        self.updates: dict[str, str] = {}
        self._take(leaves)

    def _take(self, leaves: Sequence[Leaf]) -> None:
        for leaf in leaves:
            self.known[leaf.name] = eval(leaf.line, self.known)
            self.arrays[leaf.name], self.others[leaf.name] = leaf.arrays

    def inside(self, given: Sequence[Leaf]) -> Grower:
        """Return what grows a step: it knows all that is known, and what the step is given."""
        inner = copy(self)
        inner.prefix, inner.own = self.fresh("b"), "br"
        inner.depth = self.depth + 1
        inner.known, inner.arrays, inner.others = (
            dict(self.known),
            dict(self.arrays),
            dict(self.others),
        )
        inner.lines = []
        inner._take(given)
        return inner

    def fresh(self, letter: str) -> str:
        """Return a name that nothing in the program has."""
        return f"{letter}{self.prefix[1:].partition('_')[0]}_{next(self.numbers)}"

    # --- what moves ask for

    def pick(self, fits: Callable[[Array], bool] = lambda a: True) -> str | None:
        """Return the name of a value that fits, a recent one more often."""
        found = [name for name, array in self.arrays.items() if fits(array)]
        own = [name for name in found if name[0] in self.own]
        if own and self.random.random() < 0.7:
            return self.random.choice(own[-5:])
        return self.random.choice(found) if found else None

    def latest(self, fits: Callable[[Array], bool]) -> str | None:
        """Return the name of the last value that fits, or of another one."""
        made = [name for line in reversed(self.lines) for name in line.makes]
        found = [name for name in made if name in self.arrays and fits(self.arrays[name])]
        return found[0] if found and self.random.random() < 0.6 else self.pick(fits)

    def pick_float(self, fits: Callable[[Array], bool] = lambda a: True) -> str | None:
        """Return the name of a real number, or array of them."""
        return self.pick(lambda a: kind_of(a) == "f" and fits(a))

    def pick_whole(self, fits: Callable[[Array], bool] = lambda a: True) -> str | None:
        """Return the name of integers."""
        return self.pick(lambda a: a.dtype.kind in "iu" and fits(a))

    def mate(self, name: str) -> str:
        """Return something that broadcasts with a value: another, or a number."""
        shape = self.arrays[name].shape
        if self.random.random() < 0.25:
            return self.numeral()

        def fits(other: Array) -> bool:
            pairs = zip(reversed(shape), reversed(other.shape), strict=False)
            return all(a == b or 1 in (a, b) for a, b in pairs)

        return self.pick(fits) or self.numeral()

    def numeral(self) -> str:
        """Return a number as text."""
        return self.random.choice(["0", "1", "2", "-1", "3", "0.5", "-0.25", "1.5", "1e-3"])

    def chance(self, probability: float) -> bool:
        """Return True so often."""
        return self.random.random() < probability

    def choice(self, items: Any) -> Any:
        """Return one of the items."""
        return self.random.choice(list(items))

    def ancestors(self, name: str) -> list[str]:
        """Return the values that a value is made from, the leaves among them."""
        makers = {made: line for line in self.lines for made in line.makes}
        seen, stack = {name: None}, [name]
        while stack:
            line = makers.get(stack.pop())
            for used in sorted(line.reads) if line else ():
                if used not in seen:
                    seen[used] = None
                    stack.append(used)
        return [x for x in seen if x in self.arrays]

    # --- adding lines

    def grow(self, steps: int) -> None:
        """Add as many lines, by moves, or fewer where many come to nothing."""
        wanted = len(self.lines) + steps
        for _ in range(4 * steps):
            if len(self.lines) >= wanted:
                break
            made = self.choice(self.moves)(self)
            if isinstance(made, str):
                self.add(made)

    def add(
        self, text: str, count: int = 1, body: Sequence[Line] = (), slope: Slope | None = None
    ) -> list[str] | None:
        """Add a line, unless symc refuses it or its values are not worth having."""
        step = f"{self.prefix}_{len(self.lines)}"
        made = [f"{step}_{k}" if count > 1 else step for k in range(count)]
        line = Line(tuple(made), text, tuple(body), slope)
        try:
            values = assign(self.known, line)
            arrays = self._compute(values, self.arrays)
            others = self._compute_second(values)
        except InternalError as error:
            raise self._broken(line, error) from error
        except (Error, IndexError, ValueError) as error:
            return self._dropped(line, error)
        except Exception as error:
            raise self._broken(line, error) from error
        if arrays is None or not all(map(self._worth, arrays)):
            return None
        self.others.update(zip(made, others or (), strict=False))
        self.lines.append(line)
        self.arrays.update(zip(made, arrays, strict=True))
        return made

    def stands(self) -> bool:
        """Tell whether symc takes all lines together: it knows sizes then that may be computed."""
        leaves = [leaf.name for leaf in self.leaves if leaf.kind == "input"]
        made = [self.known[name] for line in self.lines for name in line.makes]
        try:
            build_module([self.known[name] for name in leaves], made)
        except InternalError as error:
            raise self._broken(self.lines[-1], error) from error
        except Error as error:
            self._dropped(self.lines[-1], error)
            return False
        return True

    def _broken(self, line: Line, error: Exception) -> Broken:
        before = "; ".join(map(str, self.lines))
        return Broken(f"{line}: {error!r} after {before}")

    def _dropped(self, line: Line, error: Exception) -> None:
        refused.setdefault(f"{type(error).__name__}: {error}".splitlines()[0][:110], str(line))

    def _compute_second(self, values: list[Any]) -> list[Array] | None:
        """Return the second call's arrays; None where one fails, which is let pass now and then."""
        try:
            return self._compute(values, self.others)
        except (IndexError, ValueError, KeyError):
            if self.chance(0.97):
                raise ShapeMismatch("the second call fails") from None
            return None

    def _compute(self, values: list[Any], known: dict[str, Array]) -> list[Array] | None:
        if not all(isinstance(x, Variable) and x.owner is not None for x in values):
            return None
        inputs = {self.known[name]: array for name, array in known.items()}
        if any(x in inputs for x in values):
            return None
        shared = [x for x in inputs if hasattr(x, "container")]
        given = [x for x in inputs if x not in shared]
        module = build_module(given, values)
        split(module)  # refuses the operations of complex numbers that are not compiled
        held = {x.name: inputs[x] for x in shared}
        states = [held[p.name] for p in module.parameters if p.kind == "state"]
        with np.errstate(all="ignore"):
            return interpret(module, [inputs[x] for x in given], states)[0]

    def _worth(self, array: Array) -> bool:
        if array.size > MOST_ELEMENTS:
            return False
        if kind_of(array) not in "fc" or self.chance(0.05):
            return True
        return bool(np.all(np.isfinite(array)) and np.all(np.abs(array) < LARGE))


refused: dict[str, str] = {}
"""What symc refused, and a line that it refused for that."""
