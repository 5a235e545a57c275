"""Steps that are switched off are passed by."""

from dataclasses import replace

from integrations.graph.bypass import bypassed
from integrations.graph.flow import Edge, Flow, Node

START = Node("start", "webhook_trigger")


def off(key: str, kind: str = "map") -> Node:
    return Node(key, kind, off=True)


def flow(*nodes: Node, edges: str) -> Flow:
    parsed = (way.split() for way in edges.split(","))
    return Flow((START, *nodes), tuple(Edge(source, port, target) for source, port, target in parsed))


def ways(found: Flow) -> str:
    return ", ".join(f"{edge.source} {edge.port} {edge.target}" for edge in found.edges)


def test_a_flow_without_steps_that_are_off_is_itself() -> None:
    given = flow(Node("a", "map"), edges="start next a")
    assert bypassed(given) is given


def test_what_leads_to_a_step_that_is_off_leads_on() -> None:
    given = flow(off("a"), off("b"), Node("c", "map"), edges="start next a, a next b, b next c")
    assert ways(bypassed(given)) == "start next c"


def test_a_branch_that_is_off_is_passed_by_else_and_its_other_way_is_gone() -> None:
    given = flow(
        off("a", "branch"),
        Node("b", "map"),
        Node("c", "map"),
        edges="start next a, a yes b, a else c, b next c",
    )
    left = bypassed(given)
    assert ways(left) == "start next c"
    assert [node.key for node in left.nodes] == ["start", "c"]


def test_the_last_step_that_is_off_ends_the_path() -> None:
    given = flow(Node("a", "map"), off("b"), edges="start next a, a next b")
    assert ways(bypassed(given)) == "start next a"


def test_a_trigger_stays() -> None:
    given = replace(
        flow(Node("a", "map"), edges="start next a"), nodes=(replace(START, off=True), Node("a", "map"))
    )
    assert bypassed(given) is given


def test_a_loop_of_steps_that_are_off_ends_the_path() -> None:
    given = flow(off("a"), off("b"), edges="start next a, a next b, b next a")
    assert ways(bypassed(given)) == ""
