"""Counting what pointwise members compute says what writing them would."""

import symc.tensor as T
from symc.build import build_module
from symc.passes.fuse.clusters import Clusters
from symc.passes.fuse.group import Domain
from symc.passes.fuse.growth import MOST_BUFFERS, MOST_SCALARS, Growth
from symc.passes.fuse.roots import demand_of, find_roots
from symc.passes.fuse.tally import Tally
from symc.passes.fuse.trees import Trees


def roots_of(inputs, outputs):
    """Return the roots of a function, and their trees."""
    roots = list(find_roots(demand_of(build_module(inputs, outputs)), {}))
    return roots, Trees(set(roots))


def recurrence(steps, keep):
    """Return a matrix and what is looked at of a recurrence over it."""
    x, y = T.dmatrix("x"), T.dmatrix("y")
    a, b, seen = x, y * 0.5, []
    for k in range(steps):
        a, b = b, T.tanh(b * x - a / (k + 2.0))
        seen.append(b)
    return [x, y], seen[::keep]


def test_a_count_is_what_is_written():
    roots, trees = roots_of(*recurrence(30, 3))
    domain = Domain(roots[0].type.shape, None)
    counted, written = Tally(roots[:1], trees), Growth(roots[:1], domain, trees)
    for root in roots[1:]:
        assert (counted.weight, counted.excess) == (written.weight, written.excess)
        assert counted.add(root) == written.add(root)
    assert counted.weight > 50


def test_a_member_that_does_not_fit_leaves_no_trace():
    inputs = T.dmatrices(*(f"x{k}" for k in range(MOST_BUFFERS)))
    wide = T.exp(sum(inputs))
    roots, trees = roots_of(inputs, [T.tanh(inputs[0]), wide, T.sin(inputs[0])])
    tally = Tally(roots[:1], trees)
    assert not tally.add(roots[1])
    assert tally.weight == 2
    assert tally.add(roots[2])
    assert tally.weight == 3


def test_the_limit_is_on_scalars_too():
    x = T.dmatrix("x")
    y, made = x, []
    for k in range(2 * MOST_SCALARS):
        y = T.tanh(y) + (k + 2.0)
        made.append(y)
    roots, trees = roots_of([x], made[::100])
    tally = Tally(roots[:1], trees)
    assert [tally.add(root) for root in roots[1:]].count(True) < len(roots) - 1
    assert tally.weight <= MOST_SCALARS


def test_what_reads_elsewhere_is_not_counted():
    x = T.dmatrix("x")
    roots, trees = roots_of([x], [T.exp(x) + T.exp(x)[::-1]])
    assert not trees.are_plain(roots, Domain(roots[0].type.shape, None))


def test_groups_of_pointwise_operations_are_not_written_to_be_formed():
    roots, trees = roots_of(*recurrence(300, 2))
    clusters = Clusters(roots, trees, dict.fromkeys(roots, "body"), {})
    groups = clusters.form()
    assert max(len(group.members) for group in groups) > 5
    assert clusters.built == 0
