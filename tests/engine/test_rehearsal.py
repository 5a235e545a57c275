"""A rehearsal does what the engine does: the same flows and documents through both, compared byte for byte.

The engine tells of a run its reply and its calls. So each flow ends here, on every way out, with a reply of
all that its steps gave.
"""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from bench.sink import Mode, SinkClient
from integrations.desk.queries.documents import open_document
from integrations.engine import frames
from integrations.engine.models import Document
from integrations.flows import demo, queries, services
from integrations.flows.rehearsal import rehearse
from integrations.flows.snapshots import to_json
from integrations.flows.steps.registry import step_kind
from integrations.flows.visits import Rehearsal
from integrations.flows.yamlfile import read_flow
from integrations.graph.flow import ERROR
from integrations.tenants.binding import bind
from integrations.tenants.ids import moment_of
from integrations.trials import recorded
from integrations.trials.documents import document_for, received
from integrations.trials.ground import ground_of
from tests.engine.world import Answer, Published, Shop, World, edge, webhook

INTO = ("each", "left", "right")
"""Ports that lead inside of a step."""


def telling_all(flow: dict[str, Any]) -> dict[str, Any]:
    """Have every way out of a flow end with a reply that holds all outputs."""
    steps, edges = list(flow["steps"]), list(flow["edges"])
    inside = _inside(flow)
    is_rescued = any(step["kind"] == "error_handler" for step in steps)
    drawn = {(one["source"], one.get("port", "next")) for one in edges}
    rules = [{"to": [step["key"]], "op": ["get", step["key"]]} for step in steps]
    for step in flow["steps"]:
        kind = step_kind(step["kind"])
        ports = kind.ports(kind.Config.model_validate(step.get("config", {})))
        for port in (*ports, ERROR):
            if port == ERROR and is_rescued:
                continue
            free = (step["key"], port) not in drawn and step["key"] not in inside and port not in INTO
            if free and kind.group != "trigger":
                key = f"all_{len(steps)}"
                config = {"status": 200, "body": {"version": 1, "rules": rules}}
                steps.append({"key": key, "kind": "respond", "config": config})
                edges.append(edge(step["key"], key, port))
    settings = {**flow.get("settings", {}), "reply": "sync", "deadline_s": 20, "retry": [0.01]}
    return {"steps": steps, "edges": edges, "settings": settings}


def _inside(flow: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    todo = [one["target"] for one in flow["edges"] if one.get("port") in INTO]
    while todo:
        key = todo.pop()
        found.add(key)
        todo += [
            one["target"] for one in flow["edges"] if one["source"] == key and one["target"] not in found
        ]
    return found


@dataclass
class Both:
    """What the engine and the rehearsal made of one document."""

    answer: Answer
    reply: bytes | None
    rehearsal: Rehearsal
    engine_calls: list[tuple[Any, ...]]
    calls: list[tuple[Any, ...]]


def run_both(world: World, flow: Published, said: dict[str, Any], answer: Answer) -> Both:
    """Rehearse what the engine just ran, with the answers that it got."""
    run_id = answer.run
    world.until(run_id)
    tenant_id = flow.shop.id
    with world.orm(), bind(tenant_id):
        found = {row.kind: open_document(row) for row in Document.objects.filter(run_id=run_id)}
        ground = ground_of(tenant_id, said)
        known = recorded.of_run(tenant_id, run_id)
        url = world.engines[0]._config.sandbox_url  # noqa: SLF001  where the engine's twins are
        answers = recorded.RecordedAnswers(known, run_id, ground.places, url)
        document = document_for(ground.compiled, received(found[1], is_item=False))
        facts = ground.facts(run_id, moment_of(run_id), recorded.books_of(tenant_id, run_id))
        rehearsal = rehearse(ground.compiled, document, facts=facts, answer=answers)
    reply = frames.unpack(found[2])[1][0] if 2 in found else None
    return Both(
        answer,
        reply,
        rehearsal,
        [(where, one.request.method, one.request.url, one.request.body) for where, one in known.items()],
        [(where, one.method, one.url, one.body) for where, one in answers.asked.items()],
    )


def agree(both: Both) -> None:
    """Compare reply, status and calls; the headers too, but for those of the door."""
    made = both.rehearsal.reply
    assert made is not None
    assert both.reply == made.body
    assert both.answer.status == made.status
    assert {name: both.answer.headers[name] for name in made.headers} == made.headers
    for sent, rehearsed in zip(both.engine_calls, both.calls, strict=True):
        assert sent == rehearsed


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("is_telling", [False, True], ids=["as it is", "telling all"])
@pytest.mark.parametrize("name", ["cross-border-order", "edi-orders"])
def test_the_demo_flows_agree(demo_shop: Shop, name: str, number: int, is_telling: bool) -> None:  # noqa: FBT001
    said = demo_definition(name)
    if is_telling:
        said = telling_all(said)
    flow = published(demo_shop, said)
    body = demo.order(number) if name == "cross-border-order" else demo.purchase_orders(number + 1, orders=2)
    both = run_both(demo_shop.world, flow, said, flow.send(body))
    assert both.answer.status in {200, 422}, both.answer.body
    agree(both)


def demo_definition(name: str) -> dict[str, Any]:
    said: dict[str, Any] = to_json(read_flow(demo.flow_text(name)).flow)  # type: ignore[assignment]
    for step in said["steps"]:
        if step["kind"] == "webhook_trigger":
            step["config"] = {
                key: value for key, value in step["config"].items() if key not in ("auth", "connection")
            }
    return said


def published(shop: Shop, said: dict[str, Any]) -> Published:
    with shop.world.orm():
        flow = services.create_flow(by=shop.actor, name="Both", definition=said)
        version = services.publish(by=shop.actor, flow_id=flow.id)
        hooks = queries.hooks(shop.actor, flow.id)
    return Published(shop, flow.id, version.id, hooks[0].token)


# Flows that a generator draws


def drawn(seed: int, sink_url: str) -> tuple[dict[str, Any], list[Any]]:
    """Draw a flow of maps, branches, loops, codecs and calls, and documents for it."""
    dice = random.Random(seed)  # noqa: S311  a test's
    steps: list[dict[str, Any]] = [webhook()]
    edges: list[dict[str, str]] = []
    ends = [("order", "next")]
    known = ["order"]

    def hang(step: dict[str, Any], ways: list[str]) -> None:
        """Hang a step on one of the loose ends; its own ways out are loose then."""
        source, port = ends.pop(dice.randrange(len(ends)))
        steps.append(step)
        edges.append(edge(source, step["key"], port))
        ends.extend((step["key"], way) for way in ways)
        known.append(step["key"])

    for number in range(dice.randrange(3, 9)):
        if not ends:
            break
        hang(*_drawn_step(dice, f"s{number}", known, sink_url))
    if seed % 3 == 0:
        steps.append(
            {"key": "rescue", "kind": "error_handler", "config": {"then": dice.choice(["fail", "succeed"])}}
        )
        ends[:] = [("rescue", "next")]
        hang(*_drawn_step(dice, "after", [*known, "rescue"], sink_url))
    documents = [
        {
            "n": dice.randrange(4),
            "t": dice.choice(["a", "ü", ""]),
            "l": list(range(dice.randrange(4))),
            "d": "1.50",
        }
        for _ in range(2)
    ]
    return telling_all({"steps": steps, "edges": edges}), documents


def _drawn_step(
    dice: random.Random, key: str, known: list[str], sink_url: str
) -> tuple[dict[str, Any], list[str]]:
    """Draw a step, and give its ways out."""

    def body(name: str) -> list[Any]:
        return ["get", "order", "body", name]

    rules = [
        {"to": ["n"], "op": ["add", body("n"), 1]},
        {"to": ["b", "t"], "op": ["concat", body("t"), "-x"]},
        {"to": ["d"], "op": body("d"), "as": "decimal(2)"},
        {"to": ["at"], "op": ["now"]},
        {"to": ["e"], "op": ["get", dice.choice(known)]},
    ]
    failing = {"version": 1, "rules": [{"to": ["x"], "op": body("t"), "as": "integer"}]}
    variables = [{"name": "a", "value": body("n")}, {"name": "b", "value": ["add", ["get", "a"], 2]}]
    call = {"url": f"{sink_url}/in", "value": ["get", "order", "body"], "mode": "at_least_once"}
    kind, config, ways = dice.choice(
        [
            ("map", {"plan": {"version": 1, "rules": dice.sample(rules, 3)}}, ["next"]),
            ("map", {"plan": failing}, dice.choice([["next"], ["next", "error"]])),
            ("branch", {"cases": [{"port": "many", "if": ["gt", body("n"), 1]}]}, ["many", "else"]),
            ("for_each", {"items": body("l")}, ["each", "done"]),
            ("encode", {"value": body(dice.choice("lt")), "format": "json"}, ["next"]),
            ("set_variable", {"variables": variables}, ["next"]),
            ("parallel", {"branches": [{"port": "left"}, {"port": "right"}]}, ["left", "right", "done"]),
            ("stop", {"reason": "Enough.", "what": "run"}, []),
            ("raise", {"message": "No such luck."}, []),
            ("http", call, dice.choice([["next"], ["next", "error"]])),
        ]
    )
    return {"key": key, "kind": kind, "config": config}, ways


@pytest.mark.parametrize("seed", range(40))
def test_generated_flows_agree(demo_shop: Shop, sink: SinkClient, seed: int) -> None:
    said, bodies = drawn(seed, sink.url)
    refusal = {3: 404, 4: 503}.get(seed % 6)
    if refusal:
        sink.mode(Mode(kind="status", status=refusal, share=0.6))
    flow = published(demo_shop, said)
    for body in bodies:
        agree(run_both(demo_shop.world, flow, said, flow.send(body)))
