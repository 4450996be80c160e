"""Numbers in equal steps: linspace, and the grids that slices name."""

from __future__ import annotations

from typing import Any

from symc.compiler.promotion import upcast
from symc.exceptions import BadUse
from symc.report import mistake
from symc.tensor import conversion, creation, elementwise
from symc.tensor.policy import common_dtype
from symc.type import dtype_name


def linspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None) -> Any:
    """Return num numbers in equal steps from start to stop, which endpoint=False leaves out.

    >>> linspace(0.0, 1.0, 5).eval()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    first, last = (conversion.as_tensor_variable(x) for x in (start, stop))
    common = upcast(first.dtype, last.dtype, "float64")
    first, last = elementwise.cast(first, common), elementwise.cast(last, common)
    count = elementwise.cast(num, "int64")
    steps = elementwise.maximum(count - 1 if endpoint else count, 1)
    position = elementwise.cast(creation.arange(count), common)
    made = first + position * ((last - first) / elementwise.cast(steps, common))
    if endpoint:
        made = elementwise.switch(elementwise.eq(position, steps) & (steps >= 1), last, made)
    return made if dtype is None else elementwise.cast(made, dtype_name(dtype))


class Grid:
    """Makes, of slices, the coordinates of a grid: grid[0:3, 0:4] is a list of two tensors."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getitem__(self, key: Any) -> list[Any]:
        slices = key if isinstance(key, tuple) else (key,)
        lines = [self._line(one) for one in slices]
        rank = len(lines)
        spread = [
            line.dimshuffle(*("x",) * place, 0, *("x",) * (rank - place - 1))
            for place, line in enumerate(lines)
        ]
        if self.name == "ogrid":
            return spread
        sizes = [line.shape[0] for line in lines]
        dtype = common_dtype(*(line.dtype for line in lines))
        return [creation.alloc(elementwise.cast(one, dtype), *sizes) for one in spread]

    def _line(self, key: Any) -> Any:
        if not isinstance(key, slice) or key.stop is None or isinstance(key.step, complex):
            raise mistake(
                BadUse,
                f"{self.name}: takes slices with an end, and real steps, not {key!r}",
                help=f"write {self.name}[0:3, 0:4]; linspace takes a number of steps",
            )
        start = 0 if key.start is None else key.start
        return creation.arange(start, key.stop, 1 if key.step is None else key.step)

    def __repr__(self) -> str:
        return self.name


mgrid = Grid("mgrid")
ogrid = Grid("ogrid")
