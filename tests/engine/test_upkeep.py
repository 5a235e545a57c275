"""What time brings: schedules fire once, dead letters expire with their payloads, partitions come and go."""

import asyncio
from datetime import UTC, datetime, timedelta

from bench.sink import Mode
from integrations.delivery.states import State
from integrations.engine.ciphers import make_ciphers
from integrations.engine.database import pool
from integrations.engine.programs import Programs
from integrations.engine.upkeep import DAYS_AHEAD, Upkeep
from integrations.flows import services
from integrations.tenants.ids import uuid7_at
from tests.chaos.stack import hold, wait_until
from tests.engine.world import http, respond, webhook


def upkeep(world, *parts):
    """Do parts of the upkeep once, as a worker does again and again."""

    async def doing():
        async with pool(world.conninfo, size=2, name="test") as connections:
            ciphers = make_ciphers(connections, world.keyring())
            keeper = Upkeep(connections, Programs(connections), ciphers, lambda ready: None)
            for part in parts:
                await getattr(keeper, part)()

    asyncio.run(doing())


# schedules

EVERY_HOUR = {"key": "order", "kind": "schedule_trigger", "config": {"every_minutes": 60}}


def scheduled(world, flow):
    return world.sql("SELECT next_at, next_at > now() FROM engine_schedule WHERE flow_id = %s", flow.id)


def planned(world, flow):
    wait_until(lambda: scheduled(world, flow), within_s=15, what="the schedule to be planned")


def make_due(world, flow):
    world.sql("UPDATE engine_schedule SET next_at = now() - interval '1 s' WHERE flow_id = %s", flow.id)


def test_a_schedule_that_is_due_starts_one_run_and_moves_on(quiet, sink):
    send = http(f"{sink.url}/tick", value=["get", "order"])
    flow = quiet.shop().publish(EVERY_HOUR, send)
    quiet.engine()
    planned(quiet, flow)
    quiet.engine()
    for turn in (1, 2):
        make_due(quiet, flow)
        wait_until(lambda: len(quiet.runs("origin = 3")) == turn, within_s=10, what="a run")  # noqa: B023
        ((_, is_ahead),) = scheduled(quiet, flow)
        assert is_ahead
    hold(1.5)
    runs = quiet.runs("origin = 3")
    assert len(runs) == 2
    for run in runs:
        assert quiet.until(run.id).state == "succeeded"


def test_a_flow_that_is_switched_off_is_not_started(quiet):
    shop = quiet.shop()
    flow = shop.publish(EVERY_HOUR, respond(value=["get", "order"]))
    upkeep(quiet, "plan_schedules")
    make_due(quiet, flow)
    with quiet.orm():
        services.set_enabled(by=shop.actor, flow_id=flow.id, enabled=False)
    upkeep(quiet, "plan_schedules", "fire_schedules")
    assert (scheduled(quiet, flow), quiet.runs("true")) == ([], [])


def test_a_new_version_is_what_the_schedule_starts(quiet):
    flow = quiet.shop().publish(EVERY_HOUR, respond(value=["get", "order"]))
    upkeep(quiet, "plan_schedules")
    often = {**EVERY_HOUR, "config": {"every_minutes": 30}}
    version = flow.publish_again(often, respond(value=["get", "order"]))
    upkeep(quiet, "plan_schedules")
    make_due(quiet, flow)
    upkeep(quiet, "fire_schedules", "fire_schedules")
    assert [(run.version_id, run.state) for run in quiet.runs("origin = 3")] == [(version, "accepted")]


def test_a_schedule_that_cannot_start_is_tried_again_later_and_stops_no_other(quiet):
    shop = quiet.shop()
    broken, sound = (shop.publish(EVERY_HOUR, respond(value=["get", "order"])) for _ in range(2))
    upkeep(quiet, "plan_schedules")
    for flow in (broken, sound):
        make_due(quiet, flow)
    quiet.sql("UPDATE engine_schedule SET version_id = %s WHERE flow_id = %s", broken.id, broken.id)
    upkeep(quiet, "fire_schedules", "fire_schedules")
    assert [run.version_id for run in quiet.runs("true")] == [sound.version_id]
    ((_, is_ahead),) = scheduled(quiet, broken)
    assert is_ahead


# expiry


def dead(world, sink, count=1):
    sink.mode(Mode(kind="status", status=400))
    flow = world.shop().publish(webhook(), http(f"{sink.url}/orders"))
    runs = [flow.send({"order_id": f"x{n}", "note": "secret"}).run for n in range(count)]
    for run in runs:
        assert world.until(run).state == "dead"
    return runs


def test_an_expired_letter_keeps_its_record_and_loses_its_payload(quiet, sink):
    quiet.engine()
    quiet.door()
    gone, held, young = dead(quiet, sink, 3)
    quiet.sql("UPDATE engine_run SET expires_at = now() - interval '1 s' WHERE id IN (%s, %s)", gone, held)
    quiet.sql("UPDATE engine_run SET held = true WHERE id = %s", held)
    upkeep(quiet, "expire")
    assert [quiet.run(run).state for run in (gone, held, young)] == ["expired", "dead", "dead"]
    found = quiet.run(gone)
    assert (found.error_code, found.dead_reason) == ("remote.status_400", "refused")
    documents = dict(quiet.sql("SELECT run_id, count(*) FROM engine_document GROUP BY run_id"))
    assert gone not in documents
    assert set(documents) >= {held, young}
    exchanges = "SELECT count(*), count(exchange) FROM engine_attempt WHERE run_id = %s"
    assert quiet.sql(exchanges, gone) == [(1, 0)]
    assert quiet.sql(exchanges, young) == [(1, 1)]


def test_every_letter_of_a_long_list_expires(quiet, sink):
    quiet.engine()
    quiet.door()
    (one,) = dead(quiet, sink)
    columns = quiet.sql(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = 'engine_run'::regclass AND attnum > 0 AND attname <> 'id'"
    )[0][0]
    quiet.sql(
        f"INSERT INTO engine_run (id, {columns}) "  # noqa: S608  names of columns
        f"SELECT (substr(r.id::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, {columns} "
        "FROM engine_run r, generate_series(1, 1200) n WHERE r.id = %s",
        one,
    )
    quiet.sql("UPDATE engine_run SET expires_at = now() - interval '1 s'")
    upkeep(quiet, "expire")
    assert quiet.sql("SELECT state, count(*) FROM engine_run GROUP BY state") == [(8, 1201)]


# partitions


def partitions(world, parent):
    found = world.sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = %s::regclass ORDER BY 1",
        parent,
    )
    return {name.removeprefix(f"{parent}_") for (name,) in found}


def test_partitions_are_made_ahead(quiet):
    quiet.sql("DROP TABLE IF EXISTS engine_document_" + f"{datetime.now(UTC) + timedelta(days=3):%Y%m%d}")
    upkeep(quiet, "seldom")
    today = datetime.now(UTC)
    days = {f"{today + timedelta(days=n):%Y%m%d}" for n in range(DAYS_AHEAD + 1)}
    assert partitions(quiet, "engine_document") >= days
    assert partitions(quiet, "engine_attempt") >= days
    assert partitions(quiet, "engine_note") >= days
    assert f"{today:%Y%m}" in partitions(quiet, "engine_run")


def test_old_days_are_dropped_unless_a_run_still_needs_them(quiet):
    old, needed = (datetime(2026, 1, day, 12, tzinfo=UTC) for day in (5, 6))
    for day in (old, needed):
        start = day.replace(hour=0)
        for parent in ("engine_document", "engine_attempt"):
            quiet.sql(
                "SELECT engine_make_partition(%s, %s, %s, %s)",
                parent, f"{day:%Y%m%d}", start, start + timedelta(days=1),
            )  # fmt: skip
    for day, state in ((old, State.SUCCEEDED), (needed, State.DEAD)):
        run = uuid7_at(day)
        quiet.sql(
            "INSERT INTO engine_run (id, tenant_id, flow_id, version_id, state, lane, mode, origin, due_at, "
            "accepted_at, finished_at) VALUES (%s, %s, %s, %s, %s, 2, 2, 1, %s, %s, %s)",
            run, run, run, run, int(state), day, day, day,
        )  # fmt: skip
        quiet.sql(
            "INSERT INTO engine_document (run_id, kind, tenant_id, body) VALUES (%s, 1, %s, 'x')", run, run
        )
    upkeep(quiet, "seldom")
    assert "20260105" not in partitions(quiet, "engine_document")
    assert "20260105" not in partitions(quiet, "engine_attempt")
    assert "20260106" in partitions(quiet, "engine_document")
    assert quiet.sql("SELECT count(*) FROM engine_run") == [(2,)]


def test_a_new_partition_is_guarded_like_its_parent(quiet):
    unguarded = quiet.sql(
        "SELECT c.relname FROM pg_class c WHERE c.relname ~ '^engine_(run|document|attempt|note)_' "
        "AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
    )
    assert unguarded == []
    for role in ("web", "engine"):
        granted = quiet.sql(
            "SELECT c.relname FROM pg_class c WHERE c.relname ~ '^engine_(run|document|attempt|note)_[0-9]' "
            "AND c.relkind = 'r' AND has_table_privilege(%s, c.oid, 'SELECT, INSERT, UPDATE, DELETE')",
            f"sevenm_{role}",
        )
        assert granted == []
