"""Steps with regions, flows inside flows, variables, stop and the error handler, before they run."""

from typing import Any

import pytest

from integrations.errors import ConfigError
from integrations.flows.awaited import awaited_calls
from integrations.flows.called_flows import called_flows, pinned
from integrations.flows.compile import compile_version
from integrations.flows.environment import TenantEnv
from integrations.flows.steps.context import FlowRef, Reply, Stop, Stopped
from integrations.flows.steps.registry import STEP_KINDS
from integrations.flows.validation import validate
from integrations.graph.flow import Edge, Flow, Node, Settings
from integrations.schema.model import Type
from tests.flows.build import FACTS, HTTP, ORDER, env, flow, problems, runner
from tests.flows.test_scope_types import in_scope, mapping

BRANCHES: dict[str, Any] = {"branches": [{"port": "stock"}, {"port": "bill", "title": "Invoice"}]}
BOTH = Node("both", "parallel", "Both", BRANCHES)
SCOPE = {"order": {"body": {"net": 10, "rate": 2}}}


def call(key: str) -> Node:
    return Node(key, "http", key, {"url": "http://127.0.0.1:9/in", "value": ["get", "order", "body"]})


def whole(*nodes: Node, edges: tuple[Edge, ...]) -> Flow:
    return Flow(nodes, edges, Settings())


# parallel


def test_a_parallel_step_has_a_port_for_each_branch_and_done() -> None:
    kind = STEP_KINDS["parallel"]
    assert kind.ports(kind.Config.model_validate(BRANCHES)) == ("stock", "bill", "done")
    assert kind.regions(BRANCHES) == ("stock", "bill")
    assert kind.draft_ports({"branches": [{"port": "stock"}, {"port": ""}, {}]}) == ("stock", "done")
    assert kind.draft_ports({}) == ("done",)


def test_the_names_of_branches_are_different_and_none_is_that_of_another_port() -> None:
    config = {"branches": [{"port": "a"}, {"port": "a"}, {"port": "done"}, {"port": "error"}]}
    assert [(one.code, one.place) for one in problems("parallel", config)] == [
        ("parallel.port_taken", f"branches[{number}].port") for number in (1, 2, 3)
    ]


def test_the_result_has_the_last_output_of_each_branch() -> None:
    step = runner("parallel", BRANCHES)
    assert step.enter("bill") == {"branch": "bill"}
    done = step.done({"stock": 1, "bill": None})
    assert (done.value, done.port) == ({"stock": 1, "bill": None}, "done")


def regions(*more: Edge) -> Flow:
    return whole(
        ORDER, BOTH, mapping("taken", {"to": "a", "op": 1}), mapping("billed", {"to": "no", "op": "x"}),
        mapping("end", {"to": "no", "op": ["get", "both", "bill", "no"]}),
        edges=(
            Edge("order", "next", "both"), Edge("both", "stock", "taken"), Edge("both", "bill", "billed"),
            Edge("both", "done", "end"), *more,
        ),
    )  # fmt: skip


def test_what_a_branch_ends_with_is_known_behind_it() -> None:
    assert in_scope(regions(), "end", "both", "bill", "no").type is Type.TEXT
    assert in_scope(regions(), "billed", "both", "branch").type is Type.TEXT
    assert validate(regions(), env()) == []


def test_a_field_that_no_branch_gives_is_reported() -> None:
    wrong = mapping("wrong", {"to": "x", "op": ["get", "both", "bill", "nothing"]})
    given = regions(Edge("end", "next", "wrong"))
    found = validate(whole(*given.nodes, wrong, edges=given.edges), env())
    assert [(one.code, one.place) for one in found] == [
        ("mapping.unknown_source", "steps.wrong.config.plan.rules[0].op")
    ]


def test_a_branch_is_entered_by_its_port_only() -> None:
    codes = {one.code for one in validate(regions(Edge("taken", "next", "end")), env())}
    assert codes == {"flow.region_shared"}


def test_what_stands_in_one_branch_is_not_there_in_another() -> None:
    nodes = tuple(node for node in regions().nodes if node.key != "taken")
    reads = mapping("taken", {"to": "a", "op": ["get", "billed", "no"]})
    found = validate(whole(*nodes, reads, edges=regions().edges), env())
    assert [(one.code, one.severity) for one in found] == [("flow.reads_later_step", "warning")]


def test_the_results_of_a_loop_are_known_behind_it() -> None:
    each = Node("each", "for_each", "Each", {"items": ["get", "order", "body", "lines"]})
    given = whole(
        ORDER, each, mapping("line", {"to": "no", "op": 1}), mapping("end", {"to": "a", "op": 1}),
        edges=(Edge("order", "next", "each"), Edge("each", "each", "line"), Edge("each", "done", "end")),
    )  # fmt: skip
    assert in_scope(given, "end", "each", "results", "no").type is Type.INTEGER


def test_calls_beside_each_other_are_durable_each_at_once() -> None:
    given = whole(
        ORDER, BOTH, call("stock"), call("bill"),
        edges=(Edge("order", "next", "both"), Edge("both", "stock", "stock"), Edge("both", "bill", "bill")),
    )  # fmt: skip
    assert compile_version(given, env()).awaited == {"stock", "bill"}


def test_a_call_before_a_handler_that_calls_is_durable() -> None:
    handler = Node("failed", "error_handler")
    edges = (Edge("order", "next", "send"), Edge("failed", "next", "told"))
    assert compile_version(whole(ORDER, HTTP, handler, call("told"), edges=edges), env()).awaited == {"send"}
    quiet = whole(ORDER, HTTP, handler, mapping("told", {"to": "a", "op": 1}), edges=edges)
    assert compile_version(quiet, env()).awaited == frozenset()


# flows inside flows


def library(*refs: FlowRef, slug: str = "outer") -> TenantEnv:
    live = {ref.slug: ref for ref in refs}
    numbered = {(ref.slug, ref.number): ref for ref in refs}

    def find(slug: str, number: int | None) -> FlowRef | None:
        return live.get(slug) if number is None else numbered.get((slug, number))

    return TenantEnv(Settings(), {}, slug=slug, find_flow=find)


def runs(slug: str, key: str = "run", **config: Any) -> Node:
    return Node(key, "subflow", "Run", {"flow": slug, "input": ["get", "order", "body"], **config})


PLAIN = FlowRef("plain", "Plain", 3, flow(ORDER, HTTP))


def codes(given: Flow, known: TenantEnv) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in validate(given, known)]


def test_a_version_pins_the_flows_that_it_runs() -> None:
    given = flow(ORDER, runs("plain"), runs("gone", "other"))
    assert called_flows(given) == {("plain", None), ("gone", None)}
    assert called_flows(pinned(given, library(PLAIN))) == {("plain", 3), ("gone", None)}
    assert pinned(flow(ORDER, HTTP), library()) == flow(ORDER, HTTP)


def test_a_flow_inside_is_compiled_once_for_all_steps_that_run_it() -> None:
    compiled = compile_version(flow(ORDER, runs("plain"), runs("plain", "again")), library(PLAIN))
    first, again = compiled.steps["run"].inner, compiled.steps["again"].inner
    assert first is again
    assert first is not None
    assert list(first.steps) == ["order", "send"]
    assert compiled.awaited == {"run"}


def test_a_flow_that_comes_back_to_itself_is_found_however_far() -> None:
    middle = FlowRef("middle", "Middle", 1, flow(ORDER, runs("last")))
    last = FlowRef("last", "Last", 1, flow(ORDER, runs("outer")))
    outer = FlowRef("outer", "Outer", 1, flow(ORDER, HTTP))
    known = library(middle, last, outer)
    assert codes(flow(ORDER, runs("middle")), known) == [("subflow.cycle", "steps.run.config.flow")]


def test_many_ways_to_the_same_flow_are_looked_at_once() -> None:
    levels = [PLAIN]
    for depth in range(4):
        steps = [runs(levels[-1].slug, f"s{n}") for n in range(60)]
        levels.append(FlowRef(f"level-{depth}", f"Level {depth}", 1, flow(ORDER, *steps)))
    given = flow(ORDER, runs("level-3"))
    assert codes(given, library(*levels)) == []
    assert len(compile_version(given, library(*levels)).steps) == 2


def test_the_answer_of_a_flow_is_read_by_its_type() -> None:
    step = runner_of(runs("plain"), library(PLAIN))
    reply = Reply(200, {"content-type": "application/json"}, b'{"a": 0.10}')
    assert str(step.result("last", reply).value["a"]) == "0.10"
    assert step.result("last", None).value == "last"
    assert step.document({"order": {"body": 5}}, FACTS) == {"body": 5, "headers": {}, "query": {}}


def runner_of(node: Node, known: TenantEnv) -> Any:
    return compile_version(flow(ORDER, node), known).steps[node.key].runner


def test_a_flow_that_is_not_there_cannot_be_compiled() -> None:
    with pytest.raises(ConfigError, match=r"subflow\.unknown"):
        compile_version(flow(ORDER, runs("gone")), library())


# variables


def variables(*pairs: tuple[str, Any]) -> dict[str, Any]:
    return {"variables": [{"name": name, "value": op} for name, op in pairs]}


def test_variables_are_worked_out_in_order() -> None:
    step = runner(
        "set_variable",
        variables(
            ("tax", ["multiply", ["get", "order", "body", "net"], ["get", "order", "body", "rate"]]),
            ("total", ["add", ["get", "order", "body", "net"], ["get", "tax"]]),
        ),
    )
    assert step.run(SCOPE, FACTS).value == {"tax": 20, "total": 30}
    assert "tax" not in SCOPE


def test_a_name_stands_for_one_variable() -> None:
    found = problems("set_variable", variables(("a", 1), ("a", ["nothing"])))
    assert [(one.code, one.place) for one in found] == [
        ("set_variable.name_taken", "variables[1].name"),
        ("mapping.unknown_op", "variables[1].value"),
    ]


def test_what_variables_hold_is_known() -> None:
    node = Node("set", "set_variable", "", variables(("a", "x"), ("b", ["upper", ["get", "a"]])))
    given = flow(ORDER, node, mapping("end", {"to": "x", "op": ["get", "set", "b"]}))
    assert validate(given, env()) == []
    assert in_scope(given, "end", "set", "b").type is Type.TEXT


# stop, and the error handler


def test_a_stop_says_what_ends_and_why() -> None:
    output = runner("stop", {"what": "iteration", "reason": "Nothing to do."}).run({}, FACTS)
    assert (output.value, output.stop) == (
        {"stopped": "Nothing to do."},
        Stopped(Stop.ITEM, "Nothing to do."),
    )
    assert runner("stop", {}).run({}, FACTS).stop == Stopped(Stop.RUN)


def test_behind_the_error_handler_all_may_be_read() -> None:
    handler = Node("failed", "error_handler")
    paths = (("failed", "error", "code"), ("send", "id"), ("order", "body", "id"))
    rules = [{"to": f"r{number}", "op": ["get", *path]} for number, path in enumerate(paths)]
    given = whole(
        ORDER, HTTP, handler, mapping("told", *rules),
        edges=(Edge("order", "next", "send"), Edge("failed", "next", "told")),
    )  # fmt: skip
    assert validate(given, env()) == []
    assert in_scope(given, "told", "failed", "error", "kind").type is Type.TEXT
    assert compile_version(given, env()).handler == "failed"


def test_a_handler_that_is_switched_off_takes_its_path_with_it() -> None:
    handler = Node("failed", "error_handler", off=True)
    edges = (Edge("order", "next", "send"), Edge("failed", "next", "told"))
    given = whole(ORDER, HTTP, handler, call("told"), edges=edges)
    compiled = compile_version(given, env())
    assert (list(compiled.steps), compiled.handler) == (["order", "send"], None)
    assert awaited_calls(compiled.steps, None) == frozenset()
