"""Random kernels over whole numbers, whose results are exact in any order of evaluation."""

import numpy as np

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Affine, Axis, Buffer, Kernel, Picked
from tests.compiler.kernel.drafts import Draft

D = "float64"
EXTENTS = (0, 1, 2, 3, 5, 7, 8, 9, 17, 20)
BINARY = ("add", "subtract", "maximum", "minimum")
UNARY = ("negate", "absolute", "sign")


class RandomKernel:
    """A kernel, its sizes and its buffers, drawn from a seed.

    Buffers are made along with the indices that walk them, so every place exists.
    """

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.values = []
        self.buffers, self.arrays = [], []
        self.checks = 0
        self.results = []  # (stage, number) of results of whole numbers
        self.written = []  # (buffer, index) at outer and inner points that a later stage may read
        self.outer = self.make_axes("i", self.random.integers(0, 3))
        shared = self.make_axes("j", self.random.integers(1, 3))
        stages = []
        for number in range(self.random.integers(1, 4)):
            axes = shared if self.random.random() < 0.75 else ()
            stages.append(self.stage(number, axes))
        self.kernel = Kernel(
            len(self.values), tuple(self.buffers), self.outer, tuple(stages), self.checks
        )

    # Sizes --------------------------------------------------------------------------------------

    def extent(self, axis):
        return axis.size if isinstance(axis.size, int) else self.values[int(axis.size[1:])]

    def size(self, value):
        """Return a name for a size, or the number itself."""
        if self.random.random() < 0.2:
            return int(value)
        self.values.append(int(value))
        return f"s{len(self.values) - 1}"

    def make_axes(self, letter, count):
        return tuple(
            Axis(f"{letter}{k}", self.size(self.random.choice(EXTENTS))) for k in range(count)
        )

    def buffer(self, dtype, sizes, role, values=None):
        shape = tuple(self.extent(Axis("", size)) for size in sizes)
        if values is None:
            values = self.random.integers(-9, 10, shape)
        self.buffers.append(Buffer(dtype, tuple(sizes), role))
        self.arrays.append(np.array(np.broadcast_to(values, shape)).astype(dtype))
        return len(self.buffers) - 1

    # Indices ------------------------------------------------------------------------------------

    def index(self, axes):
        """Return an index over some axis, and the size of the dimension it walks."""
        if not axes or self.random.random() < 0.15:
            place = int(self.random.integers(0, 3))
            return Affine((), place), self.size(place + 1)
        axis = axes[self.random.integers(len(axes))]
        if self.random.random() < 0.6:
            return Affine(((axis.name, 1),)), axis.size
        factor = int(self.random.choice([-1, 1, 2, 3]))
        last = max(self.extent(axis) - 1, 0)
        first = int(self.random.integers(0, 3)) + (last if factor < 0 else 0)
        return Affine(((axis.name, factor),), first), self.size(first + max(factor, 0) * last + 1)

    def place(self, axes):
        pairs = [self.index(axes) for _ in range(self.random.integers(0, 4))]
        return tuple(i for i, _ in pairs), tuple(size for _, size in pairs)

    def picked(self, draft, axes, guard):
        """Return an index from data and the size it is checked against."""
        index, sizes = self.place(axes)
        length = int(self.random.integers(1, 6))
        checked = self.random.random() < 0.6
        shape = tuple(self.extent(Axis("", size)) for size in sizes)
        values = self.random.integers(-length if checked else 0, length, shape)
        scalar = draft.read(self.buffer("int64", sizes, "in", values), "int64", *index)
        self.checks += checked
        return Picked(scalar, self.checks - 1 if checked else -1), self.size(length)

    def guard(self, draft, axes):
        if not axes or self.random.random() < 0.6:
            return None
        axis = axes[self.random.integers(len(axes))]
        bound = draft.constant(int(self.random.integers(-1, 9)), "int64")
        return draft(self.random.choice(["less", "greater"]), draft.axis(axis.name), bound)

    # Stages -------------------------------------------------------------------------------------

    def source(self, draft, axes):
        """Return a scalar of whole numbers that nothing in the stage has made."""
        kind = self.random.random()
        if kind < 0.15 and self.results:
            stage, number = self.results[self.random.integers(len(self.results))]
            return draft.result(stage, number, D)
        if kind < 0.25 and self.written and axes != self.outer:
            buffer, index = self.written[self.random.integers(len(self.written))]
            return draft.read(buffer, D, *index)
        if kind < 0.35 and axes:
            axis = axes[self.random.integers(len(axes))]
            return draft.cast(draft.axis(axis.name), D)
        guard = self.guard(draft, axes)
        index, sizes = self.place(axes)
        if kind < 0.6:
            picked, length = self.picked(draft, axes, guard)
            index, sizes = (*index, picked), (*sizes, length)
        dtype = str(self.random.choice([D, "int32", "bool", "float32"]))
        x = draft.read(self.buffer(dtype, sizes, "in"), dtype, *index, guard=guard)
        return x if dtype == D else draft.cast(x, D)

    def expression(self, draft, axes):
        x = self.source(draft, axes)
        for _ in range(self.random.integers(0, 4)):
            if self.random.random() < 0.3:
                x = draft(str(self.random.choice(UNARY)), x)
            else:
                x = draft(str(self.random.choice(BINARY)), x, self.source(draft, axes))
        if self.random.random() < 0.3:
            other = self.source(draft, axes)
            x = draft("switch", draft("less", x, other), other, x)
        return x

    def stage(self, number, axes):
        every = (*self.outer, *axes)
        draft = Draft(**{axis.name: axis.size for axis in axes})
        count = 0
        if axes and self.random.random() < 0.6:
            for _ in range(self.random.integers(1, 3)):
                self.reduce(draft, every, axes)
            count = len(draft.reductions)
        elif len(axes) == 1 and self.random.random() < 0.6:
            self.carry(draft, every)
            count = 1
        if not count or self.random.random() < 0.5:
            self.write(draft, every, axes)
        self.results += [(number, k) for k in range(count)]
        return draft.stage()

    def reduce(self, draft, every, axes):
        name = str(self.random.choice(["sum", "max", "min", "argmax", "argmin"]))
        x = self.expression(draft, every)
        if not name.startswith("arg"):
            draft.reduce(combine_for(name, D, D, D), x)
            return
        position = draft.axis(axes[0].name)
        for axis in axes[1:]:
            size = draft.constant if isinstance(axis.size, int) else draft.scalar
            length = (
                draft.constant(axis.size, "int64")
                if size == draft.constant
                else draft.size(axis.size)
            )
            position = draft("add", draft("multiply", position, length), draft.axis(axis.name))
        draft.reduce(combine_for(name, D, D, D), x, position)

    def carry(self, draft, every):
        following = draft("add", draft.carried(0, D), self.expression(draft, every))
        draft.carry(D, int(self.random.integers(-3, 4)), following)

    def write(self, draft, every, axes):
        x = self.expression(draft, every)
        index = tuple(Affine(((axis.name, 1),)) for axis in every)
        sizes = tuple(axis.size for axis in every)
        if self.random.random() < 0.25 and not self.outer:
            guard = self.guard(draft, every)
            picked, length = self.picked(draft, every, guard)
            draft.add(self.buffer(D, (length,), "inout"), (picked,), x, guard)
            return
        buffer = self.buffer(D, sizes, "out")
        draft.store(buffer, index, x, self.guard(draft, every))
        if axes:
            self.written.append((buffer, index))
