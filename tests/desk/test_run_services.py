from datetime import timedelta

import pytest
from django.db import connection

from integrations.delivery.states import State
from integrations.desk.queries import documents
from integrations.desk.services import runs as services
from integrations.desk.services.reveal import reveal
from integrations.desk.services.runs import Verdict
from integrations.engine.models import Attempt, Document, Outcome
from integrations.errors import AccessError, ConfigError, ConflictError, LimitError
from integrations.tenants.binding import bind
from integrations.vault.envelope import UnreadableError
from tests.desk import rows

pytestmark = pytest.mark.django_db
REASON = "Checked with the warehouse."


def state_of(run):
    run.refresh_from_db()
    return State(run.state)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.WAITING, State.IN_DOUBT, State.DEAD])
def test_what_no_worker_holds_is_cancelled_at_once(flow, owner, state, trail, as_role):
    made = rows.run(flow, state)
    with as_role("web"):
        assert services.cancel(by=owner, run_id=made.id) is State.CANCELLED
    assert state_of(made) is State.CANCELLED
    assert made.finished_at is not None
    assert made.expires_at is None
    assert [(action, told) for action, told, _ in trail()] == [("run.cancelled", f"engine.run:{made.id}")]


def test_a_running_run_is_asked_to_stop(flow, owner, as_role):
    made = rows.run(flow, State.RUNNING)
    with as_role("web"):
        assert services.cancel(by=owner, run_id=made.id) is State.RUNNING
    assert (state_of(made), made.cancel_asked, made.lease_id) == (State.RUNNING, True, 7)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.CANCELLED, State.EXPIRED])
def test_what_is_over_stays_as_it_is(flow, owner, state, trail, as_role):
    made = rows.run(flow, state)
    with as_role("web"), pytest.raises(ConflictError) as refusal:
        services.cancel(by=owner, run_id=made.id)
    assert refusal.value.code == "run.illegal_transition"
    assert (state_of(made), trail()) == (state, [])


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.SUCCEEDED, State.SUCCEEDED), (Verdict.AGAIN, State.ACCEPTED), (Verdict.DEAD, State.DEAD)],
)
def test_a_person_settles_a_run_in_doubt(flow, owner, verdict, state, as_role):
    made = rows.run(flow, State.IN_DOUBT, error_code="delivery.outcome_unknown", expires_at=rows.now())
    with as_role("web"):
        assert services.resolve(by=owner, run_id=made.id, verdict=verdict, reason=REASON) is state
    assert state_of(made) is state
    if state is State.DEAD:
        assert made.expires_at > rows.now() + timedelta(hours=71)
        assert made.dead_reason != "unavailable"


def test_sending_again_closes_the_open_call(flow, owner, as_role):
    made = rows.run(flow, State.IN_DOUBT, fence=2)
    rows.attempt(made, 10_001, Outcome.STARTED)
    rows.attempt(made, 10_002, Outcome.OK)
    rows.attempt(made, 20_001, Outcome.STARTED, step="pay", iteration="3", number=2)
    with as_role("web"):
        services.resolve(by=owner, run_id=made.id, verdict=Verdict.AGAIN, reason=REASON)
    newest = Attempt.objects.filter(run_id=made.id).order_by("ordinal").last()
    assert (newest.ordinal, newest.step, newest.iteration, newest.number) == (20_002, "pay", "3", 2)
    assert (newest.outcome, newest.error_code) == (Outcome.FAILED, "run.resolved")
    assert (state_of(made), made.resume) == (State.ACCEPTED, True)


def test_settling_is_written_down(flow, owner, trail, as_role):
    made = rows.run(flow, State.IN_DOUBT)
    with as_role("web"):
        services.resolve(by=owner, run_id=made.id, verdict=Verdict.SUCCEEDED, reason=REASON)
    assert trail() == [("run.resolved", f"engine.run:{made.id}", {"verdict": "succeeded", "reason": REASON})]


def test_only_a_run_in_doubt_is_settled(flow, owner, as_role):
    made = rows.run(flow)
    with as_role("web"), pytest.raises(ConflictError) as refusal:
        services.resolve(by=owner, run_id=made.id, verdict=Verdict.SUCCEEDED, reason=REASON)
    assert refusal.value.message == "This run is not in doubt: it is dead."


def test_a_held_letter_is_kept_and_let_go_with_a_day_left(flow, owner, trail, as_role):
    made = rows.run(flow, expires_at=rows.now() - timedelta(hours=1))
    with as_role("web"):
        services.hold(by=owner, run_id=made.id)
        services.unhold(by=owner, run_id=made.id)
        services.unhold(by=owner, run_id=made.id)
    made.refresh_from_db()
    assert not made.held
    assert made.expires_at > rows.now() + timedelta(hours=23)
    assert [action for action, *_ in trail()] == ["run.held", "run.unheld"]


def test_a_letter_is_kept_longer_never_shorter(flow, owner, as_role):
    made = rows.run(flow, expires_at=rows.now() + timedelta(hours=100))
    with as_role("web"):
        services.extend_expiry(by=owner, run_id=made.id, hours=72)
    made.refresh_from_db()
    assert made.expires_at > rows.now() + timedelta(hours=99)
    with as_role("web"):
        services.extend_expiry(by=owner, run_id=made.id, hours=200)
    made.refresh_from_db()
    assert made.expires_at > rows.now() + timedelta(hours=199)


@pytest.mark.parametrize("hours", [0, 71, 721])
def test_hours_outside_of_the_limits_are_refused(flow, owner, hours, as_role):
    made = rows.run(flow)
    with as_role("web"), pytest.raises(ConfigError) as refusal:
        services.extend_expiry(by=owner, run_id=made.id, hours=hours, limit_h=720)
    assert refusal.value.message == "A dead letter is kept for 72 to 720 hours."


def test_a_dead_letter_is_given_up_with_a_reason(flow, owner, trail, as_role):
    made = rows.run(flow)
    with as_role("web"):
        with pytest.raises(ConfigError):
            services.discard(by=owner, run_id=made.id, reason="no")
        services.discard(by=owner, run_id=made.id, reason=REASON)
    assert state_of(made) is State.CANCELLED
    assert trail("run.discarded")[0][2] == {"reason": REASON}


def test_an_edited_document_is_another_version(flow, owner, trail, as_role):
    made = rows.run(flow)
    rows.document(made, b'{"qty": "x"}', query={"page": "1"})
    with as_role("web"):
        first = services.edit_input(by=owner, run_id=made.id, body=b'{"qty": 1}', reason=REASON)
        second = services.edit_input(by=owner, run_id=made.id, body=b'{"qty": 2}', reason=REASON)
        shown = reveal(by=owner, run_id=made.id, what=second, reason=REASON)
        before = reveal(by=owner, run_id=made.id, what="input", reason=REASON)
    assert (first, second) == ("edited.10", "edited.11")
    assert (shown.body.value, shown.query) == ({"qty": 2}, {"page": "1"})
    assert before.body.value == {"qty": "x"}
    made.refresh_from_db()
    assert (made.input_kind, state_of(made)) == (11, State.DEAD)
    assert trail("run.input_edited")[1][2] == {"kind": 11, "bytes": 10, "reason": REASON}


def test_one_edited_version_cannot_stand_for_another(flow, owner, as_role):
    made = rows.run(flow)
    rows.document(made)
    for body in (b"1", b"2"):
        services.edit_input(by=owner, run_id=made.id, body=body, reason=REASON)
    sealed = {row.kind: row.body for row in Document.objects.filter(run_id=made.id)}
    Document.objects.filter(run_id=made.id, kind=11).update(body=sealed[10])
    with as_role("web"), pytest.raises(UnreadableError):
        documents.document(owner, made.id, "edited.11")


def test_a_document_that_is_gone_or_too_large_is_not_edited(flow, owner, as_role):
    made = rows.run(flow)
    with as_role("web"):
        with pytest.raises(ConflictError) as gone:
            services.edit_input(by=owner, run_id=made.id, body=b"{}", reason=REASON)
        with pytest.raises(LimitError):
            services.edit_input(by=owner, run_id=made.id, body=bytes(services.MOST_BYTES + 1), reason=REASON)
    assert gone.value.code == "run.payload_gone"


ACTS = {
    "cancel": lambda by, run_id: services.cancel(by=by, run_id=run_id),
    "resolve": lambda by, run_id: services.resolve(
        by=by, run_id=run_id, verdict=Verdict.SUCCEEDED, reason=REASON
    ),
    "hold": lambda by, run_id: services.hold(by=by, run_id=run_id),
    "unhold": lambda by, run_id: services.unhold(by=by, run_id=run_id),
    "extend": lambda by, run_id: services.extend_expiry(by=by, run_id=run_id, hours=100),
    "discard": lambda by, run_id: services.discard(by=by, run_id=run_id, reason=REASON),
    "edit": lambda by, run_id: services.edit_input(by=by, run_id=run_id, body=b"{}", reason=REASON),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_viewer_changes_nothing(flow, viewer, act, trail, as_role):
    made = rows.run(flow)
    with as_role("web"), pytest.raises(AccessError) as refusal:
        act(viewer, made.id)
    assert refusal.value.code == "access.role"
    assert (state_of(made), trail()) == (State.DEAD, [])


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_another_tenants_run_is_not_there(flow, stranger, act, as_role):
    made = rows.run(flow, State.IN_DOUBT)
    with as_role("web"), pytest.raises(AccessError) as refusal:
        act(stranger, made.id)
    assert refusal.value.code == "access.not_found"
    assert state_of(made) is State.IN_DOUBT


def test_the_web_adds_attempts_for_its_own_tenant_only(flow, stranger, as_role):
    made = rows.run(flow)
    insert = """INSERT INTO engine_attempt
                (run_id, ordinal, tenant_id, flow_id, started_at, number, outcome, step)
                VALUES (%s, 1, %s, %s, now(), 1, 5, 'ship')"""
    with as_role("web"), bind(stranger.tenant_id), connection.cursor() as cursor:
        with pytest.raises(Exception, match="row-level security"):
            cursor.execute(insert, [made.id, flow.tenant_id, flow.id])
        connection.needs_rollback = True
