"""Samples: given, copied from history, captured; and who sees what they hold."""

import base64
from typing import Any

import pytest

from integrations.delivery.states import State
from integrations.engine.models import Run
from integrations.tenants.models import AuditEvent
from integrations.trials.models import Sample
from tests import factories
from tests.desk import rows
from tests.trials.conftest import Shop
from tests.web import world

pytestmark = pytest.mark.django_db
BODY = b'{"id": 9007199254740993, "email": "somchai@example.test"}'
REASON = "a merchant asked about it"


@pytest.fixture
def live(shop: Shop) -> Shop:
    """The shop with a flow that runs and has one run."""
    shop.flow = rows.flow(shop.tenant.id)
    type(shop.flow).objects.filter(id=shop.flow.id).update(enabled=True)
    return shop


def ran(shop: Shop, **facts: Any) -> Run:
    run = rows.run(shop.flow, State.SUCCEEDED, **facts)
    rows.document(run, BODY)
    return run


def pasted(shop: Shop, name: str = "An order", **more: Any) -> Any:
    return shop.ok(
        "POST", "samples/", {"name": name, "document": {"text": BODY.decode(), **more}}, status=201
    )


def test_a_pasted_sample_is_listed_opened_renamed_downloaded_and_deleted(shop: Shop) -> None:
    made = pasted(shop, headers={"X-Topic": "orders/create"}, query={"shop": "a"})
    assert (made["origin"], made["media_type"], made["size_bytes"]) == (
        "pasted",
        "application/json",
        len(BODY),
    )
    listed = shop.ok("GET", "samples/")
    assert ([one["id"] for one in listed["samples"]], listed["capture"]["state"]) == ([made["id"]], "off")
    opened = shop.ok("GET", f"samples/{made['id']}")
    assert opened["body"] == {"id": 9007199254740993, "email": "somchai@example.test"}
    assert (opened["headers"], opened["query"]) == ({"x-topic": "orders/create"}, {"shop": "a"})
    assert shop.ok("PATCH", f"samples/{made['id']}", {"name": "Mine"})["name"] == "Mine"
    assert shop.ask("GET", f"samples/{made['id']}/download").content == BODY
    assert shop.ask("DELETE", f"samples/{made['id']}").status_code == 204
    assert shop.ok("GET", "samples/")["samples"] == []


def test_a_sample_is_sealed_and_its_making_audited(shop: Shop) -> None:
    made = pasted(shop)
    assert b"somchai" not in bytes(Sample.objects.get(id=made["id"]).content)
    event = AuditEvent.objects.get(action="sample.made")
    assert event.facts == {"flow": str(shop.flow.id), "origin": "pasted", "bytes": len(BODY)}


def test_bytes_come_as_base64_and_names_are_made_unique(shop: Shop) -> None:
    said = {
        "name": "File",
        "document": {"base64": base64.b64encode(b"\xff\0").decode()},
        "origin": "uploaded",
    }
    names = [shop.ok("POST", "samples/", said, status=201)["name"] for _ in range(2)]
    assert names == ["File", "File 2"]
    one = shop.ok("GET", "samples/")["samples"][0]
    assert shop.ok("GET", f"samples/{one['id']}")["body"] == {"$bytes": "/wA="}


def test_a_sample_is_tried(shop: Shop) -> None:
    made = pasted(shop)
    trial = shop.try_it(sample=made["id"], until="order")
    assert trial["steps"][0]["output"]["body"]["id"] == 9007199254740993


def test_there_are_at_most_fifty(shop: Shop) -> None:
    for number in range(50):
        pasted(shop, f"Order {number}")
    said = {"name": "One more", "document": {"text": "{}"}}
    assert shop.refused("POST", "samples/", said) == (409, "sample.too_many", "")


def test_a_sample_of_history_needs_a_reason_and_is_audited(live: Shop) -> None:
    run = ran(live)
    assert [one["id"] for one in live.ok("GET", "samples/history")["runs"]] == [str(run.id)]
    asked = {"run": str(run.id), "reason": "short"}
    assert live.refused("POST", "samples/", asked) == (422, "reason.short", "reason")
    made = live.ok("POST", "samples/", {**asked, "reason": REASON}, status=201)
    assert (made["origin"], made["run"]) == ("history", str(run.id))
    assert live.ok("GET", f"samples/{made['id']}")["body"]["email"] == "somchai@example.test"
    event = AuditEvent.objects.get(action="sample.copied")
    assert (event.facts["run"], event.facts["reason"]) == (str(run.id), REASON)


def test_a_viewer_sees_real_documents_masked(live: Shop) -> None:
    made = live.ok("POST", "samples/", {"run": str(ran(live).id), "reason": REASON}, status=201)
    viewer = world.seat(live.tenant, "viewer")
    seen = live.ask("GET", f"samples/{made['id']}", client=viewer).said
    assert seen["body"] == {
        "id": {"$redacted": "number, 16 digits"},
        "email": {"$redacted": "text, 20 characters"},
    }
    assert seen["text"] is None
    assert live.ask("GET", f"samples/{made['id']}/download", client=viewer).status_code == 403


def test_the_next_accepted_document_is_captured(live: Shop) -> None:
    ran(live)
    assert live.ok("POST", "samples/capture")["state"] == "armed"
    assert live.ok("GET", "samples/capture")["state"] == "armed"
    run, later = ran(live), ran(live)
    got = live.ok("GET", "samples/capture")
    assert (got["state"], got["sample"]["run"], got["sample"]["origin"]) == (
        "captured",
        str(run.id),
        "captured",
    )
    assert live.ok("GET", "samples/")["capture"]["sample"]["id"] == got["sample"]["id"]
    assert [one["run"] for one in live.ok("GET", "samples/")["samples"]] == [str(run.id)]
    assert later.id != run.id
    assert live.ask("DELETE", "samples/capture").status_code == 204
    assert live.ok("GET", "samples/capture")["state"] == "off"


def test_a_flow_that_takes_nothing_is_not_captured_from(shop: Shop) -> None:
    assert shop.refused("POST", "samples/capture") == (409, "capture.flow_off", "")


def test_nobody_meets_the_samples_of_another_tenant(shop: Shop) -> None:
    made = pasted(shop)
    stranger = world.seat(factories.tenant("Other"))
    for path in ("samples/", f"samples/{made['id']}", f"samples/{made['id']}/download", "pins/", "cases/"):
        assert shop.ask("GET", path, client=stranger).status_code == 404


@pytest.mark.parametrize(
    ("said", "code", "place"),
    [
        ({"document": {"text": "a", "base64": "YQ=="}}, "trial.document", "document"),
        ({"document": {"text": "a", "colour": "red"}}, "trial.document", "document.colour"),
        ({"document": {"text": "a", "headers": {"a": 1}}}, "trial.document", "document.headers"),
        ({"document": {"text": "a"}, "origin": "captured"}, "sample.origin", "origin"),
        ({"document": {"text": "a"}, "name": "a\nb" + "c" * 130}, "sample.name", "name"),
        ({"document": {"text": "x" * (5 * 1024 * 1024 + 1)}}, "sample.too_large", "document"),
        ({}, "request.field", "document"),
    ],
)
def test_what_is_no_sample(shop: Shop, said: dict[str, Any], code: str, place: str) -> None:
    assert shop.refused("POST", "samples/", said)[1:] == (code, place)
    assert Sample.objects.count() == 0
