"""Trials with a key: the same services, real values masked."""

import json
from typing import Any

import pytest

from integrations.delivery.states import State
from integrations.flows import services
from integrations.tenants.binding import bind
from integrations.trials.models import Origin
from integrations.trials.queries import open_sample
from integrations.trials.services.samples import add_run
from tests.desk import rows
from tests.engine.world import definition, respond, webhook

DRAFT: dict[str, Any] = definition(webhook(), respond(), reply="sync")


@pytest.fixture
def flow(api: Any) -> Any:
    return services.create_flow(by=api.system, name="Orders", definition=DRAFT)


def test_a_draft_is_tried_with_every_digit(api: Any, flow: Any) -> None:
    body = b'{"definition": %b, "document": {"text": "{\\"id\\": 9007199254740993, \\"n\\": 0.10}"}}' % (
        json.dumps(DRAFT).encode()
    )
    got = api("POST", f"/flows/{flow.slug}/try", body)
    assert (got.status, got.json["outcome"]) == (200, "succeeded")
    assert b'"body":{"id":9007199254740993,"n":0.10}' in got.content


def test_a_case_is_made_run_and_accepted(api: Any, flow: Any) -> None:
    path = f"/flows/{flow.slug}/cases"
    said = {"name": "One", "definition": DRAFT, "document": {"text": '{"id": 1}'}}
    made = api("POST", path, said)
    assert made.status == 201
    case = made.json["case"]["id"]
    assert api("POST", f"{path}/run", {"definition": DRAFT}).json["passed"] == 1
    other = definition(webhook(), respond(status=201), reply="sync")
    (result,) = api("POST", f"{path}/run", {"definition": other}).json["results"]
    assert [one["sentence"] for one in result["differences"]] == ["reply.status is another than expected."]
    assert api("POST", f"{path}/{case}/accept", {"definition": other}).status == 200
    assert api("POST", f"{path}/{case}/run", {"definition": other}).json["passed"]
    assert api("DELETE", f"{path}/{case}").status == 204


def test_samples_and_pins_with_a_key(api: Any, flow: Any) -> None:
    path = f"/flows/{flow.slug}"
    sample = api("POST", f"{path}/samples", {"document": {"text": "{}"}, "name": "Mine"}).json["id"]
    assert [one["name"] for one in api("GET", f"{path}/samples").json["items"]] == ["Mine"]
    assert api("GET", f"{path}/samples/{sample}").json["body"] == {}
    assert api("GET", f"{path}/samples/{sample}/document").content == b"{}"
    assert api("PUT", f"{path}/pins/answer", {"value": [1, "a"]}).status == 200
    pinned = api("POST", f"{path}/try", {"definition": DRAFT, "sample": sample}).json
    assert pinned["steps"][1]["output"] == [
        {"$redacted": "number, 1 digits"},
        {"$redacted": "text, 1 characters"},
    ]


def test_a_key_sees_real_documents_masked(api: Any) -> None:
    flow = rows.flow(api.tenant.id)
    run = rows.run(flow, State.SUCCEEDED)
    rows.document(run, b'{"email": "somchai@example.test"}')
    with bind(api.tenant.id):
        sample = add_run(api.system, run, "", Origin.CAPTURED)
        assert open_sample(sample).body == b'{"email": "somchai@example.test"}'
    seen = api("GET", f"/flows/{flow.id}/samples/{sample.id}")
    assert seen.json["body"] == {"email": {"$redacted": "text, 20 characters"}}
    assert api("GET", f"/flows/{flow.id}/samples/{sample.id}/document").refusal == (403, "access.role")
    tried = api("POST", f"/flows/{flow.id}/try", {"definition": DRAFT, "sample": str(sample.id)})
    assert b"somchai" not in tried.content
    assert tried.json["outcome"] == "succeeded"
