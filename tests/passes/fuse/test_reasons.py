"""What fusion decides leaves its reason: why a Value is in memory, why two kernels are two."""

import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.mode import get_mode
from symc.passes.fuse.emission import fuse_and_tell
from symc.passes.pipeline import run_unfused


def fused(inputs, outputs):
    """Return what fusion decides about the module of a function."""
    found = []
    fuse_and_tell(run_unfused(build_module(inputs, outputs), get_mode("FAST_RUN")), found.append)
    return found


def seams(inputs, outputs):
    """Return the names of the reasons between kernels, of the last module that was fused."""
    groups = fused(inputs, outputs)[-1].fusion.groups
    return sorted(reason.name for group in groups for reason in group.before.values())


x, w, v = T.fmatrix("x"), T.fmatrix("w"), T.fvector("v")
total = T.tanh(x).sum(axis=1)

SEAMS = {
    "one kernel": ([x], [T.exp(x) / T.exp(x).sum(axis=1, keepdims=True)], []),
    "a product and its epilogue": ([x, w, v], [T.tanh(T.dot(x, w) + v)], []),
    "a product that is returned": ([x, w], [T.dot(x, w), T.tanh(T.dot(x, w))], ["returned"]),
    "a product that two kernels read": (
        [x, w],
        [T.tanh(T.dot(x, w)), T.exp(T.dot(x, w)[1:])],
        ["read elsewhere", "read elsewhere"],
    ),
    "a sum of a product": ([x, w], [T.dot(x, w).sum(axis=1)], ["reduces"]),
    "two sums along different axes": (
        [x],
        [(T.exp(x) / T.exp(x).sum(axis=1, keepdims=True)).sum(axis=0)],
        ["other axes"],
    ),
    "a sort": ([x], [T.sort(T.exp(x)) + 1], ["own kind", "own kind"]),
    "a sum and a vector's product with it": ([x, w], [T.dot(w, total)], ["other points"]),
    "rows that are read in another order": (
        [x],
        [T.exp(x), T.exp(x)[::-1] + 1],
        ["misaligned"],
    ),
}


@pytest.mark.parametrize("case", SEAMS)
def test_kernels_are_apart_for_a_reason(case):
    inputs, outputs, names = SEAMS[case]
    assert seams(inputs, outputs) == names


def test_what_is_in_memory_is_there_for_a_reason():
    (emission,) = fused([x, w], [T.dot(T.tanh(x), w), T.sort(x)])
    names = {v.op.name: reason.name for v, reason in emission.fusion.reasons.items()}
    assert names == {"tanh": "read whole", "dot": "result", "sort": "result"}


def test_a_reason_says_what_it_is_about():
    (emission,) = fused([x, w], [T.dot(T.tanh(x), w)])
    (first, _) = emission.fusion.reasons.values()
    assert str(first) == "dot reads it whole, from memory"


def test_a_number_of_sizes_is_computed_beside_the_product_that_takes_it():
    (emission,) = fused([x, w], [T.dot(x, w) * (T.constant(2, dtype="float32") / x.shape[0])])
    names = [reason.name for reason in emission.fusion.reasons.values()]
    assert sorted(names) == ["own loop", "result", "sized"]
    assert len(emission.absorbed) == 1


def test_a_kernel_knows_what_it_was_tried_with():
    (emission,) = fused([x], [T.exp(x).sum(axis=0), T.tanh(x).sum(axis=1)])
    first, second = emission.fusion.groups
    assert {g: r.name for g, r in second.beside.items()} == {first: "other axes"}


def test_bodies_of_loops_are_told_of_first():
    steps, _ = symc.scan(lambda row, state: T.tanh(state + row), sequences=[x], outputs_info=[v])
    body, whole = fused([x, v], [steps[-1]])
    assert body.fusion.module.name == "body"
    assert whole.fusion.module.name != "body"
