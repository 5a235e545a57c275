"""How often steps were passed: once for each run, whatever happens to its workers."""

import pytest

from bench.sink import Mode
from integrations.engine.tallies import bucket_of, milliseconds_of
from tests.chaos.stack import wait_until
from tests.engine.test_claims import LOSE
from tests.engine.test_replay import done, replay
from tests.engine.test_retries import FAST
from tests.engine.world import edge, http, respond, webhook

BRANCH = {
    "key": "large",
    "kind": "branch",
    "config": {"cases": [{"port": "yes", "if": ["gt", ["get", "order", "body", "total"], 100]}]},
}
LOOP = {"key": "lines", "kind": "for_each", "config": {"items": ["get", "order", "body", "lines"]}}


def counted(world, flow, wanted):
    """Wait until the counts of this minute and this hour are those wanted: {(step, port): count}."""

    def read(slot_s):
        return {
            (step, port): int(count)
            for step, port, count in world.sql(
                "SELECT step, port, sum(count) FROM engine_steptally WHERE flow_id = %s AND slot_s = %s "
                "GROUP BY 1, 2",
                flow.id,
                slot_s,
            )
        }

    wait_until(lambda: read(60) == wanted, within_s=10, what=f"counts to be {wanted}, not {read(60)}")
    assert read(3600) == wanted


def test_pure_steps_and_calls_are_counted_by_the_port_they_were_left_by(world, shop, sink):
    steps = webhook(), BRANCH, http(sink.url), respond()
    flow = shop.publish(
        *steps, edges=[edge("order", "large"), edge("large", "send", "yes"), edge("send", "answer")]
    )
    for total in (50, 150, 250):
        world.until(flow.send({"total": total}).run)
    counted(
        world,
        flow,
        {
            ("order", "next"): 3,
            ("large", "yes"): 2,
            ("large", "else"): 1,
            ("send", "next"): 2,
            ("answer", "next"): 2,
        },
    )


def test_the_steps_of_a_loop_are_counted_for_each_item(world, shop, sink):
    flow = shop.publish(
        webhook(), LOOP, http(sink.url), edges=[edge("order", "lines"), edge("lines", "send", "each")]
    )
    world.until(flow.send({"lines": [1, 2, 3]}).run)
    counted(
        world, flow, {("order", "next"): 1, ("lines", "each"): 3, ("send", "next"): 3, ("lines", "done"): 1}
    )


def test_a_replayed_run_counts_the_steps_before_the_failure_once_and_the_failed_one_again(world, shop, sink):
    sink.mode(Mode(kind="status", status=400, first=1))
    flow = shop.publish(webhook(), http(sink.url), respond())
    run = flow.send({"order_id": "a"}).run
    assert world.until(run).state == "dead"
    counted(world, flow, {("order", "next"): 1, ("send", ""): 1})
    done(world, replay(shop, run))
    world.until(run, "succeeded")
    counted(world, flow, {("order", "next"): 1, ("send", ""): 1, ("send", "next"): 1, ("answer", "next"): 1})


def test_a_replay_from_the_start_counts_every_step_again(world, shop, sink):
    sink.mode(Mode(kind="status", status=400, first=1))
    flow = shop.publish(webhook(), http(sink.url))
    run = flow.send({"order_id": "a"}).run
    assert world.until(run).state == "dead"
    done(world, replay(shop, run, from_start=True))
    world.until(run, "succeeded")
    counted(world, flow, {("order", "next"): 2, ("send", ""): 1, ("send", "next"): 1})


def test_a_run_that_waited_counts_what_it_passed_before_at_once_and_once(world, shop, sink):
    sink.mode(Mode(kind="status", status=429, retry_after="4", first=1))
    flow = shop.publish(webhook(), http(sink.url), respond(), retry=FAST)
    run = flow.send({"order_id": "a"}).run
    waits = world.until(run, "waiting")
    assert world.sql("SELECT waits_at, walked FROM engine_run WHERE id = %s", waits.id) == [("send", 1)]
    counted(world, flow, {("order", "next"): 1})
    world.until(run, "succeeded")
    counted(world, flow, {("order", "next"): 1, ("send", "next"): 1, ("answer", "next"): 1})


def test_an_error_that_the_flow_goes_on_from_is_counted_at_its_port_with_its_words(world, shop, sink):
    sink.mode(Mode(kind="status", status=400))
    flow = shop.publish(
        webhook(), http(sink.url), respond(), edges=[edge("order", "send"), edge("send", "answer", "error")]
    )
    world.until(flow.send({"order_id": "a"}).run, "succeeded")
    counted(world, flow, {("order", "next"): 1, ("send", "error"): 1, ("answer", "next"): 1})
    said = world.sql("SELECT step, code FROM engine_steperror WHERE flow_id = %s", flow.id)
    assert said == [("send", "remote.status_400")]


def test_a_run_that_was_taken_from_its_worker_is_counted_by_the_one_that_ended_it(quiet, sink):
    sink.mode(Mode(delay_ms=1500, first=1))
    first = quiet.engine()
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(sink.url))
    run = flow.send({"order_id": "a"}).run
    wait_until(lambda: sink.stats()["received"], within_s=10, what="the call")
    quiet.sql(LOSE, run)
    quiet.until(run, "succeeded")
    quiet.stop_engine(first)
    counted(quiet, flow, {("order", "next"): 1, ("send", "next"): 1})


def test_the_time_of_a_call_is_kept_and_of_a_pure_step_not(world, shop, sink):
    sink.mode(Mode(delay_ms=50))
    flow = shop.publish(webhook(), http(sink.url))
    world.until(flow.send({"order_id": "a"}).run)
    counted(world, flow, {("order", "next"): 1, ("send", "next"): 1})
    found = dict(
        world.sql("SELECT step, bucket FROM engine_steptally WHERE flow_id = %s AND slot_s = 60", flow.id)
    )
    assert found["order"] == 0
    assert 45 < milliseconds_of(found["send"]) < 5000


@pytest.mark.parametrize("took_us", [1, 2, 10, 999, 123_456, 60_000_000])
def test_a_bucket_stands_for_its_times_within_five_percent(took_us):
    assert milliseconds_of(bucket_of(took_us)) == pytest.approx(took_us / 1000, rel=0.05)
