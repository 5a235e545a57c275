"""A file starts one run for each record, or none at all; a crash on the way loses and doubles nothing."""

import asyncio
import io
import json
from collections import Counter
from uuid import UUID

import pytest
from ruamel.yaml import YAML

from integrations.engine import files
from integrations.engine.ciphers import make_ciphers
from integrations.engine.database import pool
from integrations.engine.programs import Programs
from integrations.flows import demo
from tests.chaos.stack import wait_until
from tests.engine.world import http, respond

STOCK = YAML(typ="safe").load(io.StringIO(demo.flow_text("stock-file")))["steps"][0]["config"]
TRIGGER = {"key": "order", "kind": "file_trigger", "config": STOCK}


def deliver(sink):
    """A call whose body names the record, so that the sink can tell them apart."""
    plan = {
        "version": 1,
        "rules": [
            {"to": "order_id", "op": ["get", "order", "record", "sku"]},
            {"to": "sequence", "op": ["get", "order", "number"]},
            {"to": "warehouse", "op": ["get", "order", "header", "warehouse"]},
        ],
    }
    return http(f"{sink.url}/stock", value=None, body=plan)


def upload(flow, body, *, size=100_000, name="stock.txt"):
    parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    headers = {"authorization": flow.shop.headers["authorization"], "x-file-name": name}
    return flow.shop.world.doors[0].ask(flow.path, parts, headers).result(60)


def batch(world, answer):
    columns = "state, records, split, said, error_code, error_place, size_bytes, chunks, name"
    (row,) = world.sql(f"SELECT {columns} FROM engine_batch WHERE id = %s", answer.json["batch"])  # noqa: S608
    return dict(zip(columns.split(", "), row, strict=True))


def checked(world, answer):
    wait_until(
        lambda: batch(world, answer)["state"] in {"split", "rejected"},
        within_s=30,
        what="the file to be split",
    )
    return batch(world, answer)


def test_each_record_of_a_file_is_delivered_once(world, shop, sink):
    flow = shop.publish(TRIGGER, deliver(sink))
    body = demo.stock_file(250)
    answer = upload(flow, body, size=777)
    assert (answer.status, answer.json["state"]) == (202, "received")
    found = checked(world, answer)
    assert (found["state"], found["records"], found["split"], found["said"]) == ("split", 250, 250, 250)
    assert (found["size_bytes"], found["name"]) == (len(body), "stock.txt")
    wait_until(lambda: sink.count()["keys"] == 250, within_s=30, what="every record to be delivered")
    assert Counter(call.sequence for call in sink.records()) == Counter(range(1, 251))
    runs = world.runs("batch_id = %s", answer.json["batch"])
    assert [run.batch_number for run in runs] == list(range(1, 251))


def lines(change):
    """A file of forty details with its lines changed."""
    kept = demo.stock_file(40).split(b"\r\n")
    change(kept)
    return b"\r\n".join(kept)


def put(line, at, text):
    """Overwrite a part of a line."""

    def change(kept):
        kept[line] = kept[line][:at] + text + kept[line][at + len(text) :]

    return change


DAMAGED = {
    "cut in the middle of a line": demo.stock_file(40)[:1500],
    "cut between two lines": lines(lambda kept: kept.__delitem__(slice(20, -1))),
    "a wrong count in the trailer": lines(put(-2, 8, b"1")),
    "a record too few": lines(lambda kept: kept.pop(7)),
    "an unknown record": lines(put(5, 0, b"77")),
    "letters for a number": lines(put(9, 48, b"ABCDEF")),
    "no trailer": lines(lambda kept: kept.pop(-2)),
    "a NUL": lines(put(3, 20, b"\0")),
    "no detail": demo.stock_file(0),
    "something else": b"{}" * 500,
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_file_with_an_error_anywhere_starts_nothing(world, shop, sink, body):
    flow = shop.publish(TRIGGER, deliver(sink))
    found = checked(world, upload(flow, body))
    assert found["state"] == "rejected"
    assert found["error_code"].partition(".")[0] in {"fixed_width", "batch"}
    assert found["error_place"] or found["error_code"] == "batch.no_records"
    assert world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id) == [(0,)]
    assert sink.stats()["received"] == 0


def test_an_empty_file_is_refused_and_leaves_nothing(world, shop):
    flow = shop.publish(TRIGGER, respond(value=["lit", 1]))
    answer = upload(flow, b"")
    assert (answer.status, answer.code) == (400, "ingress.empty")
    assert world.sql("SELECT count(*) FROM engine_batch WHERE flow_id = %s", flow.id) == [(0,)]


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(world, shop):
    small = {"key": "order", "kind": "file_trigger", "config": {**STOCK, "max_bytes": 3_000_000}}
    flow = shop.publish(small, respond(value=["lit", 1]))
    answer = upload(flow, b"x" * 3_000_001)
    assert (answer.status, answer.code) == (413, "ingress.too_large")
    assert world.sql("SELECT count(*) FROM engine_batch WHERE flow_id = %s", flow.id) == [(0,)]
    assert world.sql("SELECT count(*) FROM engine_batchchunk WHERE tenant_id = %s", shop.id) == [(0,)]


def test_the_file_is_sealed_at_rest(world, shop):
    flow = shop.publish(TRIGGER, respond(value=["lit", 1]))
    answer = upload(flow, demo.stock_file(3, warehouse="CANARY-9"))
    checked(world, answer)
    ((stored,),) = world.sql("SELECT body FROM engine_batchchunk WHERE batch_id = %s", answer.json["batch"])
    assert b"CANARY" not in bytes(stored)


# splitting, interrupted


class CrashError(Exception):
    """The process ended here."""


@pytest.fixture
def received(quiet):
    """A file of 5,000 records that arrived while no worker lived, and what splits it."""
    quiet.door()
    shop = quiet.shop()
    flow = shop.publish(TRIGGER, respond(value=["lit", 1]))
    answer = upload(flow, demo.stock_file(5000))
    return Splitting(quiet, shop.id, flow, UUID(answer.json["batch"]))


class Splitting:
    def __init__(self, world, tenant_id, flow, batch_id):
        self.world, self.tenant_id, self.batch_id = world, tenant_id, batch_id
        self.program, self.cipher = asyncio.run(self._load(flow.version_id))

    async def _load(self, version_id):
        async with pool(self.world.conninfo, size=1, name="test") as connections:
            program = await Programs(connections).program(self.tenant_id, version_id)
            cipher = await make_ciphers(connections, self.world.keyring()).get(self.tenant_id, "data")
        return program, cipher

    def claim(self):
        return files.claim(self.world.conninfo, self.batch_id, self.tenant_id)

    def lose(self):
        self.world.sql("UPDATE engine_batch SET lease_until = now() - interval '1 s'")

    def split(self, claimed, announce=lambda lane, ids: None):
        files.split(self.world.conninfo, claimed, self.program, self.cipher, announce)

    def crash_after(self, groups):
        left = iter(range(groups))

        def announce(lane, ids):
            if next(left, None) is None:
                raise CrashError

        return announce

    def numbers(self):
        return Counter(n for (n,) in self.world.sql("SELECT batch_number FROM engine_run"))


def test_a_crash_in_the_middle_of_a_split_loses_and_doubles_nothing(received):
    for groups in (2, 0, 3):
        with pytest.raises(CrashError):
            received.split(received.claim(), received.crash_after(groups))
        assert received.claim() is None  # the lease still stands
        received.lose()
    received.split(received.claim())
    assert received.numbers() == Counter(range(1, 5001))
    assert received.world.sql("SELECT state, records, split FROM engine_batch") == [("split", 5000, 5000)]
    assert received.world.sql("SELECT count(*) FROM engine_document") == [(5000,)]


def test_a_splitter_that_lost_its_lease_makes_no_more_runs(received):
    late = received.claim()
    received.lose()
    received.split(received.claim())
    received.split(late)
    assert received.numbers() == Counter(range(1, 5001))


def test_two_splitters_at_once_double_nothing(received):
    late = received.claim()
    taken = []

    def steal(lane, ids):
        if not taken:
            received.lose()
            taken.append(received.claim())

    received.split(late, steal)
    received.split(taken[0])
    assert received.numbers() == Counter(range(1, 5001))


def test_a_file_that_a_dead_worker_left_is_split_by_the_next(quiet):
    quiet.door()
    flow = quiet.shop().publish(TRIGGER, respond(value=["lit", 1]))
    answer = upload(flow, demo.stock_file(30))
    quiet.sql("UPDATE engine_batch SET state = 'splitting', fence = 1, lease_until = now() - interval '1 s'")
    quiet.engine()
    assert checked(quiet, answer)["split"] == 30
    wait_until(
        lambda: quiet.sql("SELECT count(*) FROM engine_run WHERE state = 5") == [(30,)],
        within_s=20, what="every record to run",
    )  # fmt: skip


def test_fifty_thousand_records_become_fifty_thousand_runs(quiet):
    quiet.door()
    shop = quiet.shop()
    flow = shop.publish(TRIGGER, respond(value=["lit", 1]))
    answer = upload(flow, demo.stock_file(50_000), size=1 << 18)
    splitting = Splitting(quiet, shop.id, flow, UUID(answer.json["batch"]))
    splitting.split(splitting.claim())
    assert quiet.sql("SELECT count(*), count(DISTINCT batch_number) FROM engine_run") == [(50_000, 50_000)]
    assert batch(quiet, answer)["split"] == 50_000
    assert json.loads(answer.body)["state"] == "received"


def test_a_wrong_record_costs_only_itself_where_the_flow_says_so(world, shop, sink):
    config = {"format": "csv", "options": {"short_rows": "refuse"}, "wrong_records": "dead_letter"}
    trigger = {"key": "order", "kind": "file_trigger", "config": config}
    flow = shop.publish(trigger, deliver(sink))
    answer = upload(flow, b"sku,quantity\nA,1\nB\nC,3\nD,4,5\n", name="stock.csv")
    found = checked(world, answer)
    assert (found["state"], found["records"]) == ("split", 4)
    of_batch = ("batch_id = %s", answer.json["batch"])
    ended = {"succeeded", "dead"}
    wait_until(
        lambda: [run.state in ended for run in world.runs(*of_batch)].count(True) == 4,
        within_s=30,
        what="all to end",
    )
    assert sink.count()["keys"] == 2
    runs = {run.batch_number: run for run in world.runs(*of_batch)}
    assert {number: run.state for number, run in runs.items()} == {
        1: "succeeded",
        2: "dead",
        3: "succeeded",
        4: "dead",
    }
    assert "line 3" in runs[2].error_message
    assert runs[2].error_code == "csv.column_count"


def test_without_it_the_whole_file_is_refused(world, shop):
    trigger = {"key": "order", "kind": "file_trigger", "config": {"format": "csv"}}
    flow = shop.publish(trigger, respond(value=["get", "order", "record"]))
    found = checked(world, upload(flow, b"sku,quantity\nA,1\nB\n", name="stock.csv"))
    assert (found["state"], found["error_place"]) == ("rejected", "line 3, column 2")
