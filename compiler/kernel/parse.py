"""Reads kernels from the text that `symc.compiler.kernel.text` prints."""

from __future__ import annotations

import ast
import math
import re
from typing import Any

from symc.compiler.errors import InternalError
from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Body,
    Buffer,
    Carry,
    Combine,
    Index,
    Kernel,
    Picked,
    Read,
    Reduction,
    Scalar,
    SizeName,
    Stage,
    Write,
)
from symc.compiler.kernel.text import LEAVES

KERNEL = re.compile(r"kernel sizes=(\d+) checks=(\d+)")
BUFFER = re.compile(r"buffer \d+ (\w+) (\w+)\[(.*)\]")
COMBINE = re.compile(r"combine \d+ (\w+)")
INIT = re.compile(r" init (\w+) (.+)")
AXIS = re.compile(r"(?:outer| axis) (\w+) < (\w+)")
BODY = re.compile(r" (?:step|merge|finish)\((.*)\)")
RESULTS = re.compile(r"  -> \((.*)\)")
SCALAR = re.compile(r"  %\d+: (\w+) = (\w+)(.*)")
PLACE = re.compile(r" b(\d+)\[(.*)\](?: if %(\d+))?")
CALL = re.compile(r"\((.*?)\)(?: (.+))?")
REDUCE = re.compile(r"  reduce combine (\d+) \((.*)\)")
CARRY = re.compile(r"  carry (\w+) (.+) -> %(\d+)")
WRITE = re.compile(r"  (store|add)( b\d+\[.*\]) = %(\d+)(?: if %(\d+))?")
PICKED = re.compile(r"%(\d+)(?:!(\d+))?")
NAMES = {"nan": math.nan, "inf": math.inf}


def parse(text: str) -> Kernel:
    """Return the kernel that a text describes; raise InternalError at a line that is none."""
    return _Reader(text).kernel()


def parse_literal(text: str) -> Any:
    """Read an attribute's value: None, a truth, a number, a string or a tuple of those."""
    return _value(ast.parse(text, mode="eval").body)


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Tuple(elts=elements):
            return tuple(_value(element) for element in elements)
        case ast.Name(id=name) if name in NAMES:
            return NAMES[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Constant(value=value):
            return value
    raise InternalError(f"no literal: {ast.unparse(node)}")


def _positions(text: str) -> tuple[int, ...]:
    return tuple(int(item.removeprefix("%")) for item in _items(text))


def _items(text: str) -> list[str]:
    return text.split(", ") if text else []


def _size(text: str) -> SizeName:
    return text if text.startswith("s") else int(text)


def _index(text: str) -> Index:
    picked = PICKED.fullmatch(text)
    if picked:
        return Picked(int(picked[1]), int(picked[2]) if picked[2] else -1)
    terms: list[tuple[str, SizeName]] = []
    constant = 0
    for item in text.split(" + "):
        factor, star, name = item.rpartition("*")
        if star:
            terms.append((name, _size(factor)))
        elif item[0].isalpha():
            terms.append((item, 1))
        else:
            constant = int(item)
    return Affine(tuple(terms), constant)


def _access(text: str) -> tuple[int, tuple[Index, ...], int | None]:
    found = PLACE.fullmatch(text)
    if not found:
        raise InternalError(f"no place in a buffer: {text!r}")
    guard = None if found[3] is None else int(found[3])
    return int(found[1]), tuple(map(_index, _items(found[2]))), guard


def _scalar(line: re.Match[str]) -> Scalar:
    dtype, op, rest = line[1], line[2], line[3]
    if op == "read":
        return Scalar(op, (), dtype, Read(*_access(rest)))
    if op in LEAVES:
        return Scalar(op, (), dtype, parse_literal(rest.strip()))
    call = CALL.fullmatch(rest)
    if not call:
        raise InternalError(f"no operation: {line[0]!r}")
    return Scalar(op, _positions(call[1]), dtype, parse_literal(call[2]) if call[2] else ())


class _Reader:
    """Walks the lines of one text."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.at = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the next line if it has this form, and pass it."""
        line = self.lines[self.at] if self.at < len(self.lines) else ""
        found = pattern.fullmatch(line)
        self.at += found is not None
        return found

    def need(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Return the next line, which must have this form."""
        found = self.take(pattern)
        if found is None:
            line = self.lines[self.at] if self.at < len(self.lines) else "the end"
            raise InternalError(f"line {self.at + 1} is not {pattern.pattern!r}: {line}")
        return found

    def many(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Return the next lines, as many as have this form."""
        found = []
        while (line := self.take(pattern)) is not None:
            found.append(line)
        return found

    def kernel(self) -> Kernel:
        """Read the whole text."""
        head = self.need(KERNEL)
        buffers = tuple(
            Buffer(b[2], tuple(map(_size, _items(b[3]))), b[1])  # type: ignore[arg-type]  # a role
            for b in self.many(BUFFER)
        )
        combines = []
        while (line := self.take(COMBINE)) is not None:
            combines.append(self.combine(line[1]))
        outer = self.axes()
        stages = []
        while self.at < len(self.lines):
            stages.append(self.stage(combines))
        return Kernel(int(head[1]), buffers, outer, tuple(stages), int(head[2]))

    def axes(self) -> tuple[Axis, ...]:
        """Read axes, outer or inner."""
        return tuple(Axis(a[1], _size(a[2])) for a in self.many(AXIS))

    def combine(self, name: str) -> Combine:
        """Read a combine after its first line."""
        init = tuple((i[1], parse_literal(i[2])) for i in self.many(INIT))
        return Combine(name, init, self.body(), self.body(), self.body())

    def body(self) -> Body:
        """Read a body."""
        parameters = tuple(_items(self.need(BODY)[1]))
        scalars = tuple(map(_scalar, self.many(SCALAR)))
        return Body(parameters, scalars, _positions(self.need(RESULTS)[1]))

    def stage(self, combines: list[Combine]) -> Stage:
        """Read a stage."""
        self.need(re.compile("stage"))
        axes = self.axes()
        scalars = tuple(map(_scalar, self.many(SCALAR)))
        reductions = tuple(
            Reduction(combines[int(r[1])], _positions(r[2])) for r in self.many(REDUCE)
        )
        carries = tuple(Carry(c[1], parse_literal(c[2]), int(c[3])) for c in self.many(CARRY))
        return Stage(axes, scalars, reductions, carries, tuple(map(_write, self.many(WRITE))))


def _write(line: re.Match[str]) -> Write:
    buffer, index, _ = _access(line[2])
    guard = None if line[4] is None else int(line[4])
    return Write(buffer, index, int(line[3]), line[1], guard)  # type: ignore[arg-type]  # a mode
