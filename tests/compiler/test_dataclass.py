"""Dataclasses behave as the standard library's, of which each test defines the same class."""

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest
from layout import modules

import symc.compiler.dataclass as ours

LIBRARIES: list[Any] = [ours, dataclasses]
every = pytest.mark.parametrize("library", LIBRARIES, ids=["ours", "standard"])


def points(library: Any) -> Any:
    """Return a class with defaults of all kinds."""

    @library.dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: "int" = 2
        names: "list[str]" = library.field(default_factory=list)
        hidden: "int" = library.field(default=7, repr=False, compare=False)
        count: ClassVar[int] = 3
        kinds: "ClassVar[tuple[int, ...]]" = ()

        def total(self) -> int:
            return self.x + self.y

    return Point


@ours.dataclass(frozen=True, slots=True)
class Pickled:
    """Lies where pickle finds it."""

    x: int
    y: tuple[int, ...] = ()


@every
def test_fields_and_defaults(library: Any):
    point = points(library)
    made = point(1)
    assert (made.x, made.y, made.names, made.hidden) == (1, 2, [], 7)
    assert made.names is not point(1).names
    assert (made.total(), point.count, point.kinds) == (3, 3, ())
    assert point(y=5, x=4).total() == 9
    assert point.__slots__ == point.__match_args__ == ("x", "y", "names", "hidden")
    assert point.__doc__ == "A point."
    assert not hasattr(made, "__dict__")


@every
def test_shown_and_compared(library: Any):
    point = points(library)
    assert repr(point(1)).endswith("Point(x=1, y=2, names=[])")
    assert point(1) == point(1, 2, [], 8) != point(1, 3)
    assert point(1) != (1, 2, [])
    assert points(library)(1) != point(1)


@every
def test_hash_is_of_what_is_compared(library: Any):
    @library.dataclass(frozen=True, slots=True)
    class Pair:
        x: Any
        y: Any = library.field(default=0, compare=False)

    assert hash(Pair(1, 2)) == hash(Pair(1, 3)) == hash((1,))
    nan = float("nan")
    assert Pair(nan) == Pair(nan)


@every
def test_mutable_is_not_hashed(library: Any):
    @library.dataclass(slots=True)
    class Box:
        x: int

    box = Box(1)
    box.x = 5
    assert box == Box(5)
    with pytest.raises(TypeError, match="unhashable"):
        hash(box)


@every
def test_without_equality(library: Any):
    @library.dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
    class Node:
        x: int

    node = Node(1)
    assert node != Node(1)
    assert {node: 1}[node] == 1
    assert Node.__slots__ == ("x", "__weakref__")


@every
def test_own_methods_stay(library: Any):
    @library.dataclass(frozen=True, slots=True)
    class Same:
        x: int

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "mine"

    assert (Same(1) == Same(2), repr(Same(1)), hash(Same(1))) == (True, "mine", hash((1,)))


@every
def test_frozen(library: Any):
    made = points(library)(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        made.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del made.x


@every
def test_after_construction(library: Any):
    @library.dataclass(frozen=True, slots=True)
    class Positive:
        x: int

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("negative")

    assert Positive(1).x == 1
    with pytest.raises(ValueError, match="negative"):
        Positive(-1)


@every
def test_inherited(library: Any):
    @library.dataclass(frozen=True, slots=True)
    class Base:
        x: int
        y: int = 1

    @library.dataclass(frozen=True, slots=True)
    class Derived(Base):
        z: int = 2

    assert repr(Derived(5)).endswith("Derived(x=5, y=1, z=2)")
    assert Derived.__slots__ == ("z",)
    assert Derived(1) != Base(1)
    assert [f.name for f in dataclasses.fields(Derived)] == ["x", "y", "z"]


@every
def test_mistaken_arguments(library: Any):
    point = points(library)
    with pytest.raises(TypeError, match=r"Point.__init__\(\) missing 1 required .* 'x'"):
        point()
    with pytest.raises(TypeError, match=r"Point.__init__\(\) got an unexpected .* 'z'"):
        point(1, z=3)


@every
def test_no_fields(library: Any):
    @library.dataclass(frozen=True, slots=True)
    class Nothing:
        pass

    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(())


@every
def test_mistaken_classes(library: Any):
    with pytest.raises(ValueError, match="x"):

        @library.dataclass(slots=True)
        class Shared:
            x: "list[int]" = []  # noqa: RUF012

    with pytest.raises(TypeError, match="default"):

        @library.dataclass(slots=True)
        class Disordered:
            x: int = 1
            y: int


@pytest.mark.parametrize("replace", [ours.replace, dataclasses.replace])
def test_replace(replace: Any):
    assert replace(Pickled(1, (2,)), x=5) == Pickled(5, (2,))
    with pytest.raises(TypeError, match="unexpected"):
        replace(Pickled(1), z=5)


def test_the_standard_library_knows_them():
    point = points(ours)
    assert dataclasses.is_dataclass(point)
    assert dataclasses.asdict(point(1)) == {"x": 1, "y": 2, "names": [], "hidden": 7}
    mine, theirs = dataclasses.fields(point), dataclasses.fields(points(dataclasses))
    assert [str(f) for f in mine] == [str(f) for f in theirs]


def test_copies():
    made = Pickled(1, (2, 3))
    assert pickle.loads(pickle.dumps(made)) == copy.copy(made) == copy.deepcopy(made) == made


def test_what_is_not_there():
    with pytest.raises(TypeError, match="slots"):
        ours.dataclass(slots=False)
    with pytest.raises(TypeError, match="order"):
        ours.dataclass(slots=True, order=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="standard library"):

        @ours.dataclass(slots=True)
        class Derived(points(dataclasses)):
            z: int


@pytest.mark.parametrize(("name", "file"), [pytest.param(*pair, id=pair[0]) for pair in modules()])
def test_modules_use_these(name: str, file: Any):
    """One class of the standard library's costs a start half a millisecond."""
    if name != ours.__name__:
        assert "from dataclasses import" not in file.read_text()
        assert "import dataclasses" not in file.read_text()
