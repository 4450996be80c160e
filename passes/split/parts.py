"""A complex Value as reals: two of them, or pairs side by side as they lie in memory."""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.ops.complex import interleave, part_of
from symc.compiler.value import Value


class Parts:
    """What stands for one complex Value.

    pair     its real and its imaginary part, of its shape
    pairs    both along one more dimension, as inputs and states have them; what only moves or adds
             elements of such Values is done on them whole, so that a region of a state stays one
    is_real  whether the imaginary part is 0 because the number was made of a real one

    One of the two forms may be missing, and is made of the other when it is asked for.
    """

    __slots__ = ("_pair", "_pairs", "is_real")

    def __init__(
        self,
        pair: tuple[Value, Value] | None,
        pairs: Value | None = None,
        is_real: bool = False,
    ) -> None:
        self._pair = pair
        self._pairs = pairs
        self.is_real = is_real

    @property
    def lies(self) -> bool:
        """Tell whether it has a form with its parts side by side that costs nothing."""
        return self._pairs is not None

    @property
    def pair(self) -> tuple[Value, Value]:
        """Return the two parts."""
        if self._pair is None:
            assert self._pairs is not None
            self._pair = part_of(self._pairs, 0), part_of(self._pairs, 1)
        return self._pair

    @property
    def re(self) -> Value:
        """Return the real part."""
        return self.pair[0]

    @property
    def im(self) -> Value:
        """Return the imaginary part."""
        return self.pair[1]

    @property
    def pairs(self) -> Value:
        """Return the parts side by side."""
        if self._pairs is None:
            assert self._pair is not None
            return interleave(*self._pair)  # type: ignore[no-any-return]
        return self._pairs

    def moved(self, each: Callable[[Value], Value], together: Callable[[Value], Value]) -> Parts:
        """Return what a move makes of it, given for one part and for both side by side."""
        if self.lies:
            return Parts(None, together(self.pairs), self.is_real)
        return Parts((each(self.re), each(self.im)), None, self.is_real)
