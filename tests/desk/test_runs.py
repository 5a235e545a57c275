from datetime import timedelta

import pytest

from integrations.delivery.states import State
from integrations.desk.queries import runs as queries
from integrations.desk.queries.runs import RunFilter
from integrations.desk.words import Fault
from integrations.engine.models import Outcome, Replay
from integrations.errors import AccessError
from integrations.tenants.ids import new_id, uuid7_at
from tests import factories
from tests.desk import rows

pytestmark = pytest.mark.django_db


def ids(page):
    return [row.id for row in page.rows]


def test_runs_are_listed_newest_first_and_paged_by_key(flow, owner, as_role):
    made = [rows.run(flow, State.SUCCEEDED).id for _ in range(5)]
    with as_role("web"):
        first = queries.runs(owner, limit=2)
        second = queries.runs(owner, limit=2, before=first.next_before)
        last = queries.runs(owner, limit=2, before=second.next_before)
    assert ids(first) + ids(second) + ids(last) == made[::-1]
    assert last.next_before is None


def test_a_list_shows_names_and_what_is_wrong(flow, owner, as_role):
    rows.run(flow)
    with as_role("web"):
        (row,) = queries.runs(owner).rows
    assert (row.flow_name, row.version_number, row.state_words) == ("Orders", 3, "dead")
    assert (row.error_code, row.message) == ("remote.refused", "ShipStation refused the order.")
    assert row.expires_at is not None


def test_each_filter_narrows_the_list(flow, shop, owner, as_role):
    other = rows.flow(shop.pk, "Stock")
    batch_id, replay_id = new_id(), new_id()
    dead = rows.run(flow, State.DEAD, replay_id=replay_id).id
    waiting = rows.run(flow, State.WAITING, waiting="breaker").id
    filed = rows.run(other, State.SUCCEEDED, batch_id=batch_id, batch_number=1).id
    asked = {
        "flow": RunFilter(flow_id=flow.id),
        "states": RunFilter(states=(State.DEAD, State.SUCCEEDED)),
        "batch": RunFilter(batch_id=batch_id),
        "replay": RunFilter(replay_id=replay_id),
        "past": RunFilter(until=rows.now() - timedelta(hours=1)),
        "since": RunFilter(since=rows.now() - timedelta(hours=1)),
        "number": RunFilter(search=str(filed)),
        "part of a number": RunFilter(search=str(dead)[:13]),
        "no number": RunFilter(search="somchai@example.test"),
        "too short": RunFilter(search="01"),
    }
    with as_role("web"):
        found = {name: set(ids(queries.runs(owner, where=where))) for name, where in asked.items()}
    assert dead in found.pop("part of a number")
    assert found == {
        "flow": {dead, waiting},
        "states": {dead, filed},
        "batch": {filed},
        "replay": {dead},
        "past": set(),
        "since": {dead, waiting, filed},
        "number": {filed},
        "no number": set(),
        "too short": set(),
    }


def test_a_page_takes_four_queries_however_many_runs(flow, owner, as_role, counting):
    for _ in range(20):
        rows.run(flow, error_destination=new_id())
    with as_role("web"), counting() as counted:
        assert len(queries.runs(owner).rows) == 20
    assert len(counted.reads) == 4


def test_another_tenant_sees_nothing(flow, stranger, as_role):
    made = rows.run(flow)
    with as_role("web"):
        assert queries.runs(stranger).rows == ()
        assert queries.runs(stranger, where=RunFilter(search=str(made.id))).rows == ()
        assert queries.counts(stranger) == {}
        with pytest.raises(AccessError) as foreign:
            queries.run(stranger, made.id)
        with pytest.raises(AccessError) as unknown:
            queries.run(stranger, new_id())
    assert (foreign.value.code, foreign.value.message) == (unknown.value.code, unknown.value.message)


def test_an_api_key_needs_the_scope(flow, shop, as_role):
    key = factories.Actor(factories.ActorKind.API_KEY, shop.pk, scopes=frozenset({"flow.view"}))
    with as_role("web"), pytest.raises(AccessError):
        queries.runs(key)


def test_a_run_tells_its_timeline(flow, owner, as_role):
    made = rows.run(flow, crash_count=1, downstream_us=2500)
    rows.document(made)
    rows.attempt(made, 10_001, Outcome.RETRYABLE, status=503, error_code="remote.status", message="Busy.")
    rows.attempt(made, 10_002, Outcome.STARTED, number=2)
    rows.attempt(made, 10_003, Outcome.REFUSED, number=2, status=400, exchange=(b"{}", b"{}"))
    with as_role("web"):
        told = queries.run(owner, made.id)
    (step,) = told.steps
    assert (step.title, step.connector, step.operation) == ("Ship it", "shipstation", "create_order")
    assert [(a.number, a.outcome, a.status, a.has_exchange) for a in step.attempts] == [
        (1, Outcome.RETRYABLE, 503, False),
        (2, Outcome.REFUSED, 400, True),
    ]
    assert (told.crash_count, told.downstream, told.started_by) == (1, timedelta(microseconds=2500), "hook")
    assert [(line.what, line.is_current) for line in told.documents] == [("input", True)]
    assert told.error_step_title == "Ship it"


def test_a_dead_run_says_whose_fault_it_is_and_what_to_do(flow, owner, as_role):
    refused, broken = rows.run(flow), rows.run(flow, dead_reason="bug", error_code="engine.bug")
    with as_role("web"):
        told, ours = queries.run(owner, refused.id).explanation, queries.run(owner, broken.id).explanation
    assert (told.whose, ours.whose) == (Fault.DESTINATION, Fault.SEVENM)
    assert told.headline == "The destination refused what the step “Ship it” sent."
    assert told.advice


def test_the_countdown_stops_for_a_held_letter(flow, owner, as_role):
    running_out = rows.run(flow)
    kept = rows.run(flow, held=True)
    with as_role("web"):
        left = queries.run(owner, running_out.id).expires_in
        assert queries.run(owner, kept.id).expires_in is None
    assert timedelta(hours=71) < left <= timedelta(hours=72, minutes=1)


def test_a_waiting_run_says_what_for(flow, owner, as_role):
    made = rows.run(flow, State.WAITING, waiting="breaker", waits_for=new_id())
    with as_role("web"):
        told = queries.run(owner, made.id).run.waiting
    assert told == "Waits for the address of an http step, which does not answer. It goes on by itself."


def test_a_run_names_its_last_replay(flow, owner, shop, as_role):
    replay = Replay.objects.create(tenant_id=shop.pk, asked_by="Ann", created_at=rows.now())
    made = rows.run(flow, State.SUCCEEDED, replay_id=replay.id)
    with as_role("web"):
        told = queries.run(owner, made.id).replay
    assert (told.id, told.asked_by) == (replay.id, "Ann")


def test_runs_of_the_last_day_are_counted_by_flow_and_state(flow, owner, as_role):
    for state in (State.DEAD, State.SUCCEEDED, State.SUCCEEDED):
        rows.run(flow, state)
    old = rows.run(flow, State.SUCCEEDED, id=uuid7_at(rows.now() - timedelta(hours=30)))
    with as_role("web"):
        assert queries.counts(owner) == {flow.id: {State.DEAD: 1, State.SUCCEEDED: 2}}
        assert queries.counts(owner, hours=40)[flow.id][State.SUCCEEDED] == 3
    assert old.pk
