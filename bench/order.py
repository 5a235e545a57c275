"""The work that the benchmark gives: a 2 KB order with five lines, and a flow that maps 30 fields of it.

The flow (webhook_trigger → map → http → respond) is written here once, as the YAML that the command
``sevenm flow import`` takes; ``map_order`` is the same mapping by hand, for the relay and for checking
bodies at the sink.
"""

import io
from decimal import Decimal
from typing import Any

import msgspec
from ruamel.yaml import YAML

from bench.sink import digest_of

LINES = 5
FLOW_NAME = "Bench order"


def template() -> str:
    """Give the body of an order with the marks that ``bench.load`` fills in; about 2 KB when filled."""
    address = {
        "first_name": "Maximiliane", "last_name": "Oberhuber", "address1": "Schellingstraße 112",
        "address2": "", "city": "München", "zip": "80798", "country_code": "de", "phone": "+49 89 5550 0199",
    }  # fmt: skip
    lines = [
        {
            "id": 14_000_000_000 + i, "sku": f" lth-{i:03d}-brn",
            "title": f"Leather wallet, vegetable tanned, no. {i}", "quantity": i + 1,
            "price": f"{1290 + i * 35}.50", "grams": 180 + i, "vendor": "Chiang Mai Leather",
            "variant_title": "Brown", "taxable": i % 2 == 0, "fulfillment_service": "manual",
        }
        for i in range(LINES)
    ]  # fmt: skip
    order = {
        "id": "{{id}}", "customer_id": "{{ordering_key}}", "sequence": "@", "name": "#1001",
        "currency": "thb", "created_at": "2026-03-14T09:26:53+07:00", "email": " Maxi.Oberhuber@Example.COM",
        "phone": "+49 89 5550 0199",
        "subtotal_price": "19832.50", "total_tax": "1388.28", "total_discounts": "0.00",
        "total_price": "21220.78", "financial_status": "paid", "tags": "web, leather",
        "customer": {"first_name": "Maximiliane", "last_name": "Oberhuber"},
        "shipping_address": address, "line_items": lines,
        "landing_site": "/collections/wallets?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
        "order_status_url": "https://shop.example/orders/5f1d7a84/authenticate?key=abc",
        "note_attributes": [{"name": "gift", "value": "no"}, {"name": "language", "value": "de-DE"}],
    }  # fmt: skip
    text = msgspec.json.encode(order).decode()
    return text.replace('"sequence":"@"', '"sequence":{{sequence}}')


def _take(*path: str) -> list[str]:
    return ["get", "order", "body", *path]


def plan() -> dict[str, Any]:
    """Give the mapping plan: twenty rules for the order, ten for each line."""
    ship = "shipping_address"
    rules: list[dict[str, Any]] = [
        {"to": "order_id", "op": _take("id")},
        {"to": "ordering_key", "op": _take("customer_id")},
        {"to": "sequence", "op": _take("sequence")},
        {"to": "reference", "op": _take("name")},
        {"to": "source", "op": ["lit", "shopify"]},
        {"to": "currency", "op": ["upper", _take("currency")]},
        {"to": "created_at", "op": _take("created_at")},
        {"to": "email", "op": ["lower", ["trim", _take("email")]]},
        {"to": "phone", "op": _take("phone")},
        {
            "to": "customer",
            "op": ["concat", _take("customer", "first_name"), " ", _take("customer", "last_name")],
        },
        {"to": "street", "op": _take(ship, "address1")},
        {"to": "city", "op": _take(ship, "city")},
        {"to": "postcode", "op": _take(ship, "zip")},
        {"to": "country", "op": ["upper", _take(ship, "country_code")]},
        {"to": "note", "op": ["coalesce", _take("note"), "none"]},
        {"to": "net", "op": ["to_decimal", _take("subtotal_price")]},
        {"to": "tax", "op": ["to_decimal", _take("total_tax")]},
        {"to": "discount", "op": ["to_decimal", _take("total_discounts")]},
        {"to": "total", "op": ["to_decimal", _take("total_price")]},
        {"to": "status", "op": _take("financial_status")},
    ]
    lines: list[dict[str, Any]] = [
        {"to": "line_id", "op": ["it", "id"]},
        {"to": "sku", "op": ["upper", ["trim", ["it", "sku"]]]},
        {"to": "title", "op": ["it", "title"]},
        {"to": "quantity", "op": ["it", "quantity"]},
        {"to": "price", "op": ["to_decimal", ["it", "price"]]},
        {"to": "amount", "op": ["multiply", ["to_decimal", ["it", "price"]], ["it", "quantity"]]},
        {"to": "grams", "op": ["it", "grams"]},
        {"to": "vendor", "op": ["it", "vendor"]},
        {"to": "variant", "op": ["it", "variant_title"]},
        {"to": "taxable", "op": ["it", "taxable"]},
    ]
    return {"version": 1, "rules": [*rules, {"to": "lines", "each": _take("line_items"), "rules": lines}]}


def map_order(order: dict[str, Any]) -> dict[str, Any]:
    """Do by hand what ``plan`` says."""
    ship, customer = order["shipping_address"], order["customer"]
    return {
        "order_id": order["id"], "ordering_key": order["customer_id"], "sequence": order["sequence"],
        "reference": order["name"], "source": "shopify", "currency": order["currency"].upper(),
        "created_at": order["created_at"], "email": order["email"].strip().lower(), "phone": order["phone"],
        "customer": customer["first_name"] + " " + customer["last_name"], "street": ship["address1"],
        "city": ship["city"], "postcode": ship["zip"], "country": ship["country_code"].upper(),
        "note": order.get("note", "none"), "net": Decimal(order["subtotal_price"]),
        "tax": Decimal(order["total_tax"]), "discount": Decimal(order["total_discounts"]),
        "total": Decimal(order["total_price"]), "status": order["financial_status"],
        "lines": [
            {
                "line_id": line["id"], "sku": line["sku"].strip().upper(), "title": line["title"],
                "quantity": line["quantity"], "price": (price := Decimal(line["price"])),
                "amount": price * line["quantity"], "grams": line["grams"], "vendor": line["vendor"],
                "variant": line["variant_title"], "taxable": line["taxable"],
            }
            for line in order["line_items"]
        ],
    }  # fmt: skip


def order(id_: str, ordering_key: str, sequence: int) -> dict[str, Any]:
    """Give one order as the sender's value."""
    filled = template().replace("{{id}}", id_).replace("{{ordering_key}}", ordering_key)
    return msgspec.json.decode(filled.replace("{{sequence}}", str(sequence)), type=dict[str, Any])


def expected_digest(id_: str, ordering_key: str, sequence: int) -> str:
    """Give the digest that the sink records for this order when the mapping did what it should."""
    return digest_of(
        msgspec.json.Encoder(decimal_format="number").encode(map_order(order(id_, ordering_key, sequence)))
    )


def flow(
    sink_url: str,
    *,
    name: str = FLOW_NAME,
    reply: str = "async",
    ordered: bool = False,
    dead_head: str = "block",
    retry: tuple[float, ...] | None = None,
    mode: str = "idempotent",
) -> dict[str, Any]:
    """Give the flow as a value: one mapping, one call to the sink and, where somebody waits, one reply."""
    settings: dict[str, Any] = {"reply": reply}
    if ordered:
        settings |= {"ordering_path": ["body", "customer_id"], "dead_head": dead_head}
    if retry is not None:
        settings["retry"] = list(retry)
    steps: list[dict[str, Any]] = [
        {
            "key": "order", "kind": "webhook_trigger", "title": "Order arrives", "next": "shape",
            "config": {"format": "json"},
        },
        {"key": "shape", "kind": "map", "title": "Shape it", "config": {"plan": plan()}, "next": "deliver"},
        {
            "key": "deliver", "kind": "http", "title": "Deliver it",
            "config": {
                "method": "POST", "url": f"{sink_url}/orders", "value": ["get", "shape"],
                "idempotency_header": "Idempotency-Key", "mode": mode, "timeout_s": 30,
            },
        },
    ]  # fmt: skip
    if reply == "sync":
        steps[-1]["next"] = "answer"
        answer = {"status": 200, "value": ["get", "deliver", "body"]}
        steps.append({"key": "answer", "kind": "respond", "title": "Answer", "config": answer})
    return {"name": name, "settings": settings, "steps": steps}


def flow_yaml(sink_url: str, **options: Any) -> str:
    """Give the flow as the text of its YAML file."""
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(flow(sink_url, **options), text)
    return text.getvalue()
