"""What runs wait for and remember: waits over restarts, keys that come twice."""

from datetime import UTC, datetime, timedelta

from integrations.desk.services import runs as run_services
from integrations.engine.models import Lane
from tests.chaos.stack import hold, wait_until
from tests.engine.test_replay import REFUSE, replay
from tests.engine.test_upkeep import upkeep
from tests.engine.world import edge, http, respond, webhook

DAY = {"amount": 1, "unit": "days"}


def step(kind, key=None, /, **config):
    return {"key": key or kind, "kind": kind, "config": config}


def notes(world, run):
    return world.sql("SELECT step, iteration, due_at, port FROM engine_note WHERE run_id = %s", run)


def over(world, run):
    """Let the time of a run's waits be over."""
    world.sql("UPDATE engine_note SET due_at = now() - interval '1 s' WHERE run_id = %s", run)
    world.sql("UPDATE engine_run SET due_at = now() - interval '1 s' WHERE id = %s AND state = 3", run)


# delay, wait_until


def test_a_delay_parks_the_run_and_lets_it_go_on(world, shop, sink):
    run = shop.publish(webhook(), step("delay", **DAY), http(f"{sink.url}/a")).send({"order_id": "a"}).run
    found = world.until(run, "waiting")
    assert found.waiting == "delay"
    assert sink.stats()["received"] == 0
    ((_, _, due_at, _),) = notes(world, run)
    assert timedelta(hours=23) < due_at - datetime.now(UTC) < timedelta(hours=24)
    over(world, run)
    assert world.until(run).state == "succeeded"
    assert sink.stats()["received"] == 1


def test_a_delay_counts_from_the_first_arrival_through_a_restart(quiet):
    first = quiet.engine()
    quiet.door()
    run = quiet.shop().publish(webhook(), step("delay", **DAY), respond()).send().run
    quiet.until(run, "waiting")
    before = notes(quiet, run)
    quiet.stop_engine(first)
    quiet.sql("UPDATE engine_run SET due_at = now() WHERE id = %s", run)  # woken too early, as after a crash
    quiet.engine()
    wait_until(lambda: quiet.run(run).fence == 2, within_s=10, what="the run to be taken up")
    assert quiet.until(run, "waiting").waiting == "delay"
    assert notes(quiet, run) == before
    ((left,),) = quiet.sql(
        "SELECT abs(extract(epoch FROM r.due_at - n.due_at)) FROM engine_run r JOIN engine_note n "
        "ON n.run_id = r.id WHERE r.id = %s",
        run,
    )
    assert left < 1


def test_a_short_wait_needs_no_row(world, shop):
    run = shop.publish(webhook(), step("delay", amount=0.01, unit="seconds"), respond()).send().run
    assert world.until(run).state == "succeeded"
    assert notes(world, run) == []


def test_each_turn_of_a_loop_waits_for_itself(world, shop):
    loop = step("for_each", "each", items=["get", "order", "body"])
    flow = shop.publish(
        webhook(), loop, step("delay", **DAY), edges=[edge("order", "each"), edge("each", "delay", "each")]
    )
    run = flow.send([1, 2]).run
    for turn in ("0", "1"):
        wait_until(lambda: turn in {row[1] for row in notes(world, run)}, within_s=10, what="a note")  # noqa: B023
        world.until(run, "waiting")
        over(world, run)
    assert world.until(run).state == "succeeded"
    assert len(notes(world, run)) == 2


def test_what_is_over_is_not_waited_for(world, shop):
    flow = shop.publish(webhook(), step("wait_until", until=["get", "order", "body", "at"]), respond())
    gone = flow.send({"at": "2020-01-01T08:00:00"}).run
    assert world.until(gone).state == "succeeded"
    tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    ahead = flow.send({"at": tomorrow.isoformat()}).run
    assert world.until(ahead, "waiting").waiting == "delay"
    assert notes(world, ahead) == [("wait_until", "", tomorrow, "")]
    far = flow.send({"at": (tomorrow + timedelta(days=30)).isoformat()}).run
    assert world.until(far).error_code == "wait.too_long"
    assert world.until(flow.send({"at": "soon"}).run).error_code == "wait.no_instant"


def test_the_caller_of_a_run_that_waits_gets_202_at_the_deadline(world, shop):
    flow = shop.publish(webhook(), step("delay", **DAY), respond(), reply="sync", deadline_s=1)
    answer = flow.send({"order_id": "s"})
    assert answer.status == 202
    assert world.until(answer.run, "waiting").waiting == "delay"


def test_a_run_that_waits_can_be_cancelled(world, shop, sink):
    run = shop.publish(webhook(), step("delay", **DAY), http(f"{sink.url}/a")).send({"order_id": "c"}).run
    world.until(run, "waiting")
    with world.orm():
        run_services.cancel(by=shop.actor, run_id=run)
    over(world, run)
    hold(1.5)
    assert world.run(run).state == "cancelled"
    assert sink.stats()["received"] == 0


def test_a_replay_does_not_wait_again(world, shop, sink):
    sink.mode(REFUSE)
    run = shop.publish(webhook(), step("delay", **DAY), http(f"{sink.url}/a")).send({"order_id": "r"}).run
    world.until(run, "waiting")
    over(world, run)
    assert world.until(run).state == "dead"
    sink.mode()
    replay(shop, run)
    assert world.until(run, "succeeded").lane == Lane.REPLAY


def test_what_a_run_waits_with_is_kept_as_long_as_it_waits(quiet):
    quiet.engine()
    quiet.door()
    run = quiet.shop().publish(webhook(), step("delay", **DAY), respond()).send().run
    quiet.until(run, "waiting")
    quiet.sql("SELECT engine_drop_partitions(-5, 13)")
    assert quiet.sql("SELECT count(*) FROM engine_document WHERE run_id = %s", run) == [(1,)]
    assert len(notes(quiet, run)) == 1
    over(quiet, run)
    quiet.until(run, "succeeded")
    quiet.sql("SELECT engine_drop_partitions(-5, 13)")
    assert quiet.sql("SELECT count(*) FROM engine_note WHERE run_id = %s", run) == [(0,)]


# dedupe

KEY = ["get", "order", "body", "order_id"]


def told_apart(shop, sink, **config):
    return shop.publish(
        webhook(),
        step("dedupe", key=KEY, **config),
        http(f"{sink.url}/first"),
        respond(),
        edges=[edge("order", "dedupe"), edge("dedupe", "send"), edge("dedupe", "answer", "duplicate")],
    )


def test_the_second_document_with_a_key_is_a_duplicate(world, shop, sink):
    flow = told_apart(shop, sink)
    for body in ({"order_id": "d1"}, {"order_id": "d1", "again": True}, {"order_id": "d2"}):
        world.until(flow.send(body).run, "succeeded")
    assert [call.id for call in sink.records()] == ["d1", "d2"]
    other = told_apart(shop, sink)
    world.until(other.send({"order_id": "d1"}).run, "succeeded")
    assert sink.stats()["received"] == 3


def test_of_many_at_once_one_is_the_first(world, shop, sink):
    world.engine()
    flow = told_apart(shop, sink)
    runs = [begun.result(30).run for begun in [flow.begin({"order_id": "race"}) for _ in range(60)]]
    for run in runs:
        world.until(run, "succeeded")
    assert sink.stats()["received"] == 1
    assert sorted(port for run in runs for _, _, _, port in notes(world, run)) == ["duplicate"] * 59 + [
        "next"
    ]
    world.stop_engine(world.engines[-1])


def test_a_replay_is_no_duplicate_of_itself(world, shop, sink):
    sink.mode(REFUSE)
    flow = told_apart(shop, sink)
    run = flow.send({"order_id": "self"}).run
    assert world.until(run).state == "dead"
    assert world.until(flow.send({"order_id": "self"}).run).state == "succeeded"
    sink.mode()
    replay(shop, run)
    world.until(run, "succeeded")
    assert [call.applied for call in sink.records()] == [False, True]


def test_a_key_is_forgotten_after_its_time_and_never_kept_as_it_is(world, shop, sink):
    flow = told_apart(shop, sink, within=1)
    world.until(flow.send({"order_id": "secret-77"}).run, "succeeded")
    dumped = world.sql("SELECT key, iteration FROM engine_seen WHERE tenant_id = %s", shop.id)
    assert [(len(key), b"secret" in key) for key, _ in dumped] == [(32, False)]
    world.sql("UPDATE engine_seen SET expires_at = now() WHERE tenant_id = %s", shop.id)
    world.until(flow.send({"order_id": "secret-77"}).run, "succeeded")
    assert sink.stats()["received"] == 2
    world.sql("UPDATE engine_seen SET expires_at = now() WHERE tenant_id = %s", shop.id)
    upkeep(world, "seldom")
    assert world.sql("SELECT count(*) FROM engine_seen WHERE tenant_id = %s", shop.id) == [(0,)]


def test_a_document_without_a_key_is_told(world, shop, sink):
    found = world.until(told_apart(shop, sink).send({"other": 1}).run)
    assert (found.state, found.error_code) == ("dead", "dedupe.no_key")
