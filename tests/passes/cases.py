"""Programs that exercise fusion and planning, each with arguments that fit it."""

from dataclasses import dataclass
from typing import Any

from symc.compiler.op import find
from symc.compiler.ops.shape import broadcast_like, keep, zeros_like
from tests.passes.modules import total

F32, F64, I64 = "float32", "float64", "int64"


@dataclass(frozen=True)
class Case:
    """build(*values) -> (outputs, new states); kernels is how many fusion should make of it."""

    build: Any
    inputs: list
    shapes: list
    kernels: int
    states: tuple = ()
    state_shapes: tuple = ()


def op(name, *operands, **attributes):
    return find(name)(*operands, **attributes)


def softmax(x):
    e = op("exp", x - keep(op("max", x, axes=(1,)), (1,)))
    return [e / keep(total(e, 1), (1,))], []


def softmax_columns(x):
    e = op("exp", x - keep(op("max", x, axes=(0,)), (0,)))
    return [e / keep(total(e, 0), (0,))], []


def layer_norm(x, g):
    n = op(
        "dimshuffle", op("cast", x.context.size_value(x.type.shape[1]), dtype=F64), order=("x",) * 2
    )
    centred = x - keep(total(x, 1), (1,)) / n
    scale = keep(total(centred * centred, 1), (1,)) / n
    return [centred / op("sqrt", scale + 1e-5) * op("dimshuffle", g, order=("x", 0))], []


def siblings(x):
    y = op("tanh", x)
    return [y, total(y, 0, 1), op("argmax", y, axes=(0, 1))], []


def row_and_column_sums(x):
    y = op("exp", x)
    return [total(y, 0), total(y, 1)], []


def sgd(x, w, b):
    h = op("tanh", op("dot", x, w) + op("dimshuffle", b, order=("x", 0)))
    g = op("dot", op("dimshuffle", x, order=(1, 0)), 1 - h * h)
    return [total(h, 0, 1)], [w - 0.1 * g, b - 0.1 * total(1 - h * h, 0)]


def momentum(g, v, w):
    new = 0.9 * v - 0.1 * g
    return [], [new, w + new]


def swap_equal(a, b):
    return [a + b], [b, a]


def cross(a, b):
    return [], [a + b, a - b]


def reversed_update(a):
    context = a.context
    n = a.context.size_value(a.type.shape[0])
    last = op("subtract", n, context.constant(1, I64))
    return [], [op("slice", a, last, n, steps=(-1,)) + a]


def embedding(i, w):
    rows = op("gather", w, i)
    g = rows * 2 + 1
    return [total(rows, 0, 1)], [op("scatter_add", w, -0.1 * g, i)]


def embedding_read_anew(i, w):
    new = op("scatter_add", w, op("gather", w, i) * 2 + 1, i)
    return [total(new, 0) * 2], [new]


def picked(x, y):
    rows = op("arange", x.context.size_value(x.type.shape[0]))
    return [total(-op("gather", op("log", x * x + 1), rows, y), 0)], []


def scatter_zero(x, i):
    return [op("scatter_add", zeros_like(x), op("gather", x, i), i)], []


def slices(x):
    c = x.context
    zero, two, one = (c.constant(k, I64) for k in (0, 2, 1))
    rows = c.size_value(x.type.shape[0])
    short = c.size_value(c.resolve(op("subtract", rows, two).as_size()))
    left = op("slice", x, two, zero, short, two, steps=(1, 2))
    placed = op("place", left, one, zero, rows, c.size_value(x.type.shape[1]), steps=(1, 2))
    return [left, placed * x], []


def joins(x, y, z):
    return [
        op("concatenate", x, y, axis=0),
        op("exp", op("concatenate", x * 2, y, z, x, axis=0)),
    ], []


def reshapes(x):
    c = x.context
    a, b = (c.size_value(s) for s in x.type.shape)
    flat = op("reshape", op("exp", x), op("multiply", a, b))
    return [flat + 1, op("reshape", flat * 2, b, a)], []


def transposes(x, y):
    return [op("dimshuffle", x, order=(1, 0)) + y, total(op("dimshuffle", x, order=(1, 0)), 0)], []


def vectors(x, v, u):
    return [op("dot", x, v), op("dot", u, x), op("dot", v, v)], []


def leading_rows(x, y):
    """A part that starts where the product does is at the same points, and has fewer of them."""
    number = x.context.size_value
    zero, two, n = number(0), number(2), number(y.type.shape[1])
    return [op("slice", op("dot", x, y) * 2, zero, zero, two, n, steps=(1, 1))], []


def batched(x, y):
    return [op("tanh", op("batched_dot", x, y)), op("batched_dot", x, y)], []


def integers(x, y):
    return [op("dot", x, y), op("floor_divide", x, 2), op("any", x > 1, axes=(1,))], []


def outputs_twice(x):
    y = x * 2
    return [y, y, x, op("dimshuffle", y, order=("x", 0, 1))], []


def scalars(a, b):
    return [a * b + 1, op("exp", a)], []


def old_state(x, s):
    return [s], [s + total(x, 0)]


def new_state(x, s):
    t = s + total(x, 0)
    return [t], [t]


def sorts(x, s):
    return [op("argsort", x * x), op("sort", x)], [op("sort", op("dimshuffle", s, order=(1, 0)))]


def broadcasts(x, r, c):
    return [op("exp", x + r) * c, broadcast_like(r, x)], []


def own_index(x):
    """The same memory is read element by element, and at picked rows."""
    return [op("gather", x, op("remainder", x, 2))], []


CASES = {
    "softmax": Case(softmax, [(F32, 2)], [(F32, (4, 7))], 1),
    "softmax_columns": Case(softmax_columns, [(F32, 2)], [(F32, (5, 37))], 1),
    "layer_norm": Case(layer_norm, [(F64, 2), (F64, 1)], [(F64, (3, 5)), (F64, (5,))], 1),
    "siblings": Case(siblings, [(F32, 2)], [(F32, (3, 5))], 1),
    "row_and_column_sums": Case(row_and_column_sums, [(F32, 2)], [(F32, (9, 33))], 2),
    "sgd": Case(
        sgd, [(F32, 2)], [(F32, (6, 4))], 4, ((F32, 2), (F32, 1)), ((F32, (4, 3)), (F32, (3,)))
    ),
    "momentum": Case(
        momentum, [(F32, 2)], [(F32, (5, 4))], 1, ((F32, 2),) * 2, ((F32, (5, 4)),) * 2
    ),
    "swap_equal": Case(swap_equal, [], [], 1, ((F64, 1),) * 2, ((F64, (3,)),) * 2),
    "cross": Case(cross, [], [], 1, ((F64, 1),) * 2, ((F64, (11,)),) * 2),
    "reversed_update": Case(reversed_update, [], [], 1, ((F64, 1),), ((F64, (9,)),)),
    "embedding": Case(embedding, [(I64, 1)], [(I64, (4,))], 2, ((F32, 2),), ((F32, (6, 5)),)),
    "embedding_read_anew": Case(
        embedding_read_anew, [(I64, 1)], [(I64, (4,))], 3, ((F32, 2),), ((F32, (6, 5)),)
    ),
    "picked": Case(picked, [(F64, 2), ("int32", 1)], [(F64, (4, 3)), ("int32", (4,))], 2),
    "scatter_zero": Case(scatter_zero, [(F64, 2), (I64, 1)], [(F64, (5, 3)), (I64, (7,))], 1),
    "slices": Case(slices, [(F32, 2)], [(F32, (6, 5))], 2),
    "joins": Case(joins, [(F64, 2)] * 3, [(F64, (2, 3)), (F64, (1, 3)), (F64, (4, 3))], 3),
    "reshapes": Case(reshapes, [(F64, 2)], [(F64, (3, 4))], 2),
    "transposes": Case(transposes, [(F32, 2)] * 2, [(F32, (3, 20)), (F32, (20, 3))], 1),
    "vectors": Case(
        vectors, [(F32, 2), (F32, 1), (F32, 1)], [(F32, (7, 5)), (F32, (5,)), (F32, (7,))], 3
    ),
    "leading_rows": Case(leading_rows, [(F64, 2)] * 2, [(F64, (3, 4)), (F64, (4, 5))], 2),
    "batched": Case(batched, [(F64, 3)] * 2, [(F64, (2, 3, 4)), (F64, (2, 4, 5))], 2),
    "integers": Case(integers, [("int32", 2)] * 2, [("int32", (3, 4)), ("int32", (4, 3))], 2),
    "own_index": Case(own_index, [(I64, 2)], [(I64, (2, 3))], 1),
    "outputs_twice": Case(outputs_twice, [(F32, 2)], [(F32, (2, 3))], 1),
    "scalars": Case(scalars, [(F64, 0)] * 2, [(F64, ())] * 2, 1),
    "old_state": Case(old_state, [(F64, 1)], [(F64, (4,))], 1, ((F64, 0),), ((F64, ()),)),
    "new_state": Case(new_state, [(F64, 1)], [(F64, (4,))], 1, ((F64, 0),), ((F64, ()),)),
    "sorts": Case(sorts, [(F32, 2)], [(F32, (3, 70))], 5, ((F64, 2),), ((F64, (4, 4)),)),
    "broadcasts": Case(
        broadcasts,
        [(F32, 2), (F32, 2, (0,)), (F32, 2, (1,))],
        [(F32, (3, 40)), (F32, (1, 40)), (F32, (3, 1))],
        1,
    ),
}
