"""Makes a failing program smaller while it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from symc.compiler.errors import InternalError

from .program import ANY_NAME, Leaf, Line, Program, Slope

Fails = Callable[[Program], bool]


def alone(program: Program, name: str, fails: Fails) -> Program:
    """Return the program with one result alone, if it fails so."""
    outputs = (name,) if name in program.outputs else ()
    updates = tuple(pair for pair in program.updates if pair[0] == name)
    if not outputs and not updates:
        return program
    smaller = replace(program, outputs=outputs, updates=updates).needed()
    return smaller if fails(smaller) else program


def shrunk(program: Program, fails: Fails, tries: int = 200) -> Program:
    """Return a smaller program that fails too: fewer outputs, lines and leaves, simpler ones."""
    progress = True
    while progress and tries > 0:
        progress = False
        for smaller in candidates(program):
            tries -= 1
            if tries <= 0:
                break
            if fails(smaller):
                program, progress = smaller, True
                break
    return program


def candidates(program: Program) -> Iterator[Program]:
    """Yield programs with something less, the largest steps first."""
    yield from _half_results(program)
    yield from _fewer_results(program)
    if program.calls > 1:
        for call in range(program.calls):
            yield replace(
                program,
                leaves=tuple(replace(x, arrays=(x.arrays[call],)) for x in program.leaves),
            )
    if program.givens:
        yield replace(program, givens=()).needed()
    yield from _without_lines(program)
    yield from _shorter_steps(program)
    yield from _plain_leaves(program)


def _half_results(program: Program) -> Iterator[Program]:
    half = len(program.outputs) // 2
    if half > 1:
        for outputs in (program.outputs[:half], program.outputs[half:]):
            yield replace(program, outputs=outputs, updates=()).needed()
            yield replace(program, outputs=outputs).needed()


def _fewer_results(program: Program) -> Iterator[Program]:
    results = len(program.outputs) + len(program.updates)
    if results > 1:
        for k in range(len(program.outputs)):
            yield replace(program, outputs=(program.outputs[k],), updates=()).needed()
        for pair in program.updates:
            yield replace(program, outputs=(), updates=(pair,)).needed()
        for k in range(len(program.outputs)):
            rest = program.outputs[:k] + program.outputs[k + 1 :]
            yield replace(program, outputs=rest).needed()
        for k in range(len(program.updates)):
            rest = program.updates[:k] + program.updates[k + 1 :]
            yield replace(program, updates=rest).needed()


def _without_lines(program: Program) -> Iterator[Program]:
    """Replace what a line makes by another value, or by a new input of the same arrays."""
    for k in reversed(range(len(program.lines))):
        line = program.lines[k]
        rest = program.lines[:k] + program.lines[k + 1 :]
        for used in sorted(line.uses, reverse=True):
            yield _renamed(program, rest, dict.fromkeys(line.makes, used))
        leaf = _as_leaf(program, line) if len(line.makes) == 1 else None
        if leaf:
            made = _renamed(program, rest, {line.makes[0]: leaf.name})
            yield replace(made, leaves=(*program.leaves, leaf)).needed()


def _shorter_steps(program: Program) -> Iterator[Program]:
    """Put another value that a step knows in the place of what a statement of it makes."""
    for k, line in enumerate(program.lines):
        for shorter in _shorter(line):
            lines = (*program.lines[:k], shorter, *program.lines[k + 1 :])
            yield replace(program, lines=lines).needed()


def _shorter(line: Line) -> Iterator[Line]:
    for k in reversed(range(len(line.body))):
        part = line.body[k]
        before, after = line.body[:k], line.body[k + 1 :]
        for used in sorted(part.reads, reverse=True):
            new = dict.fromkeys(part.makes, used)
            rest = tuple(_line_renamed(x, new) for x in after)
            yield replace(line, text=_put(line.text, new), body=(*before, *rest))
        for shorter in _shorter(part):
            yield replace(line, body=(*before, shorter, *after))


def _line_renamed(line: Line, new: dict[str, str]) -> Line:
    body = tuple(_line_renamed(x, new) for x in line.body)
    slope = line.slope
    if slope:
        slope = Slope(_put(slope.cost, new), tuple(_put(x, new) for x in slope.wrt))
    return replace(line, text=_put(line.text, new), body=body, slope=slope)


def _put(text: str, new: dict[str, str]) -> str:
    return ANY_NAME.sub(lambda found: new.get(found[0], found[0]), text)


def _renamed(program: Program, lines: tuple[Line, ...], new: dict[str, str]) -> Program:
    def other(text: str) -> str:
        return _put(text, new)

    return replace(
        program,
        lines=tuple(_line_renamed(line, new) for line in lines),
        outputs=tuple(dict.fromkeys(map(other, program.outputs))),
        updates=tuple((old, other(made)) for old, made in program.updates),
        givens=tuple((old, other(made)) for old, made in program.givens),
    ).needed()


def _as_leaf(program: Program, line: Line) -> Leaf | None:
    """Return an input that stands for what a line makes."""
    variable = program.graph()[line.makes[0]]
    name = "x" + line.makes[0][1:] + "_0"
    arrays = _values(program, line.makes[0])
    return Leaf(name, "input", variable.broadcastable, arrays) if arrays else None


def _values(program: Program, name: str) -> tuple[np.ndarray, ...]:
    """Return what a value is in each call."""
    import symc

    alone = replace(program, outputs=(name,), updates=(), givens=()).needed()
    known = alone.graph()
    inputs = [leaf for leaf in alone.leaves if leaf.kind == "input"]
    function = symc.function(
        [known[leaf.name] for leaf in inputs],
        known[name],
        mode="INTERPRET",
        on_unused_input="ignore",
    )
    found = []
    for call in range(alone.calls):
        for leaf in alone.leaves:
            if leaf.kind == "shared":
                known[leaf.name].set_value(leaf.arrays[call])
        try:
            found.append(function(*(leaf.arrays[call] for leaf in inputs)))
        except (IndexError, ValueError, InternalError):
            return ()
    return tuple(found)


def _plain_leaves(program: Program) -> Iterator[Program]:
    """Make numbers round."""
    for k, leaf in enumerate(program.leaves):
        for simpler in (np.zeros_like, np.ones_like, _rounded):
            arrays = tuple(simpler(a).astype(a.dtype) for a in leaf.arrays)
            if any(a.tobytes() != b.tobytes() for a, b in zip(arrays, leaf.arrays, strict=True)):
                if (
                    sum(np.count_nonzero(a) for a in arrays)
                    == sum(np.count_nonzero(a) for a in leaf.arrays)
                    and simpler is np.zeros_like
                ):
                    continue
                made = replace(leaf, arrays=arrays)
                if _size(made) < _size(leaf):
                    yield replace(
                        program, leaves=(*program.leaves[:k], made, *program.leaves[k + 1 :])
                    )


def _rounded(array: np.ndarray) -> np.ndarray:
    return np.round(array if array.dtype.kind == "c" else array.astype("d"), 1)


def _size(leaf: Leaf) -> int:
    return sum(len(repr(a.tolist())) for a in leaf.arrays)
