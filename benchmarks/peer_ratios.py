"""Ratios of peers to symc, from what rounds of runs took."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Measured = dict[str, list[float]]
"""Seconds of a run by peer, one number a round; symc's among them."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best peer of a case: its time over symc's, and the least and greatest of the rounds."""

    name: str
    ratio: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f} ({self.least:.2f}-{self.greatest:.2f})"


def ratios(taken: Mapping[str, Sequence[float]], name: str) -> list[float]:
    """Return a peer's times over symc's of the same round."""
    return [other / mine for other, mine in zip(taken[name], taken["symc"], strict=True)]


def ratio(taken: Mapping[str, Sequence[float]], name: str) -> float:
    """Return a peer's median time over symc's."""
    return statistics.median(taken[name]) / statistics.median(taken["symc"])


def best_of(taken: Mapping[str, Sequence[float]]) -> Best | None:
    """Return the fastest peer of a case; None where there is none."""
    names = [name for name in taken if name != "symc"]
    if not names:
        return None
    name = min(names, key=lambda peer: ratio(taken, peer))
    spread = ratios(taken, name)
    return Best(name, ratio(taken, name), min(spread), max(spread))
