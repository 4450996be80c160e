"""ifelse: one side is computed, and derivatives flow through that side."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.ops.branch import arms_of
from symc.ifelse import IfElse, ifelse

ROWS = np.arange(1.0, 4.0)
MISTAKE = 7
"""A place that ROWS does not have: whoever computes x[MISTAKE] fails."""


@pytest.fixture
def k():
    return T.iscalar("k")


@pytest.fixture
def x():
    return T.dvector("x")


def both(made, k, x, rows=ROWS):
    """Return what is computed for a true condition, and for a false one."""
    f = symc.function([k, x], made, on_unused_input="ignore")
    return f(1, rows), f(0, rows)


# --- values


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float32", "float64"])
def test_anything_but_zero_takes_the_first(dtype):
    c, a, b = T.scalar("c", dtype), T.dscalar("a"), T.dscalar("b")
    f = symc.function([c, a, b], ifelse(c, a, b))
    assert f(np.array(0, dtype), 1.0, 2.0) == 2.0
    assert f(np.array(1, dtype), 1.0, 2.0) == 1.0


def test_a_half_is_not_zero():
    c = T.dscalar("c")
    assert ifelse(c, 1, 2).eval({c: 0.5}) == 1


def test_sides_of_different_sizes(k, x):
    whole, rest = both(ifelse(k, x, x[1:] * 2), k, x)
    assert whole.tolist() == [1, 2, 3]
    assert rest.tolist() == [4, 6]
    total, least = both(T.exp(ifelse(k, x, x[1:])).shape[0] + x, k, x)
    assert total.tolist() == [4, 5, 6]
    assert least.tolist() == [3, 4, 5]


def test_several_results(k, x):
    (a, b), (c, d) = both(ifelse(k, [x, x.sum()], [x * 2, x.max()]), k, x)
    assert a.tolist() == [1, 2, 3]
    assert b == 6
    assert c.tolist() == [2, 4, 6]
    assert d == 3


def test_the_form_of_the_results(k, x):
    assert isinstance(ifelse(k, x, x), T.TensorVariable)
    assert isinstance(ifelse(k, [x], [x]), list)
    assert isinstance(ifelse(k, (x, x), (x, x)), tuple)
    assert isinstance(ifelse(k, [x], x), list)
    assert ifelse(k, 1, 2).dtype == "int8"
    assert isinstance(ifelse(k, x, x, name="choice").owner.op, IfElse)


def test_shared_variables_and_arrays(k, x):
    w = symc.shared(np.ones(3), "w")
    first, second = both(ifelse(k, w, np.zeros(3)), k, x)
    assert first.tolist() == [1, 1, 1]
    assert second.tolist() == [0, 0, 0]


def test_updates_by_choice(k):
    count = symc.shared(0.0, "count")
    f = symc.function([k], updates={count: ifelse(k, count + 1, count * 10)})
    for choice in (1, 1, 0):
        f(choice)
    assert count.get_value() == 20


# --- laziness


def test_only_the_side_that_is_taken_is_computed(k, x):
    f = symc.function([k, x], ifelse(k, x.sum(), x[MISTAKE] * x.sum()))
    assert f(1, ROWS) == 6
    with pytest.raises(IndexError):
        f(0, ROWS)


def test_a_function_of_python_is_called_only_where_it_is_needed(k, x):
    called = []

    @symc.as_op([T.dvector], [T.dvector])
    def noted(array):
        called.append(1)
        return array * 2

    f = symc.function([k, x], ifelse(k, x.sum(), noted(x).sum()))
    f(1, ROWS)
    assert not called
    assert f(0, ROWS) == 12
    assert len(called) == 1


def test_inner_choices_are_lazy_too(k, x):
    inner = ifelse(x.sum() > 0, x.max(), x[MISTAKE])
    f = symc.function([k, x], ifelse(k, inner, x[MISTAKE] + 1))
    assert f(1, ROWS) == 3
    with pytest.raises(IndexError):
        f(1, -ROWS)


def test_what_both_sides_need_is_computed_once(k, x):
    shared = T.exp(x)
    f = symc.function([k, x], ifelse(k, shared.sum(), shared.max()))
    outside = {value.op.name for value in f.module.roots()[0].operands[0].operands}
    assert "exp" in outside
    (chosen,) = [v.operands[0] for v in f.module.outputs]
    for arm in arms_of(chosen):
        assert all(value.op.name != "exp" for value in arm.results[0].operands)


def test_what_is_needed_elsewhere_is_computed_in_any_case(k, x):
    root = T.sqrt(x)
    f = symc.function([k, x], [ifelse(k, root.sum(), x[MISTAKE]), root])
    np.testing.assert_allclose(f(1, ROWS)[1], np.sqrt(ROWS))


def test_an_expression_and_its_derivative_stay_lazy(k, x):
    cost = ifelse(k, T.exp(x).sum(), T.log(x[MISTAKE]))
    f = symc.function([k, x], [cost, T.grad(cost, x)])
    value, slope = f(1, ROWS)
    np.testing.assert_allclose(value, np.exp(ROWS).sum())
    np.testing.assert_allclose(slope, np.exp(ROWS))


def test_a_choice_in_every_step(x):
    def step(a, s):
        return ifelse(a > 1.5, s + a, x[MISTAKE + a.astype("int64")])

    made, _ = symc.scan(step, x, [np.float64(0)])
    f = symc.function([x], made)
    assert f(ROWS + 1).tolist() == [2, 5, 9]
    with pytest.raises(IndexError):
        f(ROWS)


def test_a_scan_in_one_side(k, x):
    made, _ = symc.scan(lambda a, s: s + a, x, [np.float64(0)])
    first, second = both(ifelse(k, made, x), k, x)
    assert first.tolist() == [1, 3, 6]
    assert second.tolist() == [1, 2, 3]


def test_a_long_chain_of_choices(k, x):
    chain = x.sum()
    for _ in range(150):
        chain = ifelse(k, chain * 1.5, x[0])
    np.testing.assert_allclose(both(chain, k, x), [6 * 1.5**150, 1])


def test_choices_whose_work_would_multiply(k, x):
    y = x.sum()
    for _ in range(16):
        y = ifelse(k, y * 0.5, x[0]) + ifelse(k - 1, y, x[1])
    first, _ = both(y, k, x)
    wanted = 6.0
    for _ in range(16):
        wanted = wanted * 0.5 + 2
    np.testing.assert_allclose(first, wanted)


# --- derivatives


@pytest.mark.parametrize(
    ("then", "other"),
    [
        (lambda x: (x**2).sum(), lambda x: T.exp(x).sum()),
        (lambda x: x.sum(), lambda x: T.constant(2.0, dtype="float64")),
        (lambda x: T.tanh(x[1:]).prod(), lambda x: x[0]),
    ],
)
def test_derivatives_are_those_of_the_side(k, x, then, other):
    chosen = T.grad(ifelse(k, then(x), other(x)), x)
    wanted = [T.grad(s(x), x, disconnected_inputs="ignore") for s in (then, other)]
    for found, side in zip(both(chosen, k, x), wanted, strict=True):
        plain = symc.function([x], side, on_unused_input="ignore")
        np.testing.assert_allclose(found, plain(ROWS))


def test_derivatives_of_sides_of_different_sizes(k, x):
    first, second = both(T.grad(T.exp(ifelse(k, x, x[1:] * 2)).sum(), x), k, x)
    np.testing.assert_allclose(first, np.exp(ROWS))
    np.testing.assert_allclose(second, [0, *2 * np.exp(2 * ROWS[1:])])


def test_the_side_that_is_not_taken_makes_no_nan():
    s = T.dscalar("s")
    f = symc.function([s], T.grad(ifelse(s > 0, T.log(s), 3 * s), s))
    assert f(0.0) == 3
    assert f(2.0) == 0.5


def test_derivatives_of_several_results_that_share_work(k, x):
    root = T.exp(x)
    first, second = ifelse(k, [root, T.sin(root)], [x, 3 * x])
    found = both(T.grad((first**2).sum() + second.sum(), x), k, x)
    e = np.exp(ROWS)
    np.testing.assert_allclose(found[0], 2 * e * e + np.cos(e) * e)
    np.testing.assert_allclose(found[1], 2 * ROWS + 3)


def test_second_derivatives(k, x):
    slope = T.grad(ifelse(k, (x**3).sum(), (x**2).sum()), x)
    first, second = both(T.grad(slope.sum(), x), k, x)
    np.testing.assert_allclose(first, 6 * ROWS)
    np.testing.assert_allclose(second, [2, 2, 2])


def test_derivatives_of_inner_choices(k, x):
    inner = ifelse(x[0] > 0, T.exp(x).sum(), x[1])
    found = both(T.grad(ifelse(k, inner, x[2] * 2), x), k, x)
    np.testing.assert_allclose(found[0], np.exp(ROWS))
    np.testing.assert_allclose(found[1], [0, 0, 2])


def test_forward_derivatives(k, x):
    direction = np.array([1.0, 0.0, 2.0])
    first, second = both(T.Rop(ifelse(k, x**2, 3 * x), x, direction), k, x)
    np.testing.assert_allclose(first, 2 * ROWS * direction)
    np.testing.assert_allclose(second, 3 * direction)


def test_forward_derivatives_of_forward_derivatives(k, x):
    """Of a choice at itself, whose sizes are those of x only by what is checked."""
    y = T.dvector("y")
    once = T.Rop(chosen := ifelse(k, T.cumsum(x), abs(y) + 1), x, chosen)
    f = symc.function([k, x, y], T.Rop(once, x, once))
    sums = np.tril(np.ones((3, 3)))
    np.testing.assert_allclose(f(1, ROWS, ROWS), np.linalg.matrix_power(sums, 4) @ ROWS)
    np.testing.assert_array_equal(f(0, ROWS, ROWS), np.zeros(3))


def test_the_condition_has_a_derivative_of_zero(x):
    s = T.dscalar("s")
    assert T.grad(ifelse(s, x.sum(), x.max()), s).eval({s: 1.0}) == 0


def test_what_no_side_needs_is_disconnected(k, x):
    with pytest.raises(ValueError, match="does not depend on s"):
        T.grad(ifelse(k, x.sum(), x.max()), T.dscalar("s"))


# --- mistakes


def test_sides_of_different_numbers(k, x):
    with pytest.raises(ValueError, match="as many"):
        ifelse(k, [x, x], [x])


@pytest.mark.parametrize(
    ("then", "other"),
    [
        (T.fvector("v"), T.dvector("w")),
        (T.dmatrix("v"), T.dvector("w")),
        (T.dmatrix("v"), T.drow("w")),
        (1, 2.5),
        (T.dscalar("v"), 2),
    ],
)
def test_sides_of_different_types(k, then, other):
    with pytest.raises(TypeError, match="differ in type"):
        ifelse(k, then, other)


def test_a_condition_is_a_scalar(x):
    with pytest.raises(TypeError, match="one number"):
        ifelse(x, x, x)
