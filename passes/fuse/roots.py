"""Which Values are computed into memory, and which are recomputed where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from symc.compiler.kernel.factoring import KINDS
from symc.compiler.module import Module, walk_by
from symc.compiler.ops.loop import body_of
from symc.compiler.sizes import is_one, same
from symc.compiler.value import Value
from symc.passes.fuse import reasons
from symc.passes.fuse.reasons import Reason

REDUCTIONS = frozenset(
    {
        *("sum", "prod", "max", "min", "argmax", "argmin", "all", "any"),
        *("supremum", "prod_real", "prod_imag"),
    }
)
SCANS = frozenset({"cumsum", "cumprod", "recurrence"})
PRODUCTS = frozenset({"dot", "batched_dot"})
SCATTERS = frozenset({"scatter_add", "scatter_set"})
SORTS = frozenset({"sort", "argsort", "sort_some", "argsort_some"})
FACTORS = frozenset(KINDS)
SOURCES = frozenset({"parameter", "constant", "bound"})
HOST = frozenset({"dimension", "bounded", "measured"})
MOVES = frozenset(
    {
        *("dimshuffle", "broadcast", "slice", "place", "concatenate", "arange", "gather"),
        "interleave",
    }
)
RESHAPED = frozenset({"reshape", "parts", "whole"})
"""Operations whose result is their operand's memory, in C order, under another type."""
COSTLY = frozenset(
    {
        *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power"),
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2"),
        *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"),
        *("sigmoid", "softplus", "erf", "erfc", "hypot", "log_hypot"),
        *("erfcx", "erfinv", "erfcinv", "gamma", "gammaln", "psi", "tri_gamma", "chi2sf"),
        *("gammainc", "gammaincc", "gammal", "gammau", "j0", "j1", "jv", "i0", "i1", "iv"),
    }
)
"""Pointwise operations worth keeping rather than computing twice."""

LARGEST = 150
"""Scalars that one Value may pull into a kernel before it is computed by itself."""

REPEATED = 30
"""The same for a Value that several kernels would compute: what is carried through steps that are
written one after the other would be computed from the first step on by the kernels of each."""

LINKS = 4
"""Scatters, each into what the one before made, that one kernel does."""

DATA = {
    **dict.fromkeys(
        ("broadcast", "reshape", "slice", "place", "python_result", "branch_result"), slice(1)
    ),
    "orthogonal": slice(1),
    "loop": slice(-1),
    "region_set": slice(2),
    "region_add": slice(2),
    "arange": slice(0),
    "sort_some": slice(1),
    "argsort_some": slice(1),
}
"""Which operands are data, for operations that take sizes too."""

JOINED_INLINE = 3
"""Operands up to which `concatenate` is a choice per element; more are stages of their own."""


def is_view(value: Value) -> bool:
    """Tell whether a Value is another's memory under a different shape."""
    if value.op.name in RESHAPED:
        return True
    if value.op.name != "dimshuffle":
        return False
    moved = [axis for axis in value.attribute("order") if axis != "x"]
    shape = value.operands[0].type.shape
    long = [axis for axis in moved if not is_one(shape[axis])]
    return long == sorted(long)


def is_inlined(value: Value) -> bool:
    """Tell whether a Value can be computed element by element where it is used."""
    name = value.op.name
    if name == "concatenate":
        return len(value.operands) <= JOINED_INLINE
    return value.op.family == "pointwise" or name in MOVES


def demanded(value: Value) -> Iterator[Value]:
    """Yield the operands that must be in memory before a Value can be computed."""
    name = value.op.name
    if name in PRODUCTS:
        yield from (operand for operand, _ in stored_factors(value)[1])
    elif name == "python":
        yield from value.operands
    elif name == "loop":
        yield from loop_reads(value)
    elif name in FACTORS or name == "branch":
        yield from data_operands(value)
    elif name in RESHAPED | SORTS or name in ("gather", "positions", "searchsorted"):
        yield value.operands[0]
    elif name in SCATTERS:  # what takes long is computed by a kernel in parts, before
        yield from (target for target in value.operands[:1] if _is_costly(target))
    elif name in SCANS and runs_alone(value):
        yield from (operand for operand in value.operands if _is_costly(operand))


def loop_reads(value: Value) -> tuple[Value, ...]:
    """Return what must be in memory for a loop: of its sequences what holds their rows."""
    count = len(body_of(value).elements)
    sequences, others = value.operands[:count], value.operands[count:-1]
    return (*map(rows_read, sequences), *others)


def rows_read(sequence: Value) -> Value:
    """Return what holds the rows of a sequence: of a slice along its first axis the whole.

    A step reads a row where it lies, whatever the order of the steps; but not what is computed
    element by element, which would be computed for rows that nothing reads.
    """
    whole = sequence.operands[0] if is_slice_of_rows(sequence) else sequence
    while is_view(whole) or _is_beginning(whole):
        whole = whole.operands[0]
    return sequence if whole is storage(sequence) or is_inlined(whole) else whole


def is_slice_of_rows(value: Value) -> bool:
    """Tell whether a Value is some rows of another, of equal distances."""
    if value.op.name != "slice":
        return False
    whole, *bounds = value.operands
    half = len(bounds) // 2
    lengths = [x.as_size() for x in bounds[half + 1 :]]
    full = all(map(same, lengths, whole.type.shape[1:]))
    starts = all(same(x.as_size(), 0) for x in bounds[1:half])
    return full and starts and all(step == 1 for step in value.attribute("steps")[1:])


def _is_beginning(value: Value) -> bool:
    """Tell whether a Value is the first rows of another."""
    return (
        is_slice_of_rows(value)
        and value.attribute("steps")[0] == 1
        and same(value.operands[1].as_size(), 0)
    )


def runs_alone(scan: Value) -> bool:
    """Tell whether a scan takes one element after the other, with no lanes across its axis."""
    axis: int = scan.attribute("axis")
    return all(is_one(size) for size in scan.type.shape[axis + 1 :])


def _is_costly(value: Value) -> bool:
    """Tell whether computing an element takes a costly operation, down to what is in memory."""
    seen: set[Value] = set()
    stack = [value]
    while stack:
        current = stack.pop()
        if current in seen or not is_inlined(current):
            continue
        if current.op.name in COSTLY:
            return True
        seen.add(current)
        stack.extend(data_operands(current))
    return False


def untransposed(value: Value) -> tuple[Value, bool]:
    """Return a product's operand as it lies in memory, and whether its matrices are transposed."""
    if value.op.name == "dimshuffle" and value.attribute("order") in ((1, 0), (0, 2, 1)):
        return value.operands[0], True
    return value, False


def stored_factors(value: Value) -> tuple[str, tuple[tuple[Value, bool], ...]]:
    """Return the dtype of a product's operands in memory, and each with whether it is transposed.

    What both are as bfloat16 is not widened in memory: the product of two is exact in float32.
    """
    found = tuple(untransposed(operand) for operand in value.operands)
    if value.type.dtype == "float32" and all(_is_widened(x) for x, _ in found):
        inner = tuple((untransposed(x.operands[0]), flip) for x, flip in found)
        return "bfloat16", tuple((x, turned != flip) for (x, turned), flip in inner)
    return value.type.dtype, found


def _is_widened(value: Value) -> bool:
    return value.op.name == "cast" and value.operands[0].type.dtype == "bfloat16"


def data_operands(value: Value) -> tuple[Value, ...]:
    """Return the operands read element by element; the rest are sizes, known to the host."""
    known = DATA.get(value.op.name)
    return value.operands if known is None else value.operands[known]


def data_walk(roots: Iterable[Value]) -> Iterator[Value]:
    """Yield what the roots need in memory or registers, operands first; sizes are left out."""
    return walk_by(roots, lambda v: () if v.op.name in HOST else data_operands(v))


def storage(value: Value) -> Value:
    """Return the Value whose memory a view shows."""
    while is_view(value):
        value = value.operands[0]
    return value


class Demand(Struct, frozen=True):
    """What a module computes and which of it must be in memory, however it is fused.

    order     all that it computes, operands first
    wanted    what must be in memory, and why
    results   what of that is for others than kernels
    """

    order: list[Value]
    wanted: dict[Value, Reason]
    results: set[Value]


def demand_of(module: Module) -> Demand:
    """Return what a module computes, and what of it must be in memory."""
    results = {storage(v) for v in (*module.outputs, *(v for _, v in module.updates))}
    wanted = dict.fromkeys(results, reasons.RESULT)
    order = list(data_walk([*module.outputs, *(v for _, v in module.updates)]))
    inner = _scattered_on(order, results)
    for value in order:
        for operand in demanded(value):
            wanted.setdefault(storage(operand), reasons.READ_WHOLE.of(value.op.name))
        if not is_inlined(value) and not is_view(value) and value not in inner:
            wanted.setdefault(value, reasons.OWN_LOOP.of(value.op.name))
        if value.op.name in ("python", "loop", "branch"):
            results.update(data_operands(value))
    return Demand(order, wanted, results)


def _scattered_on(order: Sequence[Value], results: Container[Value]) -> set[Value]:
    """Return the scatters that only another one reads, and changes: one kernel does both."""
    users = Counter(operand for value in order for operand in data_operands(value))
    length: dict[Value, int] = {}
    for value in order:
        if value.op.name in SCATTERS:
            target = value.operands[0]
            alone = target in length and users[target] == 1 and target not in results
            length[value] = length[target] + 1 if alone and length[target] < LINKS else 1
    return {value.operands[0] for value, count in length.items() if count > 1}


def find_roots(demand: Demand, extra: Mapping[Value, Reason]) -> dict[Value, Reason]:
    """Return, operands first, the Values that are computed into memory, and why.

    extra   some more
    """
    order, wanted = demand.order, {**extra, **demand.wanted}
    _cut_large(order, wanted, _repeated(order, wanted))
    held = demand.results
    return {v: wanted[v] for v in order if v in wanted and not _is_held(v, held) and not is_view(v)}


def _is_held(value: Value, results: set[Value]) -> bool:
    """Tell whether a Value needs no computing: it is in memory, or known to the host.

    A size that is a result, or that Python, a loop or a branch takes, is in memory as others are.
    """
    return value.op.name in SOURCES or (value.op.name in HOST and value not in results)


def _repeated(order: list[Value], wanted: Mapping[Value, Reason]) -> set[Value]:
    """Return the pointwise Values that would be computed for more than one Value in memory."""
    home: dict[Value, Value] = {}
    repeated: set[Value] = set()
    for user in reversed(order):
        place = user if user in wanted else home.get(user, user)
        for value in data_operands(user):
            inherited = user in repeated and user not in wanted
            if inherited or home.setdefault(value, place) is not place:
                repeated.add(value)
    return {v for v in repeated if v.op.family == "pointwise"}


def _cut_large(order: list[Value], wanted: dict[Value, Reason], repeated: set[Value]) -> None:
    """Compute by itself whatever would pull too much into one kernel, or into several."""
    weight: dict[Value, int] = {}
    for value in order:
        operands = set(data_operands(value))
        total = 1 + sum(0 if v in wanted else weight.get(v, 0) for v in operands)
        if total > LARGEST and is_inlined(value):
            cut = _heavy([v for v in operands if v not in wanted and weight.get(v, 0) > 1], weight)
            if total - sum(weight[v] - 1 for v in cut) > LARGEST:
                cut = [v for v in operands if weight.get(v, 0) > 1]
            for v in cut:
                wanted.setdefault(storage(v), reasons.LARGE)
            total = 1 + sum(1 if v in cut or v in wanted else weight.get(v, 0) for v in operands)
        if total > REPEATED and value in repeated:
            wanted.setdefault(value, reasons.REPEATED)
        weight[value] = 0 if value.op.name in SOURCES | HOST else total


def _heavy(operands: list[Value], weight: dict[Value, int]) -> list[Value]:
    """Return what makes most of a sum large: what came before in a long one, not its new terms."""
    heaviest = max((weight[v] for v in operands), default=0)
    return [v for v in operands if 4 * weight[v] >= heaviest]
