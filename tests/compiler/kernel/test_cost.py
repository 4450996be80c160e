"""What kernels move and compute, counted from their records."""

import pytest

import symc.tensor as T
from symc.build import build_module
from symc.compiler.kernel.contraction import Contraction, EpilogueOperand
from symc.compiler.kernel.cost import cost_of
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.record import Body, Scalar
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.module import walk
from symc.mode import get_mode
from symc.passes.pipeline import run

x, v = T.fmatrix("x"), T.fvector("v")
rows = T.ivector("rows")
ROW, WHOLE = ("s0",), ("s0", "s1")


def cost(inputs, made):
    """Return the cost of the one kernel of an expression."""
    module = run(build_module(inputs, [made]), get_mode("FAST_RUN"))
    (record,) = (
        value.attribute("kernel") for value in walk(module.outputs) if value.op.name == "kernel"
    )
    return cost_of(record)


def formula(**terms):
    """Return a formula of the products of sizes that are written as a_b."""
    found = (((() if k == "one" else tuple(k.split("_"))), n) for k, n in terms.items())
    return tuple(sorted(found))


def test_elements_count_once():
    found = cost([x, v], x * x + v)
    assert sorted(found.read.values()) == [formula(s0_s1=4), formula(s1=4)]
    assert list(found.written.values()) == [formula(s0_s1=4)]
    assert found.flops == formula(s0_s1=2)
    assert found.functions == {}


def test_rows_of_a_softmax_are_read_once_though_twice_gone_through():
    found = cost([x], T.nnet.softmax(x))
    assert list(found.read.values()) == list(found.written.values()) == [formula(s0_s1=4)]
    assert found.functions == {"exp": formula(s0_s1=1)}


def test_what_does_not_vary_along_an_axis_is_counted_without_it():
    found = cost([x, v], x * (v + 1)[:, None])
    assert found.flops in (formula(s0=1, s0_s1=1), formula(s0_s1=2))
    found = cost([x], (T.exp(x.sum(axis=1)))[:, None] + x)
    assert found.functions == {"exp": formula(s0=1)}


def test_comparisons_and_indices_are_no_arithmetic():
    found = cost([x], T.switch(x > 0, x, T.arange(x.shape[1])))
    assert (found.flops, found.functions) == ((), {})


def test_a_gather_reads_what_it_picks():
    found = cost([x, rows], x[rows] + 1)
    assert formula(s0_s1=4) in found.read.values()
    assert len(found.read) == 2


def test_a_scan_computes_at_every_step():
    assert cost([v], T.cumsum(v)).flops == formula(s0=1)


def test_a_product_with_its_epilogue():
    body = Body(
        ("float32", "float32"),
        (
            Scalar("parameter", (), "float32", 0),
            Scalar("parameter", (), "float32", 1),
            Scalar("add", (0, 1), "float32"),
            Scalar("tanh", (2,), "float32"),
        ),
        (3,),
    )
    found = cost_of(
        Contraction("float32", epilogue=body, operands=(EpilogueOperand("float32", "row"),))
    )
    assert found.read[0] == (((("s0", "s1", "s3")), 4),)
    assert found.read[2] == ((("s2",), 4),)
    assert found.written == {3: ((("s0", "s1", "s2"), 4),)}
    assert dict(found.flops) == {("s0", "s1", "s2", "s3"): 2, ("s0", "s1", "s2"): 1}
    assert found.functions == {"tanh": ((("s0", "s1", "s2"), 1),)}


@pytest.mark.parametrize(
    "record", [Sorting("float32", "positions"), Factoring("cholesky", "float64")], ids=str
)
def test_other_records_take_time(record):
    found = cost_of(record)
    assert found.read
    assert found.picoseconds
