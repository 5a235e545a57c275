from typing import Any

import pytest

from integrations.delivery.retry import Mode, RetryPolicy
from integrations.errors import FlowError
from integrations.flows.compile import compile_version
from integrations.flows.snapshots import from_json, to_json
from integrations.flows.steps.context import Effect
from integrations.flows.steps.registry import STEP_KINDS
from integrations.flows.validation import errors_of, validate
from integrations.graph.flow import Edge, Flow, Node, Settings
from tests.flows.build import HTTP, ORDER, definition, env, flow


def test_a_compiled_flow_knows_its_start_its_ways_and_its_order() -> None:
    done = Node("done", "respond")
    compiled = compile_version(flow(ORDER, HTTP, done, settings=Settings(retry=(1.0,))), env())
    assert (compiled.start, list(compiled.steps)) == ("order", ["order", "send", "done"])
    send = compiled.steps["send"]
    assert (send.effect, send.next, send.index) == (Effect.CALL, {"next": "done"}, 1)
    assert (send.retry, send.timeout_s, send.mode) == (RetryPolicy((1.0,)), 10.0, Mode.AT_LEAST_ONCE)
    assert compiled.steps["order"].effect is Effect.TRIGGER
    assert compiled.steps["done"].next == {}


def test_a_steps_own_policy_wins() -> None:
    own = definition(retry=[7.0], timeout_s=3, mode="at_most_once")
    send = compile_version(own, env()).steps["send"]
    assert (send.retry.delays_s, send.timeout_s, send.mode) == ((7.0,), 3.0, Mode.AT_MOST_ONCE)


def test_a_call_takes_mode_and_time_from_its_manifest() -> None:
    config = {"connector": "shipstation", "operation": "create_label", "connection": "Carriers"}
    send = compile_version(flow(ORDER, Node("send", "call", "", config)), env()).steps["send"]
    assert (send.mode, send.timeout_s) == (Mode.AT_MOST_ONCE, 30.0)


BAD_PLAN = {"version": 1, "rules": [{"to": "a", "op": ["no"]}]}
SHOP = {"connector": "shopify", "operation": "get_shop", "connection": "Gone"}


@pytest.mark.parametrize(
    ("node", "place"),
    [
        (Node("x", "nope"), "steps.x.kind"),
        (Node("x", "map"), "steps.x.config.plan"),
        (Node("x", "http", "", {"url": 5}), "steps.x.config.url"),
        (Node("x", "map", "", {"plan": BAD_PLAN}), "steps.x.config.plan.rules[0]"),
        (Node("x", "call", "", SHOP), "steps.x"),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled_names_step_and_field(node: Node, place: str) -> None:
    with pytest.raises(FlowError) as refused:
        compile_version(flow(ORDER, node), env())
    assert refused.value.place.startswith(place)


def test_validation_finds_everything_at_once() -> None:
    broken = Flow(
        (
            ORDER,
            Node("a", "http", "", {"url": "x", "body": {"version": 1, "rules": [{"to": "t", "op": ["no"]}]}}),
            Node("b", "call", "", {"connector": "nope", "operation": "o", "connection": "Gone", "colour": 1}),
            Node("c", "branch", "", {"cases": []}),
            Node("d", "nope"),
        ),
        (Edge("order", "next", "a"), Edge("a", "maybe", "b"), Edge("order", "next", "c")),
    )
    found = {(problem.code, problem.place) for problem in validate(broken, env())}
    assert {
        ("http.url", "steps.a.config.url"),
        ("flow.config", "steps.b.config.colour"),
        ("flow.config", "steps.c.config.cases"),
        ("flow.unknown_kind", "steps.d.kind"),
        ("flow.unknown_port", "edges[1]"),
        ("flow.port_taken", "edges[2]"),
        ("flow.unconnected", "steps.d"),
    } <= found
    assert any(place.startswith("steps.a.config.body.rules[0]") for _, place in found)


def test_reading_a_step_that_comes_later_is_a_warning() -> None:
    early = Node(
        "early", "map", "", {"plan": {"version": 1, "rules": [{"to": "a", "op": ["get", "send", "status"]}]}}
    )
    (problem,) = validate(flow(ORDER, early, HTTP), env())
    assert (problem.code, problem.place, problem.severity) == (
        "flow.reads_later_step", "steps.early.config", "warning",
    )  # fmt: skip


def test_a_definition_is_stored_and_read_again() -> None:
    whole = flow(ORDER, HTTP, settings=Settings("sync", 5.0, (), ("body", "id"), "skip", 100))
    assert from_json(to_json(whole)) == whole


@pytest.mark.parametrize(
    ("stored", "place"),
    [
        ({"steps": [{"kind": "map"}]}, "steps[0].key"),
        ({"steps": [{"key": "a", "kind": "map", "colour": 1}]}, "steps[0].colour"),
        ({"edges": [{"source": "a"}]}, "edges[0].target"),
        ({"settings": {"reply": "maybe"}}, "settings.reply"),
        ({"steps": [{"key": "a", "kind": "map", "config": {"x": ["a\x00"]}}]}, "steps[0].config.x[0]"),
        ({"steps": [{"key": "a", "kind": "map", "config": {"x": "\ud800"}}]}, "steps[0].config.x"),
        ({"steps": [{"key": "a", "kind": "map", "config": {"x": float("nan")}}]}, "steps[0].config.x"),
        ({"steps": [{"key": "a", "kind": "map", "config": {"x": {1, 2}}}]}, "steps[0].config.x"),
        ({"other": 1}, "other"),
    ],
)
def test_a_malformed_definition_names_the_place(stored: dict[str, Any], place: str) -> None:
    with pytest.raises(FlowError) as refused:
        from_json(stored)
    assert (refused.value.code, refused.value.place) == ("flow.malformed", place)


def test_nesting_has_a_bound() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(FlowError):
        from_json({"steps": [{"key": "a", "kind": "map", "config": {"x": deep}}]})


@pytest.mark.parametrize("kind", STEP_KINDS.values(), ids=STEP_KINDS.keys())
def test_every_kind_says_what_its_form_and_palette_need(kind: Any) -> None:
    assert kind.group in {"trigger", "data", "logic", "call", "flow"}
    assert kind.title
    assert kind.summary.endswith(".")
    assert all(spec.title for spec in kind.Config.model_fields.values())
    assert kind.Config.model_json_schema()["type"] == "object"


def test_two_hundred_steps_compile() -> None:
    plan = {
        "version": 1,
        "rules": [{"to": str(n), "op": ["get", "order", "body", str(n)]} for n in range(10)],
    }
    steps = [Node(f"s{n}", "map", "", {"plan": plan}) for n in range(199)]
    whole = flow(ORDER, *steps)
    assert len(compile_version(whole, env()).steps) == 200
    assert errors_of(validate(whole, env())) == []
