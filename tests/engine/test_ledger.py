"""Results are written in groups: a bad one spoils no other, and a lost lease writes nothing."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from integrations.delivery.states import State
from integrations.engine.database import pool
from integrations.engine.intake import store
from integrations.engine.ledger import LEASE_ORDINALS, AttemptRow, End, Lease, Ledger
from integrations.engine.models import Outcome
from tests.engine.test_intake import arrival

LEASE = 77


def lease_of(one, fence=1):
    return Lease(
        run_id=one.run_id, tenant_id=one.tenant_id, flow_id=one.flow_id, version_id=one.version_id,
        fence=fence, lane=one.lane, mode=one.mode, origin=one.origin, resume=False, ledger_from=0,
        input_kind=1, reply_to=None, ordering_key=None, crash_count=0, batch_id=None, parked_us=0,
        accepted_at=None, cancel_asked=False,
    )  # fmt: skip


@asynccontextmanager
async def leased(world, count):
    """A ledger, and runs that it holds the leases of."""
    connections = pool(world.conninfo, size=2, name="test")
    await connections.open()
    arrivals = [arrival() for _ in range(count)]
    await store(connections, arrivals)
    world.sql("UPDATE engine_run SET state = 2, fence = 1, lease_id = %s", LEASE)
    leases = [lease_of(one) for one in arrivals]
    ended, lost = [], []

    def after(ends, leases):
        ended.extend(end.lease.run_id for end in ends)
        lost.extend(lease.run_id for lease in leases)

    ledger = Ledger(connections, LEASE, after)
    task = asyncio.create_task(ledger.run())
    try:
        yield ledger, leases, (ended, lost)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connections.close()


def attempt(lease, **more):
    row = AttemptRow(lease, lease.next_ordinal(), "send", "", 1, Outcome.OK, 200, None, "http", "", 0.0, 1000)
    return replace(row, **more)


async def finish(ledger, rows):
    rows = list(rows)
    for row in rows:
        ledger.record(row)
    for lease in {id(row.lease): row.lease for row in rows}.values():
        ledger.end(End(lease, State.SUCCEEDED))
    async with asyncio.timeout(10):
        await ledger.drained()


async def test_many_results_share_a_commit(quiet):
    async with leased(quiet, 200) as (ledger, leases, (ended, lost)):
        await finish(ledger, map(attempt, leases))
    assert (len(ended), lost) == (200, [])
    ((attempts, commits),) = quiet.sql("SELECT count(*), count(DISTINCT xmin::text) FROM engine_attempt")
    assert attempts == 200
    assert commits <= 2
    assert quiet.sql("SELECT state, count(*) FROM engine_run GROUP BY state") == [(5, 200)]


@pytest.mark.parametrize(
    "bad",
    [{"message": "a\0b"}, {"message": "\ud800"}, {"duration_us": 1 << 40}, {"outcome": 9}],
    ids=["NUL", "surrogate", "integer", "check"],
)
async def test_a_result_that_cannot_be_written_ends_its_own_run(quiet, bad):
    async with leased(quiet, 5) as (ledger, leases, _):
        rows = [attempt(lease) for lease in leases]
        rows[2] = replace(rows[2], **bad)
        await finish(ledger, rows)
    states = [run.state for run in quiet.runs("true")]
    assert states == ["succeeded", "succeeded", "dead", "succeeded", "succeeded"]
    assert [run.error_code for run in quiet.runs("state = 6")] == ["engine.unrecordable"]
    assert quiet.sql("SELECT code, count FROM engine_alert") == [("engine.unrecordable", 1)]


@pytest.mark.parametrize(
    "stolen",
    ["fence = 2, lease_id = 78", "lease_id = 78", "state = 1, lease_id = NULL", "fence = 2"],
    ids=["claimed", "same fence", "given back", "next fence"],
)
async def test_a_lost_lease_writes_nothing(quiet, stolen):
    async with leased(quiet, 3) as (ledger, leases, (ended, lost)):
        quiet.sql(f"UPDATE engine_run SET {stolen} WHERE id = %s", leases[1].run_id)  # noqa: S608
        before = quiet.sql("SELECT * FROM engine_run WHERE id = %s", leases[1].run_id)
        await finish(ledger, map(attempt, leases))
        assert leases[1].lost
        assert lost == [leases[1].run_id]
        assert len(ended) == 2
    assert quiet.sql("SELECT * FROM engine_run WHERE id = %s", leases[1].run_id) == before
    assert quiet.sql("SELECT count(*) FROM engine_attempt WHERE run_id = %s", leases[1].run_id) == [(0,)]
    assert quiet.sql("SELECT count(*) FROM engine_attempt") == [(2,)]


async def test_a_step_that_waits_for_its_result_learns_of_a_lost_lease(quiet):
    async with leased(quiet, 2) as (ledger, leases, _):
        quiet.sql("UPDATE engine_run SET lease_id = 78 WHERE id = %s", leases[1].run_id)
        for lease in leases:
            ledger.record(attempt(lease))
        assert await asyncio.gather(*map(ledger.commit, leases)) == [True, False]


async def test_results_wait_for_a_database_that_is_away(quiet):
    """A statement that times out is tried again until it is written."""
    async with leased(quiet, 3) as (ledger, leases, (ended, _)):
        quiet.sql("ALTER TABLE engine_attempt RENAME TO engine_attempt_away")
        for lease in leases:
            ledger.record(attempt(lease))
            ledger.end(End(lease, State.SUCCEEDED))
        await asyncio.sleep(0.3)
        assert ended == []
        quiet.sql("ALTER TABLE engine_attempt_away RENAME TO engine_attempt")
        async with asyncio.timeout(10):
            await ledger.drained()
        assert len(ended) == 3


def test_attempts_of_two_leases_are_numbered_apart():
    lease = lease_of(arrival(), fence=3)
    assert [lease.next_ordinal(), lease.next_ordinal()] == [3 * LEASE_ORDINALS + 1, 3 * LEASE_ORDINALS + 2]
