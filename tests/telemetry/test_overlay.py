"""What lies over the picture of a flow: counts, times and errors of its steps."""

import json

import psycopg
import pytest
from django.db import connection

from integrations.delivery.states import State
from integrations.engine.tallies import bucket_of
from integrations.errors import AccessError, InputError
from integrations.flows import queries, services
from integrations.telemetry import overlay as telemetry
from integrations.telemetry.overlay import StepCounts, Window, overlay, window_of
from integrations.tenants.access import Actor, ActorKind
from tests import factories
from tests.desk import rows
from tests.engine.world import definition, respond, webhook

pytestmark = pytest.mark.django_db

TALLY = """
INSERT INTO engine_steptally (tenant_id, flow_id, version_id, slot_s, starts_at, step, port, bucket, count)
VALUES (%s, %s, %s, %s, date_bin(make_interval(secs => %s), now() - make_interval(mins => %s), 'epoch'),
        %s, %s, %s, %s)
"""


def published(by):
    flow = services.create_flow(by=by, name="Orders", definition=definition(webhook(), respond()))
    services.publish(by=by, flow_id=flow.id)
    return queries.flow(by, flow.id)


def tally(flow, step, port, count, *, minutes_ago=0, took_ms=0, slot_s=60):
    with connection.cursor() as cursor:
        where = (flow.tenant_id, flow.id, flow.current_version_id, slot_s, slot_s, minutes_ago)
        cursor.execute(TALLY, [*where, step, port, bucket_of(took_ms * 1000), count])


@pytest.fixture
def by():
    return factories.member(factories.tenant().id)


def test_a_step_tells_how_it_was_left_how_often_it_failed_and_how_long_its_calls_took(by, as_role):
    flow = published(by)
    tally(flow, "order", "next", 90)
    tally(flow, "order", "next", 10, minutes_ago=30)
    tally(flow, "order", "next", 7, minutes_ago=90)
    tally(flow, "answer", "next", 93, took_ms=10)
    tally(flow, "answer", "error", 4, took_ms=100)
    tally(flow, "answer", "", 3, took_ms=1000)
    with as_role("web"):
        found = overlay(by, flow.id, Window.HOUR)
    order, answer = found.steps["order"], found.steps["answer"]
    assert (order.runs, order.failed, order.ports, order.p50_ms) == (100, 0, {"next": 100}, None)
    assert (answer.runs, answer.failed, answer.ports) == (100, 7, {"next": 93, "error": 4})
    assert answer.p50_ms == pytest.approx(10, rel=0.05)
    assert answer.p95_ms == pytest.approx(100, rel=0.05)
    assert (found.version, list(found.steps)) == (1, ["order", "answer"])


@pytest.mark.parametrize(("window", "runs"), [("15m", 1), ("1h", 3), ("24h", 4)])
def test_a_window_reaches_as_far_back_as_it_says(by, window, runs):
    flow = published(by)
    tally(flow, "order", "next", 1)
    tally(flow, "order", "next", 2, minutes_ago=40)
    tally(flow, "order", "next", 4, minutes_ago=0, slot_s=3600)
    tally(flow, "order", "next", 8, minutes_ago=26 * 60, slot_s=3600)
    assert overlay(by, flow.id, window_of(window)).steps["order"].runs == runs


def test_what_stands_still_is_shown_at_its_step(by, as_role):
    flow = published(by)
    for state, count in ((State.DEAD, 3), (State.IN_DOUBT, 1)):
        for _ in range(count):
            run = rows.run(flow, state)
            run.error_step = "answer"
            run.save(update_fields=["error_step"])
    waiting = rows.run(flow, State.WAITING)
    waiting.waits_at = "answer"
    waiting.save(update_fields=["waits_at"])
    with as_role("web"):
        found = overlay(by, flow.id, Window.HOUR)
    step = found.steps["answer"]
    assert (step.dead, step.in_doubt, step.waiting) == (3, 1, 1)
    assert found.steps["order"] == StepCounts()
    assert {run.state for run in found.runs} == {State.DEAD, State.IN_DOUBT, State.WAITING}


def test_only_the_asked_version_is_counted(by):
    flow = published(by)
    tally(flow, "order", "next", 5)
    changed = definition(webhook(), respond(status=201))
    services.save_draft(by=by, flow_id=flow.id, definition=changed, revision=1)
    services.publish(by=by, flow_id=flow.id)
    assert overlay(by, flow.id, Window.HOUR).steps["order"].runs == 0
    assert overlay(by, flow.id, Window.HOUR, number=1).steps["order"].runs == 5


def test_a_flow_without_a_version_has_an_empty_picture(by):
    flow = services.create_flow(by=by, name="Draft")
    found = overlay(by, flow.id, Window.HOUR)
    assert (found.version, found.steps, found.runs) == (None, {}, ())


def test_another_tenant_sees_nothing_and_an_unknown_window_is_refused(by):
    flow = published(by)
    with pytest.raises(AccessError):
        overlay(factories.member(factories.tenant("Other").id), flow.id, Window.HOUR)
    with pytest.raises(AccessError):
        overlay(Actor(ActorKind.API_KEY, by.tenant_id), flow.id, Window.HOUR)
    with pytest.raises(InputError) as refused:
        window_of("7d")
    assert (refused.value.code, refused.value.place) == ("overlay.window", "window")


FILL = """
INSERT INTO engine_run (id, tenant_id, flow_id, version_id, state, lane, mode, origin, due_at, accepted_at,
                        finished_at, lease_id, error_step, waits_at)
SELECT (substr(engine_id_at(now())::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, owner, flow, flow, state,
       2, 2, 1, now(), now(), now(), 1, 'send', 'send'
FROM (SELECT n, md5((n % 50)::text)::uuid AS owner, md5((n % 100)::text)::uuid AS flow,
             CASE WHEN turn < 2 THEN 3 WHEN turn < 5 THEN 6 WHEN turn = 6 THEN 4 ELSE 5 END AS state
      FROM (SELECT n, n / 100 % 100 AS turn FROM generate_series(1, 50000) n) AS turns) AS made;
INSERT INTO engine_steptally (tenant_id, flow_id, version_id, slot_s, starts_at, step, port, bucket, count)
SELECT md5((v % 50)::text)::uuid, md5(v::text)::uuid, md5(v::text)::uuid, 60,
       now() - minute * interval '1 min', 'step' || s, 'next', 0, 9
FROM generate_series(0, 99) v, generate_series(1, 60) minute, generate_series(1, 8) s;
INSERT INTO engine_steperror (tenant_id, flow_id, version_id, step, code, message, at)
SELECT md5((v % 50)::text)::uuid, md5(v::text)::uuid, md5(v::text)::uuid, 'step' || s, 'x', 'x', now()
FROM generate_series(0, 99) v, generate_series(1, 20) s;
ANALYZE;
"""
INDEXES = {
    "tallies": "engine_steptally_pkey",
    "errors": "engine_steperror_pkey",
    "stuck": "engine_run_stuck",
    "waiting": "engine_run_waits",
    "latest": "engine_run_tenant",
}


@pytest.fixture(scope="module")
def filled(stack, django_db_setup):
    with stack.fresh_database() as name:
        with psycopg.connect(stack.postgres.superuser(name), autocommit=True) as made:
            made.execute(FILL)
            ((tenant, flow),) = made.execute("SELECT tenant_id, flow_id FROM engine_run LIMIT 1").fetchall()
        with psycopg.connect(stack.database("web", name).conninfo) as web:
            web.execute("SELECT set_config('sevenm.tenant', %s, false)", [str(tenant)])
            yield (
                web,
                {"tenant": tenant, "flow": flow, "version": flow, "slot_s": 60, "limit": 20, "among": 20_000},
            )


def nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.parametrize("name", INDEXES)
def test_each_read_uses_its_index(filled, name):
    web, given = filled
    (given["since"],) = web.execute("SELECT now() - interval '15 minutes'").fetchone()
    ((found,),) = web.execute("EXPLAIN (FORMAT JSON) " + telemetry.SQL[name], given).fetchall()
    used = list(nodes(found[0]["Plan"]))
    parents = dict(
        web.execute(
            "SELECT c.relname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "JOIN pg_class p ON p.oid = i.inhparent"
        ).fetchall()
    )
    indexes = {parents.get(node["Index Name"], node["Index Name"]) for node in used if "Index Name" in node}
    assert indexes == {INDEXES[name]}, json.dumps(found, indent=1)[:3000]
