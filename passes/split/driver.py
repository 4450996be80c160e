"""The pass itself: splits each complex Value, operands first, and leaves the others alone."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import NotSupported
from symc.compiler.module import Module, walk
from symc.compiler.ops.complex import is_complex, parts, whole
from symc.compiler.ops.shape import broadcast
from symc.compiler.types import PART
from symc.compiler.value import Value
from symc.passes.fuse.expand import rebuild
from symc.passes.split import arithmetic, functions, moves
from symc.passes.split.parts import Parts

RULES = {**arithmetic.RULES, **functions.RULES, **moves.RULES}
"""By the operation's name, what it is in reals."""


def split(module: Module) -> Module:
    """Return the module with complex numbers in parameters, outputs and new states alone.

    Inputs and states are read, and outputs and new states written, where they lie. Raise
    NotSupported for an operation that has no rule.
    """
    if not any(is_complex(v) for v in walk(module.roots())):
        return module
    module = rebuild(module, _lowered)
    splitting = _Splitting()
    for value in walk(module.roots()):
        with value.context.at(value.site):
            splitting.note(value)
    return replace(
        module,
        outputs=tuple(splitting.result(v) for v in module.outputs),
        updates=tuple((k, splitting.result(v)) for k, v in module.updates),
        rewritten=tuple((leaf, splitting.new[v]) for leaf, v in module.measured().items()),
    )


def _lowered(value: Value) -> Value | None:
    """Replace what stands for other operations, since it is those that have rules."""
    if value.op.lower is None or value.op.name in RULES:
        return None
    if not any(map(is_complex, (value, *value.operands))):
        return None
    return value.op.lower(*value.operands, **dict(value.attributes))  # type: ignore[no-any-return]


class _Splitting:
    """What the Values of one module have become."""

    def __init__(self) -> None:
        self.new: dict[Value, Any] = {}

    def note(self, value: Value) -> None:
        """Split one Value whose operands are known."""
        if is_complex(value) or any(map(is_complex, value.operands)):
            self.new[value] = self._split(value)
        else:
            self.new[value] = self._rebuilt(value)

    def result(self, value: Value) -> Value:
        """Return an output or new state."""
        found = self.new[value]
        if not isinstance(found, Parts):
            return found  # type: ignore[no-any-return]
        if value.op.name in ("parameter", "constant", "bound"):
            return value
        with value.context.at(value.site):
            return whole(found.pairs)  # type: ignore[no-any-return]

    def _rebuilt(self, value: Value) -> Value:
        operands = tuple(self.new[x] for x in value.operands)
        if operands == value.operands:
            return value
        return value.context.make(value.op, operands, value.attributes)

    def _split(self, value: Value) -> Parts | Value:
        if value.op.name in ("parameter", "bound"):
            return Parts(None, parts(value))
        if value.op.family in ("foreign", "loop"):
            return self._whole(value)
        if value.is_constant:
            dtype, context = PART[value.type.dtype], value.context
            return Parts(
                (context.constant(value.data.real, dtype), context.constant(value.data.imag, dtype))
            )
        rule = RULES.get(value.op.name)
        if rule is None:
            kinds = ", ".join(str(x.type.dtype) for x in value.operands)
            raise NotSupported(
                f"{value.op.name} of {kinds} is not compiled; Mode(linker='py') runs it in NumPy"
            ).at(value.site)
        made = rule(value, *(self.new[x] for x in value.operands))
        return stretched(made, value) if isinstance(made, Parts) else made

    def _whole(self, value: Value) -> Parts | Value:
        """Give whole numbers to a Python call or a loop, and read what it made as parts."""
        operands = tuple(map(self.result, value.operands))
        made = value.context.make(value.op, operands, value.attributes)
        return Parts(None, parts(made)) if is_complex(made) else made


def stretched(made: Parts, value: Value) -> Parts:
    """Give both parts the shape of the Value they are of."""
    if made.lies:
        return made
    re, im = (_broadcast(part, value) for part in made.pair)
    return Parts((re, im), None, made.is_real)


def _broadcast(part: Value, value: Value) -> Value:
    mine, wanted = part.type.shape, value.type.shape
    if all(sizes.same(a, b) for a, b in zip(mine, wanted, strict=True)):
        return part
    return broadcast(part, *map(value.context.size_value, wanted))  # type: ignore[no-any-return]
