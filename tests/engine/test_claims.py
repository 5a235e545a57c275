"""Who may run what, and what a worker that lost its lease may still write: nothing."""

from uuid import UUID

from bench.sink import Mode
from integrations.engine.models import Lane
from integrations.engine.worker import CAPACITY
from tests.chaos.stack import hold, wait_until
from tests.engine.world import http, respond, webhook

LOSE = """
UPDATE engine_run SET state = 1, lease_id = NULL, crash_count = crash_count + 1, resume = true,
  due_at = now() - interval '5 s' WHERE id = %s AND state = 2
"""


def unheard(lane, run_ids):
    """An announcement that is lost."""


def in_flight(sink, count=1):
    wait_until(lambda: sink.count()["in_flight"] >= count, within_s=15, what="a call in flight")


def test_a_late_worker_writes_nothing(quiet, sink):
    first, second = quiet.engine(), quiet.engine()
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders", mode="at_least_once"))
    sink.mode(Mode(delay_ms=2500, first=1))
    run = flow.send({"order_id": "late"}).run
    in_flight(sink)
    late = first if first.room(Lane.ASYNC) < CAPACITY[Lane.ASYNC] else second
    other = second if late is first else first
    quiet.sql(LOSE, run)
    other.announce(Lane.ASYNC, [run])
    assert quiet.until(run, within_s=10).fence == 2
    wait_until(lambda: late.room(Lane.ASYNC) == CAPACITY[Lane.ASYNC], within_s=15, what="the late answer")
    ordinals = quiet.sql("SELECT ordinal FROM engine_attempt WHERE run_id = %s", run)
    assert {ordinal // 10_000 for (ordinal,) in ordinals} == {2}
    assert (quiet.run(run).state, quiet.run(run).fence) == ("succeeded", 2)
    assert sink.stats()["applied"] == 2  # both calls arrived, under one key
    assert sink.stats()["unique_keys"] == 1


def test_duplicate_announcements_claim_nothing(quiet, sink):
    engines = [quiet.engine(), quiet.engine()]
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    sink.mode(Mode(delay_ms=300))
    runs = [flow.send({"order_id": f"d{n}"}).run for n in range(20)]
    for _ in range(10):
        for engine in engines:
            engine.announce(Lane.ASYNC, runs)
    for run in runs:
        assert (quiet.until(run).state, quiet.run(run).fence) == ("succeeded", 1)
    for engine in engines:
        engine.announce(Lane.ASYNC, runs)
    hold(0.3)
    assert sink.stats()["received"] == 20


def test_a_run_that_nobody_was_told_of_is_found(quiet, sink):
    quiet.engine()
    quiet.door(unheard)
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    runs = [flow.send({"order_id": f"u{n}"}).run for n in range(5)]
    for run in runs:
        assert quiet.until(run, within_s=10).state == "succeeded"


def test_a_bug_in_one_part_ends_no_part(quiet, sink):
    engine = quiet.engine()
    quiet.door()
    engine.announce(Lane.ASYNC, ["no id"])
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    assert quiet.until(flow.send({"order_id": "b"}).run).state == "succeeded"


def test_runs_that_were_accepted_while_no_worker_lived_are_found(quiet, sink):
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    runs = [flow.send({"order_id": f"w{n}"}).run for n in range(300)]
    quiet.engine()
    for run in runs:
        quiet.until(run, "succeeded")
    assert sink.stats()["received"] == 300


def test_the_fourth_lost_lease_makes_the_run_dead_and_alerts(quiet):
    shop = quiet.shop()
    quiet.door(unheard)
    flow = shop.publish(webhook(), respond())
    run = flow.send().run
    quiet.sql(
        "UPDATE engine_run SET state = 2, lease_id = 7, fence = 4, crash_count = 3, "
        "due_at = now() - interval '1 s' WHERE id = %s",
        run,
    )
    quiet.engine()
    found = quiet.until(run)
    assert (found.state, found.dead_reason, found.error_code) == ("dead", "poison", "delivery.poison")
    assert quiet.sql("SELECT code, count FROM engine_alert") == [("delivery.poison", 1)]


def test_a_third_lost_lease_is_taken_up_again(quiet, sink):
    quiet.door(unheard)
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    run = flow.send({"order_id": "p"}).run
    quiet.sql(
        "UPDATE engine_run SET state = 2, lease_id = 7, fence = 3, crash_count = 2, "
        "due_at = now() - interval '1 s' WHERE id = %s",
        run,
    )
    quiet.engine()
    found = quiet.until(run)
    assert (found.state, found.fence, found.crash_count) == ("succeeded", 4, 3)


def test_a_worker_that_stops_finishes_and_hands_back(quiet, sink):
    engine = quiet.engine()
    quiet.door()
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"))
    sink.mode(Mode(delay_ms=800))
    begun = flow.send({"order_id": "s0"}).run
    in_flight(sink)
    quiet.stop_engine(engine)
    assert not engine.is_alive()
    assert quiet.run(begun).state == "succeeded"
    assert quiet.sql("SELECT count(*) FROM engine_worker") == [(0,)]
    later = flow.send({"order_id": "s1"}).run
    assert (quiet.run(later).state, quiet.run(later).crash_count) == ("accepted", 0)


# order


ORDERED = {"ordering_path": ["body", "ordering_key"]}


def order(n, key="k"):
    return {"order_id": f"o{n}", "ordering_key": key, "sequence": n}


def test_two_workers_on_five_ordering_keys_invert_nothing(quiet, sink):
    engines = [quiet.engine(), quiet.engine()]
    turn = iter(range(1_000_000))
    quiet.door(lambda lane, ids: engines[next(turn) % 2].announce(lane, map(UUID, ids)))
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders"), **ORDERED)
    sink.mode(Mode(delay_ms=4, share=0.5))
    runs = [flow.send(order(n, f"k{n % 5}")).run for n in range(200)]
    for run in runs:
        assert quiet.until(run).state == "succeeded"
    stats = sink.stats()
    assert (stats["applied"], stats["inversions"], stats["doubles"]) == (200, 0, 0)
    leases = quiet.sql("SELECT count(*) FROM engine_run WHERE fence = 1")
    assert leases == [(200,)]


def dead_head(world, sink, **settings):
    """Three runs of one key, of which the first dies."""
    sink.mode(Mode(kind="status", status=400, ids=frozenset({"o0"})))
    flow = world.shop().publish(webhook(), http(f"{sink.url}/orders"), **ORDERED, **settings)
    runs = [flow.send(order(n)).run for n in range(3)]
    assert world.until(runs[0]).state == "dead"
    return flow, runs


def test_a_dead_head_blocks_its_key_and_no_other(world, sink):
    flow, runs = dead_head(world, sink)
    other = flow.send(order(9, "another")).run
    assert world.until(other).state == "succeeded"
    hold(2.5)  # two searches
    assert [world.run(run).state for run in runs] == ["dead", "accepted", "accepted"]
    assert {call.id for call in sink.records() if call.applied} == {"o9"}


def test_a_dead_head_that_a_person_gives_up_lets_the_others_go(world, sink):
    _, runs = dead_head(world, sink)
    world.sql("UPDATE engine_run SET state = 7 WHERE id = %s", runs[0])
    assert [world.until(run).state for run in runs] == ["cancelled", "succeeded", "succeeded"]
    assert sink.stats()["inversions"] == 0


def test_a_dead_head_is_skipped_where_the_flow_says_so(world, sink):
    _, runs = dead_head(world, sink, dead_head="skip")
    assert [world.until(run).state for run in runs] == ["dead", "succeeded", "succeeded"]


def test_many_runs_behind_a_dead_head_hide_nobody(quiet, sink):
    """More blocked runs than one search looks at must not keep the others from being found (F-15)."""
    quiet.engine()
    quiet.door(unheard)
    shop = quiet.shop()
    sink.mode(Mode(kind="status", status=400, ids=frozenset({"o0"})))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), **ORDERED)
    head = flow.send(order(0)).run
    blocked = flow.send(order(1)).run
    assert quiet.until(head).state == "dead"
    columns = [
        name
        for (name,) in quiet.sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'engine_run'::regclass AND attnum > 0 "
            "AND attname <> 'id'"
        )
    ]
    listed = ", ".join(columns)
    quiet.sql(
        f"INSERT INTO engine_run (id, {listed}) "  # noqa: S608  names of columns
        f"SELECT (substr(r.id::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, {listed} "
        "FROM engine_run r, generate_series(1, 6000) n WHERE r.id = %s",
        blocked,
    )
    free = flow.send(order(2, "free")).run
    lost = flow.send(order(3, "lost")).run
    quiet.sql(
        "UPDATE engine_run SET state = 2, lease_id = 7, fence = 1, due_at = now() - interval '1 s' "
        "WHERE id = %s",
        lost,
    )
    assert quiet.until(free, within_s=15).state == "succeeded"
    assert quiet.until(lost, within_s=15).state == "succeeded"


def test_a_lease_is_kept_while_the_call_lasts(quiet, sink):
    """A call that takes longer than the renewal is nobody else's meanwhile."""
    quiet.engine()
    quiet.engine()
    quiet.door()
    sink.mode(Mode(delay_ms=4200))
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/orders", timeout_s=10))
    run = flow.send({"order_id": "long"}).run
    in_flight(sink)
    ((before,),) = quiet.sql("SELECT due_at FROM engine_run WHERE id = %s", run)
    wait_until(
        lambda: quiet.sql("SELECT due_at > %s FROM engine_run WHERE id = %s", before, run) == [(True,)],
        within_s=10,
        what="the lease to be renewed",
    )
    assert (quiet.until(run).state, quiet.run(run).fence, sink.stats()["received"]) == ("succeeded", 1, 1)
