import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.graph.diff import diff
from integrations.graph.flow import Edge, Flow, Node, Settings
from tests.graph.flows import ANY_FLOWS, valid_flows

BASE = Flow(
    (Node("start", "webhook_trigger"), Node("quote", "call", "Quote", {"mode": "twin", "limit": 3})),
    (Edge("start", "next", "quote"),),
)


@given(ANY_FLOWS)
def test_nothing_changed_says_nothing(flow: Flow) -> None:
    assert diff(flow, flow) == []


@given(valid_flows(), st.randoms())
def test_the_order_of_steps_and_edges_means_nothing(flow: Flow, dice: random.Random) -> None:
    nodes, edges = list(flow.nodes), list(flow.edges)
    dice.shuffle(nodes)
    dice.shuffle(edges)
    assert diff(flow, replace(flow, nodes=tuple(nodes), edges=tuple(edges))) == []


@given(valid_flows(), valid_flows())
def test_every_difference_is_said(old: Flow, new: Flow) -> None:
    def meaning(flow: Flow) -> object:
        return {node.key: node for node in flow.nodes}, set(flow.edges), flow.settings

    assert bool(diff(old, new)) == (meaning(old) != meaning(new))


def quote(**changes) -> Flow:
    return replace(BASE, nodes=(BASE.nodes[0], replace(BASE.nodes[1], **changes)))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (quote(title="Rate"), ["“Quote” is now called “Rate”."]),
        (quote(config={"mode": "live", "limit": 3}), ["“Quote”: mode changed from “twin” to “live”."]),
        (quote(config={"mode": "twin", "limit": Decimal("3.5")}), ["“Quote”: limit changed from 3 to 3.5."]),
        (quote(config={"mode": "twin"}), ["“Quote”: limit removed."]),
        (
            quote(config={"mode": "twin", "limit": 3, "x": {"a": 1}}),
            ["“Quote”: x set to an object of 1 fields."],
        ),
        (quote(position=(5, 5)), ["Moved 1 step on the canvas."]),
        (quote(kind="http"), ["“Quote” is now a http, no longer a call."]),
        (Flow(BASE.nodes[:1], ()), ["Removed “Quote” (call).", "Disconnected “start” → “quote”."]),
        (replace(BASE, settings=Settings(reply="sync")), ["Setting reply changed from “async” to “sync”."]),
        (
            replace(BASE, edges=(*BASE.edges, Edge("quote", "error", "start"))),
            ["Connected “quote” (error) → “start”."],
        ),
    ],
)
def test_a_change_is_said_in_words(new: Flow, said: list[str]) -> None:
    assert diff(BASE, new) == said


def test_many_changes_of_a_step_are_counted() -> None:
    said = diff(BASE, quote(config={f"field{n}": n for n in range(20)}))
    assert said[-1] == "“Quote”: 10 more changes."
    assert len(said) == 13
