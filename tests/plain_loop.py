"""scan as a plain loop over NumPy arrays: what its results are compared with."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rows:
    """A sequence and which of its rows a step is given."""

    array: np.ndarray
    taps: tuple = (0,)

    @property
    def margins(self):
        return -min(*self.taps, 0), max(*self.taps, 0)

    def __len__(self):
        return max(len(self.array) - sum(self.margins), 0)

    def row(self, step, tap, backwards):
        before, after = self.margins
        if backwards:
            return self.array[len(self.array) - 1 - after + tap - step]
        return self.array[before + tap + step]


@dataclass(frozen=True)
class Earlier:
    """The values of an output before the first step, and which a step is given."""

    initial: np.ndarray
    taps: tuple = (-1,)

    @property
    def start(self):
        return [self.initial] if self.taps == (-1,) else list(self.initial[: -min(self.taps)])


def plain_scan(step, rows=(), outputs=(), fixed=(), count=None, backwards=False):
    """Return the rows of each output; step returns a list of outputs, and whether to stop.

    outputs   for each an Earlier, or None
    """
    count = min(map(len, rows)) if count is None else count
    values = [[] if x is None else x.start for x in outputs]
    starts = [len(x) for x in values]
    for t in range(count):
        given = [x.row(t, tap, backwards) for x in rows for tap in x.taps]
        given += [values[k][tap] for k, x in enumerate(outputs) if x is not None for tap in x.taps]
        made, stop = step(*given, *fixed)
        for mine, value in zip(values, made, strict=True):
            mine.append(np.asarray(value))
        if stop:
            break
    return [np.array(mine[start:]) for mine, start in zip(values, starts, strict=True)]
