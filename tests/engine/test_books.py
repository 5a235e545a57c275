"""Numbers that runs take: without gaps, without repeats, the same whenever a step is computed again."""

import asyncio
from uuid import UUID

import pytest

from integrations.engine.books import NUMBERS_MAX, RunBooks, Tables
from integrations.engine.changes import Changes
from integrations.engine.database import pool
from integrations.errors import LimitError
from integrations.partners import services
from integrations.tenants.ids import new_id
from tests.engine.world import respond, webhook


def in_pool(world, size, work):
    async def run():
        source = pool(world.conninfo, size=size, name="books")
        await source.open()
        try:
            return await work(source)
        finally:
            await source.close()

    return asyncio.run(run())


async def take(source, tenant_id, run_id, places, counter="acme.x12.interchange"):
    books = RunBooks()
    books.where = ("send", ())
    for place in places:
        assert books.number(counter, place) == 0
    assert books.is_asked
    await books.answer(source, tenant_id, run_id)
    assert not books.is_asked
    return [books.number(counter, place) for place in places]


def test_many_runs_at_once_leave_no_gap_and_no_repeat(world, shop):
    async def work(source):
        return await asyncio.gather(
            *(take(source, shop.actor.tenant_id, new_id(), ["/a", "/b", "/c"]) for _ in range(100))
        )

    taken = in_pool(world, 6, work)
    assert sorted(number for run in taken for number in run) == list(range(1, 301))


def test_a_run_that_is_computed_again_gets_the_same_numbers_even_at_the_same_time(world, shop):
    run_id = new_id()

    async def work(source):
        together = await asyncio.gather(
            *(take(source, shop.actor.tenant_id, run_id, ["/b", "/a"]) for _ in range(12))
        )
        return [*together, await take(source, shop.actor.tenant_id, run_id, ["/b", "/a"])]

    assert in_pool(world, 6, work) == [[1, 2]] * 13


def test_tenants_and_counters_count_for_themselves(world, shop):
    other = world.shop()

    async def work(source):
        await take(source, shop.actor.tenant_id, new_id(), ["/a", "/b"])
        return (
            await take(source, shop.actor.tenant_id, new_id(), ["/a"], "globex.x12.interchange"),
            await take(source, other.actor.tenant_id, new_id(), ["/a"]),
        )

    assert in_pool(world, 2, work) == ([1], [1])


def test_a_counter_goes_on_where_it_was_set_and_begins_again_after_its_highest(world, shop):
    with world.orm():
        services.set_counter(
            by=shop.actor, name="acme.x12.interchange", last=8, highest=9, reason="taken over"
        )

    async def work(source):
        return [await take(source, shop.actor.tenant_id, new_id(), ["/a"]) for _ in range(3)]

    assert in_pool(world, 1, work) == [[9], [1], [2]]


def test_an_acknowledgement_finds_the_run_that_sent_the_number_last(world, shop):
    sender, reader = new_id(), new_id()

    async def work(source):
        (number,) = await take(source, shop.actor.tenant_id, sender, ["/a"])
        books = RunBooks()
        asked = ("acme.x12.interchange", number, "rejected", "AK3 N1 3")
        assert books.settle(*asked) is None
        unknown = ("acme.x12.interchange", 77, "accepted", "")
        assert books.settle(*unknown) is None
        await books.answer(source, shop.actor.tenant_id, reader)
        return books.settle(*asked), books.settle(*unknown), books.is_asked

    assert in_pool(world, 1, work) == (sender, None, False)
    rows = world.sql("SELECT verdict, reason, settled_by FROM partners_allotment WHERE run_id = %s", sender)
    assert rows == [("rejected", "AK3 N1 3", reader)]


def test_a_run_may_not_take_numbers_without_end():
    books = RunBooks()
    for number in range(NUMBERS_MAX):
        books.number("c", str(number))
    with pytest.raises(LimitError, match="too_many"):
        books.number("c", "one more")


def test_tables_are_loaded_with_those_of_partners_and_forgotten_on_a_change(world, shop):
    with world.orm():
        services.save_table(by=shop.actor, key="carriers", title="Carriers", rows={"1": "DHL"})
        services.save_table(by=shop.actor, key="carriers@acme", title="ACME's", rows={"1": "UPS"})
        services.save_table(by=shop.actor, key="colours", title="Colours", rows={"r": "red"})
    names = frozenset({"carriers"})
    tenant_id = shop.actor.tenant_id

    async def work(source):
        tables, heard = Tables(source), list[UUID]()
        changes = Changes(source, (heard.append, tables.forget))
        loaded = await tables.load(tenant_id, names)
        assert tables.held(tenant_id, names) == loaded
        await changes.hear()
        await changes.hear()
        return loaded, tables.held(tenant_id, names), heard.count(tenant_id)

    assert in_pool(world, 1, work) == ({"carriers": {"1": "DHL"}, "carriers@acme": {"1": "UPS"}}, None, 1)


def test_numbers_of_a_flow_are_the_runs_own_and_go_on_from_run_to_run(shop):
    lines = {
        "to": "lines",
        "each": ["get", "order", "body", "lines"],
        "rules": [{"to": "no", "op": ["sequence", "lines"]}],
    }
    plan = {"version": 1, "rules": [{"to": "invoice", "op": ["sequence", "invoices"]}, lines]}
    made = {"key": "made", "kind": "map", "config": {"plan": plan}}
    flow = shop.publish(webhook(), made, respond(value=["get", "made"]), reply="sync")
    answers = [flow.send({"lines": [{}] * 11}).json for _ in range(2)]
    assert answers == [
        {"invoice": 1, "lines": [{"no": number} for number in range(1, 12)]},
        {"invoice": 2, "lines": [{"no": number} for number in range(12, 23)]},
    ]
