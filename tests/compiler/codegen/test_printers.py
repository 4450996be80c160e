"""Control flow, memory, calls and data: the same meaning from every printer."""

import ctypes

import numpy as np
import pytest
from native import build, run_map
from runs import every_run, every_run_in_lanes, every_way

from symc.compiler.codegen.compile import c_source, compile_module
from symc.compiler.errors import InternalError
from symc.compiler.target.blob import flatten
from symc.compiler.target.isa import host_target


def number(b, value):
    return b.constant("int64", value)


@every_way
def test_loops_carry(printer, lanes, target):
    def emit(b):
        with b.function("fibonacci", [("n", "int64")], "int64") as (n,):
            # The two carried values trade places, which must happen at once.
            def body(i, state):
                return [state[1], b.add(state[0], state[1])]

            state = b.loop(number(b, 0), n, number(b, 1), [number(b, 0), number(b, 1)], body)
            b.ret(state[0])
        with b.function("nested", [("n", "int64")], "int64") as (n,):

            def outer(i, state):
                def inner(j, total):
                    return [b.add(total[0], b.multiply(i, j))]

                return b.loop(number(b, 0), i, number(b, 2), state, inner)

            b.ret(b.loop(number(b, 0), n, number(b, 1), [number(b, 0)], outer)[0])

    native = build(emit, target, printer)
    assert [native.call("fibonacci", n, result="int64") for n in (0, 1, 2, 10, 50)] == [
        0, 1, 1, 55, 12586269025,
    ]  # fmt: skip
    want = sum(i * j for i in range(9) for j in range(0, i, 2))
    assert native.call("nested", 9, result="int64") == want
    assert native.call("nested", -3, result="int64") == 0


@every_way
def test_loop_while(printer, lanes, target):
    def emit(b):
        with b.function("gcd", [("x", "int64"), ("y", "int64")], "int64") as (x, y):
            state = b.loop_while(
                [x, y],
                lambda s: b.not_equal(s[1], number(b, 0)),
                lambda s: [s[1], b.remainder(s[0], s[1])],
            )
            b.ret(state[0])

    native = build(emit, target, printer)
    assert native.call("gcd", 1071, 462, result="int64") == 21
    assert native.call("gcd", 7, 0, result="int64") == 7


@every_way
def test_when(printer, lanes, target):
    def emit(b):
        with b.function("f", [("x", "int64"), ("p", "ptr")], "int64") as (x, p):
            positive = b.greater(x, number(b, 0))
            b.when(positive, lambda: b.store(x, p))

            def deeper():
                large = b.greater(x, number(b, 10))
                return b.when(large, lambda: [number(b, 100), x], lambda: [x, number(b, 0)])

            one, two = b.when(positive, deeper, lambda: [b.negate(x), number(b, 5)])
            b.ret(b.add(one, two))

    native = build(emit, target, printer)
    stored = np.array([-1])
    assert native.call("f", -3, stored, result="int64") == 8
    assert stored[0] == -1
    assert native.call("f", 4, stored, result="int64") == 4
    assert native.call("f", 40, stored, result="int64") == 140
    assert stored[0] == 40


@every_way
def test_calls(printer, lanes, target):
    def emit(b):
        with b.function("entry", [("x", "int64"), ("hook", "ptr")], "int64") as (x, hook):
            twice = b.call("twofold", "int64", [x])  # defined below
            body = b.address("twofold")
            again = b.call_pointer(body, "int64", [twice])
            b.call("nothing", None, [again])
            given = b.equal(hook, b.constant("ptr", 0))
            (result,) = b.when(
                given, lambda: [again], lambda: [b.call_pointer(hook, "int64", [again, x])]
            )
            b.ret(result)
        with b.function("twofold", [("x", "int64")], "int64", export=False) as (x,):
            b.ret(b.add(x, x))
        with b.function("nothing", [("x", "int64")], export=False):
            pass

    native = build(emit, target, printer)
    assert native.call("entry", 5, ctypes.c_void_p(), result="int64") == 20
    hook = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(lambda a, b: a * b)
    assert native.call("entry", 5, hook, result="int64") == 100


@every_way
def test_call_pointer_without_result(printer, lanes, target):
    def emit(b):
        with b.function("f", [("hook", "ptr"), ("x", "float64")]) as (hook, x):
            b.call_pointer(hook, None, [b.constant("int32", 7), b.add(x, x), hook])

    seen = []
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_double, ctypes.c_void_p)
    hook = kind(lambda *values: seen.append(values))
    build(emit, target, printer).call("f", hook, 1.5)
    assert seen == [(7, 3.0, ctypes.cast(hook, ctypes.c_void_p).value)]


@every_way
def test_data(printer, lanes, target):
    text = b'quote " slash \\ zero \0 high \xff'

    def emit(b):
        with b.function("f", [], "ptr"):
            b.comment("names */ and\nlines do no harm")
            b.ret(b.data(text, 16))
        with b.function("g", [("i", "int64")], "float64") as (i,):
            table = b.data(np.array([0.5, 1.5, 2.5]).tobytes())
            b.ret(b.load(b.offset(table, "float64", i), "float64"))

    native = build(emit, target, printer)
    assert ctypes.string_at(native.call("f", result="ptr"), len(text)) == text
    assert native.call("g", 2, result="float64") == 2.5


@every_run
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float32", "float64", "int64"])
def test_gather_and_scatter(dtype, printer, lanes, target):
    lanes = target.lanes(8) if lanes is None else lanes

    def emit(b):
        parameters = [("x", "ptr"), ("i", "ptr"), ("y", "ptr"), ("n", "int64")]
        with b.function("f", parameters) as (x, i, y, n):
            index = b.load(i, "int64", lanes)
            mask = b.mask_below(n, lanes)
            values = b.gather(x, dtype, index, mask)
            b.scatter(values, y, index, mask)
            b.store(values, b.offset(y, dtype, 32), mask)
        with b.function("g", parameters) as (x, i, y, n):
            index = b.load(i, "int64", lanes)
            b.scatter(b.gather(x, dtype, index), y, index)

    native = build(emit, target, printer)
    width = max(lanes, 1)
    x = np.random.default_rng(6).integers(0, 2 if dtype == "bool" else 100, 32).astype(dtype)
    index = np.random.default_rng(7).permutation(32)[:width].astype("int64")
    for n in (0, 1, width):
        y = np.ones(48, dtype)
        native.call("f", x, index, y, n)
        want = np.ones(48, dtype)
        want[index[:n]] = x[index[:n]]
        want[32 : 32 + n] = x[index[:n]]
        assert np.array_equal(y, want)
    y = np.zeros(32, dtype)
    native.call("g", x, index, y, 0)
    assert np.array_equal(y[index], x[index])
    assert np.count_nonzero(y) == np.count_nonzero(x[index])


@every_run
def test_scatter_keeps_the_last(printer, lanes, target):
    lanes = target.lanes(8) if lanes is None else lanes

    def emit(b):
        with b.function("f", [("y", "ptr")]) as (y,):
            b.scatter(b.lane_index(lanes), y, b.splat(number(b, 0), lanes))

    y = np.full(2, -1)
    build(emit, target, printer).call("f", y)
    assert y.tolist() == [max(lanes, 1) - 1, -1]


@every_run
def test_masked_load_touches_nothing_outside(printer, lanes, target):
    lanes = target.lanes(4) if lanes is None else lanes

    def emit(b):
        with b.function("f", [("x", "ptr"), ("y", "ptr"), ("n", "int64")]) as (x, y, n):
            mask = b.mask_below(n, lanes)
            b.store(b.load(x, "float32", lanes, mask), y)

    native = build(emit, target, printer)
    y = np.ones(16, "float32")
    native.call("f", ctypes.c_void_p(8), y, 0)  # no address that can be read
    assert not y[: max(lanes, 1)].any()


@every_run_in_lanes
@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_compress_and_count(dtype, printer, target):
    lanes = target.lanes(np.dtype(dtype).itemsize)

    def emit(b):
        with b.function("f", [("x", "ptr"), ("y", "ptr")], "int64") as (x, y):
            values = b.load(x, dtype, lanes)
            mask = b.less(values, b.constant(dtype, 50, lanes))
            b.store(b.compress(values, mask), y)
            b.ret(b.count(mask))

    native = build(emit, target, printer)
    for seed in range(5):
        x = np.random.default_rng(seed).integers(0, 100, lanes).astype(dtype)
        y = np.ones(lanes, dtype)
        count = native.call("f", x, y, result="int64")
        assert count == np.count_nonzero(x < 50)
        assert np.array_equal(y, [*x[x < 50], *[0] * (lanes - count)])


@every_run
@pytest.mark.parametrize("operation", ["add", "multiply", "minimum", "maximum", "bit_or"])
def test_horizontal(operation, printer, lanes, target):
    dtype = "int32" if operation == "bit_or" else "float32"
    lanes = target.lanes(4) if lanes is None else lanes

    def emit(b):
        with b.function("f", [("x", "ptr"), ("y", "ptr")]) as (x, y):
            b.store(b.horizontal(operation, b.load(x, dtype, lanes)), y)

    x = np.random.default_rng(8).uniform(0.5, 1.5, max(lanes, 1)) * (1 if dtype != "int32" else 64)
    x = x.astype(dtype)
    want = x
    combine = {"bit_or": np.bitwise_or}.get(operation) or getattr(np, operation)
    while len(want) > 1:  # the order is part of the promise
        want = combine(want[: len(want) // 2], want[len(want) // 2 :])
    y = np.zeros(1, dtype)
    build(emit, target, printer).call("f", x, y)
    assert y[0] == want[0]


@every_run
def test_lanes(printer, lanes, target):
    lanes = target.lanes(8) if lanes is None else lanes

    def emit(b):
        with b.function("f", [("x", "ptr"), ("y", "ptr")]) as (x, y):
            vector = b.load(x, "float64", lanes)
            last = max(lanes, 1) - 1
            moved = b.insert(vector, b.extract(vector, last), 0)
            b.store(b.add(moved, b.cast(b.lane_index(lanes), "float64")), y)

    width = max(lanes, 1)
    x, y = np.arange(5.0, 5 + width), np.zeros(width)
    build(emit, target, printer).call("f", x, y)
    want = x + np.arange(width)
    want[0] = x[-1]
    assert np.array_equal(y, want)


@every_run
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 40])
def test_tails(n, printer, lanes, target):
    x = np.arange(n, dtype="float32")
    got = run_map(
        lambda b, x: b.add(x, x), [x], "float32", lanes=lanes, target=target, printer=printer
    )
    assert np.array_equal(got, x + x)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda b: b.add(b.constant("int32", 1), b.constant("int64", 1)), "add needs operands"),
        (lambda b: b.subtract(b.constant("bool", 1), b.constant("bool", 1)), "no subtract of bool"),
        (lambda b: b.less(b.constant("ptr", 0), b.constant("ptr", 0)), "no comparison less of ptr"),
        (lambda b: b.extract(b.constant("int8", 0, 4), 4), "no lane 4"),
        (lambda b: b.insert(b.constant("int8", 0, 4), b.constant("int16", 0), 0), "cannot put"),
        (lambda b: b.horizontal("divide", b.constant("int8", 0, 4)), "no horizontal divide"),
        (lambda b: b.horizontal("add", b.constant("int8", 0, 3)), "not a power of two"),
        (lambda b: b.load(b.constant("ptr", 0), "int8", 4, b.constant("bool", 1)), "cannot mask"),
        (lambda b: b.sqrt(b.constant("int64", 1)), "no sqrt of int64"),
        (lambda b: b.bit_and(*[b.constant("float32", 1)] * 2), "no bit_and of float32"),
        (lambda b: b.shift_left(*[b.constant("bool", 1)] * 2), "no shift_left of bool"),
        (lambda b: b.math("exp", b.constant("int8", 1)), "no exp of int8"),
        (lambda b: b.constant("int8", 128), "128 is no int8"),
        (lambda b: b.constant("uint64", -1), "-1 is no uint64"),
        (lambda b: b.constant("int32", 0.5), "0.5 is no int32"),
        (lambda b: b.math("nosuch", b.constant("float32", 1)), "no elementary function"),
    ],
)
def test_misuse_is_named(wrong, message):
    def emit(b):
        with b.function("f", []):
            wrong(b)

    with pytest.raises(InternalError, match=message):
        build(emit)


def test_c_has_no_lanes():
    def emit(b):
        with b.function("f", []):
            b.lane_index(4)

    with pytest.raises(InternalError, match="no lanes"):
        c_source(emit, host_target())


def test_text_is_the_same_each_time():
    def emit(b):
        with b.function("f", [("x", "float32")], "float32") as (x,):
            b.ret(b.math("tanh", b.math("exp", x)))

    for printer in ("llvm", "mlir"):
        first, second = (compile_module(emit, host_target(), printer) for _ in range(2))
        assert first.texts == second.texts
        assert first.object == second.object
        assert set(flatten(first.object).exports) == {"f"}
    assert c_source(emit, host_target()) == c_source(emit, host_target())
