"""Cases: made of a trial, run on a draft, accepted, and in the way of publishing."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from integrations.errors import FlowError
from integrations.flows import demo, services
from integrations.tenants.models import AuditEvent
from integrations.trials.models import Case
from tests.engine.world import definition, http, respond, webhook
from tests.trials.conftest import Shop, step_of
from tests.web import world

pytestmark = pytest.mark.django_db
ORDER = {"text": demo.order(0).decode(), "media_type": "application/json"}
NAME = "An order to Berlin"


@pytest.fixture
def made(shop: Shop) -> Any:
    said = {"name": NAME, "definition": shop.definition, "document": ORDER, "steps": ["choice"]}
    return shop.ok("POST", "cases/", said, status=201)["case"]


def changed(shop: Shop) -> dict[str, Any]:
    """The draft with another validity of the quote."""
    said = deepcopy(shop.definition)
    step = next(one for one in said["steps"] if one["key"] == "quote")
    step["config"]["input"]["rules"][-1]["op"] = "HR_24"
    return said


def test_a_case_is_made_of_a_trial_and_passes_on_the_same_draft(shop: Shop, made: Any) -> None:
    assert made["steps_answered"] == ["quote", "rates", "shipment", "vat"]
    assert set(made["expected"]["steps"]) == {"choice"}
    assert made["expected"]["calls"]["quote"]["value"]["path"] == "/api/v1/fx/quotes/create"
    result = shop.ok("POST", f"cases/{made['id']}/run", {"definition": shop.definition})
    assert (result["passed"], result["differences"], result["error"]) == (True, [], None)


def test_a_case_asks_nobody(shop: Shop, made: Any, settings: Any) -> None:
    settings.SEVENM = replace(settings.SEVENM, sandbox=False, sandbox_url="http://127.0.0.1:9")
    assert shop.ok("POST", "cases/run", {"definition": shop.definition})["passed"] == 1


def test_what_differs_is_said_in_words(shop: Shop, made: Any) -> None:
    found = shop.ok("POST", "cases/run", {"definition": changed(shop)})
    assert (found["passed"], found["failed"]) == (0, 1)
    (difference,) = found["results"][0]["differences"]
    assert difference == {
        "place": "steps.quote.call.body.validity",
        "sentence": 'steps.quote.call.body.validity is "HR_24", expected "HR_1".',
        "found": "HR_24",
        "expected": "HR_1",
    }


def test_publishing_is_refused_with_each_failing_case_named(shop: Shop, made: Any) -> None:
    said = changed(shop)
    saved = services.save_draft(by=shop.owner, flow_id=shop.flow.id, definition=said, revision=1)
    with pytest.raises(FlowError) as refused:
        services.publish(by=shop.owner, flow_id=shop.flow.id)
    (problem,) = refused.value.problems
    assert (refused.value.code, problem.code, problem.place) == (
        "flow.not_valid",
        "case.failed",
        f"cases.{NAME}",
    )
    assert 'steps.quote.call.body.validity is "HR_24"' in problem.message
    shop.ok("POST", f"cases/{made['id']}/accept", {"definition": said})
    assert services.publish(by=shop.owner, flow_id=shop.flow.id).number == 1
    assert saved.draft_revision == 2


def test_a_rollback_asks_no_case(shop: Shop, made: Any) -> None:
    services.publish(by=shop.owner, flow_id=shop.flow.id)
    said = changed(shop)
    services.save_draft(by=shop.owner, flow_id=shop.flow.id, definition=said, revision=1)
    shop.ok("POST", f"cases/{made['id']}/accept", {"definition": said})
    services.publish(by=shop.owner, flow_id=shop.flow.id)
    assert services.rollback(by=shop.owner, flow_id=shop.flow.id, number=1).number == 3


def test_a_call_without_an_answer_fails_and_is_asked_for_again(shop: Shop, made: Any) -> None:
    said = changed(shop)
    quote = next(one for one in said["steps"] if one["key"] == "quote")
    extra = {**deepcopy(quote), "key": "second"}
    said["steps"].append(extra)
    onward = next(one for one in said["edges"] if one["source"] == "quote")
    said["edges"] += [{"source": "second", "port": "next", "target": onward["target"]}]
    onward["target"] = "second"
    result = shop.ok("POST", f"cases/{made['id']}/run", {"definition": said})
    assert (result["outcome"], result["error"]["step"]) == ("asks", "second")
    refused = shop.refused("POST", f"cases/{made['id']}/accept", {"definition": said})
    assert refused == (409, "case.asks", "steps.second")
    shop.ok("POST", f"cases/{made['id']}/accept", {"definition": said, "again": True})
    assert shop.ok("POST", f"cases/{made['id']}/run", {"definition": said})["passed"]


def test_only_listed_paths_count(shop: Shop, made: Any) -> None:
    expected = made["expected"]
    expected["calls"] = {
        "quote": {"value": expected["calls"]["quote"]["value"], "paths": ["body.buy_currency"]}
    }
    shop.ok("PATCH", f"cases/{made['id']}", {"name": "Berlin", "expected": expected})
    assert shop.ok("POST", f"cases/{made['id']}/run", {"definition": changed(shop)})["passed"]
    expected["calls"]["quote"]["paths"] = ["body..x"]
    assert shop.refused("PATCH", f"cases/{made['id']}", {"expected": expected})[1] == "case.path"


def test_the_clock_of_a_case_stands(with_flow: Any) -> None:
    plan = {"version": 1, "rules": [{"to": ["at"], "op": ["now"]}]}
    shop = with_flow(
        definition(webhook(), {"key": "stamp", "kind": "map", "config": {"plan": plan}}, reply="sync")
    )
    said = {"name": "Now", "definition": shop.definition, "document": {"text": "{}"}}
    made = shop.ok("POST", "cases/", {**said, "now": "2026-01-02T03:04:05Z"}, status=201)
    assert made["case"]["expected"]["reply"]["value"]["body"] == {"at": "2026-01-02T03:04:05Z"}
    assert shop.ok("POST", "cases/run", {"definition": shop.definition})["failed"] == 0
    shop.ok("PATCH", f"cases/{made['case']['id']}", {"now": "2026-01-02T03:04:06Z"})
    assert shop.ok("POST", "cases/run", {"definition": shop.definition})["failed"] == 1


def test_a_trial_that_asks_makes_no_case(with_flow: Any) -> None:
    shop = with_flow(definition(webhook(), http("https://shop.example/in"), respond()))
    said = {"name": "One", "definition": shop.definition, "document": {"text": "{}"}}
    assert shop.refused("POST", "cases/", said) == (409, "case.asks", "steps.send")
    shop.ok("PUT", "pins/send", {"value": {"status": 200}})
    made = shop.ok("POST", "cases/", said, status=201)
    assert step_of(made["trial"], "send")["state"] == "pinned"
    assert shop.ask("DELETE", "pins/send").status_code == 204
    assert shop.ok("POST", "cases/run", {"definition": shop.definition})["passed"] == 1


def test_a_case_is_sealed_listed_and_deleted(shop: Shop, made: Any) -> None:
    assert b"Lindenstrasse" not in bytes(Case.objects.get().content)
    assert [one["name"] for one in shop.ok("GET", "cases/")["cases"]] == [NAME]
    opened = shop.ok("GET", f"cases/{made['id']}")
    assert opened["document"]["body"]["name"] == "#TH10000"
    assert shop.refused(
        "POST", "cases/", {"name": NAME, "definition": shop.definition, "document": ORDER}
    ) == (
        409,
        "case.taken",
        "name",
    )
    assert shop.ask("DELETE", f"cases/{made['id']}").status_code == 204
    assert set(AuditEvent.objects.filter(action__startswith="case.").values_list("action", flat=True)) == {
        "case.made",
        "case.deleted",
    }


def test_a_viewer_sees_cases_masked_and_changes_none(shop: Shop, made: Any) -> None:
    viewer = world.seat(shop.tenant, "viewer")
    (seen,) = shop.ask("GET", "cases/", client=viewer).said["cases"]
    assert seen["expected"]["calls"]["quote"]["value"]["method"] == {"$redacted": "text, 4 characters"}
    assert shop.ask("DELETE", f"cases/{made['id']}", client=viewer).status_code == 403
