"""Trying a draft from the builder: against the twins, with pins, up to a step, one step alone."""

from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.models import Attempt, Run
from integrations.flows import demo, services
from tests.engine.world import definition, edge, http, respond, webhook
from tests.trials.conftest import Shop, step_of
from tests.web import world

pytestmark = pytest.mark.django_db
ORDER = demo.order(0)


def test_a_draft_is_tried_against_the_twins(shop: Shop) -> None:
    trial = shop.try_it(ORDER)
    assert (trial["outcome"], trial["error"]) == ("succeeded", None)
    states = {one["key"]: one["state"] for one in trial["steps"]}
    assert states["quote"] == states["vat"] == states["rates"] == "ok"
    quote = step_of(trial, "quote")
    assert quote["call"]["to"] == "twin"
    assert quote["call"]["url"].endswith("/airwallex/api/v1/fx/quotes/create")
    assert quote["call"]["body"]["buy_currency"] == "THB"
    assert quote["answer"]["status"] == 201
    assert trial["reply"]["status"] == 200
    assert not Run.objects.filter(tenant_id=shop.tenant.id).exists()
    assert not Attempt.objects.filter(tenant_id=shop.tenant.id).exists()


def test_up_to_a_step(shop: Shop) -> None:
    trial = shop.try_it(ORDER, until="quote")
    assert trial["outcome"] == "reached"
    assert [one["key"] for one in trial["steps"] if one["state"] == "ok"] == ["order", "abroad", "quote"]
    assert step_of(trial, "vat")["state"] == "not_reached"


def test_one_step_alone_with_the_last_outputs(shop: Shop) -> None:
    whole = shop.try_it(ORDER)
    scope = {one["key"]: one["output"] for one in whole["steps"] if one["state"] == "ok"}
    alone = shop.try_it(only="quote", scope=scope)
    assert [one["key"] for one in alone["steps"] if one["state"] == "ok"] == ["quote"]
    assert step_of(alone, "quote")["call"] == step_of(whole, "quote")["call"]


def test_a_pin_stands_for_a_step_and_is_not_asked(shop: Shop) -> None:
    pin = {"value": {"status": 201, "body": {"client_rate": "0.5"}}}
    assert shop.ok("PUT", "pins/quote", pin)["value"] == pin["value"]
    trial = shop.try_it(ORDER)
    quote = step_of(trial, "quote")
    assert (quote["state"], quote["output"], quote["call"]) == ("pinned", pin["value"], None)
    assert step_of(shop.try_it(ORDER, use_pins=False), "quote")["state"] == "ok"


def test_a_call_without_a_twin_asks_for_an_answer(with_flow: Any) -> None:
    shop = with_flow(definition(webhook(), http("https://shop.example/in"), respond()))
    trial = shop.try_it(b'{"id": 9007199254740993}')
    asks = step_of(trial, "send")
    assert (trial["outcome"], asks["state"], asks["call"]["to"]) == ("asks", "asks", "nobody")
    assert asks["call"]["body"] == {"id": 9007199254740993}
    assert asks["error"]["message"] == "This step would call POST shop.example; pin an answer to go on."
    shop.ok("PUT", "pins/send", {"value": {"status": 200, "body": None}})
    assert shop.try_it(b'{"id": 1}')["outcome"] == "succeeded"


def test_without_a_sandbox_the_step_says_so(shop: Shop, settings: Any) -> None:
    settings.SEVENM = replace(settings.SEVENM, sandbox=False)
    trial = shop.try_it(ORDER)
    assert (trial["outcome"], trial["error"]["code"], trial["error"]["step"]) == (
        "failed",
        "trial.no_sandbox",
        "quote",
    )


def test_an_unfinished_step_keeps_no_other_from_being_tried(with_flow: Any) -> None:
    steps = webhook(), respond(), {"key": "later", "kind": "call", "config": {"connector": "shopify"}}
    shop = with_flow(definition(*steps))
    assert shop.try_it(b"{}", until="answer")["outcome"] == "reached"
    failed = shop.try_it(b"{}")
    assert (failed["outcome"], failed["error"]["place"]) == ("failed", "steps.later.config.operation")


def test_a_loop_tells_every_item_and_a_step_inside_runs_alone(with_flow: Any) -> None:
    each = {"key": "line", "kind": "for_each", "config": {"items": ["get", "order", "body", "lines"]}}
    plan = {"version": 1, "rules": [{"to": ["sku"], "op": ["get", "line", "item", "sku"]}]}
    inside = {"key": "part", "kind": "map", "config": {"plan": plan}}
    edges = [edge("order", "line"), edge("line", "part", "each")]
    shop = with_flow(definition(webhook(), each, inside, edges=edges))
    body = b'{"lines": [{"sku": "A"}, {"sku": "B"}]}'
    trial = shop.try_it(body)
    assert [one["output"] for one in trial["steps"] if one["key"] == "part"] == [{"sku": "A"}, {"sku": "B"}]
    assert step_of(trial, "line")["output"] == {"count": 2, "results": [{"sku": "A"}, {"sku": "B"}]}
    assert trial["entered"] == {"line": {"item": {"sku": "B"}, "index": 1}}
    scope = {"order": step_of(trial, "order")["output"]}
    alone = shop.try_it(only="part", scope=scope, iteration=[1])
    assert step_of(alone, "part")["output"] == {"sku": "B"}


def test_a_large_value_is_cut_and_cannot_be_sent_back(with_flow: Any) -> None:
    shop = with_flow(definition(webhook(), respond()))
    trial = shop.try_it(b'{"big": "' + b"x" * 150_000 + b'"}')
    output = step_of(trial, "order")["output"]
    assert output["cut"]["bytes"] > 150_000
    assert len(output["cut"]["start"]) == 2000
    asked = {"definition": shop.definition, "only": "answer", "scope": {"order": output}}
    assert shop.refused("POST", "try", asked) == (400, "trial.cut_value", "scope.order")


@pytest.mark.parametrize(
    ("said", "status", "code", "place"),
    [
        ({"only": "nowhere"}, 422, "trial.no_step", "only"),
        ({"document": {}}, 400, "trial.document", "document"),
        ({"document": {"base64": "??"}}, 400, "trial.document", "document.base64"),
        ({"sample": "x"}, 400, "request.field", "sample"),
        ({"now": "yesterday"}, 400, "request.field", "now"),
        ({"scope": []}, 200, "", ""),
        ({"item": 0}, 400, "request.field", "item"),
    ],
)
def test_what_cannot_be_tried(shop: Shop, said: dict[str, Any], status: int, code: str, place: str) -> None:
    asked = {"definition": shop.definition, **said}
    if status == 200:
        assert shop.ok("POST", "try", asked)["outcome"] == "asks"
    else:
        assert shop.refused("POST", "try", asked) == (status, code, place)


def test_a_viewer_may_not_try(shop: Shop) -> None:
    viewer = world.seat(shop.tenant, "viewer")
    got = shop.ask("POST", "try", {"definition": shop.definition}, client=viewer)
    assert (got.status_code, got.said["error"]["code"]) == (403, "access.role")


def test_a_file_is_tried_by_one_of_its_records(shop: Shop) -> None:
    flow = services.import_flow(by=shop.owner, text=demo.flow_text("stock-file"))
    shop = replace(shop, flow=flow)
    whole = {"text": demo.stock_file(3).decode("cp1252"), "name": "stock.txt"}
    first, third = (
        shop.ok(
            "POST", "try", {"definition": shop.definition, "document": whole, "item": item, "until": "stock"}
        )
        for item in (1, 3)
    )
    assert first["steps"][0]["output"]["number"] == 1
    assert third["steps"][0]["output"]["number"] == 3
