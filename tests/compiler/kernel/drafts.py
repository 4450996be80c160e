"""Writes kernel records by hand."""

from symc.compiler import ops  # noqa: F401  # fills the registry
from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Carry,
    Picked,
    Read,
    Reduction,
    Scalar,
    Stage,
    Write,
)
from symc.compiler.op import find


def index(entry):
    """Return an index: of an axis or size by name, a number, or a finished record."""
    if isinstance(entry, (Affine, Picked)):
        return entry
    if isinstance(entry, str):
        return Affine(((entry, 1),))
    return Affine((), entry)


def axes(**sizes):
    """Return axes by name."""
    return tuple(Axis(name, size) for name, size in sizes.items())


class Draft:
    """A stage under construction; scalars are named by their positions."""

    def __init__(self, **sizes):
        self.axes = axes(**sizes)
        self.scalars = []
        self.reductions, self.carries, self.writes = [], [], []

    def scalar(self, op, operands, dtype, attribute=()):
        self.scalars.append(Scalar(op, operands, dtype, attribute))
        return len(self.scalars) - 1

    def read(self, buffer, dtype, *entries, guard=None):
        read = Read(buffer, tuple(map(index, entries)), guard)
        return self.scalar("read", (), dtype, read)

    def __call__(self, name, *operands, **attributes):
        """Apply an operation; its dtype follows from the operands'."""
        dtypes = tuple(self.scalars[k].dtype for k in operands)
        dtype = find(name).promote(dtypes, attributes)[1]
        return self.scalar(name, operands, dtype, tuple(sorted(attributes.items())))

    def cast(self, x, dtype):
        return self("cast", x, dtype=dtype)

    def constant(self, value, dtype):
        return self.scalar("constant", (), dtype, value)

    def axis(self, name):
        return self.scalar("axis", (), "int64", name)

    def size(self, name):
        return self.scalar("size", (), "int64", name)

    def result(self, stage, number, dtype):
        return self.scalar("result", (), dtype, (stage, number))

    def carried(self, number, dtype):
        return self.scalar("carried", (), dtype, number)

    def reduce(self, combine, *inputs):
        self.reductions.append(Reduction(combine, inputs))

    def carry(self, dtype, init, following):
        self.carries.append(Carry(dtype, init, following))

    def store(self, buffer, entries, scalar, guard=None):
        self.writes.append(Write(buffer, tuple(map(index, entries)), scalar, "store", guard))

    def add(self, buffer, entries, scalar, guard=None):
        self.writes.append(Write(buffer, tuple(map(index, entries)), scalar, "add", guard))

    def stage(self):
        return Stage(
            self.axes,
            tuple(self.scalars),
            tuple(self.reductions),
            tuple(self.carries),
            tuple(self.writes),
        )
