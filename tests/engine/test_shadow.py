"""A draft beside what the engine did: runs that the engine really made, against the twins."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest

from integrations.engine.models import Attempt, Run
from integrations.flows import demo
from integrations.trials import kept, queries
from integrations.trials.services import shadows
from tests.engine.test_rehearsal import demo_definition, published
from tests.engine.world import Published, Shop, definition, respond, webhook

Draft = dict[str, Any]


@pytest.fixture(scope="module")
def ran(demo_shop: Shop) -> tuple[Published, Draft]:
    """The demo's flow of orders, with three runs."""
    said = demo_definition("cross-border-order")
    flow = published(demo_shop, said)
    for number in range(3):
        demo_shop.world.until(flow.send(demo.order(number)).run)
    return flow, said


def shadowed(flow: Published, said: Mapping[str, Any], runs: int = 10) -> dict[str, Any]:
    """Compare, to the end, and give the report."""
    shop = flow.shop
    with shop.world.orm():
        before = (Run.objects.count(), Attempt.objects.count())
        row = shadows.start(by=shop.actor, flow_id=flow.id, definition=said, runs=runs)
        while not row.is_done:
            row = shadows.go_on(shop.id, row.id) or row
        report = kept.report_json(shop.actor, queries.shadow(shop.actor, flow.id, row.id))
        assert (Run.objects.count(), Attempt.objects.count()) == before
    return report


def step_in(said: Draft, key: str) -> Draft:
    return next(step for step in said["steps"] if step["key"] == key)


def changed(said: Draft, change: Callable[[Draft], None]) -> Draft:
    draft = deepcopy(said)
    change(draft)
    return draft


def test_the_same_draft_does_the_same(ran: tuple[Published, Draft]) -> None:
    report = shadowed(*ran)
    assert report["summary"] == {"compared": 3, "same": 3, "different": 0, "could_not": 0}
    assert (report["state"], report["wanted"], report["done"], report["runs"]) == ("done", 3, 3, [])


def test_another_request_is_told_with_its_path(ran: tuple[Published, Draft]) -> None:
    flow, said = ran

    def longer(draft: Draft) -> None:
        step_in(draft, "quote")["config"]["input"]["rules"][-1]["op"] = "HR_24"

    report = shadowed(flow, changed(said, longer), runs=2)
    assert report["summary"] == {"compared": 2, "same": 0, "different": 2, "could_not": 0}
    (difference,) = report["runs"][0]["differences"]
    sentence = difference.pop("sentence")
    assert sentence == 'quote sends "HR_24" as body.validity; it was "HR_1".'
    assert {name: difference[name] for name in ("what", "step", "iteration", "path")} == {
        "what": "call",
        "step": "quote",
        "iteration": [],
        "path": "body.validity",
    }


def test_calls_that_are_new_or_gone_are_told_and_not_made(ran: tuple[Published, Draft]) -> None:
    flow, said = ran

    def another(draft: Draft) -> None:
        draft["steps"].append({**deepcopy(step_in(draft, "quote")), "key": "second"})
        onward = next(edge for edge in draft["edges"] if edge["source"] == "quote")
        draft["edges"].append({"source": "second", "port": "next", "target": onward["target"]})
        onward["target"] = "second"

    (difference,) = shadowed(flow, changed(said, another), runs=1)["runs"][0]["differences"]
    assert (difference["what"], difference["step"]) == ("new_call", "second")
    bare = definition(webhook(), respond())
    found = shadowed(flow, bare, runs=1)["runs"][0]["differences"]
    assert [one["step"] for one in found if one["what"] == "lost_call"] == [
        "quote",
        "vat",
        "shipment",
        "rates",
    ]
    assert any(one["what"] == "reply" for one in found)


def test_an_outcome_that_changes_is_told(ran: tuple[Published, Draft]) -> None:
    flow, _ = ran
    failing = definition(webhook(), {"key": "no", "kind": "raise", "config": {"message": "No."}})
    found = shadowed(flow, failing, runs=1)["runs"][0]["differences"]
    assert found[0]["sentence"] == "The run succeeded; with the draft it failed."


def test_numbers_of_a_run_are_taken_again(demo_shop: Shop) -> None:
    said = demo_definition("edi-orders")
    flow = published(demo_shop, said)
    for number in range(2):
        demo_shop.world.until(flow.send(demo.purchase_orders(number + 1, orders=2)).run)
    assert shadowed(flow, said)["summary"]["same"] == 2


def test_a_report_is_sealed_and_goes_after_a_day(ran: tuple[Published, Draft]) -> None:
    flow, _ = ran
    world = flow.shop.world
    report = shadowed(flow, definition(webhook(), respond()), runs=1)
    ((content,),) = world.sql("SELECT content FROM trials_shadow WHERE id = %s", UUID(report["id"]))
    assert b"lost_call" not in bytes(content)
    world.sql("UPDATE trials_shadow SET created_at = now() - interval '25 hours'")
    with world.orm():
        assert shadows.forget_everywhere() > 0
    assert world.sql("SELECT count(*) FROM trials_shadow") == [(0,)]
