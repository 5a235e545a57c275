"""Nothing is answered before its commit; many requests share one, and a bad one spoils no other."""

import asyncio
from concurrent.futures import wait

import psycopg
import pytest

from integrations.engine.database import pool
from integrations.engine.intake import Arrival, Intake
from integrations.engine.models import Lane, Mode, Origin
from integrations.errors import UnavailableError
from integrations.tenants.ids import new_id
from tests.engine.world import respond, webhook

TENANT, FLOW, VERSION = new_id(), new_id(), new_id()


def arrival(**more):
    given = {
        "lane": Lane.ASYNC,
        "mode": Mode.ASYNC,
        "origin": Origin.HOOK,
        "body": b"sealed",
        "size_bytes": 2,
    }
    return Arrival(new_id(), TENANT, FLOW, VERSION, **{**given, **more})


async def accepting(world, arrivals, **limits):
    """Hand arrivals to an intake of their own at once and give what each caller got."""
    connections = pool(world.conninfo, size=2, name="test")
    await connections.open()
    intake = Intake(connections, **limits)
    task = asyncio.create_task(intake.run())
    try:
        return await asyncio.gather(*map(intake.accept, arrivals), return_exceptions=True)
    finally:
        await intake.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connections.close()


async def test_requests_of_one_moment_share_a_commit(quiet):
    got = await accepting(quiet, [arrival() for _ in range(300)])
    assert all(one.is_first for one in got)
    ((rows, commits),) = quiet.sql("SELECT count(*), count(DISTINCT xmin::text) FROM engine_run")
    assert rows == 300
    assert commits <= 3
    assert quiet.sql("SELECT count(*) FROM engine_document") == [(300,)]


@pytest.mark.parametrize(
    "bad",
    [{"origin": 99}, {"size_bytes": 1 << 40}, {"ordering_key": 1 << 70}],
    ids=["check", "integer", "bigint"],
)
async def test_a_bad_row_splits_its_group(quiet, bad):
    arrivals = [arrival() for _ in range(9)]
    arrivals.insert(4, arrival(**bad))
    got = await accepting(quiet, arrivals)
    refused = [one for one in got if isinstance(one, UnavailableError)]
    assert [(one.code, one.sent) for one in refused] == [("intake.refused", False)]
    assert quiet.sql("SELECT count(*) FROM engine_run") == [(9,)]
    assert quiet.sql("SELECT count(*) FROM engine_document") == [(9,)]


async def test_more_than_fits_is_refused_before_memory_grows(quiet):
    got = await accepting(quiet, [arrival() for _ in range(20)], waiting_max=5)
    refused = [one for one in got if isinstance(one, UnavailableError)]
    assert {(one.code, one.sent, one.retry_after_s) for one in refused} == {("intake.full", False, 1.0)}
    assert quiet.sql("SELECT count(*) FROM engine_run") == [(20 - len(refused),)]
    assert len(refused) == 15
    got = await accepting(quiet, [arrival(body=b"x" * 600) for _ in range(4)], waiting_bytes_max=1000)
    assert [isinstance(one, UnavailableError) for one in got] == [False, False, True, True]


async def test_one_key_in_one_group_makes_one_run(quiet):
    twice = [arrival(key=b"k", key_body=b"b") for _ in range(5)]
    other = arrival(key=b"k", key_body=b"another")
    got = await accepting(quiet, [*twice, other])
    assert len({one.run_id for one in got}) == 1
    assert sorted(one.is_first for one in got) == [False] * 5 + [True]
    assert [one.is_same for one in got] == [True] * 5 + [False]
    assert quiet.sql("SELECT count(*) FROM engine_run") == [(1,)]
    assert quiet.sql("SELECT count(*) FROM engine_document") == [(1,)]


@pytest.fixture
def flow(shop):
    return shop.publish(webhook(), respond())


def test_nothing_is_answered_before_its_commit(world, flow):
    flow.send()  # so that hook and key are known
    with psycopg.connect(world.stack.postgres.superuser(world.database)) as other:
        other.execute("LOCK TABLE engine_document IN EXCLUSIVE MODE")
        waiting = flow.begin({"n": 1})
        assert not wait([waiting], timeout=0.4).done
        other.rollback()
    answer = waiting.result(20)
    assert answer.status == 202
    assert world.run(answer.run)


def test_what_cannot_be_stored_now_is_refused_and_not_there_later(world, flow):
    flow.send()
    ((before,),) = world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id)
    with psycopg.connect(world.stack.postgres.superuser(world.database)) as other:
        other.execute("LOCK TABLE engine_document IN EXCLUSIVE MODE")
        answer = flow.begin({"n": 1}).result(30)  # the engine waits 5 s for a lock
        other.rollback()
    assert (answer.status, answer.code) == (503, "intake.failed")
    assert int(answer.headers["retry-after"]) >= 1
    assert world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id) == [(before,)]


def test_the_same_key_and_body_get_the_first_answer(world, flow):
    answers = [flow.send({"n": 1}, idempotency_key="k1") for _ in range(3)]
    assert {(answer.status, answer.run) for answer in answers} == {(202, answers[0].run)}
    assert world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id) == [(1,)]


def test_the_same_key_with_another_body_is_a_conflict(world, flow):
    first = flow.send({"n": 1}, idempotency_key="k2")
    other = flow.send({"n": 2}, idempotency_key="k2")
    assert (other.status, other.code) == (409, "ingress.key_reused")
    assert flow.send({"n": 1}, idempotency_key="k2").run == first.run
    assert world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id) == [(1,)]


def test_the_same_key_twenty_times_at_once_makes_one_run(world, flow):
    answers = [one.result(20) for one in [flow.begin({"n": 1}, idempotency_key="k3") for _ in range(20)]]
    assert {(answer.status, answer.run) for answer in answers} == {(202, answers[0].run)}
    assert world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id) == [(1,)]


def test_the_same_key_at_two_doors_at_once_makes_one_run(world, flow):
    doors = [world.doors[0], world.door()]
    begun = [flow.begin({"n": n % 2}, doors[n % 2], idempotency_key="k4") for n in range(20)]
    answers = [one.result(20) for one in begun]
    assert sorted(answer.status for answer in answers) == [202] * 10 + [409] * 10
    assert world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id) == [(1,)]


def test_keys_of_two_flows_do_not_meet(world, shop, flow):
    other = shop.publish(webhook(), respond())
    runs = {one.send({"n": 1}, idempotency_key="k5").run for one in (flow, other)}
    assert len(runs) == 2


def test_a_key_that_is_too_long_is_refused(flow):
    assert flow.send(idempotency_key="k" * 256).code == "ingress.key_too_long"


def test_neither_key_nor_body_is_stored_in_the_clear(world, flow):
    flow.send({"note": "canary-4711"}, idempotency_key="canary-0815")
    for table in ("engine_run", "engine_document", "engine_idempotency"):
        assert world.sql(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%%canary%%'") == [(0,)]  # noqa: S608
        assert world.sql(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s",  # noqa: S608
            f"%{b'canary'.hex()}%",
        ) == [(0,)]
