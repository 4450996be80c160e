"""A bound function: arguments in, results out."""

import gc
import weakref

import numpy as np
import pytest
from entries import Library, Refused, convert, fail, float64, int64
from hypothesis import given
from hypothesis.extra.numpy import array_shapes

from symc.runtime import RETURNED, Container, repeat

INFINITE = 10**400


def test_result_is_fresh(library: Library):
    add_one = library.pointwise("add_one")
    x = np.arange(10.0)
    y = add_one(x)
    np.testing.assert_array_equal(y, np.arange(1.0, 11.0))
    assert type(y) is np.ndarray
    assert y.flags.owndata
    assert y.flags.c_contiguous
    assert not np.shares_memory(x, y)
    assert not np.shares_memory(y, add_one(x))


@given(shape=array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=4))
def test_every_shape(library: Library, shape: tuple[int, ...]):
    x = np.arange(np.prod(shape), dtype="float64").reshape(shape)
    y = library.pointwise("add_one", rank=len(shape))(x)
    assert y.shape == shape
    np.testing.assert_array_equal(y, x + 1)


@pytest.mark.parametrize("shape", [(1,) * 32, (2, 1) * 10 + (1,) * 12, (1,) * 31 + (0,)])
def test_rank_32(library: Library, shape: tuple[int, ...]):
    x = np.ones(shape)
    assert library.pointwise("add_one", rank=32)(x).tobytes() == (x + 1).tobytes()


NAMES = ["bool", "int8", "uint16", "int32", "uint64", "float16", "float32", "complex64"]


@pytest.mark.parametrize("name", [*NAMES, "complex128"])
def test_every_dtype(library: Library, name: str):
    x = np.arange(6).reshape(2, 3).astype(name)
    y = library.pointwise("copy", rank=2, number=x.dtype.num)(x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, x)


def test_many_inputs_need_no_stack(library: Library):
    inputs = [(float64, 2, 0)] * 200
    first = library.bind("copy", inputs=inputs, outputs=[(float64, 2, RETURNED)], result="single")
    x = [np.full((2, 3), i) for i in map(float, range(200))]
    np.testing.assert_array_equal(first(*x), x[0])


def test_forms_of_result(library: Library):
    w = Container(np.array([5.0]))
    outputs = [(float64, 1, RETURNED), (float64, 1, RETURNED)]
    both = library.bind(
        "both", inputs=[(float64, 1, 0)], containers=[w], outputs=outputs, result="list"
    )
    result = both(np.array([1.0, 2.0]))
    assert isinstance(result, list)
    assert [y.tolist() for y in result] == [[1.0, 2.0], [5.0]]
    assert library.bind("nothing")() is None
    assert library.bind("nothing", result="list")() == []


def test_outputs_swap_into_containers(library: Library):
    w = Container(np.array([5.0]))
    old = w.get()
    both = library.bind(
        "both",
        inputs=[(float64, 1, 0)],
        containers=[w],
        written=[0],
        outputs=[(float64, 1, 0), (float64, 1, RETURNED)],
        result="single",
    )
    assert both(np.array([1.0, 2.0])).tolist() == [5.0]
    assert w.get().tolist() == [1.0, 2.0]
    assert old.tolist() == [5.0]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("float64", 2.5, 2.5),
        ("float64", 3, 3.0),
        ("float64", np.float64(1.5), 1.5),
        ("float64", -1.0, -1.0),
        ("int64", -7, -7),
        ("int64", 2**63 - 1, 2**63 - 1),
        ("bool", True, True),
        ("bool", False, False),
    ],
)
def test_python_numbers(library: Library, name: str, value: object, expected: object):
    y = library.pointwise("copy", rank=0, number=np.dtype(name).num)(value)
    assert y.shape == ()
    assert y.dtype == name
    assert y == expected


@pytest.mark.parametrize(
    ("name", "rank", "value"),
    [
        ("float64", 0, True),
        ("float64", 0, INFINITE),
        ("float64", 0, "1"),
        ("int64", 0, 1.0),
        ("int64", 0, True),
        ("int64", 0, 2**63),
        ("bool", 0, 1),
        ("float32", 0, 1.0),
        ("float64", 1, 1.0),
        ("float64", 1, [1.0]),
        ("float64", 1, np.ones((1, 1))),
        ("float64", 1, np.ones(1, "float32")),
        ("float64", 1, np.ones(1, ">f8")),
        ("float64", 1, np.ma.masked_array([1.0])),
        ("float64", 1, None),
    ],
    ids=str,
)
def test_everything_else_is_converted(library: Library, name: str, rank: int, value: object):
    """The callback decides about what the fast path does not take, and may raise."""
    seen = []

    def note(index: int, value: object) -> np.ndarray:
        seen.append((index, value))
        return np.full((2,) * rank, 3).astype(name)

    number = np.dtype(name).num
    y = library.pointwise("copy", rank=rank, number=number, convert=note)(value)
    assert len(seen) == 1
    assert seen[0][0] == 0
    assert seen[0][1] is value
    np.testing.assert_array_equal(y, np.full((2,) * rank, 3).astype(name))
    with pytest.raises(TypeError, match="argument 0"):
        library.pointwise("copy", rank=rank, number=number)(value)


def test_the_other_int64_needs_no_conversion(library: Library):
    x = np.arange(3, dtype=np.longlong)
    assert library.pointwise("copy", number=int64)(x).tolist() == [0, 1, 2]


def test_broadcast_dimensions(library: Library):
    row = library.bind(
        "add_one", inputs=[(float64, 2, 0b01)], outputs=[(float64, 2, RETURNED)], result="single"
    )
    assert row(np.zeros((1, 3))).tolist() == [[1.0, 1.0, 1.0]]
    with pytest.raises(TypeError, match="argument 0"):
        row(np.zeros((2, 3)))


def test_conversion_must_fit(library: Library):
    add_one = library.pointwise("add_one", convert=lambda index, value: np.ones(3, "float32"))
    with pytest.raises(TypeError, match="'convert' of add_one returned what does not fit input 0"):
        add_one([1])


def test_wrong_number_of_arguments(library: Library):
    add_one = library.pointwise("add_one")
    with pytest.raises(TypeError, match=r"add_one\(\) takes 1 arguments \(0 given\)"):
        add_one()
    with pytest.raises(TypeError, match="2 given"):
        add_one(np.ones(1), np.ones(1))
    with pytest.raises(TypeError, match="keyword"):
        add_one(x=np.ones(1))


def test_failure_is_described(library: Library):
    w = Container(np.zeros((4, 5)))
    function = library.bind("bad_shape", inputs=[(float64, 2, 0)], containers=[w])
    with pytest.raises(Refused) as caught:
        function(np.ones((2, 9)))
    assert caught.value.args == (-4, 0, 1, 3, 9, 7, ((2, 9),), ((4, 5),))


def test_callbacks_may_raise_but_not_lie(library: Library):
    def broken(*_: object) -> BaseException:
        raise LookupError("no message")

    inputs = [(float64, 2, 0)]
    with pytest.raises(LookupError, match="no message"):
        library.bind("bad_shape", inputs=inputs, fail=broken)(np.ones((2, 2)))
    with pytest.raises(TypeError, match="'fail' of bad_shape returned 'text'"):
        library.bind("bad_shape", inputs=inputs, fail=lambda *_: "text")(np.ones((2, 2)))


def test_a_missing_output_is_an_internal_error(library: Library):
    outputs = [(float64, 1, RETURNED)]
    for name in ("nothing", "bad_output"):
        with pytest.raises(Refused) as caught:
            library.bind(name, outputs=outputs, result="single")()
        assert caught.value.args[0] == -99


@pytest.mark.parametrize("size", [2**48, 2**62, -1])
def test_an_output_beyond_memory(library: Library, size: int):
    function = library.bind(
        "zeros", inputs=[(int64, 0, 0)], outputs=[(float64, 1, RETURNED)], result="single"
    )
    with pytest.raises(MemoryError):
        function(size)
    assert function(2).tolist() == [0.0, 0.0]


def test_the_host_is_whole(library: Library):
    look = library.bind("look", outputs=[(int64, 1, RETURNED)], result="single")
    workspace, *rest = look().tolist()
    assert workspace >= 1024
    assert rest == [0, 0, 1, 136, 56]


def test_names(library: Library):
    function = library.bind("nothing", doc="Do nothing.")
    assert function.__name__ == "nothing"
    assert function.__doc__ == "Do nothing."


def test_a_cycle_through_the_callbacks_is_collected(library: Library):
    class Owner:
        def __init__(self) -> None:
            self.call = library.bind("nothing", convert=self.convert, fail=self.fail)

        convert = staticmethod(convert)

        def fail(self, *description: object) -> BaseException:
            return fail(self, *description)

    owner = weakref.ref(Owner())
    gc.collect()
    assert owner() is None


def test_repeat(library: Library):
    add_one = library.pointwise("add_one")
    x = np.arange(3.0)
    np.testing.assert_array_equal(repeat(add_one, 3, (x,)), x + 1)
    assert repeat(add_one, 0, (x,)) is None
    with pytest.raises(TypeError, match="takes 1 arguments"):
        repeat(add_one, 2, ())
    for other in (len, print, library.pointwise):
        with pytest.raises(TypeError, match="was not made by bind"):
            repeat(other, 1, (x,))
