"""The estimate of time grows with the points and with what each costs."""

import pytest

from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.work import is_costly, kernel_work, work_terms
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import line
from tests.compiler.kernel.gallery import EXAMPLES


def mapped(*operations):
    d = Draft()
    x = d.read(0, "float32", "i0")
    for name in operations:
        x = d(name, x)
    d.store(1, ("i0",), x)
    return Kernel(1, (line("s0"), line("s0", role="out")), axes(i0="s0"), (d.stage(),))


def test_is_a_sum_of_products_of_sizes():
    terms = work_terms(EXAMPLES["softmax"].kernel)
    assert [sizes for _, sizes in terms] == [("s0", "s1")] * 3
    assert all(cost > 0 for cost, _ in terms)


def test_evaluates_at_sizes():
    kernel = EXAMPLES["softmax"].kernel
    total = sum(cost for cost, _ in work_terms(kernel))
    assert kernel_work(kernel, (30, 70)) == pytest.approx(total * 2100)
    assert kernel_work(kernel, (0, 70)) == 0


def test_costly_operations_cost_more():
    cheap, slow, costly = (kernel_work(mapped(name), (1000,)) for name in ("negate", "sqrt", "exp"))
    assert cheap < slow < costly
    assert is_costly("tanh")
    assert not is_costly("add")


@pytest.mark.parametrize(("count", "least", "most"), [(0, 0.1, 0.5), (4, 0.5, 3)])
def test_is_near_what_was_measured(count, least, most):
    """A copy takes some 0.25 ns an element from memory, an exponential some 0.3."""
    assert least < kernel_work(mapped(*["exp"] * count), (1000,)) / 1000 < most
