"""The pages of approvals: what those who are asked see, and what the others do not."""

import pytest

from integrations.delivery.states import State
from integrations.desk.links import approval_path
from integrations.engine.models import Approval
from tests import factories
from tests.desk import rows
from tests.web import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return world.make()


def test_who_is_asked_reads_it_and_decides(place, as_role):
    client, asked = world.seat(place.tenant, "viewer"), place.ids["approval"]
    with as_role("web"):
        page = client.get(f"/approvals/{asked}/").text
        said = client.post(f"/approvals/{asked}/decide/", {"decision": "approved", "comment": "Fine."})
        after = client.get(f"/approvals/{asked}/").text
    assert "Pay 10.50 for A-1?" in page
    assert "10.50" in page
    assert said.status_code == 302
    assert "Approve</button>" in page
    assert "Approve</button>" not in after
    assert "Fine." in after
    assert Approval.objects.get(id=asked).decision == "approved"


def test_a_second_decision_is_told(place, as_role):
    client, asked = world.seat(place.tenant), place.ids["approval"]
    with as_role("web"):
        client.post(f"/approvals/{asked}/decide/", {"decision": "approved"})
        late = client.post(
            f"/approvals/{asked}/decide/", {"decision": "rejected"}, headers={"HX-Request": "true"}
        )
    assert late.status_code == 409
    assert "has approved this already." in late.text


def test_others_see_that_somebody_is_asked_and_no_more(place, as_role):
    run = rows.run(place.flow, State.WAITING)
    asked = rows.approval(run, roles=["owner"])
    client = world.seat(place.tenant, "viewer")
    with as_role("web"):
        page = client.get(f"/approvals/{asked.id}/").text
        listed = client.get("/approvals/").text
    assert "Only those who are asked read it." in page
    assert "A-1" not in page
    assert "Others are asked" in listed


def test_the_side_bar_counts_what_is_open(place, as_role):
    client = world.seat(place.tenant)
    with as_role("web"):
        badges = client.get("/badges/").text
    assert '<span class="x-count" id="x-badge-approvals" hx-swap-oob="true">1</span>' in badges


def test_a_link_in_a_mail_leads_to_the_page_in_its_tenant(place, as_role):
    other = factories.tenant("Andean Wool")
    member = other.members.get().user
    place.tenant.members.create(user=member, role="builder", tenant=place.tenant)
    client = world.client_of(member, other)
    outside = world.client_of(factories.user(), other)
    path = approval_path(place.tenant.pk, place.ids["approval"])
    with as_role("web"):
        got = client.get(path, follow=True)
        stranger = outside.get(path)
    assert "Pay 10.50 for A-1?" in got.text
    assert Approval.objects.get(id=place.ids["approval"]).decision == ""
    assert stranger.status_code in {403, 404}


def test_the_past_ones_stand_with_their_outcome(place, as_role):
    rows.approval(
        rows.run(place.flow, State.SUCCEEDED),
        decision="rejected",
        decided_label="ann@example.test",
        decided_at=rows.now(),
    )
    client = world.seat(place.tenant)
    with as_role("web"):
        page = client.get("/approvals/past/").text
    assert "Rejected" in page
    assert "ann@example.test" in page
