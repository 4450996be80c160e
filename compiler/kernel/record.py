"""The kernel record: loops as data, knowing nothing of vectors, threads, strides or devices.

A kernel runs its stages in order at every point of its outer axes. All buffers are dense, in C
order. A size is a number or the name of a size parameter ('s0', 's1', ...).
"""

from __future__ import annotations

from math import prod
from typing import Any, Literal

from msgspec import Struct

SizeName = int | str

STEPS = 8
"""Steps of a stage's first axis at a time in a sweep: as many rows as processors follow."""


class Axis(Struct, frozen=True):
    """A loop: a name that index maps use ('i0', 'j1', ...) and its extent."""

    name: str
    size: SizeName


class Buffer(Struct, frozen=True):
    """One array argument.

    shape   its sizes; a buffer of shape () holds one element
    role    'in' is only read, 'out' only written unless a later stage reads it back, 'inout' both;
            'row' is scratch of one outer point, indexed by inner axes only
    """

    dtype: str
    shape: tuple[SizeName, ...]
    role: Literal["in", "out", "inout", "row"]

    @property
    def elements(self) -> int:
        """Return how many elements a buffer of known sizes has."""
        return prod(map(int, self.shape))


class Affine(Struct, frozen=True):
    """An index: constant + sum of coefficient * name, the names being axes or size parameters.

    A coefficient is a number, or the name of a size parameter (a step known only at run time).
    """

    terms: tuple[tuple[str, SizeName], ...] = ()
    constant: int = 0


class Picked(Struct, frozen=True):
    """An index taken from an integer scalar of the same stage, by its position in `scalars`.

    check   number of the run-time check (counted per kernel), or -1 where the compiler proved the
            bounds; a checked index may be negative, counting from the end
    """

    scalar: int
    check: int = -1


Index = Affine | Picked


class Read(Struct, frozen=True):
    """A read of a buffer at one index per dimension; where `guard` (a bool scalar) is false, 0."""

    buffer: int
    index: tuple[Index, ...]
    guard: int | None = None


class Scalar(Struct, frozen=True):
    """One step of a scalar body; operands are positions of earlier steps in the same tuple.

    op is the name of a pointwise operation, with `attribute` its attributes as sorted pairs, () for
    none, or
      'constant'   attribute: a Python number
      'axis'       attribute: an axis name; its position as int64
      'size'       attribute: a size name or number; as int64
      'read'       attribute: a Read
      'result'     attribute: (stage, number): a result of an earlier stage, whose results are those
                   of its reductions in order, then the last values of its carries
      'parameter'  attribute: number of a parameter of a Body
      'carried'    attribute: number of a carry of this stage, its value before this step
    """

    op: str
    operands: tuple[int, ...]
    dtype: str
    attribute: Any = ()


class Body(Struct, frozen=True):
    """A function of scalars: dtypes of its parameters, its steps, positions of its results."""

    parameters: tuple[str, ...]
    scalars: tuple[Scalar, ...]
    results: tuple[int, ...]


class Combine(Struct, frozen=True):
    """A way to reduce, over a tuple of carried scalars, as data.

    init    the carried scalars' dtypes and starting values: numbers, or 'min' and 'max' for the
            least and the greatest value of the dtype (the infinities of a float)
    step    (carried..., inputs...) -> carried
    merge   (carried..., carried...) -> carried; commutative but for rounding, because parts of a
            reduction interleave (an argmax therefore settles ties by position)
    finish  carried -> results
    """

    name: str
    init: tuple[tuple[str, Any], ...]
    step: Body
    merge: Body
    finish: Body


class Reduction(Struct, frozen=True):
    """One reduction over a stage's axes: how, and the scalars it takes at each point."""

    combine: Combine
    inputs: tuple[int, ...]


class Carry(Struct, frozen=True):
    """A scalar carried from one step of a sequential stage to the next.

    init   a number, or ('result', stage, number) for a result of an earlier stage
    next   position of the scalar that becomes the carried value
    """

    dtype: str
    init: Any
    next: int


class Write(Struct, frozen=True):
    """A write of a scalar to a buffer at one index per dimension, where `guard` is true.

    mode   'store', or 'add' (the element is read, added to and written: repeats accumulate, so the
           stage's axes run in order over the places that may coincide)
    """

    buffer: int
    index: tuple[Index, ...]
    scalar: int
    mode: Literal["store", "add"] = "store"
    guard: int | None = None


class Stage(Struct, frozen=True):
    """One nest of inner loops at an outer point; with no axes it runs once.

    Without reductions and carries its axes are parallel. With carries its one axis is sequential.
    Writes happen at every inner point.
    """

    axes: tuple[Axis, ...]
    scalars: tuple[Scalar, ...]
    reductions: tuple[Reduction, ...] = ()
    carries: tuple[Carry, ...] = ()
    writes: tuple[Write, ...] = ()


class Kernel(Struct, frozen=True):
    """Fused loops: stages run in order at each point of the outer axes, which are parallel.

    sizes    number of size parameters, named 's0', 's1', ...
    checks   number of run-time index checks
    An 'add' write to a place that several outer points share makes the outer axes sequential.
    """

    sizes: int
    buffers: tuple[Buffer, ...]
    outer: tuple[Axis, ...]
    stages: tuple[Stage, ...]
    checks: int = 0


class Schedule(Struct, frozen=True):
    """How a kernel runs on one target: a second record beside the kernel.

    vector   where lanes run: along the last axis of each stage that allows it ('inner'), along the
             last outer axis ('outer'), along the axis of each stage that has one and along the last
             outer axis in the others ('beside'), or nowhere
    lanes    elements of a vector, 0 for scalar code
    unroll   vectors a step, one number a stage; with reductions they are independent accumulators;
             like the lanes a power of two
    sweep    points of the last outer axis that each stage goes through for some steps of its first
             axis at a time, while what it carries waits in memory; 0: one point or block of points
             after the other, in registers
    tile     outer axis that is cut into tiles together with that of the lanes, because arrays lie
             along it; '' for none
    rows     points of the last outer axis that stages with axes walk side by side ('beside')
    past     bytes of results from which whole vectors of them go past the caches; 0: never
    longest  elements that rows along the inner axes have at most, where blocks of them are turned
             so that lanes are rows; 0 where they are not
    """

    vector: Literal["inner", "outer", "beside", "none"]
    lanes: int
    unroll: tuple[int, ...]
    sweep: int = 0
    tile: str = ""
    rows: int = 0
    past: int = 0
    longest: int = 0

    @property
    def across(self) -> bool:
        """Tell whether results of stages lie side by side along the last outer axis."""
        return self.vector in ("outer", "beside")
