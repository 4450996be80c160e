"""The least set of nodes that separates where a flow starts from where it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)

SOURCE, SINK = 0, 1


def least_cut(
    before: Mapping[Node, Sequence[Node]],
    weights: Mapping[Node, float],
    starts: Collection[Node],
    ends: Collection[Node],
) -> list[Node]:
    """Return the nodes of least total weight without which no way leads from starts to ends.

    before    for each node, in order, those that lead to it
    weights   of all nodes; starts and ends may be among what is returned

    Of several such sets that next to the ends. A greatest flow says the weight (Edmonds and Karp).
    """
    entry = {node: 2 * k + 2 for k, node in enumerate(before)}
    flow = _Flow(2 * len(before) + 2)
    for node, sources in before.items():
        flow.edge(entry[node], entry[node] + 1, weights[node])
        for x in sources:
            flow.edge(entry[x] + 1, entry[node], float("inf"))
        if node in starts:
            flow.edge(SOURCE, entry[node], float("inf"))
        if node in ends:
            flow.edge(entry[node] + 1, SINK, float("inf"))
    flow.fill()
    behind = flow.leading_to_the_sink()
    return [node for node, k in entry.items() if k not in behind and k + 1 in behind]


class _Flow:
    """Edges with what may still flow through each: edge k ^ 1 is edge k backwards."""

    def __init__(self, count: int) -> None:
        self.edges: list[list[int]] = [[] for _ in range(count)]
        self.target: list[int] = []
        self.left: list[float] = []

    def edge(self, source: int, target: int, capacity: float) -> None:
        """Add an edge."""
        for a, b, left in ((source, target, capacity), (target, source, 0.0)):
            self.edges[a].append(len(self.target))
            self.target.append(b)
            self.left.append(left)

    def fill(self) -> None:
        """Let flow from the source to the sink what can."""
        while way := self._shortest_way():
            amount = min(self.left[k] for k in way)
            for k in way:
                self.left[k] -= amount
                self.left[k ^ 1] += amount

    def _shortest_way(self) -> list[int]:
        """Return edges from the sink back to the source through which something may still flow."""
        came = {SOURCE: -1}
        queue = deque([SOURCE])
        while queue and SINK not in came:
            node = queue.popleft()
            for k in self.edges[node]:
                if self.left[k] > 0 and self.target[k] not in came:
                    came[self.target[k]] = k
                    queue.append(self.target[k])
        way: list[int] = []
        node = SINK
        while node in came and node != SOURCE:
            way.append(came[node])
            node = self.target[came[node] ^ 1]
        return way

    def leading_to_the_sink(self) -> set[int]:
        """Return from where something may still flow to the sink."""
        found = {SINK}
        queue = deque([SINK])
        while queue:
            for k in self.edges[queue.popleft()]:
                if self.left[k ^ 1] > 0 and self.target[k] not in found:
                    found.add(self.target[k])
                    queue.append(self.target[k])
        return found
