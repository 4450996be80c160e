"""Which Values are computed into memory."""

import symc.tensor as T
from symc.build import build_module
from symc.compiler.module import walk_by
from symc.passes.fuse.roots import data_operands, demand_of, find_roots


def work(steps):
    """Return what the kernels compute of a state that is carried through steps and looked at."""
    x, w = T.dtensor3("x"), T.dmatrix("w")
    state, seen = x[0], []
    for k in range(steps):
        state = (x[k] * state + T.maximum(x[k], state) * w) / (1 + T.sqr(w) + T.sqr(state))
        seen.append(T.dot(T.tanh(state), w))
    roots = find_roots(demand_of(build_module([x, w], seen)), {})
    return sum(len(inside(root, set(roots))) for root in roots)


def inside(root, roots):
    """Return the Values that are computed for a root."""
    return set(walk_by([root], lambda v: () if v in roots and v is not root else data_operands(v)))


def test_a_carried_state_is_not_computed_anew_by_every_step():
    assert work(12) < 2.5 * work(6)


def test_a_short_expression_is_computed_where_it_is_used():
    x, w = T.dmatrix("x"), T.dmatrix("w")
    half = x * 0.5 + 1
    module = build_module([x, w], [half * w, half - w])
    assert len(find_roots(demand_of(module), {})) == 2


def test_a_long_expression_of_one_kernel_is_not_cut():
    x = T.dmatrix("x")
    made = x
    for k in range(20):
        made = made * x + k
    module = build_module([x], [made + made * made])
    assert len(find_roots(demand_of(module), {})) == 1
