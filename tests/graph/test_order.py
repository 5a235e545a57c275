from itertools import pairwise

import pytest
from hypothesis import given

from integrations.errors import FlowError
from integrations.graph.flow import Edge, Flow, Node
from integrations.graph.order import find_loop, order, upstream
from tests.graph.flows import ANY_FLOWS, valid_flows


def flow(*edges: str) -> Flow:
    """``flow("a>b", "b>c")``"""
    pairs = [edge.split(">") for edge in edges]
    keys = dict.fromkeys(key for pair in pairs for key in pair)
    return Flow(tuple(Node(key, "map") for key in keys), tuple(Edge(a, "next", b) for a, b in pairs))


@given(valid_flows())
def test_every_step_stands_after_all_before_it(given_flow: Flow) -> None:
    place = {key: index for index, key in enumerate(order(given_flow))}
    assert set(place) == {node.key for node in given_flow.nodes}
    assert all(place[edge.source] < place[edge.target] for edge in given_flow.edges)


@given(ANY_FLOWS)
def test_a_flow_has_an_order_or_a_loop_and_never_both(any_flow: Flow) -> None:
    loop = find_loop(any_flow)
    if not loop:
        assert set(order(any_flow)) == {node.key for node in any_flow.nodes}
        return
    assert loop[0] == loop[-1]
    ways = {(edge.source, edge.target) for edge in any_flow.edges}
    assert all(pair in ways for pair in pairwise(loop))
    with pytest.raises(FlowError):
        order(any_flow)


def test_a_loop_is_named_with_its_steps() -> None:
    with pytest.raises(FlowError) as refused:
        order(flow("a>b", "b>c", "c>b"))
    assert (refused.value.code, refused.value.place) == ("flow.loop", "steps.b")
    assert "b → c → b" in refused.value.message


def test_upstream_is_what_can_stand_in_the_scope() -> None:
    assert upstream(flow("a>b", "a>c", "b>d", "c>d", "d>e", "a>f"), "d") == ("a", "b", "c")


def test_a_long_chain_is_no_problem() -> None:
    chain = flow(*(f"s{n}>s{n + 1}" for n in range(5000)))
    assert find_loop(chain) == ()
    assert order(chain)[-1] == "s5000"
