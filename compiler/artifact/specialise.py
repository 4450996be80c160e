"""Fixes a module's shared variables: their sizes become numbers, what never changes a constant.

In an artefact the memory of a shared variable is laid out when it is compiled, so an update must
keep its size. With the sizes as numbers that is seen here, and updates are planned in place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.artifact.source import Shared, Source
from symc.compiler.errors import NotSupported, ShapeMismatch
from symc.compiler.hosting import hosted
from symc.compiler.interpret import fold
from symc.compiler.module import Module, Parameter, needs, walk_by, walk_with_sizes
from symc.compiler.op import find
from symc.compiler.ops.branch import Arm
from symc.compiler.ops.loop import Body
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Context, Value


def specialise(source: Source, kept: Collection[Shared]) -> Source:
    """Return the source with the states outside `kept` as constants, and the sizes of all fixed.

    Raise ShapeMismatch where the sizes do not fit each other, NotSupported where an update changes
    a size; both name the user's line or shared variable.
    """
    return _Specialiser(source, kept).source()


class _Specialiser:
    def __init__(self, old: Source, kept: Collection[Shared]) -> None:
        self.old, self.kept = old, kept
        self.inputs = len(old.module.parameters) - len(old.states)
        self.context = Context()
        self.made: dict[Value, Value] = {}  # by the old module's
        self.numbers: dict[int, int] = {}  # new index of a state that stays, by the old

    def source(self) -> Source:
        """Return the new source."""
        module = self.old.module
        parameters = self._parameters()
        roots = (*(p.value for p in module.parameters), *module.roots())
        for value in sorted(walk_with_sizes(roots), key=lambda v: v.number):
            if value not in self.made:
                self.made[value] = self._copy(value)
        for check in module.checks:
            with self.context.at(check.site):
                self._equate(check.left, check.right, check.what)
        updates = tuple(self._update(index, value) for index, value in module.updates)
        new = Module(
            module.name,
            self.context,
            parameters,
            tuple(self.made[v] for v in module.outputs),
            updates,
            tuple(self.context.checks),
            module.sites,
        )
        return replace(
            self.old, module=new, states=tuple(s for s in self.old.states if s in self.kept)
        )

    def _parameters(self) -> tuple[Parameter, ...]:
        """Make the parameters, and the numbers and constants that stand for states."""
        parameters: list[Parameter] = []
        for index, parameter in enumerate(self.old.module.parameters):
            old = parameter.value
            if index < self.inputs:
                self._dimensions(old, index)
                shape = tuple(self._size(size) for size in old.type.shape)
                new = self._leaf(index, TensorType(old.type.dtype, shape))
            else:
                shared = self.old.states[index - self.inputs]
                self._fix(index, shared)
                if shared not in self.kept:
                    self.made[old] = self.context.constant(shared.value)
                    continue
                self.numbers[index] = len(parameters)
                new = self._leaf(len(parameters), TensorType(old.type.dtype, shared.value.shape))
            self.made[old] = new
            parameters.append(Parameter(new, parameter.name, parameter.kind))
        return tuple(parameters)

    def _leaf(self, index: int, type: TensorType) -> Value:
        return self.context.leaf(find("parameter"), type, index=index)

    def _dimensions(self, old: Value, index: int) -> None:
        for size in old.type.shape:
            if isinstance(size, Value):
                axis = size.attribute("axis")
                self.made[size] = self.context.leaf(
                    find("dimension"), TensorType("int64"), parameter=index, axis=axis
                )

    def _fix(self, index: int, shared: Shared) -> None:
        context = self.old.module.context
        for axis, number in enumerate(shared.value.shape):
            leaf = context.leaf(find("dimension"), TensorType("int64"), parameter=index, axis=axis)
            self.made[leaf] = self.context.constant(number, "int64")

    def _copy(self, value: Value) -> Value:
        if value.is_constant:
            return self.context.leaf(value.op, value.type, **dict(value.attributes))
        if value.op.name == "measured":
            return hosted(self.made[self.old.module.context.definitions[value]])
        if value.op.name == "bound":
            type = TensorType(value.type.dtype, tuple(map(self._size, value.type.shape)))
            return self.context.leaf(value.op, type, **{**dict(value.attributes), "of": type})
        operands = tuple(self.made[operand] for operand in value.operands)
        attributes = tuple((name, self._attribute(x)) for name, x in value.attributes)
        with self.context.at(value.site):
            try:
                new = self.context.make(value.op, operands, attributes)
            except ShapeMismatch as error:
                raise ShapeMismatch(f"{self._line(value.site)}: {error}") from None
        # Arithmetic on sizes that are numbers now is a number, so that more sizes are known.
        known = fold(new) if value.type.shape == () and value.type.dtype == "int64" else None
        return known if known is not None else new

    def _attribute(self, attribute: Any) -> Any:
        """Return an attribute; the body of a loop and the arm of a branch are copied."""
        if isinstance(attribute, Arm):
            self._copy_all((*attribute.leaves, *attribute.everything))
            return replace(
                attribute, leaves=self._all(attribute.leaves), results=self._all(attribute.results)
            )
        if isinstance(attribute, Body):
            self._copy_all((attribute.counter, *attribute.leaves, *attribute.everything))
            return self._body(attribute)
        return attribute

    def _copy_all(self, values: Iterable[Value]) -> None:
        """Copy Values and all that they need."""
        definitions = self.old.module.context.definitions
        order = walk_by(values, lambda v: needs(v, definitions))
        for value in sorted(order, key=lambda v: v.number):
            if value not in self.made:
                self.made[value] = self._copy(value)

    def _all(self, values: Iterable[Value]) -> tuple[Value, ...]:
        return tuple(self.made[value] for value in values)

    def _body(self, body: Body) -> Body:
        sizes_ = ((check, self._size(check.left), self._size(check.right)) for check in body.checks)
        return replace(
            body.with_roots(self._all(body.roots)),
            counter=self.made[body.counter],
            elements=self._all(body.elements),
            states=self._all(body.states),
            fixed=self._all(body.fixed),
            checks=tuple(replace(c, left=left, right=right) for c, left, right in sizes_),
        )

    def _size(self, size: Size) -> Size:
        return self.made[size].as_size() if isinstance(size, Value) else size

    def _equate(self, left: Size, right: Size, what: str) -> None:
        left, right = self._size(left), self._size(right)
        if isinstance(left, int) and isinstance(right, int):
            if left != right:
                raise ShapeMismatch(
                    f"{self._line(self.context.site)}: {what}: {left} is not {right}"
                )
            return
        self.context.equate(left, right, what)

    def _update(self, index: int, value: Value) -> tuple[int, Value]:
        shared, new = self.old.states[index - self.inputs], self.made[value]
        pairs = zip(new.type.shape, shared.value.shape, strict=True)
        if not all(sizes.same(size, number) for size, number in pairs):
            raise NotSupported(
                f"the update of the shared variable {shared.name or 'without a name'!r} may change"
                f" its shape {shared.value.shape} to {_shown(new)}; an artefact's state has fixed"
                " sizes: make the new value's shape that of the variable"
            )
        return self.numbers[index], new

    def _line(self, site: int) -> str:
        module = self.old.module
        return str(module.sites[site]) if 0 <= site < len(module.sites) else module.name


def _shown(value: Value) -> str:
    shape = [str(s) if isinstance(s, int) else "?" for s in value.type.shape]
    return f"({', '.join(shape)})" if len(shape) != 1 else f"({shape[0]},)"
