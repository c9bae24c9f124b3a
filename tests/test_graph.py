"""Directed graphs."""

from hypothesis import given
from hypothesis import strategies as st

from sim.graph import strongly_connected

nodes = st.integers(0, 6)
graphs = st.dictionaries(nodes, st.lists(nodes)).map(lambda some: {node: some.get(node, []) for node in range(7)})


def reachable(graph, start):
    reached, ahead = {start}, [start]
    while ahead:
        new = set(graph[ahead.pop()]) - reached
        reached |= new
        ahead += new
    return reached


@given(graphs)
def test_a_component_is_all_that_leads_to_each_other(graph):
    there = {node: reachable(graph, node) for node in graph}
    for part in strongly_connected(graph):
        for node in part:
            assert part == {other for other in there[node] if node in there[other]}


@given(graphs)
def test_every_node_is_in_one_component_after_those_that_it_leads_to(graph):
    seen = []
    for part in strongly_connected(graph):
        seen += part
        assert all(reachable(graph, node) <= set(seen) for node in part)
    assert sorted(seen) == sorted(graph)


def test_a_chain_may_be_longer_than_the_stack_of_python():
    chain = {node: [(node + 1) % 100_000] for node in range(100_000)}
    assert [len(part) for part in strongly_connected(chain)] == [100_000]
