"""The expressions of roots: what they read and compute, and which are the same for other roots."""

import symc.tensor as T
from symc.build import build_module
from symc.passes.fuse.roots import demand_of, find_roots
from symc.passes.fuse.trees import Trees


def names(values):
    """Return the operations' names, in order of the alphabet."""
    return sorted(v.op.name for v in values)


def test_a_tree_ends_in_memory():
    x, w = T.dmatrices("x", "w")
    module = build_module([x, w], [T.tanh(T.dot(x, w) + 1.0) * x])
    (product, result) = find_roots(demand_of(module), {})
    tree = Trees({product, result}).of(result)
    assert names(tree.leaves) == ["constant", "dot", "parameter"]
    assert names(tree.memory) == ["dot", "parameter"]
    assert names(tree.inside) == ["add", "tanh"]
    assert names(tree.costly) == ["tanh"]
    assert tree.plain


def test_what_moves_is_not_plain():
    x = T.dmatrix("x")
    (root,) = find_roots(demand_of(build_module([x], [T.exp(x)[::-1] + x])), {})
    assert not Trees({root}).of(root).plain


def test_a_transposed_leaf_is_not_plain():
    x = T.dmatrix("x")
    (root,) = find_roots(demand_of(build_module([x], [T.exp(x.T)])), {})
    assert not Trees({root}).of(root).plain


def test_other_roots_leave_the_trees_that_they_do_not_touch():
    x = T.dmatrix("x")
    y, seen = x, []
    for _ in range(50):
        y = T.tanh(y) * x + 1.0
        seen.append(y)
    roots = list(find_roots(demand_of(build_module([x], seen)), {}))
    trees = Trees(set(roots))
    found = {root: trees.of(root) for root in roots}
    changed = roots[20]
    (new,) = found[changed].costly
    more = trees.over({*roots, new})
    assert all(more.of(root) is found[root] for root in roots if root is not changed)
    assert new in more.of(changed).leaves
    assert more.made == 1
    fewer = more.over(set(roots))
    assert new in fewer.of(changed).inside
    assert fewer.made == 1
