"""Kernels as text: deterministic, readable, and read back by `parse`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Body,
    Carry,
    Combine,
    Index,
    Kernel,
    Read,
    Reduction,
    Scalar,
    Stage,
    Write,
)
from symc.compiler.literal import print_attribute

LEAVES = frozenset({"constant", "axis", "size", "read", "result", "parameter", "carried"})
"""Scalars that are no operation."""


def to_text(kernel: Kernel) -> str:
    """Print a kernel; equal records give equal text, and parsing gives an equal record.

    An index is a sum of coefficient*name terms, or %n for a picked one, with !k for its check.
    """
    combines = list(dict.fromkeys(r.combine for stage in kernel.stages for r in stage.reductions))
    lines = [f"kernel sizes={kernel.sizes} checks={kernel.checks}"]
    lines += [
        f"buffer {k} {b.role} {b.dtype}{_tuple('[', b.shape, ']')}"
        for k, b in enumerate(kernel.buffers)
    ]
    for k, combine in enumerate(combines):
        lines += _combine(k, combine)
    lines += [_axis("outer", axis) for axis in kernel.outer]
    for stage in kernel.stages:
        lines += _stage(stage, combines)
    return "\n".join(lines) + "\n"


def _tuple(left: str, items: Iterable[Any], right: str) -> str:
    return left + ", ".join(map(str, items)) + right


def _axis(word: str, axis: Axis) -> str:
    return f"{word} {axis.name} < {axis.size}"


def _index(index: Index) -> str:
    if not isinstance(index, Affine):
        return f"%{index.scalar}" + (f"!{index.check}" if index.check >= 0 else "")
    terms = [name if factor == 1 else f"{factor}*{name}" for name, factor in index.terms]
    if index.constant or not terms:
        terms.append(str(index.constant))
    return " + ".join(terms)


def _place(access: Read | Write) -> str:
    return f"b{access.buffer}" + _tuple("[", map(_index, access.index), "]")


def _guard(access: Read | Write) -> str:
    return "" if access.guard is None else f" if %{access.guard}"


def _scalar(position: int, scalar: Scalar) -> str:
    head = f"  %{position}: {scalar.dtype} = {scalar.op}"
    if scalar.op == "read":
        return f"{head} {_place(scalar.attribute)}{_guard(scalar.attribute)}"
    if scalar.op in LEAVES:
        return f"{head} {print_attribute(scalar.attribute)}"
    operands = _tuple("(", (f"%{k}" for k in scalar.operands), ")")
    return head + operands + (f" {print_attribute(scalar.attribute)}" if scalar.attribute else "")


def _body(word: str, body: Body) -> list[str]:
    lines = [f" {word}{_tuple('(', body.parameters, ')')}"]
    lines += [_scalar(k, s) for k, s in enumerate(body.scalars)]
    return [*lines, f"  -> {_tuple('(', (f'%{k}' for k in body.results), ')')}"]


def _combine(number: int, combine: Combine) -> list[str]:
    lines = [f"combine {number} {combine.name}"]
    lines += [f" init {dtype} {print_attribute(value)}" for dtype, value in combine.init]
    for word in ("step", "merge", "finish"):
        lines += _body(word, getattr(combine, word))
    return lines


def _reduction(reduction: Reduction, combines: list[Combine]) -> str:
    inputs = _tuple("(", (f"%{k}" for k in reduction.inputs), ")")
    return f"  reduce combine {combines.index(reduction.combine)} {inputs}"


def _carry(carry: Carry) -> str:
    return f"  carry {carry.dtype} {print_attribute(carry.init)} -> %{carry.next}"


def _write(write: Write) -> str:
    return f"  {write.mode} {_place(write)} = %{write.scalar}{_guard(write)}"


def _stage(stage: Stage, combines: list[Combine]) -> list[str]:
    lines = ["stage", *(_axis(" axis", axis) for axis in stage.axes)]
    lines += [_scalar(k, s) for k, s in enumerate(stage.scalars)]
    lines += [_reduction(r, combines) for r in stage.reductions]
    lines += [_carry(c) for c in stage.carries]
    return lines + [_write(w) for w in stage.writes]
