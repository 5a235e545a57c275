"""The doors of the mapper: the data before a step, previews by the engine's function, text both ways."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from integrations.flows import demo, services
from integrations.flows.exact_json import json_bytes
from integrations.flows.steps.context import RunFacts
from integrations.flows.steps.registry import step_kind
from tests import factories
from tests.flows.build import env
from tests.web import world

pytestmark = pytest.mark.django_db
ORDER = {
    "order": {"body": {"name": "#1", "total": "12.50", "lines": [{"sku": "A", "n": 2}, {"sku": "B", "n": 0}]}}
}
PLAN = {
    "version": 1,
    "rules": [
        {"to": "reference", "op": ["concat", "TH-", ["get", "order", "body", "name"]]},
        {"to": "total", "op": ["get", "order", "body", "total"], "as": "decimal(2)"},
        {"to": "lines", "each": ["get", "order", "body", "lines"], "name": "line",
         "rules": [{"to": "sku", "op": ["lower", ["it", "sku"]]},
                   {"to": "share", "op": ["divide", 1, ["it", "n"]]}]},
    ],
}  # fmt: skip
WHOLE = {**PLAN, "rules": PLAN["rules"][:2]}  # type: ignore[index]


class Seat:
    """A builder at the pages of a tenant with the demo's flow of orders."""

    def __init__(self, as_role: Any, role: str) -> None:
        person = factories.user()
        tenant = factories.tenant("Siam Leather", owner=person)
        self.by = factories.member(tenant.pk, person_id=person.pk)
        self.flow = services.import_flow(by=self.by, text=demo.flow_text("cross-border-order"))
        self.client = world.seat(tenant, role)
        self._as_role = as_role

    def get(self, path: str) -> Any:
        with self._as_role("web"):
            return self.client.get(path)

    def post(self, path: str, **said: object) -> Any:
        with self._as_role("web"):
            return self.client.post(path, json_bytes(said), content_type="application/json")


@pytest.fixture
def seat(as_role: Any) -> Seat:
    return Seat(as_role, "builder")


def test_the_page_of_a_step_brings_its_draft_and_the_doors(seat: Seat) -> None:
    page = seat.get(f"/flows/{seat.flow.pk}/map/choice/")
    assert page.status_code == 200
    assert page.context["props"]["field"] == "plan"
    assert seat.get(f"/flows/{seat.flow.pk}/map/nothing/").status_code == 404


def test_the_scope_has_the_steps_before_and_what_a_sample_shows(seat: Seat) -> None:
    said = {"definition": seat.flow.draft, "step": "vat", "input": {"value": ORDER}}
    found = seat.post(f"/flows/{seat.flow.pk}/map-scope", **said).json()
    assert [field["name"] for field in found["tree"]["fields"]] == ["order", "abroad", "quote"]
    body = next(one for one in found["tree"]["fields"][0]["fields"] if one["name"] == "body")
    lines = next(one for one in body["fields"] if one["name"] == "lines")
    assert (lines["type"], lines["repeats"]) == ("object", True)


def test_a_preview_writes_the_bytes_that_a_step_writes(seat: Seat) -> None:
    found = seat.post("/mapper/preview", plan=WHOLE, input={"value": ORDER}).json()
    step = step_kind("respond")
    config = step.Config.model_validate({"body": WHOLE})
    facts = RunFacts(UUID(int=7), UUID(int=1), datetime.now(UTC))
    ran: Any = step.compile(config, env())
    assert found["document"].encode() == ran.run(ORDER, facts).reply.body
    assert found["document"] == '{"reference":"TH-#1","total":12.50}'


def test_a_rule_that_fails_is_told_and_the_others_show_what_they_make(seat: Seat) -> None:
    found = seat.post("/mapper/preview", plan=PLAN, input={"value": ORDER}).json()
    assert [problem["place"] for problem in found["problems"]] == ["rules[2].rules[1].op"]
    assert found["value"]["lines"] == [{"sku": "a"}, {"sku": "b"}]
    assert found["document"] is None


def test_a_sample_is_sent_once_and_named_then(seat: Seat) -> None:
    key = seat.post("/mapper/preview", plan=WHOLE, input={"value": ORDER}).json()["key"]
    assert seat.post("/mapper/preview", plan=WHOLE, input={"key": key}).json()["whole"] is True
    gone = seat.post("/mapper/preview", plan=WHOLE, input={"key": "0" * 64})
    assert (gone.status_code, gone.json()["error"]["code"]) == (400, "mapper.forgotten")


def test_a_target_is_checked_for_what_it_requires(seat: Seat) -> None:
    target = seat.post("/mapper/schema", target={"canonical": "order"}).json()
    assert target["tree"]["fields"][0]["name"]
    said = {"plan": WHOLE, "target": {"key": target["key"]}}
    codes = {one["code"] for one in seat.post("/mapper/check", **said).json()["problems"]}
    assert "mapping.required_target" in codes


def test_rules_are_text_both_ways_with_problems_at_their_lines(seat: Seat) -> None:
    text = seat.post("/mapper/write", plan=PLAN, language="yaml").json()["text"]
    assert seat.post("/mapper/read", text=text, language="yaml").json() == {"plan": PLAN, "problems": []}
    wrong = seat.post("/mapper/read", text=text.replace("concat", "concot"), language="yaml").json()
    assert [(one["place"], one["line"]) for one in wrong["problems"]] == [("rules[0].op", 4)]


def test_what_jsonata_cannot_say_is_told(seat: Seat) -> None:
    made = seat.post("/mapper/write", plan=PLAN, language="jsonata").json()
    assert [one["place"] for one in made["problems"] if one["severity"] == "error"] == ["rules[1]"]
    assert '"TH-" & `order`.`body`.`name`' in made["text"]


def test_a_pasted_document_is_read_in_the_format_that_it_looks_like(seat: Seat) -> None:
    found = seat.post("/mapper/sample", text='{"total": 12.50}').json()
    assert found == {"format": "json", "value": {"total": 12.50}}


def test_similar_fields_are_suggested(seat: Seat) -> None:
    schema = {"type": "object", "properties": {"customer_name": {"type": "string"}}}
    source = {"json_schema": {"type": "object", "properties": {"customerName": {"type": "string"}}}}
    found = seat.post("/mapper/suggest", source=source, target={"json_schema": schema}).json()["suggestions"]
    assert [(one["target"], one["source"]) for one in found] == [(["customer_name"], ["customerName"])]
