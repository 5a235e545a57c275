"""Lists that many runs fill: each value in one list, each list in one run of its own."""

from decimal import Decimal

from integrations.desk.services.reveal import reveal
from tests.chaos.stack import wait_until
from tests.engine.test_memory import step
from tests.engine.test_replay import REFUSE, replay
from tests.engine.world import edge, http, webhook


def collected(shop, sink, **config):
    given = {"value": ["get", "order", "body"], "count": 3, "within": 1, "unit": "hours", **config}
    return shop.publish(
        webhook(),
        step("aggregate", "lot", **given),
        http(f"{sink.url}/lot", value=["get", "lot"]),
        edges=[edge("order", "lot"), edge("lot", "send", "full")],
    )


def lists(world, shop):
    return [run.id for run in world.runs("tenant_id = %s AND origin = 5", shop.id)]


def sent(world, shop, run):
    """The list that a run went on with, as its document."""
    with world.orm():
        shown = reveal(by=shop.actor, run_id=run, what="input", reason="a test asks for it")
    return shown.body.value


def test_a_full_list_goes_on_in_a_run_of_its_own(world, shop, sink):
    flow = collected(shop, sink)
    runs = [flow.send({"order_id": f"l{n}", "amount": 0.10}).run for n in range(7)]
    for run in runs:
        assert world.until(run).state == "succeeded"
    wait_until(lambda: len(lists(world, shop)) == 2, within_s=10, what="two lists")
    found = [sent(world, shop, world.until(run, "succeeded").id) for run in lists(world, shop)]
    assert [(one["count"], one["group"]) for one in found] == [(3, None), (3, None)]
    orders = [item["order_id"] for one in found for item in one["items"]]
    assert len(set(orders)) == 6
    assert {item["amount"] for one in found for item in one["items"]} == {Decimal("0.10")}
    assert sink.stats()["received"] == 2
    assert world.sql("SELECT count FROM engine_collection WHERE tenant_id = %s", shop.id) == [(1,)]
    assert world.sql("SELECT DISTINCT billable FROM engine_run WHERE id = ANY(%s)", lists(world, shop)) == [
        (False,)
    ]


def test_a_list_goes_on_when_its_time_is_over(world, shop, sink):
    flow = collected(shop, sink)
    world.until(flow.send({"order_id": "t"}).run, "succeeded")
    world.sql("UPDATE engine_collection SET due_at = now() WHERE tenant_id = %s", shop.id)
    wait_until(lambda: lists(world, shop), within_s=10, what="a list")
    assert world.until(lists(world, shop)[0]).state == "succeeded"
    assert world.sql("SELECT count(*) FROM engine_collected WHERE tenant_id = %s", shop.id) == [(0,)]


def test_there_is_a_list_for_each_group_and_a_size_fills_it(world, shop, sink):
    flow = collected(shop, sink, group=["get", "order", "body", "to"], count=100, size_kb=1)
    for body in ({"to": "a"}, {"to": "b"}, {"to": "b", "text": "x" * 1024}):
        world.until(flow.send(body).run, "succeeded")
    wait_until(lambda: lists(world, shop), within_s=10, what="a list")
    world.until(lists(world, shop)[0], "succeeded")
    assert world.sql("SELECT count FROM engine_collection WHERE tenant_id = %s", shop.id) == [(1,)]


def test_many_at_once_are_neither_lost_nor_doubled(quiet, sink):
    quiet.engine(), quiet.engine()
    quiet.door()
    shop = quiet.shop()
    flow = collected(shop, sink, count=10)
    runs = [begun.result(30).run for begun in [flow.begin({"order_id": f"m{n}"}) for n in range(200)]]
    for run in runs:
        quiet.until(run, "succeeded")
    wait_until(lambda: len(lists(quiet, shop)) == 20, within_s=10, what="twenty lists")
    found = [sent(quiet, shop, quiet.until(run, "succeeded").id)["items"] for run in lists(quiet, shop)]
    assert sorted(item["order_id"] for items in found for item in items) == sorted(
        f"m{n}" for n in range(200)
    )
    assert quiet.sql("SELECT count(*) FROM engine_collection") == [(0,)]


def test_a_run_that_comes_again_adds_nothing(world, shop, sink):
    flow = shop.publish(
        webhook(),
        step("aggregate", "lot", value=["get", "order", "body"]),
        http(f"{sink.url}/after"),
        edges=[edge("order", "lot"), edge("lot", "send", "collected")],
    )
    sink.mode(REFUSE)
    run = flow.send({"order_id": "again"}).run
    assert world.until(run).state == "dead"
    sink.mode()
    replay(shop, run)
    world.until(run, "succeeded")
    assert world.sql("SELECT count FROM engine_collection WHERE tenant_id = %s", shop.id) == [(1,)]


def test_a_list_that_died_is_replayed_with_its_values(world, shop, sink):
    flow = collected(shop, sink, count=1)
    sink.mode(REFUSE)
    world.until(flow.send({"order_id": "l"}).run, "succeeded")
    wait_until(lambda: lists(world, shop), within_s=10, what="a list")
    (run,) = lists(world, shop)
    assert world.until(run).state == "dead"
    sink.mode()
    replay(shop, run)
    world.until(run, "succeeded")
    assert sent(world, shop, run)["items"] == [{"order_id": "l"}]


def test_what_is_collected_is_sealed(world, shop, sink):
    flow = collected(shop, sink, group=["get", "order", "body", "to"])
    world.until(flow.send({"to": "Plain Name"}).run, "succeeded")
    ((body,),) = world.sql("SELECT body FROM engine_collected WHERE tenant_id = %s", shop.id)
    assert b"Plain" not in body
    assert world.sql(
        "SELECT count(*) FROM engine_collection c WHERE tenant_id = %s AND c::text LIKE %s",
        shop.id,
        "%Plain%",
    ) == [(0,)]
