"""Lets a call write an output into the memory of a mutable argument, which is then the output.

The argument becomes a state that lives as long as the call, and the output its update; so what
decides of updates, and when they are written, decides here too: nothing is written in a call that
fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from symc.build import Built
from symc.compiler.module import Module, Parameter, walk, walk_with_sizes
from symc.compiler.op import find
from symc.compiler.ops.branch import bodies_in
from symc.compiler.sizes import same
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Context, Value
from symc.extension.type import is_tensor
from symc.io import In
from symc.shared import SharedVariable

Array = np.ndarray[Any, Any]
Run = Callable[..., Any]


class Overwriting(Struct, frozen=True):
    """A function whose mutable inputs have become states.

    built     the Module: other inputs, then the mutable ones as states, then the states
    inputs    the other inputs
    targets   (place of a mutable input, place of the output that it becomes)
    """

    built: Built
    inputs: tuple[In, ...]
    targets: tuple[tuple[int, int], ...]


def overwriting(built: Built, inputs: Sequence[In]) -> Overwriting | None:
    """Return the function that writes into its mutable inputs; None where nothing is gained."""
    if not any(entry.mutable for entry in inputs):
        return None
    targets = _targets(built.module, inputs)
    if not targets or any(map(_is_bound_to_place, walk_with_sizes(built.module.roots()))):
        return None
    taken = [place for place, _ in targets]
    module = _Moving(built.module, targets, len(inputs)).module()
    states = tuple(_state(inputs[place].variable) for place in taken)
    return Overwriting(
        replace(built, module=module, states=(*states, *built.states), operands=()),
        tuple(entry for place, entry in enumerate(inputs) if place not in taken),
        targets,
    )


def _is_bound_to_place(value: Value) -> bool:
    """Tell whether a Value cannot be made in another context: bodies hold Values of their own."""
    return value.op.name in ("measured", "result") or bool(bodies_in(value))


def _state(variable: Any) -> SharedVariable:
    empty = np.zeros([int(fixed) for fixed in variable.broadcastable], variable.dtype)
    return SharedVariable(variable.type, empty, variable.name)


def _targets(module: Module, inputs: Sequence[In]) -> tuple[tuple[int, int], ...]:
    """Pair each mutable input with an output that can be computed in its place.

    New defaults of inputs, which are the last outputs, are not the caller's.
    """
    kept = sum(entry.update is not None for entry in inputs)
    free = dict(enumerate(module.outputs[: len(module.outputs) - kept]))
    pairs = []
    for place, entry in enumerate(inputs):
        value = module.parameters[place].value
        if entry.mutable and is_tensor(entry.variable.type):
            found = next((k for k, new in free.items() if _fits(module, value, new)), None)
            if found is not None:
                del free[found]
                pairs.append((place, found))
    return tuple(pairs)


def _fits(module: Module, old: Value, new: Value) -> bool:
    a, b = old.type, new.type
    alike = a.dtype == b.dtype and len(a.shape) == len(b.shape)
    return (
        alike
        and all(same(x, y) for x, y in zip(a.shape, b.shape, strict=True))
        and (new.op.family == "pointwise" or new.op.name.startswith("scatter"))
        and module.outputs.count(new) == 1
        and any(v is old for v in walk([new]))
    )


class _Moving:
    """Makes a module anew with some of its inputs as states, in a context of its own."""

    def __init__(self, old: Module, targets: Sequence[tuple[int, int]], inputs: int) -> None:
        self.old, self.targets = old, targets
        self.context = Context()
        self.made: dict[Value, Value] = {}
        taken = [place for place, _ in targets]
        stay = [k for k in range(inputs) if k not in taken]
        states = range(inputs, len(old.parameters))
        self.order = [*stay, *taken, *states]
        self.first_state = len(stay)
        self.place = {before: now for now, before in enumerate(self.order)}

    def module(self) -> Module:
        """Return the new module."""
        old = self.old
        roots = (*(p.value for p in old.parameters), *old.roots())
        for value in sorted(walk_with_sizes(roots), key=lambda v: v.number):
            self.made[value] = self._copy(value)
        for check in old.checks:
            with self.context.at(check.site):
                left, right = (self._size(x) for x in (check.left, check.right))
                self.context.equate(left, right, check.what)
        chosen = dict(self.targets)
        written = {self.place[place]: old.outputs[output] for place, output in self.targets}
        updates = {**written, **{self.place[k]: new for k, new in old.updates}}
        outputs = [v for k, v in enumerate(old.outputs) if k not in chosen.values()]
        return replace(
            old,
            context=self.context,
            parameters=tuple(self._parameter(k) for k in self.order),
            outputs=tuple(self.made[v] for v in outputs),
            updates=tuple((k, self.made[new]) for k, new in sorted(updates.items())),
            checks=tuple(self.context.checks),
        )

    def _parameter(self, before: int) -> Parameter:
        old = self.old.parameters[before]
        kind = "input" if self.place[before] < self.first_state else "state"
        return Parameter(self.made[old.value], old.name, kind)  # type: ignore[arg-type]  # literal

    def _copy(self, value: Value) -> Value:
        own = dict(value.attributes)
        if value.op.name == "parameter":
            shape = tuple(self._size(size) for size in value.type.shape)
            type = TensorType(value.type.dtype, shape)
            return self.context.leaf(find("parameter"), type, index=self.place[own["index"]])
        if value.op.name == "dimension":
            place = self.place[own["parameter"]]
            return self.context.leaf(value.op, value.type, parameter=place, axis=own["axis"])
        if value.is_constant:
            return self.context.leaf(value.op, value.type, **own)
        with self.context.at(value.site):
            operands = tuple(self.made[x] for x in value.operands)
            return self.context.make(value.op, operands, value.attributes)

    def _size(self, size: Size) -> Size:
        return self.made[size].as_size() if isinstance(size, Value) else size


# --- calls


class Overwriter:
    """Calls such a function: each call puts its arguments into the states and takes them out.

    A lock keeps calls of several threads apart.
    """

    def __init__(self, plan: Overwriting, inputs: Sequence[In], run: Run, convert: Run) -> None:
        self.plan, self.run, self.convert = plan, run, convert
        self.types = [inputs[place].variable.type for place, _ in plan.targets]
        self.containers = [state.container for state in plan.built.states[: len(plan.targets)]]
        self.empty = [container.get() for container in self.containers]
        self.lock = Lock()

    def __call__(self, *values: Any) -> list[Array]:
        """Return all outputs as a list."""
        taken = [place for place, _ in self.plan.targets]
        others = [x for place, x in enumerate(values) if place not in taken]
        with self.lock:
            try:
                self._put([self._own(k, place, values[place]) for k, place in enumerate(taken)])
                results = self.run(*others)
                written = [container.get() for container in self.containers]
            finally:
                self._put(self.empty)
        for (_, output), array in sorted(
            zip(self.plan.targets, written, strict=True), key=lambda pair: pair[0][1]
        ):
            results.insert(output, array)
        return list(results)

    def _put(self, arrays: list[Array]) -> None:
        for k, (container, array) in enumerate(zip(self.containers, arrays, strict=True)):
            container.set(array.copy() if self._overlaps(array, arrays[:k]) else array)

    def _overlaps(self, array: Array, before: list[Array]) -> bool:
        """Tell whether an argument lies in the memory of another, or of a shared variable."""
        states = self.plan.built.states[len(self.containers) :]
        others = (*before, *(state.container.get() for state in states))
        return any(np.may_share_memory(array, other) for other in others)

    def _own(self, k: int, place: int, value: Any) -> Array:
        """Return the argument itself if it can be written into as it stands, else a copy."""
        if type(value) is np.ndarray and _is_plain(value, self.types[k]):
            return value
        return np.array(self.convert(place, value), order="C")


def _is_plain(array: Array, type: Any) -> bool:
    flags = array.flags
    return (
        array.dtype == type.dtype
        and array.dtype.isnative
        and array.ndim == type.ndim
        and flags.c_contiguous
        and flags.aligned
        and flags.writeable
        and all(array.shape[k] == 1 for k, fixed in enumerate(type.broadcastable) if fixed)
    )
