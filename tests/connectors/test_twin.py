"""The parts of a twin: templates, faults, limits, collections; and the sandbox as a process."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.connectors import loader
from integrations.connectors.client import Outbound, OutboundRequest
from integrations.connectors.egress import Guard, development
from integrations.connectors.manifest.fields import FieldSpec, json_schema, read_field
from integrations.connectors.manifest.twin import Collection, Ids
from integrations.connectors.paths import pick, place
from integrations.connectors.twin.faults import Bucket, Fault, Faults
from integrations.connectors.twin.store import Things
from integrations.connectors.twin.template import Env, compute
from integrations.errors import ConfigError

TABLES = {"vat": [{"country": "DE", "rate": 0.19}, {"country": "*", "rate": 0}]}
ENV = Env(
    tables=TABLES,
    find=lambda collection, key: {"id": key, "in": collection},
    everything=lambda collection: [collection],
    count=lambda: 7,
    now=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
)
SCOPE = {"body": {"lines": [{"price": "19.90", "n": 2}, {"price": Decimal("0.10"), "n": 1}], "to": "DE"}}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (5, 5),
        (0.1, Decimal("0.1")),
        ({"a": {"$get": "body.to"}, "b": [1]}, {"a": "DE", "b": [1]}),
        ({"$get": "body.nothing.here"}, None),
        ({"$get": "body.lines[1].n"}, 1),
        ({"$get": "body.lines[9].n"}, None),
        ({"$get": "body.lines[].n"}, [2, 1]),
        ({"$sum": {"$get": "body.lines[].price"}}, 20),
        ({"$sum": {"$each": {"in": {"$get": "body.lines"},
                             "do": {"$mul": [{"$get": "item.price"}, {"$get": "item.n"}]}}}},
         Decimal("39.90")),
        ({"$each": {"in": {"$get": "body.lines"}, "as": "l", "where": {"$gt": [{"$get": "l.n"}, 1]},
                    "do": {"$get": "position"}}}, [1]),
        ({"$sub": [5, 2, 1]}, 2),
        ({"$div": [1, 0]}, 0),
        ({"$round": [2.345, 2]}, Decimal("2.35")),
        ({"$text": {"$round": [3, 2]}}, "3.00"),
        ({"$row": {"table": "vat", "where": {"country": {"$get": "body.to"}}}},
         {"country": "DE", "rate": Decimal("0.19")}),
        ({"$row": {"table": "vat", "where": {"country": "TH"}}}, {"country": "*", "rate": 0}),
        ({"$find": {"in": "orders", "id": 5}}, {"id": "5", "in": "orders"}),
        ({"$default": [{"$get": "nothing"}, "else"]}, "else"),
        ({"$if": [{"$eq": [1, 1]}, "yes", "no"]}, "yes"),
        ({"$and": [True, {"$not": False}, {"$in": ["a", ["a"]]}, {"$ge": [2, 2]}, {"$ne": [1, 2]}]}, True),
        ({"$or": [False, {"$gt": [1, 2]}]}, False),
        ({"$concat": ["#", {"$new": "x"}]}, "#x7"),
        ({"$merge": [{"a": 1}, {"b": 2}, None]}, {"a": 1, "b": 2}),
        ({"$count": {"$get": "body.lines"}}, 2),
        ({"$first": []}, None),
        ({"$now": "date"}, "2026-11-20"),
        ({"$today_plus": 3}, "2026-11-23"),
        ({"$lit": {"$get": "x"}}, {"$get": "x"}),
    ],
)  # fmt: skip
def test_templates(template, value):
    assert compute(template, SCOPE, ENV) == value


def test_a_template_with_an_unknown_operator_is_a_bug():
    with pytest.raises(KeyError):
        compute({"$evaluate": "1+1"}, SCOPE, ENV)


def test_buckets_let_a_burst_pass_and_then_the_rate():
    now = [0.0]
    bucket = Bucket(2, 3, lambda: now[0])
    assert [bucket.wait_s() for _ in range(4)] == [0, 0, 0, 0.5]
    now[0] = 0.5
    assert bucket.wait_s() == 0
    assert bucket.wait_s() > 0


def test_faults_end_by_time_and_by_count_and_hit_their_operation():
    now = [0.0]
    faults = Faults(lambda: now[0])
    faults.plant(Fault("down", seconds=30))
    assert faults.take("any", "before")
    assert faults.take("any", "after") is None
    now[0] = 30
    assert faults.take("any", "before") is None
    faults.plant(Fault("error", count=1, operation="one"))
    assert [faults.take(name, "before") is None for name in ("two", "one", "one")] == [True, False, True]


def test_collections_are_bounded_and_count_their_ids():
    things = Things("x", Collection(ids=Ids(style="prefixed", prefix="a-", start=5), most=3), [])
    assert [things.put({"n": n})["id"] for n in range(5)] == ["a-5", "a-6", "a-7", "a-8", "a-9"]
    assert [thing["n"] for thing in things.all()] == [2, 3, 4]


def test_things_with_the_same_unique_fields_are_one():
    things = Things("x", Collection(unique=("a", "b")), [])
    things.put({"a": 1, "b": 2, "n": 1})
    things.put({"a": 1, "b": 2, "n": 2})
    assert things.all() == [{"a": 1, "b": 2, "n": 2}]
    assert things.same({"a": 1, "b": 3}) is None


def test_fields_become_a_schema():
    fields = {
        "order.lines[].price": "decimal!",
        "order.email": "email",
        "ship": "object",
        "ship.to": "string!",
        "note": "string?",
    }
    schema = json_schema({path: FieldSpec.model_validate(read_field(text)) for path, text in fields.items()})
    assert schema["required"] == ["order"]
    order = schema["properties"]["order"]
    assert order["required"] == ["lines"]
    assert order["properties"]["lines"]["items"]["required"] == ["price"]
    assert schema["properties"]["ship"]["required"] == ["to"]
    assert schema["properties"]["note"]["anyOf"][1] == {"type": "null"}


def test_paths_read_and_write():
    value = {}
    place(value, "a.b.c", 1)
    assert value == {"a": {"b": {"c": 1}}}
    assert pick(value, "$") == value
    assert pick([{"x": 1}], "[0].x") == 1


@pytest.mark.parametrize("key", ["", "../shopify", "Shopify", "no-such", "shopify/", "a" * 99])
def test_unknown_connectors_are_an_error_of_the_flow(key):
    with pytest.raises(ConfigError) as unknown:
        loader.manifest(key)
    assert unknown.value.code == "connector.unknown"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("colour: red", "colour"),
        ("base_url: http://a.example", "base_url"),
        ("verify: {operation: nothing}", "nothing"),
        ("twin: {secrets: {}}", "twin.secrets"),
        ("operations: [{key: a, title: A, kind: create, method: POST, path: /a}]", "delivery"),
        ("operations: [{key: a, title: A, kind: get, method: GET, path: '/{b}'}]", "declares"),
        (
            "operations: [{key: a, title: A, kind: list, method: GET, path: /a, paginated: true, items: x}]",
            "pagination",
        ),
        ("auth: {kind: magic}", "auth"),
        ("config: [", "YAML"),
    ],
)
def test_manifests_that_do_not_fit_say_what_is_wrong(tmp_path, wrong, words):
    facts = {
        "key": "probe", "title": "Probe", "category": "ai", "summary": "s", "docs_url": "https://a.example/",
        "base_url": "https://a.example", "auth": "{kind: bearer}", "verify": "{operation: a}",
        "twin": "{secrets: {access_token: t}}",
        "operations": "[{key: a, title: A, kind: get, method: GET, path: /a}]",
    }  # fmt: skip
    name, _, value = wrong.partition(": ")
    folder = tmp_path / "probe"
    folder.mkdir()
    text = "\n".join(f"{key}: {value}" for key, value in {**facts, name: value}.items())
    (folder / "manifest.yaml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        loader.read_manifest(folder)


async def test_the_sandbox_runs_as_a_process_and_stops_on_sigterm():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "integrations.connectors.twin", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        url = line.removeprefix("sandbox: ").strip()
        async with Outbound(Guard(development())) as outbound:
            request = OutboundRequest(method="GET", url=f"{url}/_control")
            assert set(json.loads((await outbound.send(request)).body)) == set(loader.found())
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
