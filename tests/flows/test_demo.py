"""The two demo flows, walked by hand against the real twins: every step, no engine."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestServer

from integrations.connectors import loader
from integrations.connectors.calls import Caller
from integrations.connectors.client import Outbound
from integrations.connectors.request import Values, destination
from integrations.connectors.twin.server import make_app
from integrations.errors import FlowError
from integrations.flows import demo
from integrations.flows.compile import CompiledFlow, compile_version
from integrations.flows.steps.context import (
    CallRunner,
    Document,
    Effect,
    HttpCall,
    PureRunner,
    Reply,
    Scope,
    SplitRunner,
    TriggerRunner,
)
from integrations.flows.validation import validate
from integrations.flows.yamlfile import read_flow, write_flow
from tests.connectors.peers import local_guard
from tests.flows.build import FACTS, env

CONFIG = {"shopify": {"shop": "baan-nang"}, "airwallex": {}, "avalara": {}, "shipstation": {}}


class Walker:
    def __init__(self, flow: CompiledFlow, caller: Caller, sandbox_url: str) -> None:
        self.flow, self.caller, self.sandbox_url = flow, caller, sandbox_url

    async def walk(self, body: bytes) -> tuple[Any, Reply | None]:
        scope: Scope = {}
        reply: Reply | None = None
        key: str | None = self.flow.start
        while key is not None:
            step = self.flow.steps[key]
            if step.effect is Effect.TRIGGER:
                output = cast("TriggerRunner", step.runner).receive(Document(body))
            elif step.effect is Effect.CALL:
                runner = cast("CallRunner", step.runner)
                output = runner.response(*await self.send(runner.request(scope, FACTS)))
            else:
                output = cast("PureRunner", step.runner).run(scope, FACTS)
            scope[key], reply = output.value, output.reply or reply
            key = step.next.get(output.port)
        return scope, reply

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
    return compile_version(file.flow, env(file.flow.settings, demo.CONNECTIONS))


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
    assert validate(file.flow, env(file.flow.settings, demo.CONNECTIONS)) == []
    assert read_flow(write_flow(file)) == file


@pytest.mark.parametrize("number", range(4))
async def test_an_order_is_quoted_taxed_and_shipped(walker: Any, number: int) -> None:
    scope, reply = await walker("cross_border_order").walk(demo.order(number))
    assert reply is not None
    assert reply.status == 200
    assert scope["choice"]["delivery_days"] < 5
    answer = scope["vat"]["body"]
    assert answer["totalTax"] == pytest.approx(
        Decimal(answer["totalTaxable"]) * answer["summary"][0]["rate"], abs=1
    )


async def test_the_sample_order_takes_the_cheapest_service_in_time(walker: Any) -> None:
    scope, _ = await walker("cross_border_order").walk((demo.FOLDER / "order.json").read_bytes())
    rates = scope["rates"]["body"]["rate_response"]["rates"]
    in_time = [rate["shipping_amount"]["amount"] for rate in rates if rate["delivery_days"] < 5]
    assert scope["choice"]["cost"] == min(in_time)
    assert len(rates) > len(in_time) > 1


async def test_an_order_in_the_shops_own_currency_needs_no_quote(walker: Any) -> None:
    body = (demo.FOLDER / "order.json").read_bytes().replace(b'currency": "EUR"', b'currency": "THB"')
    scope, _ = await walker("cross_border_order").walk(body)
    assert "quote" not in scope
    assert scope["vat"]["body"]["totalTaxable"] == 12200


async def test_each_stock_record_sets_a_level(walker: Any) -> None:
    walk = walker("stock_file")
    runner = cast("SplitRunner", walk.flow.steps["stock"].runner)
    parts = list(runner.split([(demo.FOLDER / "stock.txt").read_bytes()], "stock.txt"))
    assert [part.kind for part in parts] == ["header", *["item"] * 12, "trailer"]
    for part in parts[1:-1]:
        scope, _ = await walk.walk(part.document)
        level = scope["level"]["body"]["inventory_level"]
        assert level["available"] == part.record["quantity"]


async def test_a_count_below_zero_is_a_dead_letter(walker: Any) -> None:
    walk = walker("stock_file")
    document = b'{"record":{"item":1,"quantity":-3},"number":1,"header":{"warehouse":"BKK-01"},"file":""}'
    with pytest.raises(FlowError) as ended:
        await walk.walk(document)
    assert ended.value.code == "stock.below_zero"


@pytest.mark.parametrize("details", [0, 1, 500])
def test_a_made_stock_file_is_whole(details: int) -> None:
    runner = cast("SplitRunner", compiled("stock_file").steps["stock"].runner)
    assert len(list(runner.split([demo.stock_file(details)]))) == details + 2


def test_made_orders_differ_and_repeat() -> None:
    assert len({demo.order(number, now=FACTS.now) for number in range(50)}) == 50
    assert demo.order(7, now=FACTS.now) == demo.order(7, now=FACTS.now)
