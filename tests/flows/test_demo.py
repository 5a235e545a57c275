"""The demo flows, walked by hand against the real twins: every step, no engine."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, cast

import jsonschema_rs
import pytest
from aiohttp.test_utils import TestServer

from integrations.canonical import model
from integrations.connectors import loader
from integrations.connectors.calls import Caller
from integrations.connectors.client import Outbound
from integrations.connectors.request import Values, destination
from integrations.connectors.twin.server import make_app
from integrations.errors import FlowError, SevenMError
from integrations.flows import demo
from integrations.flows.answers import decode_json, encode_json
from integrations.flows.compile import CompiledFlow, CompiledStep, compile_version
from integrations.flows.steps.context import (
    Document,
    Effect,
    HttpCall,
    Reply,
    Scope,
    SplitRunner,
    StepOutput,
    Value,
)
from integrations.flows.templates import loader as templates
from integrations.flows.validation import validate
from integrations.flows.yamlfile import read_flow, write_flow
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec
from integrations.schema.json_schema import to_json_schema
from tests.connectors.peers import local_guard
from tests.flows.build import FACTS, env

CONFIG = {
    "shopify": {"shop": "baan-nang"},
    "airwallex": {},
    "avalara": {},
    "shipstation": {},
    "erpnext": {"site_host": "acme.erpnext.com"},
}


class Walker:
    def __init__(self, flow: CompiledFlow, caller: Caller, sandbox_url: str) -> None:
        self.flow, self.caller, self.sandbox_url = flow, caller, sandbox_url

    async def walk(self, body: bytes) -> tuple[Any, Reply | None]:
        scope: Scope = {}
        _, reply = await self.go(self.flow.start, scope, body)
        return scope, reply

    async def go(self, start: str | None, scope: Scope, body: bytes) -> tuple[Value, Reply | None]:
        """Walk from a step on; give the last output and the reply."""
        reply, key, value = None, start, None
        while key is not None:
            step = self.flow.steps[key]
            try:
                output = await self.step(step, scope, body)
            except SevenMError:
                if "error" not in step.next:
                    raise
                output = StepOutput(None, "error")
            scope[key], reply = output.value, output.reply or reply
            key, value = step.next.get(output.port), output.value
        return value, reply

    async def step(self, step: CompiledStep, scope: Scope, body: bytes) -> StepOutput:
        runner: Any = step.runner
        if step.effect is Effect.TRIGGER:
            return cast("StepOutput", runner.receive(Document(body)))
        if step.effect is Effect.CALL:
            return cast("StepOutput", runner.response(*await self.send(runner.request(scope, FACTS))))
        if step.effect is Effect.NONE:
            return cast("StepOutput", runner.run(scope, FACTS))
        results = []
        for index, item in enumerate(runner.items(scope, FACTS)):
            inner = {**scope, step.key: runner.enter(item, index)}
            results.append((await self.go(step.next["each"], inner, b""))[0])
        return cast("StepOutput", runner.done(results))

    async def send(self, call: HttpCall) -> tuple[int, Any, bytes]:
        manifest = loader.manifest(call.connector)
        to = destination(manifest, "twin", CONFIG[call.connector], sandbox_url=self.sandbox_url)
        values = Values(
            path_params=call.path_params,
            query=call.query,
            headers=call.headers,
            body=call.body,
            idempotency_key="k1",
        )
        operation = manifest.operation(call.operation)
        answer = await self.caller.send(manifest, operation, to, manifest.twin.secrets, values)
        return answer.status, answer.headers, answer.body


def compiled(name: str) -> CompiledFlow:
    file = read_flow(demo.flow_text(name))
    return compile_version(file.flow, env(file.flow.settings, demo.CONNECTIONS, demo.PARTNERS))


@pytest.fixture
async def walker() -> AsyncIterator[Any]:
    server = TestServer(make_app([loader.manifest(key) for key in CONFIG]))
    await server.start_server()
    async with Outbound(local_guard(cast("int", server.port))) as outbound:
        yield lambda name: Walker(compiled(name), Caller(outbound), str(server.make_url("")))
    await server.close()


@pytest.mark.parametrize("name", demo.FLOWS)
def test_a_demo_flow_is_valid_and_survives_its_file(name: str) -> None:
    file = read_flow(demo.flow_text(name))
    assert validate(file.flow, env(file.flow.settings, demo.CONNECTIONS, demo.PARTNERS)) == []
    assert read_flow(write_flow(file)) == file


@pytest.mark.parametrize("number", range(4))
async def test_an_order_is_quoted_taxed_and_shipped(walker: Any, number: int) -> None:
    scope, reply = await walker("cross-border-order").walk(demo.order(number))
    assert reply is not None
    assert reply.status == 200
    assert scope["choice"]["delivery_days"] < 5
    answer = scope["vat"]["body"]
    assert answer["totalTax"] == pytest.approx(
        Decimal(answer["totalTaxable"]) * answer["summary"][0]["rate"], abs=1
    )


async def test_the_sample_order_takes_the_cheapest_service_in_time(walker: Any) -> None:
    scope, _ = await walker("cross-border-order").walk(templates.sample("cross-border-order"))
    rates = scope["rates"]["body"]["rate_response"]["rates"]
    in_time = [rate["shipping_amount"]["amount"] for rate in rates if rate["delivery_days"] < 5]
    assert scope["choice"]["cost"] == min(in_time)
    assert len(rates) > len(in_time) > 1


async def test_an_order_in_the_shops_own_currency_needs_no_quote(walker: Any) -> None:
    body = templates.sample("cross-border-order").replace(b'currency": "EUR"', b'currency": "THB"')
    scope, _ = await walker("cross-border-order").walk(body)
    assert "quote" not in scope
    assert scope["vat"]["body"]["totalTaxable"] == 12200


async def test_each_stock_record_sets_a_level(walker: Any) -> None:
    walk = walker("stock-file")
    runner = cast("SplitRunner", walk.flow.steps["stock"].runner)
    parts = list(runner.split([templates.sample("stock-file")], "stock.txt"))
    assert [part.kind for part in parts] == ["header", *["item"] * 12, "trailer"]
    for part in parts[1:-1]:
        scope, _ = await walk.walk(part.document)
        level = scope["level"]["body"]["inventory_level"]
        assert level["available"] == part.record["quantity"]


async def test_a_count_below_zero_is_a_dead_letter(walker: Any) -> None:
    walk = walker("stock-file")
    document = b'{"record":{"item":1,"quantity":-3},"number":1,"header":{"warehouse":"BKK-01"},"file":""}'
    with pytest.raises(FlowError) as ended:
        await walk.walk(document)
    assert ended.value.code == "stock.below_zero"


@pytest.mark.parametrize("details", [0, 1, 500])
def test_a_made_stock_file_is_whole(details: int) -> None:
    runner = cast("SplitRunner", compiled("stock-file").steps["stock"].runner)
    assert len(list(runner.split([demo.stock_file(details)]))) == details + 2


def test_made_orders_differ_and_repeat() -> None:
    assert len({demo.order(number, now=FACTS.now) for number in range(50)}) == 50
    assert demo.order(7, now=FACTS.now) == demo.order(7, now=FACTS.now)


def x12(document: bytes) -> list[Any]:
    form = codec("x12")
    return list(form.reader(parse_options(form, {}), Limits())([document]))


async def test_edi_orders_are_entered_confirmed_and_acknowledged(walker: Any) -> None:
    scope, reply = await walker("edi-orders").walk(demo.purchase_orders(7, orders=2))
    assert (reply.status, scope["orders"]["count"]) == (200, 2)
    told = x12(reply.body)
    assert [record["ST"]["01"] for record in told] == ["997", "855", "855"]
    assert [told[0]["AK9"][name] for name in ("01", "02", "04")] == ["A", 2, 2]
    assert [record["BAK"]["03"] for record in told[1:]] == ["450000701", "450000702"]
    assert told[1]["BAK"]["08"].startswith("SAL-ORD-2026-")
    sent = x12(demo.purchase_orders(7, orders=2))
    assert [loop["PO1"]["02"] for loop in told[1]["PO1_loop"]] == [
        loop["PO1"]["02"] for loop in sent[0]["PO1_loop"]
    ]


async def test_the_order_between_is_a_canonical_one(walker: Any) -> None:
    walk = walker("edi-orders")
    (order,) = x12(demo.purchase_orders(3))
    made = walk.flow.steps["order"].runner.run({"orders": {"item": order, "index": 0}}, FACTS).value
    schema = to_json_schema(model("order"))
    assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(decode_json(encode_json(made)))) == []


async def test_an_interchange_with_a_wrong_count_is_refused_by_its_997(walker: Any) -> None:
    document = demo.purchase_orders(7).replace(b"SE*13*", b"SE*14*")
    assert document != demo.purchase_orders(7)
    _, reply = await walker("edi-orders").walk(document)
    assert reply.status == 422
    assert [record["AK9"]["01"] for record in x12(reply.body)] == ["R"]
