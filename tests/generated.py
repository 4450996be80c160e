"""Random modules, well formed by construction, for tests of text, parsing and interpretation."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import symc.compiler.ops  # noqa: F401  # fills the registry
from symc.compiler.location import Location
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.value import Context, Value

UNARY = ("tanh", "negate", "exp", "square", "floor", "softplus")
BINARY = ("add", "subtract", "multiply", "maximum", "less", "true_divide")
# A name with odd characters, one used twice, one that looks like a made-up one, and none.
NAMES = ("x", "weights (L1)", "x", "p0", "", "été")


def generated(seed: int, steps: int = 25) -> Module:
    """Return a module of matrices and vectors whose free sizes may all be equal."""
    return _Generator(seed).module(steps)


def arrays_for(module: Module, seed: int = 0, size: int = 3) -> tuple[list[Any], list[Any]]:
    """Return inputs and states for a module, every free size being the same."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Any]] = {"input": [], "state": []}
    for parameter in module.parameters:
        type = parameter.value.type
        shape = [n if isinstance(n, int) else size for n in type.shape]
        found[parameter.kind].append(rng.integers(-3, 4, shape).astype(type.dtype))
    return found["input"], found["state"]


class _Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.context = Context()
        self.pool: list[Value] = []

    def module(self, steps: int) -> Module:
        parameters = tuple(
            make_parameter(self.context, k, dtype, shape, name, kind)
            for k, (dtype, shape, name, kind) in enumerate(self._parameters())
        )
        self.pool = [p.value for p in parameters]
        for site in range(steps):
            with self.context.at(self.random.choice((site, -1))):
                self.pool.append(self._step())
        states = [k for k, p in enumerate(parameters) if p.kind == "state"]
        updates = tuple((k, self._like(parameters[k].value)) for k in states[:1])
        return Module(
            f"f{steps}",
            self.context,
            parameters,
            tuple(self.random.sample(self.pool, 3)),
            updates,
            tuple(self.context.checks),
            tuple(Location((("model.py", 10 + k, "build"),)) for k in range(steps)),
        )

    def _parameters(self) -> list[tuple[str, tuple[bool, ...], str, Any]]:
        shapes = [(False, False), (False,), (True, False), (False, False), (), (False,)]
        dtypes = ["float32", "float64", "float64", "float16", "int64", "bool"]
        kinds = ["input"] * 4 + ["state"] * 2
        return list(zip(dtypes, shapes, NAMES, kinds, strict=True))

    def _step(self) -> Value:
        return self.random.choice((self._unary, self._binary, self._sum, self._turn, self._join))()

    def _float(self) -> Value:
        value = self.random.choice(self.pool)
        return find("cast")(value, dtype="float64") if value.type.dtype != "float64" else value

    def _matrix(self) -> Value:
        """Return a float64 matrix whose sizes are not known to be 1."""
        x = self._float()
        if x.type.ndim < 2:
            x = find("dimshuffle")(x, order=("x",) * (2 - x.type.ndim) + tuple(range(x.type.ndim)))
        return x

    def _unary(self) -> Value:
        return find(self.random.choice(UNARY))(self._float())

    def _binary(self) -> Value:
        op = find(self.random.choice(BINARY))
        if self.random.random() < 0.4:
            number = self.random.choice((2, -0.0, 0.1, np.inf, 1e-300))
            return op(self._float(), number)
        x, y = self._matrix(), self._matrix()
        return op(x, self._constant() if self.random.random() < 0.3 else y)

    def _constant(self) -> Value:
        """Return a matrix of one element, made of a constant small or large in its text."""
        column = np.arange(self.random.choice((1, 5, 30)), dtype="float64")[:, None] / 7
        total = find("sum")(
            self.context.constant(column), axes=(0,), dtype="float64", acc_dtype="float64"
        )
        return find("dimshuffle")(total, order=("x", 0))

    def _sum(self) -> Value:
        x = self._matrix()
        axis = self.random.randrange(x.type.ndim)
        return find("sum")(x, axes=(axis,), dtype="float32", acc_dtype="float64")

    def _turn(self) -> Value:
        return find("dimshuffle")(self._matrix(), order=(1, 0))

    def _join(self) -> Value:
        x = self._matrix()
        joined = find("concatenate")(x, x, axis=0)
        return find("slice")(
            joined,
            *(self.context.size_value(s) for s in (0, 0, 1, x.type.shape[1])),
            steps=(1, 1),
        )

    def _like(self, state: Value) -> Value:
        """Return a new value of a state's dtype and rank."""
        axes = (0, 1)[state.type.ndim :]
        whole = find("sum")(self._matrix(), axes=axes, dtype="float64", acc_dtype="float64")
        return find("cast")(whole, dtype=state.type.dtype)
