"""Long kernels are cut where their parts still read whole lines of memory."""

import pytest

from symc.compiler.kernel.parts import BLOCKS, COLUMNS, PART, least_points, part_points
from symc.compiler.kernel.work import kernel_work
from tests.compiler.kernel.gallery import EXAMPLES

LEAST = {
    "softmax": 1,
    "broadcasts": 1,
    "gather of rows": 1,
    "column sums": COLUMNS,
    "column argmax": COLUMNS,
    "cumsum down": COLUMNS,
    "sum over outside axes": BLOCKS,
}


@pytest.mark.parametrize("name", LEAST)
def test_parts_of_columns_are_wide(name):
    assert least_points(EXAMPLES[name].kernel) == LEAST[name]


def test_a_part_takes_its_time():
    kernel = EXAMPLES["softmax"].kernel
    points = part_points(kernel)
    assert kernel_work(kernel, (points // 100, 100)) == pytest.approx(PART, rel=0.1)
