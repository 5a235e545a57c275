"""A destination that does not answer: runs wait durably, one probe asks, and all drain by themselves."""

import time
from uuid import UUID

from bench.sink import Mode
from integrations.engine.models import Lane
from tests.chaos.stack import hold, wait_until
from tests.engine.world import http, webhook

DOWN = Mode(kind="status", status=503)
QUICK = [0.02, 0.02]


def open_breakers(world):
    return world.sql("SELECT count(*) FROM engine_breaker")[0][0]


def break_it(world, flow, count=3):
    """Fail until the breaker opens; give the runs."""
    runs = [flow.send({"order_id": f"b{n}"}).run for n in range(count)]
    wait_until(lambda: open_breakers(world) == 1, within_s=10, what="the breaker to open")
    return runs


def test_an_outage_parks_runs_without_calls_and_all_drain_after_it(quiet, sink):
    quiet.engine()
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"), retry=QUICK)
    sink.mode(DOWN)
    runs = break_it(quiet, flow)
    before = sink.stats()["received"]
    runs += [flow.send({"order_id": f"p{n}"}).run for n in range(60)]
    for run in runs[3:]:
        assert quiet.until(run, "waiting").waiting == "breaker"
    assert sink.stats()["received"] - before <= 4  # probes only
    sink.mode()
    for run in runs:
        assert quiet.until(run, "succeeded", within_s=25).state == "succeeded"
    wait_until(lambda: open_breakers(quiet) == 0, within_s=5, what="the breaker to close")
    stats = sink.stats()
    assert (stats["applied"], stats["unique_ids"], stats["doubles"]) == (63, 63, 0)


def test_the_dead_of_an_outage_come_back_by_themselves_and_those_that_are_held_do_not(quiet, sink):
    quiet.engine()
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"), retry=[0.01])
    sink.mode(DOWN)
    runs = [flow.send({"order_id": f"d{n}"}).run for n in range(2)]
    for run in runs:
        assert quiet.until(run).dead_reason == "unavailable"
    quiet.sql("UPDATE engine_run SET held = true WHERE id = %s", runs[0])
    last = break_it(quiet, flow, count=1)
    sink.mode()
    for run in (runs[1], *last):
        quiet.until(run, "succeeded", within_s=25)
    hold(1.0)
    assert quiet.run(runs[0]).state == "dead"
    assert quiet.run(runs[1]).lane == Lane.REPLAY


def test_all_workers_know_what_one_learned(quiet, sink):
    first = quiet.engine()
    second = quiet.engine()
    quiet.door(lambda lane, ids: first.announce(lane, map(UUID, ids)))
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"), retry=QUICK)
    second.announce(Lane.ASYNC, [flow.send({"order_id": "warm"}).run])
    sink.mode(Mode(kind="status", status=503, delay_ms=5))
    runs = break_it(quiet, flow)
    hold(1.2)  # the others look twice a second
    before = sink.stats()["received"]
    quiet.stop_engine(first)
    runs += [flow.send({"order_id": f"s{n}"}).run for n in range(10)]
    second.announce(Lane.ASYNC, runs)
    sink.mode()
    for run in runs:
        quiet.until(run, "succeeded", within_s=25)
    assert sink.stats()["received"] - before >= 10
    assert sink.stats()["doubles"] == 0


def test_probes_come_one_at_a_time_and_ever_more_seldom(quiet, sink):
    quiet.engine()
    quiet.engine()
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"), retry=QUICK)
    sink.mode(DOWN)
    break_it(quiet, flow)
    for n in range(20):
        flow.send({"order_id": f"q{n}"})
    seen, began = sink.stats()["received"], time.monotonic()
    hold(5.0)
    probes = sink.stats()["received"] - seen
    assert 1 <= probes <= 2 + (time.monotonic() - began)
    sink.mode()
    wait_until(lambda: sink.count()["keys"] == 23, within_s=25, what="everything to drain")


def test_another_destination_is_not_touched(quiet, sink):
    quiet.engine()
    quiet.door()
    shop = quiet.shop()
    bad = shop.publish(webhook(), http("http://127.0.0.1:1024/x"), retry=QUICK)
    good = shop.publish(webhook(), http(f"{sink.url}/orders"))
    break_it(quiet, bad)
    run = good.send({"order_id": "ok"}).run
    assert quiet.until(run).state == "succeeded"


def test_what_waits_for_a_destination_without_a_breaker_is_released(quiet, sink):
    """A worker that died while it drained leaves such runs."""
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    runs = [flow.send({"order_id": f"n{n}"}).run for n in range(5)]
    quiet.sql(
        "UPDATE engine_run SET state = 3, waiting = 'breaker', waits_for = gen_random_uuid(), "
        "due_at = now() + interval '5 min'"
    )
    quiet.engine()
    for run in runs:
        assert quiet.until(run, within_s=15).state == "succeeded"
