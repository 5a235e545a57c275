from decimal import Decimal

import pytest
from hypothesis import given

from integrations.errors import FlowError
from integrations.flows.yamlfile import FlowFile, read_flow, write_flow
from integrations.graph.flow import Edge, Flow, Group, Node, Note, Settings
from tests.graph.flows import valid_flows

ORDERS = """\
name: Orders
slug: orders
settings:
  reply: sync
  deadline_s: 20.0
steps:
- key: order
  kind: webhook_trigger
  next: large
- key: large
  kind: branch
  config: {cases: [{port: dear, if: [gt, [get, order, body, total], 100.50]}]}
  next: {dear: send, else: done}
- key: send
  kind: http
  title: Send it
  config: {url: 'https://example.com/orders/{order.body.id}'}
  position: [5, 7]
- key: done
  kind: respond
"""


def test_a_file_says_what_a_flow_is() -> None:
    read = read_flow(ORDERS)
    assert (read.name, read.slug) == ("Orders", "orders")
    assert read.flow.settings == Settings(reply="sync", deadline_s=20.0)
    assert read.flow.edges == (
        Edge("order", "next", "large"), Edge("large", "dear", "send"), Edge("large", "else", "done"),
    )  # fmt: skip
    assert read.flow.nodes[1].config["cases"] == [
        {"port": "dear", "if": ["gt", ["get", "order", "body", "total"], Decimal("100.50")]}
    ]


def test_writing_gives_the_text_back() -> None:
    assert write_flow(read_flow(ORDERS)) == ORDERS


@pytest.mark.parametrize("text", [":0", "?x", ":", "a:", "a: b", "- a", "#x", "{", "yes", "~", "1e3"])
def test_texts_with_marks_of_yaml_are_read_as_they_were(text: str) -> None:
    start = Node("start", "webhook_trigger")
    marked = Node("s1", "map", config={"value": {text: text}, "list": [text]})
    flow = Flow((start, marked), (Edge("start", "next", "s1"),))
    assert read_flow(write_flow(FlowFile("A flow", "a-flow", flow))).flow.nodes == flow.nodes


@given(valid_flows())
def test_reading_what_was_written_gives_the_flow(flow: Flow) -> None:
    storable = all("\0" not in repr(node.config) and "\\x00" not in repr(node.config) for node in flow.nodes)
    if storable:
        read = read_flow(write_flow(FlowFile("A flow", "a-flow", flow)))
        assert (read.flow.nodes, set(read.flow.edges)) == (flow.nodes, set(flow.edges))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("name: [", "line 1", "not YAML"),
        ("name: a\nname: b\n", "line 2", "twice"),
        ("name: a\nsteps:\n- key: x\n  kind: map\n  next: 5\n", "line 5, steps[0].next", "valid"),
        ("name: a\nsteps:\n- key: x\n", "line 3, steps[0].kind", "required"),
        ("name: a\nsteps:\n- {key: x, kind: map, colour: red}\n", "line 3, steps[0].colour", "not permitted"),
        ("name: a\nsettings: {reply: maybe}\n", "line 2, settings.reply", "sync"),
        ("name: &a x\nslug: *a\n", "line 2", "aliases"),
        ("name: a\nsteps:\n- key: x\n  kind: map\n  config: {n: .inf}\n", "line 5", ".inf"),
        (
            "name: a\nsteps:\n- key: x\n  kind: map\n  config: {n: !!python/name:os x}\n",
            "line 5",
            "not a text",
        ),
        ("- a\n", "line 1", "map with name"),
        ("", "line 1", "map with name"),
    ],
)
def test_a_fault_names_its_line(text: str, place: str, said: str) -> None:
    with pytest.raises(FlowError) as refused:
        read_flow(text)
    assert (refused.value.place, said in refused.value.message) == (place, True)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(FlowError) as refused:
        read_flow("name: a\nsteps:\n- {key: x}\n- {kind: map}\n")
    assert [problem.place for problem in refused.value.problems] == [
        "line 3, steps[0].kind", "line 4, steps[1].key",
    ]  # fmt: skip


def test_dates_and_words_stay_text_and_numbers_exact() -> None:
    said = "{a: 2026-01-02, b: no, c: 12345678901234567890, d: 0.10}"
    config = read_flow(f"name: a\nsteps:\n- {{key: x, kind: map, config: {said}}}\n").flow.nodes[0].config
    assert config == {"a": "2026-01-02", "b": "no", "c": 12345678901234567890, "d": Decimal("0.10")}


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(FlowError):
        read_flow("name: " + "[" * 5000)


def test_a_draft_with_two_edges_from_a_port_is_not_exported() -> None:
    nodes = (Node("a", "webhook_trigger"), Node("b", "map"), Node("c", "map"))
    twice = Flow(nodes, (Edge("a", "next", "b"), Edge("a", "next", "c")))
    with pytest.raises(FlowError) as refused:
        write_flow(FlowFile("a", "", twice))
    assert refused.value.code == "flow.not_exportable"


def test_notes_groups_and_steps_that_are_off_come_back() -> None:
    nodes = (Node("a", "webhook_trigger"), Node("b", "map", off=True))
    drawn = Flow(
        nodes,
        (Edge("a", "next", "b"),),
        notes=(Note("note_1", "Ask Ann\nbefore Monday", (10, -20), (200, 90)),),
        groups=(Group("group_1", "Inbound", ("a", "b")),),
    )
    assert read_flow(write_flow(FlowFile("Drawn", "", drawn))).flow == drawn
