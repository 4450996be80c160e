"""In, Param and Out: what they take, and what each option does."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import In, Out, Param

x, y = T.dscalars("x", "y")
v, f32 = T.dvector("v"), T.fvector("f32")


def test_what_an_input_is_by_default():
    plain, mutable = In(x), In(x, mutable=True)
    assert (plain.borrow, plain.mutable, plain.strict, plain.implicit) == (
        None,
        False,
        False,
        False,
    )
    assert (mutable.borrow, mutable.mutable) == (True, True)
    assert (plain.name, In(x, "w").name, In(x, autoname=False).name) == ("x", "w", None)
    assert repr(plain) == "In(x)"
    assert repr(In(x, value=1.0, update=x + 1)) == "In(x -> add.0)"
    assert repr(Out(x, borrow=True)) == "Out(x,True)"


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: In(3), TypeError, "an input is a variable, not 3"),
        (lambda: In(x, update=v), TypeError, "the update of the input x: float64 scalar"),
        (lambda: In(x, mutable=True, borrow=False), ValueError, "mutable and not borrowed"),
    ],
)
def test_what_makes_no_sense(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_the_older_order_of_arguments():
    f = symc.function([Param(x, 3.0), Param(y, default=4.0, name="w")], x + 10 * y)
    assert (f(), f(1.0), f(w=1.0)) == (43, 41, 13)
    assert (Param(x, 3.0).default, Param(x, mutable=True).borrow) == (3.0, True)


@pytest.mark.parametrize("value", [1.0, np.float64(1.0), 1])
@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_a_strict_scalar_takes_arrays_alone(value, mode):
    f = symc.function([In(x, strict=True)], x + 1, mode=mode)
    assert f(np.array(1.0)) == 2
    with pytest.raises(symc.BadArgument, match="the input is strict"):
        f(value)


def test_what_may_be_narrowed():
    given = np.array([0.1, 0.2])
    for own, whole in ((True, False), (None, True)):
        f = symc.function([In(f32, allow_downcast=own)], f32, allow_input_downcast=whole)
        assert f(given).tolist() == given.astype("float32").tolist()
    for own, whole in ((False, True), (None, None)):
        f = symc.function([In(f32, allow_downcast=own)], f32, allow_input_downcast=whole)
        with pytest.raises(symc.BadArgument, match="could lose precision"):
            f(given)


def test_an_implicit_input_takes_its_default_alone():
    f = symc.function([x, In(y, value=2.0, implicit=True)], x + y, name="add")
    assert f(1.0) == 3
    for call in (lambda: f(1.0, 3.0), lambda: f(1.0, y=3.0)):
        with pytest.raises(symc.BadArgument, match="function 'add' got a value for y"):
            call()


def test_borrowing_changes_nothing():
    given = np.ones(3)
    f = symc.function([In(v, borrow=True)], [Out(v, borrow=True), Out(v + 1, borrow=True)])
    (first, more), (again, _) = f(given), f(given)
    assert not np.shares_memory(first, given)
    assert not np.shares_memory(first, again)
    assert (given.tolist(), more.tolist()) == ([1, 1, 1], [2, 2, 2])
