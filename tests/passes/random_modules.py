"""Random modules: expressions over matrices of symbolic sizes, with states that are updated."""

import random

from symc.compiler import sizes
from symc.compiler.ops.shape import keep
from symc.compiler.value import Value
from tests.passes.cases import op
from tests.passes.modules import total

UNARY = ["tanh", "exp_small", "negate", "square", "sigmoid", "absolute"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum"]


class Grower:
    """Grows a pool of values of one dtype by random operations; a seed gives one program."""

    def __init__(self, seed: int, values: list[Value], indices: list[Value]) -> None:
        self.random = random.Random(seed)
        self.pool = list(values)
        self.indices = indices
        self.context = values[0].context
        self.dtype = values[0].type.dtype

    def grow(self, steps: int) -> None:
        """Add values to the pool."""
        moves = [self.unary, self.unary, self.binary, self.binary, self.binary, self.reduce]
        moves += [self.reduce, self.transpose, self.slice, self.join, self.product, self.flatten]
        moves += [self.gather, self.softmax, self.place]
        for _ in range(steps):
            made = self.random.choice(moves)()
            if made is not None:
                self.pool.append(made)

    def pick(self, ndim: int | None = None) -> Value | None:
        """Return a value of the pool, a recent one more often."""
        fits = [v for v in self.pool if ndim is None or v.type.ndim == ndim]
        return (
            self.random.choice(fits[-6:] if self.random.random() < 0.7 else fits) if fits else None
        )

    def unary(self):
        name, x = self.random.choice(UNARY), self.pick()
        return op("exp", 0.1 * op("tanh", x)) if name == "exp_small" else op(name, x)

    def binary(self):
        x, y = self.pick(), self.pick()
        if y.type.ndim > x.type.ndim:
            x, y = y, x
        if y.type.ndim < x.type.ndim:
            y = self.padded(y, x)
        if y is None or not self.broadcast_together(x, y):
            return None
        if self.random.random() < 0.5:
            x, y = y, x
        return op(self.random.choice(BINARY), x, y)

    def padded(self, y, x):
        """Put a value of lower rank along some axes of another."""
        if y.type.ndim == 0:
            return op("dimshuffle", y, order=("x",) * x.type.ndim)
        axis = [k for k, s in enumerate(x.type.shape) if sizes.same(s, y.type.shape[0])]
        if y.type.ndim != 1 or not axis:
            return None
        at = self.random.choice(axis)
        return op("dimshuffle", y, order=tuple(0 if k == at else "x" for k in range(x.type.ndim)))

    @staticmethod
    def broadcast_together(x, y):
        pairs = zip(x.type.shape, y.type.shape, strict=True)
        return all(a == 1 or b == 1 or sizes.same(a, b) for a, b in pairs)

    def reduce(self):
        x = self.pick()
        if not x.type.ndim:
            return None
        axes = tuple(
            sorted(self.random.sample(range(x.type.ndim), self.random.randint(1, x.type.ndim)))
        )
        name = self.random.choice(["sum", "sum", "max", "min"])
        y = total(x, *axes) * 0.25 if name == "sum" else op(name, x, axes=axes)
        return keep(y, axes) if self.random.random() < 0.5 else y

    def transpose(self):
        x = self.pick(2)
        return op("dimshuffle", x, order=(1, 0)) if x is not None else None

    def slice(self):
        x = self.pick(2)
        if x is None or not sizes.same(x.type.shape[1], self.pool[0].type.shape[1]):
            return None
        value = self.context.size_value
        rows, columns = x.type.shape
        step = self.random.choice([1, -1])
        start = sizes.subtract(rows, 1) if step < 0 else 0
        starts = (value(start), value(self.random.choice([0, 1])))
        lengths = (value(rows), value(sizes.subtract(columns, 1)))
        return op("slice", x, *starts, *lengths, steps=(step, 1))

    def place(self):
        x = self.pick(1)
        if x is None or 1 in x.type.shape:
            return None
        value = self.context.size_value
        size = sizes.add(sizes.multiply(x.type.shape[0], 2), 1)
        return op("place", x, value(1), value(size), steps=(2,))

    def join(self):
        x, y = self.pick(2), self.pick(2)
        if x is None or not sizes.same(x.type.shape[1], y.type.shape[1]):
            return None
        return op("concatenate", x, y, x, axis=0)

    def product(self):
        x, y = self.pick(2), self.pick(2)
        if x is None:
            return None
        for left, right in ((x, y), (op("dimshuffle", x, order=(1, 0)), y)):
            if sizes.same(left.type.shape[1], right.type.shape[0]):
                return op("dot", left, right) * 0.1
        return None

    def flatten(self):
        x = self.pick(2)
        if x is None:
            return None
        return op("reshape", x, self.context.size_value(sizes.product(x.type.shape)))

    def gather(self):
        x = self.pick(2)
        if x is None or not sizes.same(x.type.shape[0], self.pool[0].type.shape[0]):
            return None
        return op("gather", x, self.random.choice(self.indices))

    def softmax(self):
        x = self.pick(2)
        if x is None:
            return None
        axis = self.random.choice([0, 1])
        e = op("exp", x - keep(op("max", x, axes=(axis,)), (axis,)))
        return e / keep(total(e, axis), (axis,))


def random_program(seed: int, steps: int = 14):
    """Return build(x, y, r, v, i, s, t) -> (outputs, new states) for one seed."""

    def build(x, y, r, v, i, s, t):
        grower = Grower(seed, [x, y, r, v, s, t], [i])
        grower.grow(steps)
        outputs = grower.pool[-3:]
        news = []
        for state in (s, t):
            fits = [
                u
                for u in grower.pool
                if u.type.ndim == state.type.ndim
                and Grower.broadcast_together(u, state)
                and all(
                    sizes.same(a, b) for a, b in zip(u.type.shape, state.type.shape, strict=True)
                )
            ]
            chosen = grower.random.choice(fits)
            news.append(state - 0.1 * chosen if grower.random.random() < 0.7 else chosen)
        return outputs, news

    return build
