import pytest
from hypothesis import given

from integrations.graph.flow import Edge, Flow, Node, Settings
from integrations.graph.validate import validate
from tests.graph.flows import ANY_FLOWS, ports, valid_flows

START = Node("start", "webhook_trigger")


def found(nodes: list[Node], edges: list[Edge], settings: Settings | None = None) -> list[tuple[str, str]]:
    problems = validate(Flow(tuple(nodes), tuple(edges), settings or Settings()), ports, regions)
    return [(problem.code, problem.place) for problem in problems]


def regions(node: Node) -> tuple[str, ...]:
    return {"for_each": ("each",), "parallel": ("a", "b")}.get(node.kind, ())


def step(key: str, kind: str = "map") -> Node:
    return Node(key, kind)


def edge(source: str, target: str, port: str = "next") -> Edge:
    return Edge(source, port, target)


@given(valid_flows())
def test_a_valid_flow_has_no_errors(flow: Flow) -> None:
    assert [p for p in validate(flow, ports) if p.severity == "error"] == []


@given(ANY_FLOWS)
def test_nothing_breaks_the_validation(flow: Flow) -> None:
    for problem in validate(flow, ports):
        assert problem.code.startswith("flow.")
        assert problem.message.endswith(".")


@pytest.mark.parametrize(
    ("nodes", "edges", "expected"),
    [
        ([], [], [("flow.no_trigger", "")]),
        ([START, step("a"), step("a")], [edge("start", "a")], [("flow.duplicate_key", "steps.a")]),
        ([START, step("A b")], [edge("start", "A b")], [("flow.bad_key", "steps.A b")]),
        (
            [START, step("a"), Node("two", "file_trigger")],
            [edge("start", "a"), edge("two", "a")],
            [("flow.several_triggers", "steps.two")],
        ),
        ([START, step("a")], [edge("start", "a"), edge("a", "gone")], [("flow.unknown_step", "edges[1]")]),
        ([START, step("a")], [edge("start", "a"), edge("a", "start")],
         [("flow.edge_into_trigger", "edges[1]"), ("flow.loop", "steps.start")]),
        ([START, step("a"), step("b")], [edge("start", "a"), edge("a", "b", "maybe")],
         [("flow.unknown_port", "edges[1]")]),
        ([START, step("a"), step("b")], [edge("start", "a"), edge("start", "b")],
         [("flow.port_taken", "edges[1]")]),
        ([START, step("a"), step("b"), step("c")], [edge("start", "a"), edge("b", "c")],
         [("flow.unreachable", "steps.b"), ("flow.unreachable", "steps.c")]),
        ([START, step("a"), step("b")], [edge("start", "a")], [("flow.unconnected", "steps.b")]),
        ([START], [], [("flow.nothing_follows", "steps.start")]),
        (
            [START, step("loop", "for_each"), step("body"), step("after")],
            [edge("start", "loop"), edge("loop", "body", "each"), edge("loop", "after", "yes"),
             edge("body", "after")],
            [("flow.unknown_port", "edges[1]"), ("flow.region_shared", "edges[1]")],
        ),
    ],
)  # fmt: skip
def test_each_fault_is_found_at_its_place(nodes, edges, expected) -> None:
    assert found(nodes, edges) == expected


BOTH = [START, step("both", "parallel"), step("left"), step("right"), step("after")]
APART = [
    edge("start", "both"),
    edge("both", "left", "a"),
    edge("both", "right", "b"),
    edge("both", "after", "done"),
]


def region_problems(nodes: list[Node], edges: list[Edge]) -> list[tuple[str, str]]:
    any_port = validate(Flow(tuple(nodes), tuple(edges)), lambda _: None, regions)
    return [(problem.code, problem.place) for problem in any_port]


def test_branches_that_keep_to_themselves_are_fine() -> None:
    assert region_problems(BOTH, APART) == []


def test_a_branch_that_runs_into_the_other_is_found_at_both_ports() -> None:
    crossed = region_problems(BOTH, [*APART, edge("left", "right")])
    assert crossed == [("flow.region_shared", "edges[2]"), ("flow.region_shared", "edges[1]")][::-1]


def test_a_branch_that_goes_on_outside_is_found() -> None:
    assert region_problems(BOTH, [*APART, edge("left", "after")]) == [("flow.region_shared", "edges[1]")]


HANDLED = [START, step("a"), step("failed", "error_handler"), step("told")]


def test_an_error_handler_is_a_start_of_its_own() -> None:
    assert region_problems(HANDLED, [edge("start", "a"), edge("failed", "told")]) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (edge("a", "failed"), ("flow.edge_into_handler", "edges[2]")),
        (edge("a", "told"), ("flow.handler_shared", "steps.told")),
    ],
)
def test_the_path_of_an_error_handler_is_its_own(more: Edge, expected: tuple[str, str]) -> None:
    assert expected in region_problems(HANDLED, [edge("start", "a"), edge("failed", "told"), more])


def test_a_second_error_handler_is_refused() -> None:
    two = [*HANDLED, step("again", "error_handler")]
    found = region_problems(two, [edge("start", "a"), edge("failed", "told")])
    assert ("flow.several_handlers", "steps.again") in found


def test_all_problems_come_at_once() -> None:
    codes = {code for code, _ in found([step("a"), step("a"), step("B")], [edge("a", "x"), edge("a", "B")])}
    assert codes == {
        "flow.no_trigger", "flow.duplicate_key", "flow.bad_key", "flow.unknown_step", "flow.port_taken",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (Settings(deadline_s=0), "settings.deadline_s"),
        (Settings(deadline_s=61), "settings.deadline_s"),
        (Settings(retry=(0.1,) * 11), "settings.retry"),
        (Settings(retry=(61.0,)), "settings.retry"),
        (Settings(retention_h=71), "settings.retention_h"),
    ],
)
def test_settings_have_bounds(settings: Settings, place: str) -> None:
    assert [where for _, where in found([START, step("a")], [edge("start", "a")], settings)] == [place]


def test_a_step_that_is_not_understood_may_have_any_port() -> None:
    flow = Flow((START, step("a"), step("b")), (edge("start", "a"), edge("a", "b", "whatever")))
    assert validate(flow, lambda node: None) == []
