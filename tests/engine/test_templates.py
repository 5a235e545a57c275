"""Every template, used as a person uses it: connected to twins, published, and sent its sample."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from aiohttp import web

from integrations.connectors import loader as connectors
from integrations.connectors.twin.server import make_app
from integrations.connectors.webhook import Verifier
from integrations.flows import queries, services
from integrations.flows.snapshots import from_json
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec
from integrations.graph.flow import Node, is_trigger
from tests.chaos.stack import wait_until
from tests.engine.world import Answer, Run, Shop, World

SECRET = b"a signing secret of the vendor"


class Twins:
    """The sandbox on the port that the engine knows."""

    def __init__(self, url: str) -> None:
        self._url = url

    def kept(self, connector: str, collection: str) -> list[Any]:
        found = self._call("GET", f"{connector}/objects?collection={collection}")
        return list(found[collection])

    def forget(self) -> None:
        for key in connectors.found():
            self._call("POST", f"{key}/reset")

    def _call(self, method: str, path: str) -> Any:
        request = Request(f"{self._url}/_control/{path}", method=method)  # noqa: S310  our own address
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read(), parse_float=Decimal)


@pytest.fixture(scope="module")
def _sandbox(world: World) -> Iterator[Twins]:
    url = world.stack.config.sandbox_url
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> web.AppRunner:
        app = make_app([connectors.manifest(key) for key in connectors.found()], limit_factor=0)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", urlsplit(url).port).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(begin(), loop).result(20)
    yield Twins(url)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def twins(_sandbox: Twins) -> Twins:
    _sandbox.forget()
    return _sandbox


@dataclass
class Sent:
    """What came of a sample: the door's answer, and the runs that it started."""

    answer: Answer
    runs: list[Run]

    @property
    def reply(self) -> Any:
        return json.loads(self.answer.body, parse_float=Decimal)


def send(shop: Shop, key: str) -> Sent:
    """Use a template, publish the flow and send its sample to its address."""
    world, template = shop.world, loader.template(key)
    with world.orm():
        flow = services.use_template(by=shop.actor, key=key)
        assert not [
            one for one in queries.draft_state(shop.actor, flow.id).problems if one.severity == "error"
        ]
        services.publish(by=shop.actor, flow_id=flow.id)
        hook = queries.hooks(shop.actor, flow.id)[0]
        trigger = next(filter(is_trigger, from_json(flow.draft).nodes))
        if trigger.config.get("auth") == "signature":
            services.set_verifier(by=shop.actor, hook_id=hook.id, secret=SECRET)
    headers = _headers(shop, template, trigger)
    answer = world.doors[0].ask(f"/in/{hook.token}", [loader.sample(key)], headers).result(60)
    assert answer.status < 300, answer.body
    return Sent(answer, _runs(world, answer))


def _headers(shop: Shop, template: Template, trigger: Node) -> dict[str, str]:
    said = template.about.sample
    assert said is not None
    headers = {"x-file-name": said.file, **said.headers}
    if trigger.config.get("auth") != "signature":
        return {**headers, "authorization": shop.headers["authorization"]}
    vendor = template.about.connections[str(trigger.config["connection"])]
    webhooks = connectors.manifest(vendor).webhooks
    assert webhooks is not None
    return {**headers, **Verifier(webhooks).sign(SECRET, loader.sample(template.key), datetime.now(UTC))}


def _runs(world: World, answer: Answer) -> list[Run]:
    """Wait for every run of an answer, also those that a file makes."""
    batch = answer.json.get("batch") if answer.status == 202 else None
    if batch is None:
        return [world.until(answer.run)]

    def split() -> bool:
        ((state,),) = world.sql("SELECT state FROM engine_batch WHERE id = %s", batch)
        assert state != "rejected", world.sql(
            "SELECT error_code, error_place FROM engine_batch WHERE id = %s", batch
        )
        return bool(state == "split")

    wait_until(split, within_s=30, what="the file to be split")
    return [world.until(run.id) for run in world.runs("batch_id = %s", UUID(batch))]


def sent_well(shop: Shop, key: str, *, runs: int = 1) -> Sent:
    sent = send(shop, key)
    assert [run.state for run in sent.runs] == ["succeeded"] * runs, [run.error_message for run in sent.runs]
    return sent


def named(thing: Any, *names: str) -> list[Any]:
    return [thing[name] for name in names]


def test_cross_border_order(shop: Shop, twins: Twins) -> None:
    reply = sent_well(shop, "cross-border-order").reply
    assert reply["conversion"] == {
        "rate": Decimal("38.082720"),
        "amount": Decimal("320.36"),
        "currency": "EUR",
    }
    assert reply["vat"] == {"country": "FR", "amount": Decimal("64.07"), "currency": "EUR"}
    assert named(reply["shipping"], "carrier", "delivery_days", "cost") == ["fedex", 4, Decimal("42.01")]
    assert twins.kept("shipstation", "shipments")[-1]["external_shipment_id"] == "#TH10001"


def test_stock_file(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "stock-file", runs=12)
    levels = {row["inventory_item_id"]: row["available"] for row in twins.kept("shopify", "inventory_levels")}
    counted = [77, 114, 151, 188, 225, 22, 59, 96, 133, 170, 207, 4]
    assert [levels[47210040001 + place] for place in range(12)] == counted


def test_edi_orders(shop: Shop, twins: Twins) -> None:
    sent = sent_well(shop, "edi-orders")
    form = codec("x12")
    told = list(form.reader(parse_options(form, {}), Limits())([sent.answer.body]))
    assert [record["ST"]["01"] for record in told] == ["997", "855", "855"]
    first, second = twins.kept("erpnext", "sales_orders")[-2:]
    assert named(first, "po_no", "delivery_date", "currency") == ["450031701", "2026-12-11", "USD"]
    assert [named(line, "item_code", "qty") for line in second["items"]] == [["BELT-07", 12], ["WALL-03", 18]]


def test_edifact_orders_as_json(shop: Shop, twins: Twins) -> None:
    first, second = sent_well(shop, "edifact-orders-as-json").reply["orders"]
    assert named(first, "number", "ordered_on", "deliver_on") == ["KB-88123", "2026-11-20", "2026-12-04"]
    assert first["buyer"] == {"gln": "4012345000016", "name": "Kaufhaus Böhm GmbH", "city": "Bremen"}
    assert named(first["ship_to"], "city", "postal_code", "country") == ["Nürnberg", "90403", "DE"]
    assert [named(line, "sku", "name", "quantity", "price") for line in first["lines"]] == [
        ["BAG-01", "Reisetasche cognac", 6, Decimal("189.90")],
        ["BELT-07", "Gürtel, geflochten", 24, Decimal("34.50")],
        ["WALL-03", "Geldbörse", 36, Decimal("28.75")],
    ]
    assert [named(line, "gtin", "quantity") for line in second["lines"]] == [
        ["4000862141435", 120],
        ["4000862141404", 2],
    ]


def test_bank_statement(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "bank-statement")
    (made,) = twins.kept("moneybird", "financial_statements")
    assert named(made, "financial_account_id", "reference", "official_date", "official_balance") == [
        "430912847562180501", "2026-11-20/0224", "2026-11-20", Decimal("10412.07"),
    ]  # fmt: skip
    entries = [named(one, "date", "amount", "message") for one in made["financial_mutations"]]
    assert entries == [
        ["2026-11-20", Decimal("1499.90"), "Rechnung RE-2026-0311 vom 02.11.2026"],
        ["2026-11-20", Decimal("-119.00"), "Abschlag Strom 11/2026"],
        ["2026-11-20", Decimal("-0.95"), "Buchungsentgelt"],
        ["2026-11-20", Decimal("-14.05"), "Muster Garn 40/2"],
    ]
    payer, payee = made["financial_mutations"][0], made["financial_mutations"][3]
    assert payer["contra_account_number"] == "DE89370400440532013000"
    assert payee["contra_account_name"] == "Œuvres & Fils S.à r.l."


def test_invoice_to_erp(shop: Shop, twins: Twins) -> None:
    reply = sent_well(shop, "invoice-to-erp").reply
    assert named(reply, "invoice", "total", "payable") == [
        "2026-1187",
        Decimal("1283.49"),
        Decimal("1283.49"),
    ]
    (made,) = twins.kept("erpnext", "purchase_invoices")
    assert named(made, "supplier", "bill_date", "due_date") == [
        "Gerberei Österreicher GmbH", "2026-11-18", "2026-12-18",
    ]  # fmt: skip
    assert [named(line, "qty", "rate") for line in made["items"]] == [
        [Decimal("12.5"), Decimal("61.9000")], [30, Decimal("8.6233")], [2, Decimal("20.2500")],
    ]  # fmt: skip
    assert [tax["tax_amount"] for tax in made["taxes"]] == [Decimal("206.49"), Decimal("4.05")]


def test_hospital_billing(shop: Shop, twins: Twins) -> None:
    sent = sent_well(shop, "hospital-billing")
    form = codec("hl7")
    told = form.document(parse_options(form, {}), Limits())(sent.answer.body)
    assert [(one["MSA"]["1"], one["MSA"]["2"]) for one in told] == [("CA", "NC-88101"), ("CA", "NC-88102")]
    opened = twins.kept("erpnext", "customers")[-1]
    assert named(opened, "name", "customer_details") == ["4712 Sørensen, Søren", "Visit V-1042, ward ICU"]
    (made,) = twins.kept("erpnext", "sales_invoices")
    assert named(made, "customer", "posting_date", "po_no", "grand_total") == [
        "4711 Müller, Änne", "2026-11-22", "V-0977", Decimal("1650.00"),
    ]  # fmt: skip
    assert made["items"] == [{"item_name": "Nights on ward 3N", "qty": 4, "rate": Decimal("412.50")}]


def test_payout_to_books(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "payout-to-books")
    (made,) = twins.kept("moneybird", "journals")
    assert named(made, "reference", "date") == ["Payout po_twin_1001", "2026-11-23"]
    assert [
        named(one, "description", "debit", "credit") for one in made["general_journal_document_entries"]
    ] == [
        ["Paid out", Decimal("2719.35"), 0],
        ["Fees", Decimal("51.54"), 0],
        ["Refunds", Decimal("189.00"), 0],
        ["Card sales", 0, Decimal("2959.89")],
    ]


def test_shop_refund(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "shop-refund")
    (note,) = twins.kept("erpnext", "sales_invoices")
    assert named(note, "is_return", "po_no", "currency", "grand_total") == [
        1,
        "1004",
        "THB",
        Decimal("-1955.00"),
    ]
    assert [named(line, "item_code", "qty", "rate") for line in note["items"]] == [
        ["BN-WAL-07", -1, Decimal("1290.00")],
        ["BN-KEY-02", -2, Decimal("332.50")],
    ]
    mail = twins.kept("postmark", "messages")[-1]
    assert named(mail, "To", "Subject") == ["lena.brandt@example.com", "Your refund for order 1004"]
    assert "we have paid back 1,955.00 THB for order 1004" in mail["TextBody"]
    assert note["name"] in mail["TextBody"]


def test_customer_to_crm(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "customer-to-crm")
    (contact,) = twins.kept("hubspot", "addressed")
    assert contact["id"] == "zoe.mueller@example.com"
    assert contact["properties"] == {
        "email": "zoe.mueller@example.com", "firstname": "Zoë", "lastname": "Müller-Lüdenscheidt",
        "phone": "+49 211 5550187", "company": "Müller & Söhne GbR", "city": "Düsseldorf", "zip": "40213",
        "country": "Germany", "lifecyclestage": "subscriber",
    }  # fmt: skip


def test_payroll_to_books(shop: Shop, twins: Twins) -> None:
    reply = sent_well(shop, "payroll-to-books").reply
    assert named(reply, "reference", "people", "total") == ["Payroll 11/2026", 3, Decimal("12783.75")]
    (made,) = twins.kept("moneybird", "journals")
    entries = made["general_journal_document_entries"]
    assert [named(one, "ledger_account_id", "debit", "credit") for one in entries] == [
        ["430912847562181740", Decimal("0.00"), Decimal("6964.14")],
        ["430912847562181741", Decimal("0.00"), Decimal("1491.00")],
        ["430912847562181742", Decimal("0.00"), Decimal("4328.61")],
        ["430912847562184120", Decimal("10635.40"), Decimal("0.00")],
        ["430912847562184130", Decimal("2148.35"), Decimal("0.00")],
    ]
    assert "Weiß" not in json.dumps(made, default=str, ensure_ascii=False)


def test_price_list_to_shop(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "price-list-to-shop", runs=5)
    products = twins.kept("woocommerce", "products")
    assert [named(one, "sku", "regular_price") for one in products] == [
        ["BAG-01", "259.00"],
        ["BELT-07", "46.50"],
        ["WALL-03", "35.90"],
        ["CARD-11", "20.45"],
        ["BACK-02", "284.95"],
    ]
    assert [one["sku"] for one in products if "date_modified" not in one] == ["WALL-03"]


def test_tracking_mail(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "tracking-mail")
    mail = twins.kept("postmark", "messages")[-1]
    assert named(mail, "To", "Subject") == ["marie.dubois@example.com", "Your parcel has arrived: order 1001"]
    assert "parcel 7M90000000000: it was delivered on 23.11.2026." in mail["TextBody"]


def test_order_to_chat(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "order-to-chat")
    message = twins.kept("slack", "messages")[-1]
    assert message["channel"] == "C0TWIN03"
    first, goods, wish = message["text"].splitlines()
    assert first == "*Order 2187*: 302.80 EUR from Jörg Weiß, Köln"
    assert goods.endswith("Wallet, three folds, 2 \N{MULTIPLICATION SIGN} Gift wrap")
    assert wish == "> Bitte als Geschenk einpacken \N{EN DASH} danke schön!"


def test_dispatch_file(shop: Shop, twins: Twins) -> None:
    sent_well(shop, "dispatch-file", runs=3)
    assert [named(one, "id", "status", "customer_note") for one in twins.kept("woocommerce", "orders")] == [
        [2098, "completed", "Shipped with DHL Express, parcel 7M90000000981 (1.45 kg)"],
        [2099, "completed", "Shipped with UPS, parcel 1Z999AA101234567 (0.31 kg)"],
        [2100, "completed", "Shipped with DPD, parcel 09981122334455 (0.10 kg)"],
    ]


def test_low_stock_alert(shop: Shop, twins: Twins) -> None:
    world = shop.world
    with world.orm():
        flow = services.use_template(by=shop.actor, key="low-stock-alert")
        services.publish(by=shop.actor, flow_id=flow.id)
    planned = "SELECT next_at > now() FROM engine_schedule WHERE flow_id = %s"
    wait_until(lambda: world.sql(planned, flow.id), within_s=30, what="the schedule to be planned")
    world.sql("UPDATE engine_schedule SET next_at = now() - interval '1 s' WHERE flow_id = %s", flow.id)
    wait_until(lambda: world.runs("flow_id = %s", flow.id), within_s=30, what="the schedule to fire")
    (run,) = world.runs("flow_id = %s", flow.id)
    assert world.until(run.id).state == "succeeded"
    message = twins.kept("slack", "messages")[-1]
    assert named(message, "channel", "text") == [
        "C0TWIN02", "*Running out in Bangkok*\n• Chiang Mai messenger bag: 40 left\n• Bifold wallet: 47 left",
    ]  # fmt: skip


def test_every_template_is_tried_here() -> None:
    tried = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.startswith("test_")}
    assert set(loader.found()) <= tried
