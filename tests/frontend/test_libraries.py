"""What `symc compile` makes of sizes and conditions that a call computes, and of Python."""

import pytest

from symc.cli import main

MODEL = """
import numpy as np
import symc
import symc.tensor as T
from symc.tensor.opt import Assert

x, k = T.dvector("x"), T.lscalar("k")
chosen = symc.shared(np.array([0.0, 2.0, 3.0]), name="chosen")

@symc.as_op([T.dvector], [T.dvector])
def positive(x):
    return x[x > 0]

masked = symc.function([x], x[x > 0])
gradient = symc.function([x], T.grad((x[x.nonzero()] ** 2).sum(), x))
repeated = symc.function([x], T.repeat(x, T.cast(x, "int64")))
demanding = symc.function([x], Assert()(x, x.sum() > 0))
python = symc.function([x], positive(x))
shrinks = symc.function([], updates={chosen: chosen[chosen > 0]})
counts = symc.function([k], Assert()(T.arange(0, 5, k), k < 3))
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "computes.py"
    path.write_text(MODEL)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("masked", "masked: a size that the call computes (as that of x[mask] or nonzero)"),
        ("gradient", "gradient: a size that the call computes"),
        ("repeated", "repeated: a size that the call computes"),
        ("demanding", "a condition of Assert on what it computes, is not there yet in a library"),
        ("python", "{positive} is Python, which a library cannot call"),
        ("shrinks", "shared variable 'chosen' may change its shape (3,) to (?,)"),
    ],
)
def test_what_is_computed_in_the_middle_is_refused(model, tmp_path, capsys, name, text):
    assert main(["compile", f"{model}:{name}", "-o", str(tmp_path / "f.o")]) == 1
    assert text in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_is_known_before_the_work_is_compiled(model, tmp_path):
    assert main(["compile", f"{model}:counts", "-o", str(tmp_path / "f.o")]) == 0
    assert (tmp_path / "f.o").stat().st_size > 0
