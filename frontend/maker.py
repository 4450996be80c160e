"""f.maker.fgraph: a read-only view of what a compiled function computes, after its passes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from symc.build import Built
from symc.compiler.module import Module, needs, walk_by
from symc.compiler.op import Op
from symc.compiler.value import Value
from symc.mode import Mode


class Node(Struct, frozen=True):
    """One application of the optimised Module.

    op   the operation; inputs, outputs the Values it reads and makes
    """

    op: Op
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]

    def __repr__(self) -> str:
        return f"{self.outputs[0]} = {self.op.name}({', '.join(map(str, self.inputs))})"


class FunctionGraph:
    """The optimised Module as a list of applications, before fusion hides them in kernels."""

    def __init__(self, module: Module) -> None:
        self.module = module

    @property
    def inputs(self) -> tuple[Value, ...]:
        """Return the Values of inputs and states, in the order of the call."""
        return tuple(p.value for p in self.module.parameters)

    @property
    def outputs(self) -> tuple[Value, ...]:
        """Return the Values of the outputs, then of the new states."""
        return (*self.module.outputs, *(value for _, value in self.module.updates))

    def toposort(self) -> list[Node]:
        """Return all applications, operands first."""
        measured = self.module.measured()
        order = walk_by(self.outputs, lambda value: needs(value, measured))
        return [Node(x.op, x.operands, (x,)) for x in order if x.op.family != "leaf"]

    @property
    def apply_nodes(self) -> frozenset[Node]:
        """Return all applications."""
        return frozenset(self.toposort())

    def __str__(self) -> str:
        from symc.compiler.text import to_text

        return to_text(self.module)


class Maker:
    """What a function was made from, under Theano's names."""

    def __init__(self, built: Built, mode: Mode, inputs: Sequence[Any]) -> None:
        self._built = built
        self.mode = mode
        self.inputs = list(inputs)

    @cached_property
    def fgraph(self) -> FunctionGraph:
        """Return the view; the passes run once more for it."""
        from symc.passes.pipeline import run

        module = self._built.module
        if self.mode.linker != "interpret":
            module = run(module, self.mode.excluding("lower", "fuse"))
        return FunctionGraph(replace(module, sites=self._built.module.sites))
