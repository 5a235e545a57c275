"""Two versions in one picture, and step by step."""

import re

import pytest
from django.urls import reverse

from integrations.flows import services
from tests.engine.world import definition, edge, http, respond, webhook
from tests.web import world

pytestmark = pytest.mark.django_db


def mapped(*rules):
    plan = {
        "version": 1,
        "rules": [{"to": to, "op": ["get", "order", "body", source]} for to, source in rules],
    }
    return {"key": "shape", "kind": "map", "title": "Shape", "config": {"plan": plan}}


@pytest.fixture
def mine():
    return world.make()


@pytest.fixture
def flow(mine):
    """Version 1 sends by POST and shapes; version 2 does not answer any more; the draft is another story."""
    flow = services.create_flow(
        by=mine.owner,
        name="Orders",
        definition=definition(webhook(), mapped(("id", "id")), http("https://a.example"), respond()),
    )
    services.publish(by=mine.owner, flow_id=flow.id)
    second = definition(webhook(), mapped(("id", "number")), http("https://a.example", method="PUT"))
    services.save_draft(by=mine.owner, flow_id=flow.id, definition=second, revision=1)
    services.publish(by=mine.owner, flow_id=flow.id, comment="By number")
    return flow


def read(mine, flow, as_role, page="flow-compare", **sides):
    client = world.seat(mine.tenant)
    with as_role("web"):
        return client.get(
            reverse(f"web:{page}", args=[flow.id]), {name.rstrip("_"): side for name, side in sides.items()}
        )


def test_steps_and_edges_are_marked_and_what_changed_is_said(mine, flow, as_role):
    text = read(mine, flow, as_role, from_="1", to="2").text
    assert re.search(r"From version 1 to\s+version 2", text)
    assert 'aria-label="Respond, Respond, removed"' in text
    assert 'aria-label="Shape, Map fields, changed"' in text
    assert "“id” comes from order / body / number instead of order / body / id." in text
    assert '<td data-label="Before">order / body / id</td>' in text
    assert ">PUT<" in text
    assert "is-ok" not in text


def test_without_a_choice_the_draft_is_compared_with_what_runs(mine, flow, as_role):
    text = read(mine, flow, as_role).text
    assert "From version 2 to the draft" in text
    assert "Both say the same." in text


def test_the_canvas_reads_the_same_by_step(mine, flow, as_role):
    got = read(mine, flow, as_role, "flow-compare-json", from_="2", to="1").json()
    assert got["from"] == {"name": "2", "number": 2, "label": "version 2"}
    assert {key: step["change"] for key, step in got["steps"].items()} == {
        "shape": "changed",
        "send": "changed",
        "answer": "added",
    }
    (plan,) = got["steps"]["shape"]["plans"]
    assert plan["rules"] == [
        {"target": "id", "change": "changed", "before": "order / body / number", "after": "order / body / id"}
    ]
    assert got["edges"] == [{"change": "added", **edge("send", "answer")}]


@pytest.mark.parametrize(("side", "status"), [("99", 404), ("x", 400), ("²", 400)])
def test_a_side_that_there_is_not(mine, flow, as_role, side, status):
    assert read(mine, flow, as_role, from_=side).status_code == status
