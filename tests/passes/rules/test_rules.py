"""Every rule is an equation: its sides have one type and one value, and the pipeline uses it."""

import dataclasses
import os

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import ShapeMismatch
from symc.compiler.module import Module, make_parameter, walk
from symc.compiler.parse import parse
from symc.compiler.text import to_text
from symc.compiler.types import array_dtype
from symc.compiler.verify import verify
from symc.passes import rules
from symc.passes.rewrite import DEPTH, Driver
from symc.passes.rule import Rule
from tests.passes.graphs import compute
from tests.passes.rules.examples import MADE, Example, examples

EXAMPLES = examples()
SIZES = {"float64": 4, "float32": 4, "int64": 4, "int8": 4, "bool": 4}
NARROW = {"log_of_widened": 1e-5, "widened_dot": 2.0**-7}
"""How near two sides are of which one rounds to a narrower float."""

each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)


def arrays(module, seed=0, special=False):
    """Return arguments for a module: 4 in each open dimension."""
    random = np.random.default_rng(seed)
    return [_array(random, p.value.type, special) for p in module.parameters]


def _array(random, type_, special):
    shape = tuple(size if isinstance(size, int) else 4 for size in type_.shape)
    kind = array_dtype(type_.dtype).kind
    if kind == "b":
        return random.integers(0, 2, shape).astype(bool)
    if kind in "iu":
        return random.integers(0, 4, shape).astype(array_dtype(type_.dtype))
    if special:
        numbers = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5]
        return random.choice(numbers, shape).astype(array_dtype(type_.dtype))
    positive = 0.1 + 2 * random.random(shape)  # logarithms, roots
    return positive.astype(array_dtype(type_.dtype))


def rewritten(example: Example):
    """Return the module with the rule applied once at its root, or wherever it fires alone."""
    driver = Driver(example.module, [example.rule], "test")
    new = driver.settle()
    assert driver.fired[example.rule.name]
    return replace(example.module, outputs=tuple(new[v] for v in example.module.outputs))


def equal_types(left, right):
    return left.dtype == right.dtype and all(
        sizes.same(a, b) for a, b in zip(left.shape, right.shape, strict=True)
    )


def same_bits(left, right):
    np.testing.assert_array_equal(left, right, strict=True)
    if left.dtype.kind == "f":
        known = ~np.isnan(left)
        np.testing.assert_array_equal(np.signbit(left[known]), np.signbit(right[known]))


def test_every_rule_has_an_example():
    assert {e.rule.name for e in EXAMPLES} == {r.name for r in rules.ALL}
    assert set(MADE) == {r.name for r in rules.ALL if r.left is None}
    names = [r.name for r in rules.ALL]
    assert len(names) == len(set(names))


@each
def test_both_sides_are_equal(example):
    after = rewritten(example)
    verify(after)
    assert equal_types(after.outputs[0].type, example.module.outputs[0].type)
    for seed in range(3):
        given = arrays(example.module, seed)
        left, right = compute(example.module, *given)[0], compute(after, *given)[0]
        near = 1e-5 if left.dtype == "float32" else 1e-9
        tolerance = NARROW.get(example.rule.name, near)
        np.testing.assert_allclose(right, left, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.rule.exact], ids=lambda e: e.name)
def test_exact_rules_keep_every_bit(example):
    after = rewritten(example)
    for seed in range(6):
        given = arrays(example.module, seed, special=seed % 2 == 1)
        same_bits(compute(example.module, *given)[0], compute(after, *given)[0])


def fired(module, chosen: tuple[Rule, ...]):
    module.context.memory.clear()  # every rule is tried, whatever was tried before
    driver = Driver(module, chosen, "test")
    new = driver.settle()
    return replace(module, outputs=tuple(new[v] for v in module.outputs)), driver


PASSES = (rules.CANONICAL, (*rules.CANONICAL, *rules.STABILIZE), rules.ALL)


@each
def test_fires_through_the_pipeline(example):
    module, seen = example.module, set()
    for chosen in PASSES:
        module, driver = fired(module, chosen)
        seen |= set(driver.fired)
    assert example.rule.name in seen


@pytest.mark.parametrize(
    "example",
    [e for e in EXAMPLES if e.rule.family in ("stabilize", "simplify")],
    ids=lambda e: e.name,
)
def test_left_sides_are_canonical(example):
    _, driver = fired(example.module, rules.CANONICAL)
    assert not driver.fired


def copied(module):
    """Return a module in a context of its own."""
    return parse(to_text(module))


def graft(outer, inner):
    """Return the outer module with its first parameter replaced by what the inner one computes."""
    module = inner.module
    context, (given,) = module.context, module.outputs
    first = outer.module.parameters[0].value
    if first.type.dtype != given.type.dtype or first.type.broadcastable != given.type.broadcastable:
        return None
    new, parameters = {first: given}, list(module.parameters)
    for p in outer.module.parameters[1:]:
        flags = p.value.type.broadcastable
        parameters.append(make_parameter(context, len(parameters), p.value.type.dtype, flags))
        new[p.value] = parameters[-1].value
    for value in walk(outer.module.outputs):
        if value.op.name == "dimension":
            owner = new[outer.module.parameters[value.attribute("parameter")].value]
            new[value] = context.size_value(owner.type.shape[value.attribute("axis")])
        elif value not in new:
            operands = tuple(new[x] for x in value.operands)
            new[value] = (
                context.constant(value.data)
                if value.is_constant
                else context.make(value.op, operands, value.attributes)
            )
    outputs = tuple(new[v] for v in outer.module.outputs)
    return Module("f", context, tuple(parameters), outputs, (), tuple(context.checks))


STRIDE = int(os.environ.get("SYMC_RULE_PAIRS", "17"))  # 1 for all of them
PAIRS = [(a, b) for a in EXAMPLES for b in EXAMPLES][::STRIDE]


def differs(left, right, near):
    """Tell whether two arrays differ where the first is a moderate number."""
    with np.errstate(all="ignore"):
        moderate = np.isfinite(left) & (np.abs(left) < 1e6)
        return not np.allclose(left[moderate], right[moderate], rtol=near, atol=near)


def test_pairs_of_rules_come_to_an_end():
    tried = 0
    for outer, inner in PAIRS:
        try:
            module = graft(outer, dataclasses.replace(inner, module=copied(inner.module)))
        except ShapeMismatch:  # a slice of 3 where a vector of 4 is
            continue
        if module is None:
            continue
        tried += 1
        after = module
        for chosen in PASSES:
            after, driver = fired(after, chosen)
            assert driver.deepest < DEPTH // 3
        given = arrays(module)
        try:
            left = compute(module, *given)[0]
        except (ShapeMismatch, IndexError, np.linalg.LinAlgError):
            continue
        names = (outer.rule.name, inner.rule.name)
        near = max(1e-4, *(4 * NARROW.get(name, 0) for name in names))
        assert not differs(left, compute(after, *given)[0], near), names
    assert tried > len(PAIRS) / 20
