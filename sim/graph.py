"""Directed graphs."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

N = TypeVar("N", bound=Hashable)


def strongly_connected(graph: Mapping[N, Iterable[N]]) -> Iterator[set[N]]:
    """The strongly connected components of a graph that maps each node to its successors (Tarjan 1972).

    They are largest sets of which each node leads to each other; a component comes after those that it leads to.
    """
    # A stack of our own: chains may be longer than Python's recursion limit.
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    path: dict[N, None] = {}
    for root in graph:
        if root in index:
            continue
        todo = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        path[root] = None
        while todo:
            node, successors = todo[-1]
            for after in successors:
                if after not in index:
                    index[after] = low[after] = len(index)
                    path[after] = None
                    todo.append((after, iter(graph[after])))
                    break
                if after in path:
                    low[node] = min(low[node], index[after])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
                if low[node] == index[node]:
                    part: set[N] = set()
                    while node not in part:
                        part.add(path.popitem()[0])
                    yield part
