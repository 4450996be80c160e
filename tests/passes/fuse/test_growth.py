"""Groups under construction: a member that does not fit leaves no trace."""

import symc.tensor as T
from symc.build import build_module
from symc.passes.fuse.group import domain_of
from symc.passes.fuse.growth import MOST_BUFFERS, Growth
from symc.passes.fuse.roots import demand_of, find_roots
from symc.passes.fuse.trees import Trees


def test_what_was_costly_in_a_member_that_does_not_fit_is_forgotten():
    x, *others = T.dmatrices(*(f"x{k}" for k in range(MOST_BUFFERS + 1)))
    total = x.sum(axis=1, keepdims=True)
    wide, after = T.tanh(x) * sum(others), T.tanh(x) * total
    roots = find_roots(demand_of(build_module([x, *others], [wide, after])), {})
    (total,) = (root for root in roots if root.op.name == "sum")
    (after,) = (root for root in roots if total in Trees(set(roots)).of(root).leaves)
    (wide,) = (root for root in roots if root not in (total, after))
    growth = Growth([total], domain_of(total), Trees(set(roots)))
    weight = growth.weight
    assert not growth.add(wide)
    assert growth.weight == weight
    assert growth.add(after)
