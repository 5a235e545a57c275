from dataclasses import replace

import pytest
from hypothesis import given

from integrations.graph.compare import NOTHING, Value, compare, values
from integrations.graph.diff import diff
from integrations.graph.flow import Edge, Flow, Node, Settings
from tests.graph.flows import ANY_FLOWS, valid_flows

BASE = Flow(
    (
        Node("start", "webhook_trigger"),
        Node("quote", "call", "Quote", {"mode": "twin"}),
        Node("end", "respond"),
    ),
    (Edge("start", "next", "quote"), Edge("quote", "next", "end")),
)


@given(ANY_FLOWS)
def test_a_flow_does_not_differ_from_itself(flow: Flow) -> None:
    assert compare(flow, flow).is_same


@given(valid_flows(), valid_flows())
def test_what_the_sentences_say_is_found(old: Flow, new: Flow) -> None:
    assert compare(old, new).is_same == (not diff(old, new))


@given(valid_flows(), valid_flows())
def test_the_picture_has_every_step_and_edge_of_both_once(old: Flow, new: Flow) -> None:
    both = compare(old, new).both
    assert sorted(node.key for node in both.nodes) == sorted(
        {node.key for node in old.nodes} | {node.key for node in new.nodes}
    )
    assert len(both.edges) == len({*old.edges, *new.edges}) == len(set(both.edges))


def test_steps_are_added_removed_changed_and_moved() -> None:
    start, quote, end = BASE.nodes
    new = replace(
        BASE,
        nodes=(replace(start, position=(9, 9)), replace(quote, title="Rate"), Node("book", "http")),
        edges=(BASE.edges[0], Edge("quote", "next", "book")),
        settings=Settings(reply="sync"),
    )
    found = compare(BASE, new)
    assert {step.key: step.kind for step in found.steps} == {
        "end": "removed", "start": "moved", "quote": "changed", "book": "added"
    }  # fmt: skip
    assert found.edges == (("removed", BASE.edges[1]), ("added", new.edges[1]))
    assert found.settings == (("reply", "async", "sync"),)
    assert (end in found.both.nodes, BASE.edges[1] in found.both.edges) == (True, True)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 2}, [Value(("a",), 1, 2)]),
        ({"a": 1}, {}, [Value(("a",), 1, NOTHING)]),
        ({}, {"a": None}, [Value(("a",), NOTHING, None)]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [Value(("a", "c"), 2, 3)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [Value(("a", 0, "b"), 1, 2)]),
        ({"a": ["get", "x"]}, {"a": ["get", "y"]}, [Value(("a",), ["get", "x"], ["get", "y"])]),
        ({"a": False}, {"a": 0}, [Value(path=("a",), before=False, after=0)]),
        ({"a": [False]}, {"a": [0]}, [Value(("a",), [False], [0])]),
        ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 1.0}]}, [Value(("a",), [1, {"b": 1}], [1, {"b": 1.0}])]),
    ],
)
def test_values_are_told_where_they_part(old, new, found) -> None:
    assert values(old, new) == found
