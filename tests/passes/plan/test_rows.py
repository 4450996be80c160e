"""How kernels go over rows: one by one, folding them, or not."""

import pytest

import symc.tensor as T
from symc.passes.fuse.levels import find_levels
from symc.passes.plan.bindings import find_steps
from symc.passes.plan.rows import reading
from tests.passes.plan.products import fused


def kernel_of(make):
    """Return the one kernel of a function of two matrices and a vector."""
    inputs = T.fmatrix(), T.fmatrix(), T.fvector()
    module = fused(inputs, make(*inputs))
    (step,) = find_steps(module, find_levels(module))
    return step.record


@pytest.mark.parametrize(
    ("make", "roles"),
    [
        (lambda x, y, v: x.max(axis=1), ["in", "out"]),
        (lambda x, y, v: T.nnet.softmax(x + y) * v, ["in", "in", "out"]),
        (lambda x, y, v: x.cumsum(axis=1) + v, ["in", "out"]),
    ],
)
def test_rows_one_by_one(make, roles):
    kernel = kernel_of(make)
    found = reading(kernel)
    assert found.fold is None
    assert found.count == kernel.outer[0].size
    assert [kernel.buffers[k].role for k in sorted(found.moving)] == roles


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (lambda x, y, v: (x * y).sum(), 0),
        (lambda x, y, v: (x * v).sum(axis=0), 1),
        (lambda x, y, v: T.exp(x).max(axis=0) * v, 1),
    ],
)
def test_rows_that_are_folded(make, columns):
    kernel = kernel_of(make)
    found = reading(kernel)
    assert found.count == kernel.stages[0].axes[0].size
    assert found.fold.shape == tuple(axis.size for axis in kernel.outer)
    assert len(found.fold.shape) == columns
    assert all(kernel.buffers[k].role == "in" for k in found.moving)
    assert found.fold.block.sizes == found.fold.rest.sizes == kernel.sizes + 1
    new = len(kernel.buffers)
    assert [b.role for b in found.fold.block.buffers[new:]] == ["out"] * len(found.fold.handed)
    assert [b.role for b in found.fold.rest.buffers[new:]] == ["in"] * len(found.fold.handed)


@pytest.mark.parametrize(
    "make",
    [
        lambda x, y, v: (x + x[::-1]).max(axis=1),
        lambda x, y, v: (x * T.arange(x.shape[0]).dimshuffle(0, "x")).max(axis=1),
        lambda x, y, v: T.log(T.sum(T.exp(x - x.max(axis=0)), axis=0)),
        lambda x, y, v: x.cumsum(axis=0),
    ],
)
def test_no_rows_alone(make):
    assert reading(kernel_of(make)) is None
