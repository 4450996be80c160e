"""The driver comes to an end or says which rule does not, keeps sites, and is linear in time."""

from time import process_time

import numpy as np
import pytest

from symc.compiler.errors import InternalError
from symc.compiler.location import Location
from symc.compiler.module import walk
from symc.compiler.ops.arithmetic import add, multiply
from symc.compiler.ops.exponential import exp, log, log1p, sigmoid
from symc.compiler.ops.logic import cast
from symc.compiler.ops.trigonometric import cos, sin
from symc.passes import rules
from symc.passes.canonical import canonicalize, simplify, stabilize
from symc.passes.rewrite import Driver, Rewriting, rewrite
from symc.passes.rule import Constant, Float, Integer, on, rule
from tests.passes.graphs import build, compute

VECTOR = ("float64", 1)


@rule(exact=True)
def sin_to_cos(x):
    return sin(x), cos(x)


@rule(exact=True)
def cos_to_sin(x):
    return cos(x), sin(x)


@rule(exact=True)
def grow(x):
    return sin(x), cos(sin(x + 1))


@on("sin", exact=True)
def broken(value):
    raise ValueError("no such thing")


@on("sin", exact=True)
def wrong_type(value):
    return cast(value, dtype="float32")


SITES = (Location((("model.py", 7, "f"),), "sin"),)


def at_line_7(x):
    with x.context.at(0):
        return sin(x)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ([sin_to_cos, cos_to_sin], "'sin_to_cos' comes back to its own left side"),
        ([grow], "'grow' does not come to an end"),
        ([broken], "'broken' fails: no such thing"),
        ([wrong_type], r"'wrong_type' fails: float32\[.*\] is not float64"),
    ],
)
def test_a_bad_rule_is_named_with_the_line(chosen, message):
    module = build(at_line_7, VECTOR, sites=SITES)
    with pytest.raises(InternalError, match=message) as caught:
        rewrite(module, chosen, "test")
    assert "model.py:7" in str(caught.value)


def test_what_replaces_has_the_site_of_what_is_replaced():
    def make(x):
        with x.context.at(3):
            p = sigmoid(x)
        with x.context.at(4):
            return log(p)

    module = stabilize(build(make, VECTOR))
    sites = {v.op.name: v.site for v in walk(module.outputs) if v.op.family != "leaf"}
    assert sites == {"negate": 4, "softplus": 4}


def test_a_hole_that_occurs_twice_is_one_value():
    @rule(exact=True)
    def same(x):
        return sin(x) * sin(x), cos(x)

    module = build(
        lambda x, y: (multiply(sin(x), sin(y)), multiply(sin(x), sin(x))), VECTOR, VECTOR
    )
    left, right = rewrite(module, [same]).outputs
    assert (left.op.name, right.op.name) == ("multiply", "cos")


def test_annotations_narrow_holes():
    @rule(exact=True)
    def constant(x, c: Constant):
        return sin(x + c), lambda x, c: cos(x) * (c + 1)

    @rule(exact=True, where=lambda n: n > 2)
    def integer(x: Float, n: Integer):
        return x**n, lambda x, n: cos(x) * n

    module = build(lambda x: (sin(x + 1.5), sin(x + x), x**3, x**2, x**2.5), VECTOR)
    names = [v.op.name for v in rewrite(module, [constant, integer]).outputs]
    assert names == ["multiply", "sin", "multiply", "power", "power"]


def test_loose_patterns_take_any_subset_in_any_order():
    @rule(exact=False)
    def law(x):
        return sin(x) + 1 - cos(x), exp(x)

    def make(x, y):
        return (
            y - cos(x) + x * y + sin(x) + 1,
            -1 - sin(x) + cos(x) + y,
            sin(x) - cos(y) + 1,
            2 * sin(x) + 1 - cos(x),
        )

    module = rewrite(build(make, VECTOR, VECTOR), [law])
    found = [any(v.op.name == "exp" for v in walk([out])) for out in module.outputs]
    assert found == [True, True, False, False]
    x, y = np.array([0.5, 1.0]), np.array([2.0, 3.0])
    first, second, *_ = compute(module, x, y)
    np.testing.assert_allclose(first, y + x * y + np.exp(x))
    np.testing.assert_allclose(second, y - np.exp(x))


def test_a_single_hole_takes_the_rest_of_a_sum():
    @rule(exact=False)
    def rest(x):
        return log(1 + x), log1p(x)

    module = rewrite(build(lambda x, y: log(x - y + 1 + x * y), VECTOR, VECTOR), [rest])
    x, y = np.array([0.5, 1.0]), np.array([2.0, 3.0])
    assert module.outputs[0].op.name == "log1p"
    np.testing.assert_allclose(compute(module, x, y)[0], np.log(1 + x - y + x * y))


def test_constants_match_whatever_their_rank():
    def make(x):
        ones = x.context.constant(np.ones((1, 3)))
        return log(ones + exp(x))

    module = stabilize(build(make, ("float64", 2)))
    assert "softplus" in [v.op.name for v in walk(module.outputs)]
    x = np.zeros((2, 3))
    np.testing.assert_allclose(compute(module, x)[0], np.log(2) * np.ones((2, 3)))


def test_rules_are_excluded_by_name_and_by_family():
    module = build(lambda x: log(sigmoid(x)), VECTOR)
    assert stabilize.excluding(frozenset({"log_sigmoid"}))(module).outputs[0].op.name == "log"
    assert stabilize.excluding(frozenset({"stabilize"}))(module).outputs[0].op.name == "log"
    assert stabilize(module).outputs[0].op.name == "negate"


def test_rules_of_an_operation_are_found_once_for_all_runs():
    first, second = (build(lambda x: add(sin(x), x), VECTOR) for _ in range(2))
    one = Driver(first, (sin_to_cos, grow), "test")
    one.settle()
    other = Driver(second, (sin_to_cos, grow), "test")
    assert other.rooted is one.rooted
    assert other.rooted["sin", "pointwise", True] == (sin_to_cos, grow)
    assert Driver(second, (grow,), "test").rooted is not one.rooted


def test_sizes_stay_what_types_say():
    def make(x):
        n = x.context.size_value(x.type.shape[0])
        from symc.compiler.ops.shape import reshape

        return reshape(x, add(n, n) - n)

    module = simplify(build(make, VECTOR))
    np.testing.assert_array_equal(compute(module, np.arange(3.0))[0], np.arange(3.0))


def test_operands_of_two_are_merged_in_either_order():
    module = canonicalize(build(lambda x, y: exp(x * y) / exp(y * x), VECTOR, VECTOR))
    np.testing.assert_array_equal(compute(module, np.array([1.0]), np.array([2.0]))[0], [1.0])
    assert "exp" not in [v.op.name for v in walk(module.outputs)]


# --- time

SIZE = 10_000


def chain(x):
    for k in range(SIZE // 2):
        x = sin(x) + float(k + 2)
    return x


def sums(x):
    y = x
    for _ in range(SIZE):
        y = y + x
    return y


def different_sums(x, y):
    for k in range(SIZE // 2):
        y = y + x * float(k + 2)
    return y


def wide(x):
    return add(*(sin(x * float(k + 2)) for k in range(SIZE // 3)))


def diamond(x):
    for _ in range(SIZE // 3):
        x = sin(x) * cos(x)
    return x


def stable(x):
    for _ in range(SIZE // 8):
        x = log(1 + exp(x)) - log(sigmoid(x))
    return x


GRAPHS = {
    "chain": (chain, 1),
    "sums": (sums, 1),
    "different sums": (different_sums, 2),
    "wide": (wide, 1),
    "diamond": (diamond, 1),
    "stable": (stable, 1),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_ten_thousand_values_take_seconds(name):
    make, count = GRAPHS[name]
    module = build(make, *[VECTOR] * count)
    start = process_time()
    Rewriting("all", rules.ALL)(module)
    assert process_time() - start < 6
