"""Random states: what a stream of random numbers is at, as values and as shared variables.

A state is two words: the key, which tells streams apart, and the number of the next draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symc.compiler.op import find
from symc.exceptions import BadUse, BadValue
from symc.report import mistake
from symc.runtime import Container
from symc.shared import TensorSharedVariable
from symc.type import TensorType

WORDS = 1 << 64
STATE = TensorType("uint64", (False,))
"""The type of a random state."""

Seed = int | Sequence[int] | None


class RandomState(np.ndarray[Any, Any]):
    """The value of a random state, an array of its key and the number of its next draw."""

    def seed(self, seed: Seed = None) -> None:
        """Start the stream of a seed; of one that nobody can foresee, if there is none."""
        self[:] = new_state(root_key(seed))

    def get_state(self) -> tuple[int, int]:
        """Return what `set_state` takes: the key and the number of the next draw."""
        key, draw = self.tolist()
        return key, draw

    def set_state(self, state: tuple[int, int]) -> None:
        """Go to where a stream was when `get_state` was asked."""
        self[:] = state


def philox(place: int, draw: int, key: int) -> int:
    """Return the random bits of one counter and key."""
    words = (np.array(word, "uint64") for word in (place, draw, key))
    return int(find("philox").reference(*words))


def root_key(seed: Seed) -> int:
    """Return the key that a seed stands for: an integer, or several that are mixed in turn.

    Raises BadUse for a seed that is not made of integers, BadValue for a negative one.
    """
    if seed is None:
        import secrets  # slow to import, and most seeds are given

        return secrets.randbits(64)
    key = 0
    for number in _integers(seed):
        key = philox(number % WORDS, number // WORDS % WORDS, key)
    return key


def _integers(seed: Any) -> list[int]:
    given = np.asarray(seed, dtype=object).ravel()
    if not given.size or not all(isinstance(x, (int, np.integer)) for x in given):
        raise mistake(BadUse, f"a seed is an integer or several, not {seed!r}")
    if any(x < 0 for x in given):
        raise mistake(BadValue, f"a seed is not negative: {seed!r}")
    return [int(x) for x in given]


def stream_key(root: int, stream: int) -> int:
    """Return the key of one of the streams that come from one root."""
    return philox(stream, 0, root)


def new_state(key: int) -> RandomState:
    """Return the state before the first draw under a key."""
    return np.array([key, 0], "uint64").view(RandomState)


def as_state(value: Any) -> Any:
    """Return a value given for a random state as an array.

    One of NumPy's generators gives the key, by a copy's next numbers; it stays as it is.
    """
    if isinstance(value, np.random.RandomState):
        copy = np.random.RandomState()
        copy.set_state(value.get_state())
        return new_state(root_key([int(x) for x in copy.randint(1 << 31, size=2)]))
    return value


class RandomStateSharedVariable(TensorSharedVariable):
    """A shared variable that holds a random state."""

    def __init__(
        self,
        type: TensorType,
        value: Any,
        name: str | None = None,
        *,
        strict: bool = False,
        allow_downcast: bool | None = None,
        container: Container | None = None,
    ) -> None:
        super().__init__(
            type,
            as_state(value),
            name,
            strict=strict,
            allow_downcast=allow_downcast,
            container=container,
        )

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> RandomState:
        """Return a copy of the state; with borrow the state itself, which can be seeded."""
        return super().get_value(borrow, return_internal_type).view(RandomState)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the state by another, or by one that a generator of NumPy stands for."""
        super().set_value(as_state(new_value), borrow)


def shared_state(value: Any, name: str | None = None) -> RandomStateSharedVariable:
    """Make a shared variable of a random state, or of a generator of NumPy."""
    return RandomStateSharedVariable(STATE, value, name)
