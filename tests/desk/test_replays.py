import asyncio
from datetime import timedelta

import pytest

from integrations.delivery.states import State
from integrations.desk.queries import replays as queries
from integrations.desk.queries.replays import Counted
from integrations.desk.selection import Selection
from integrations.desk.services import replays as services
from integrations.engine.database import pool
from integrations.engine.models import Replay, Run
from integrations.engine.replay import Replays
from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants.ids import new_id
from tests import factories
from tests.desk import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(flow):
    """A dead letter whose time is over, and one that was swept already."""
    late = rows.run(flow, expires_at=rows.now() - timedelta(minutes=1))
    return late, rows.run(flow, State.EXPIRED)


def test_a_dry_run_counts_and_changes_nothing(flow, owner, gone, as_role):
    ready = [rows.run(flow).id for _ in range(2)]
    held = rows.run(flow, held=True, expires_at=rows.now() - timedelta(hours=1)).id
    done = rows.run(flow, State.SUCCEEDED).id
    named = (*ready, held, done, *(run.id for run in gone), new_id())
    with as_role("web"):
        assert queries.count_chosen(owner, Selection()) == Counted(3)
        assert queries.count_chosen(owner, Selection(code="mapping.value")) == Counted(0)
        assert queries.count_chosen(owner, Selection(ids=named)) == Counted(3, 2, 1, 1)
    assert not Replay.objects.exists()


def test_an_order_is_written_with_its_audit_row(flow, owner, trail, as_role):
    rows.run(flow)
    rows.run(flow, error_code="mapping.value")
    chosen = Selection(flow_id=flow.id, code="remote.refused")
    with as_role("web"):
        replay = services.start_replay(by=owner, chosen=chosen, from_start=True, pace_per_s=5)
    stored = Replay.objects.get(id=replay.id)
    assert (stored.total, stored.state, stored.from_start, stored.pace_per_s) == (1, "running", True, 5)
    assert stored.chosen == {"flow": str(flow.id), "code": "remote.refused"}
    ((action, thing, facts),) = trail()
    assert (action, thing) == ("replay.started", f"engine.replay:{replay.id}")
    assert (facts["total"], facts["flow"], facts["step"]) == (1, str(flow.id), None)


def test_what_expired_is_refused_in_words(gone, owner, trail, as_role):
    chosen = Selection(ids=tuple(run.id for run in gone))
    with as_role("web"), pytest.raises(ConflictError) as refusal:
        services.start_replay(by=owner, chosen=chosen)
    assert refusal.value.code == "replay.expired"
    assert "cannot be replayed" in refusal.value.message
    assert refusal.value.hint == "Have the requests sent again."
    assert (Replay.objects.count(), trail()) == (0, [])


def test_the_refused_are_counted_beside_the_ready(flow, owner, gone, as_role):
    ids = (rows.run(flow).id, *(run.id for run in gone))
    with as_role("web"):
        replay = services.start_replay(by=owner, chosen=Selection(ids=ids))
    assert (replay.total, replay.refused) == (1, 2)


def test_nothing_to_replay_is_said(flow, owner, as_role):
    done = rows.run(flow, State.SUCCEEDED)
    with as_role("web"):
        for chosen in (Selection(), Selection(ids=(done.id,))):
            with pytest.raises(ConflictError) as refusal:
                services.start_replay(by=owner, chosen=chosen)
            assert refusal.value.code == "replay.nothing"


def test_another_tenants_run_cannot_be_named(flow, stranger, as_role):
    own, foreign = rows.run(rows.flow(stranger.tenant_id)), rows.run(flow)
    with as_role("web"):
        for ids in ((foreign.id,), (own.id, foreign.id), (new_id(),)):
            with pytest.raises(AccessError):
                services.start_replay(by=stranger, chosen=Selection(ids=ids))
    assert not Replay.objects.exists()


def test_who_may_not_replay(flow, viewer, as_role):
    rows.run(flow)
    with as_role("web"), pytest.raises(AccessError):
        services.start_replay(by=viewer, chosen=Selection())


@pytest.mark.parametrize("pace", [-1, 10_001])
def test_a_pace_has_bounds(flow, owner, pace, as_role):
    with as_role("web"), pytest.raises(ConfigError):
        services.start_replay(by=owner, chosen=Selection(), pace_per_s=pace)


def test_five_replays_at_once_are_enough(flow, owner, as_role):
    rows.run(flow)
    with as_role("web"):
        made = [services.start_replay(by=owner, chosen=Selection()) for _ in range(5)]
        with pytest.raises(ConflictError) as refusal:
            services.start_replay(by=owner, chosen=Selection())
        assert refusal.value.code == "replay.too_many"
        services.stop_replay(by=owner, replay_id=made[0].id)
        services.start_replay(by=owner, chosen=Selection())


def test_progress_is_read_from_the_runs(flow, owner, as_role, counting):
    rows.run(flow)
    with as_role("web"):
        replay = services.start_replay(by=owner, chosen=Selection())
    Replay.objects.filter(id=replay.id).update(released=7, total=9)
    for state in (
        State.SUCCEEDED,
        State.SUCCEEDED,
        State.DEAD,
        State.IN_DOUBT,
        State.RUNNING,
        State.CANCELLED,
    ):
        rows.run(flow, state, replay_id=replay.id)
    with as_role("web"), counting() as counted:
        told = queries.replay(owner, replay.id)
    assert (told.total, told.released, told.succeeded, told.failed, told.running, told.cancelled) == (
        9,
        7,
        2,
        2,
        1,
        1,
    )
    assert (told.elsewhere, told.is_over, len(counted.reads)) == (1, False, 2)


def test_stopping_twice_is_as_once(flow, owner, trail, as_role):
    rows.run(flow)
    with as_role("web"):
        replay = services.start_replay(by=owner, chosen=Selection())
        assert services.stop_replay(by=owner, replay_id=replay.id)
        assert not services.stop_replay(by=owner, replay_id=replay.id)
        (listed,) = queries.replays(owner)
    assert (listed.state, listed.is_over) == ("stopped", True)
    assert [action for action, *_ in trail()] == ["replay.started", "replay.stopped"]


def test_another_tenants_replay_is_not_there(flow, owner, stranger, as_role):
    rows.run(flow)
    with as_role("web"):
        replay = services.start_replay(by=owner, chosen=Selection())
        assert queries.replays(stranger) == []
        for call in (
            lambda: queries.replay(stranger, replay.id),
            lambda: services.stop_replay(by=stranger, replay_id=replay.id),
        ):
            with pytest.raises(AccessError):
                call()


def test_the_engine_carries_out_what_was_ordered(committed, role_url):
    shop = factories.tenant()
    owner, flow = factories.member(shop.pk), rows.flow(shop.pk)
    chosen = [rows.run(flow).id, rows.run(flow, held=True, expires_at=rows.now() - timedelta(hours=1)).id]
    left = rows.run(flow, error_code="mapping.value").id
    replay = services.start_replay(by=owner, chosen=Selection(code="remote.refused"))
    woken = []

    async def carry_out():
        async with pool(role_url("engine"), size=1, name="test") as opened:
            replays = Replays(opened, woken.extend, lambda: 1000)
            for _ in range(3):
                await replays.tick()

    asyncio.run(carry_out())
    assert {run_id for run_id, _ in woken} == set(chosen)
    assert Run.objects.get(id=left).state == State.DEAD
    told = queries.replay(owner, replay.id)
    assert (told.state, told.total, told.released, told.running) == ("done", 2, 2, 2)
