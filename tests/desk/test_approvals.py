"""What people are asked: who sees it, who is written to, where the mail leads."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.signing import dumps

from integrations.connectors.egress import development
from integrations.delivery.states import State
from integrations.desk import links, notify
from integrations.desk.models import Notice
from integrations.desk.queries import approvals as queries
from integrations.desk.services import approvals as services
from integrations.desk.services.approvals import Decision
from integrations.errors import AccessError, ConflictError, LimitError
from integrations.tenants import services as tenants
from integrations.tenants.access import Actor, ActorKind
from integrations.tenants.models import AuditEvent
from tests import factories
from tests.desk import rows

pytestmark = pytest.mark.django_db
SITE = "https://7m.example.test"


@pytest.fixture
def run(flow):
    return rows.run(flow, State.WAITING, waiting="approval")


@pytest.fixture
def round_of(as_role):
    def make():
        with as_role("engine"):
            return notify.make_round(development(), site_url=SITE)

    return make


def test_a_decision_is_kept_with_who_and_why(run, owner, as_role):
    asked = rows.approval(run)
    with as_role("web"):
        services.decide(by=owner, approval_id=asked.id, decision=Decision.REJECTED, comment=" Too dear. ")
        found = queries.approval(owner, asked.id)
    assert (found.state, found.decided_by, found.comment) == ("rejected", owner.label, "Too dear.")
    event = AuditEvent.objects.get(action="approval.rejected")
    assert (event.object, event.facts["run"]) == (f"engine.approval:{asked.id}", str(run.id))
    assert "dear" not in str(event.facts)


def test_open_ones_stand_by_deadline_and_past_ones_by_age(flow, owner, as_role):
    late, soon = (
        rows.approval(rows.run(flow, State.WAITING), due_at=rows.now() + timedelta(hours=hours))
        for hours in (9, 3)
    )
    over = rows.approval(rows.run(flow, State.WAITING), due_at=rows.now() - timedelta(hours=1))
    cancelled = rows.approval(rows.run(flow, State.CANCELLED))
    with as_role("web"):
        assert [row.id for row in queries.open_approvals(owner)] == [soon.id, late.id]
        past = queries.past_approvals(owner)
        assert [(row.id, row.state) for row in past] == [(cancelled.id, "ended"), (over.id, "expired")]
        assert [row.id for row in queries.past_approvals(owner, before=cancelled.id)] == [over.id]
        assert queries.open_count(owner) == 2


def test_a_person_is_named_by_address_whatever_its_case(run, shop, as_role):
    asked = rows.approval(run, roles=[], people=["ann@shop.example.test"])
    ann = Actor(ActorKind.MEMBER, shop.pk, role="viewer", label="Ann@Shop.example.test")
    ben = Actor(ActorKind.MEMBER, shop.pk, role="owner", label="ben@shop.example.test")
    with as_role("web"):
        assert queries.approval(ann, asked.id).message == "Pay 10.50 for A-1?"
        assert queries.approval(ben, asked.id).message == ""
        with pytest.raises(AccessError):
            services.decide(by=ben, approval_id=asked.id, decision=Decision.APPROVED)
        services.decide(by=ann, approval_id=asked.id, decision=Decision.APPROVED)


def test_a_key_decides_by_its_scope_and_staff_never(run, shop, as_role):
    asked = rows.approval(run)
    staff = Actor(ActorKind.STAFF, shop.pk, role="support", label="help")
    key = Actor(
        ActorKind.API_KEY, shop.pk, scopes=frozenset({"approval.view", "approval.decide"}), label="bot"
    )
    with as_role("web"):
        assert queries.approval(staff, asked.id).message == ""
        with pytest.raises(AccessError):
            services.decide(by=staff, approval_id=asked.id, decision=Decision.APPROVED)
        services.decide(by=key, approval_id=asked.id, decision=Decision.APPROVED)
        assert queries.approval(key, asked.id).decided_by == "bot"


def test_what_is_too_late_or_too_long_changes_nothing(flow, owner, as_role):
    over = rows.approval(rows.run(flow, State.WAITING), due_at=rows.now() - timedelta(hours=1))
    asked = rows.approval(rows.run(flow, State.WAITING))
    with as_role("web"):
        with pytest.raises(ConflictError) as late:
            services.decide(by=owner, approval_id=over.id, decision=Decision.APPROVED)
        with pytest.raises(LimitError):
            services.decide(by=owner, approval_id=asked.id, decision=Decision.APPROVED, comment="x" * 1001)
        assert queries.approval(owner, asked.id).state == "open"
    assert late.value.code == "approval.expired"


def test_those_who_are_asked_are_written_to_once(run, shop, round_of):
    for role in ("builder", "viewer"):
        tenants.add_member(
            by=factories.member(shop.pk), user=factories.user(f"{role}@shop.example.test"), role=role
        )
    asked = rows.approval(
        run, roles=["builder"], people=["viewer@shop.example.test", "gone@else.example.test"]
    )
    assert round_of() == 2
    assert round_of() == 0
    assert sorted(to for message in mail.outbox for to in message.to) == [
        "builder@shop.example.test",
        "viewer@shop.example.test",
    ]
    message = mail.outbox[0]
    assert message.subject == f"7M, {shop.name}: to decide: Pay it?"
    assert "10.50" not in message.body + str(list(Notice.objects.values_list("facts", flat=True)))
    (link,) = [line for line in message.body.splitlines() if line.startswith(SITE)]
    assert links.read_approval_link(link.split("/")[-2]) == (shop.pk, asked.id)


def test_a_link_that_we_did_not_sign_leads_nowhere(shop):
    for signed in (
        "",
        "x",
        dumps(["a", "b"], salt=links.SALT),
        dumps([shop.pk.hex, shop.pk.hex], salt="other"),
    ):
        with pytest.raises(AccessError):
            links.read_approval_link(signed)
