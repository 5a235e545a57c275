"""Approvals over the API: the same services as the pages."""

import pytest

from integrations.delivery.states import State
from tests.desk import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(api):
    flow = rows.flow(api.tenant.pk)
    return rows.approval(rows.run(flow, State.WAITING))


def test_what_waits_is_listed_and_shown(api, asked):
    (line,) = api("GET", "/approvals").json["items"]
    assert (line["id"], line["title"], line["state"], line["may_decide"]) == (
        str(asked.id), "Pay it?", "open", True,
    )  # fmt: skip
    assert "message" not in line
    one = api("GET", f"/approvals/{asked.id}")
    assert one.json["message"] == "Pay 10.50 for A-1?"
    assert b'"total":10.50' in one.content


def test_a_decision_is_taken_once(api, asked):
    path = f"/approvals/{asked.id}/decide"
    assert api("POST", path, {"decision": "maybe"}).status == 400
    assert api("POST", path, {"decision": "rejected", "comment": "No."}).status == 204
    assert api("POST", path, {"decision": "approved"}).refusal == (409, "approval.decided")
    (line,) = api("GET", "/approvals/past").json["items"]
    assert (line["state"], line["decided_by"]) == ("rejected", "test")
