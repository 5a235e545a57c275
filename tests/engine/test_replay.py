"""Dead letters run again, from where they failed or the start, as fast as asked; never when expired."""

import pytest

from bench.sink import Mode
from integrations.desk.selection import Selection
from integrations.desk.services import replays
from integrations.engine.models import Lane
from integrations.errors import ConflictError
from tests.chaos.stack import hold, wait_until
from tests.engine.test_retries import BODY, second_step
from tests.engine.world import http, webhook

REFUSE = Mode(kind="status", status=400)


def replay(shop, *runs, **more):
    """Order a replay: of these runs, or of what `flow` names."""
    flow = more.pop("flow", None)
    chosen = Selection(flow_id=flow.id) if flow else Selection(tuple(runs))
    with shop.world.orm():
        return replays.start_replay(by=shop.actor, chosen=chosen, **more)


def state_of(world, order):
    return world.sql("SELECT state, total, released, refused FROM engine_replay WHERE id = %s", order.id)[0]


def done(world, order, within_s=15):
    wait_until(lambda: state_of(world, order)[0] == "done", within_s=within_s, what="the replay to be done")
    return state_of(world, order)


def died(shop, sink, *steps, count=1):
    """Runs that died of a refusal at the second destination, or the only one."""
    sink.mode(Mode(kind="status", status=400, ids=frozenset({"two", *(f"r{n}" for n in range(count))})))
    flow = shop.publish(webhook(), *steps)
    bodies = [BODY] if len(steps) > 1 else [{"order_id": f"r{n}"} for n in range(count)]
    runs = [flow.send(body).run for body in bodies]
    for run in runs:
        assert shop.world.until(run).state == "dead"
    sink.mode()
    return flow, runs


def test_a_replay_goes_on_at_the_failed_step_with_the_old_key(world, shop, sink):
    flow, (run,) = died(shop, sink, http(f"{sink.url}/first"), second_step(sink))
    assert done(world, replay(shop, run)) == ("done", 1, 1, 0)
    found = world.until(run, "succeeded")
    assert (found.lane, found.fence, found.version_id) == (Lane.REPLAY, 2, flow.version_id)
    calls = sink.records()
    assert [(call.id, call.applied) for call in calls] == [("one", True), ("two", False), ("two", True)]
    assert calls[1].key == calls[2].key


def test_from_the_start_idempotent_steps_are_done_again_under_their_old_key(world, shop, sink):
    _, (run,) = died(shop, sink, http(f"{sink.url}/first"), second_step(sink))
    replay(shop, run, from_start=True)
    world.until(run, "succeeded")
    calls = sink.records()
    assert [call.id for call in calls] == ["one", "two", "one", "two"]
    assert (calls[0].key, calls[1].key) == (calls[2].key, calls[3].key)


def test_from_the_start_a_step_that_cannot_deduplicate_is_not_done_again(world, shop, sink):
    first = http(f"{sink.url}/first", mode="at_least_once", idempotency_header="")
    _, (run,) = died(shop, sink, first, second_step(sink))
    replay(shop, run, from_start=True)
    world.until(run, "succeeded")
    assert [call.id for call in sink.records()] == ["one", "two", "two"]


def test_with_the_current_version_a_mended_flow_is_used(world, shop, sink):
    flow, (run,) = died(shop, sink, http(f"{sink.url}/wrong"))
    version = flow.publish_again(webhook(), http(f"{sink.url}/right"))
    replay(shop, run, current_version=True)
    assert world.until(run, "succeeded").version_id == version


def test_all_of_a_flow_are_replayed_and_no_others(world, shop, sink):
    flow, runs = died(shop, sink, http(f"{sink.url}/orders"), count=12)
    _, (other,) = died(shop, sink, http(f"{sink.url}/orders"))
    order = replay(shop, flow=flow)
    assert done(world, order) == ("done", 12, 12, 0)
    for run in runs:
        world.until(run, "succeeded")
    assert world.run(other).state == "dead"
    assert sink.stats()["doubles"] == 0


def test_a_pace_is_kept(world, shop, sink):
    flow, runs = died(shop, sink, http(f"{sink.url}/orders"), count=12)
    replay(shop, flow=flow, pace_per_s=6)
    for run in runs:
        world.until(run, "succeeded")
    applied = [call.at for call in sink.records() if call.applied]
    assert max(applied) - min(applied) >= 1.2


def test_a_stopped_replay_releases_no_more(world, shop, sink):
    flow, runs = died(shop, sink, http(f"{sink.url}/orders"), count=12)
    order = replay(shop, flow=flow, pace_per_s=2)
    wait_until(lambda: state_of(world, order)[2] > 0, within_s=10, what="the first to be released")
    with world.orm():
        replays.stop_replay(by=shop.actor, replay_id=order.id)
    released = state_of(world, order)[2]
    hold(1.5)
    assert state_of(world, order)[2] == released < 12
    assert sum(world.run(run).state == "dead" for run in runs) == 12 - released


def test_a_replay_that_dies_again_is_a_dead_letter_again(world, shop, sink):
    _, (run,) = died(shop, sink, http(f"{sink.url}/orders"))
    sink.mode(REFUSE)
    replay(shop, run)
    wait_until(lambda: world.run(run).fence == 2, within_s=10, what="the second lease")
    assert world.until(run).state == "dead"


def test_what_has_expired_is_refused(world, shop, sink):
    _, (run,) = died(shop, sink, http(f"{sink.url}/orders"))
    world.sql("UPDATE engine_run SET expires_at = now() - interval '1 s' WHERE id = %s", run)
    with pytest.raises(ConflictError) as refused:
        replay(shop, run)
    assert refused.value.code == "replay.expired"
    world.sql(
        "INSERT INTO engine_replay (id, tenant_id, chosen, total) "
        "VALUES ('ffffffff-ffff-7fff-bfff-ffffffffffff', %s, %s, 1)",
        shop.id, f'{{"ids": ["{run}"]}}',
    )  # fmt: skip
    wait_until(
        lambda: world.sql("SELECT count(*) FROM engine_replay WHERE state = 'running'") == [(0,)],
        within_s=10, what="the order to end",
    )  # fmt: skip
    assert world.run(run).state == "dead"


def test_two_workers_release_each_letter_once(quiet, sink):
    quiet.engine()
    quiet.engine()
    quiet.door()
    shop = quiet.shop()
    flow, runs = died(shop, sink, http(f"{sink.url}/orders", mode="at_least_once"), count=30)
    done(quiet, replay(shop, flow=flow))
    for run in runs:
        assert quiet.until(run, "succeeded").fence == 2
    assert sink.stats()["applied"] == 30
