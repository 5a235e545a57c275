"""Time a mapping of a 30-field order with 5 lines: compiled plan against a function written by hand.

Run: ``python -m bench.mapping``. Prints microseconds per order, the best of several rounds.
"""

import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from integrations.formats.codec import Limits
from integrations.formats.json.codec import CODEC as JSON
from integrations.formats.json.codec import JsonOptions
from integrations.mapping import MapEnv, Value, compile_plan, explain

LINES: Final = 5
ENV: Final = MapEnv(now=datetime(2026, 3, 1, tzinfo=UTC), run_id="0198c0de-0000-7000-8000-000000000001")
CENT: Final = Decimal("0.01")
ADDRESS: Final[dict[str, Value]] = {
    "name": "Ana Sri",
    "address1": " 12 Rama IV Road ",
    "city": "Bangkok",
    "zip": "10110",
    "country_code": "th",
}
ORDER: Final[dict[str, Any]] = {
    "id": 820982911946154508,
    "name": "#1042",
    "email": "Ana@Example.com ",
    "currency": "THB",
    "created_at": "2026-03-01T12:30:00Z",
    "note": None,
    "financial_status": "paid",
    "customer": {
        "id": 115310627314723954,
        "first_name": "Ana",
        "last_name": "Sri",
        "phone": "+66 2 123 4567",
    },
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "line_items": [
        {
            "id": 866550311766439020 + n,
            "sku": f"bag-{n}",
            "title": " Leather bag ",
            "quantity": n + 1,
            "price": Decimal("1499.50"),
            "discount": Decimal("10.05"),
            "grams": 900,
            "vendor": "Thai Leather",
            "taxable": True,
        }
        for n in range(LINES)
    ],
}


def get(*keys: str) -> Value:
    """Write a path into the order."""
    return ["get", "order", *keys]


def total(price: str) -> Value:
    """Write the sum of quantity times a field over the lines."""
    return ["sum", ["map", get("line_items"), "line", ["multiply", ["it", price], ["it", "quantity"]]]]


def address(kind: str) -> list[Value]:
    """Write the six rules of an address."""
    source, target = f"{kind}_address", kind
    return [
        {"to": [target, "name"], "op": get(source, "name")},
        {"to": [target, "street"], "op": ["trim", get(source, "address1")]},
        {"to": [target, "city"], "op": ["upper", get(source, "city")]},
        {"to": [target, "postcode"], "op": get(source, "zip")},
        {"to": [target, "country"], "op": ["upper", get(source, "country_code")]},
        {"to": [target, "company"], "op": get(source, "company")},
    ]


PLAN: Final[Value] = {
    "version": 1,
    "rules": [
        {"to": "reference", "op": ["to_string", get("id")]},
        {"to": "number", "op": ["slice", get("name"), 1]},
        {"to": "placed", "op": ["slice", get("created_at"), 0, 10]},
        {"to": "currency", "op": get("currency")},
        {"to": "note", "op": ["coalesce", get("note"), ""]},
        {"to": "paid", "op": ["eq", get("financial_status"), "paid"]},
        {"to": ["customer", "id"], "op": get("customer", "id")},
        {
            "to": ["customer", "name"],
            "op": ["concat", get("customer", "first_name"), " ", get("customer", "last_name")],
        },
        {"to": ["customer", "email"], "op": ["lower", ["trim", get("email")]]},
        {"to": ["customer", "phone"], "op": ["replace", get("customer", "phone"), " ", ""]},
        *address("shipping"),
        *address("billing"),
        {"to": "count", "op": ["count", get("line_items")]},
        {"to": "goods", "op": total("price"), "as": "decimal(2)"},
        {"to": "discount", "op": total("discount"), "as": "decimal(2)"},
        {"to": "weight", "op": ["divide", total("grams"), 1000]},
        {"to": "channel", "op": "web"},
        {"to": "gift", "op": ["coalesce", get("gift"), False]},
        {"to": "tax_free", "op": ["not", ["eq", get("shipping_address", "country_code"), "th"]]},
        {
            "to": "lines",
            "each": get("line_items"),
            "name": "line",
            "rules": [
                {"to": "line_no", "op": ["position"]},
                {"to": "id", "op": ["it", "id"]},
                {"to": "sku", "op": ["upper", ["it", "sku"]]},
                {"to": "title", "op": ["trim", ["it", "title"]]},
                {"to": "quantity", "op": ["it", "quantity"]},
                {"to": "price", "op": ["it", "price"]},
                {"to": "total", "op": ["multiply", ["it", "price"], ["it", "quantity"]], "as": "decimal(2)"},
                {"to": "vendor", "op": ["it", "vendor"]},
                {"to": "taxable", "op": ["it", "taxable"]},
            ],
        },
    ],
}


def by_hand(source: dict[str, Any]) -> dict[str, Any]:
    """Do the same without any care for missing values or wrong types."""
    order = source["order"]
    customer, items = order["customer"], order["line_items"]
    places = {}
    for kind in ("shipping", "billing"):
        found = order[f"{kind}_address"]
        places[kind] = {
            "name": found["name"],
            "street": found["address1"].strip(),
            "city": found["city"].upper(),
            "postcode": found["zip"],
            "country": found["country_code"].upper(),
        }
    return {
        "reference": str(order["id"]),
        "number": order["name"][1:],
        "placed": order["created_at"][:10],
        "currency": order["currency"],
        "note": order["note"] if order["note"] is not None else "",
        "paid": order["financial_status"] == "paid",
        "customer": {
            "id": customer["id"],
            "name": customer["first_name"] + " " + customer["last_name"],
            "email": order["email"].strip().lower(),
            "phone": customer["phone"].replace(" ", ""),
        },
        **places,
        "count": len(items),
        "goods": sum(line["price"] * line["quantity"] for line in items).quantize(CENT, ROUND_HALF_UP),
        "discount": sum(line["discount"] * line["quantity"] for line in items).quantize(CENT, ROUND_HALF_UP),
        "weight": Decimal(sum(line["grams"] * line["quantity"] for line in items)) / 1000,
        "channel": "web",
        "gift": order.get("gift", False),
        "tax_free": order["shipping_address"]["country_code"] != "th",
        "lines": [
            {
                "line_no": number,
                "id": line["id"],
                "sku": line["sku"].upper(),
                "title": line["title"].strip(),
                "quantity": line["quantity"],
                "price": line["price"],
                "total": (line["price"] * line["quantity"]).quantize(CENT, ROUND_HALF_UP),
                "vendor": line["vendor"],
                "taxable": line["taxable"],
            }
            for number, line in enumerate(items, 1)
        ],
    }


def best_us(call: Callable[[], object], *, number: int) -> float:
    """Give the microseconds of one call in the best of five rounds."""
    return min(timeit.repeat(call, number=number, repeat=5)) / number * 1_000_000


def figures() -> dict[str, float]:
    """Measure microseconds an order, beside code written by hand, and orders a second from JSON to JSON."""
    source: dict[str, Value] = {"order": ORDER}
    compiled = compile_plan(PLAN)
    if compiled(source, ENV) != by_hand(source):
        raise SystemExit("The plan and the function written by hand disagree.")
    rounds = [
        (best_us(lambda: by_hand(source), number=1_000), best_us(lambda: compiled(source, ENV), number=1_000))
        for _ in range(5)
    ]
    hand, plan = (min(column) for column in zip(*rounds, strict=True))
    load: Callable[[bytes], Any] = JSON.document(JsonOptions(), Limits())
    dump = JSON.dump(JsonOptions())
    text = dump(source)
    if dump(compiled(load(text), ENV)) != dump(by_hand(source)):
        raise SystemExit("The order changes on its way through JSON.")
    whole = best_us(lambda: dump(compiled(load(text), ENV)), number=1_000)
    return {
        "by_hand_us": round(hand, 1),
        "generated_us": round(plan, 1),
        "over_hand_written": round(plan / hand, 2),
        "explained_us": round(best_us(lambda: explain(PLAN, source, ENV), number=20), 1),
        "compiling_us": round(best_us(lambda: compile_plan(PLAN), number=20), 1),
        "json_to_json_per_s": round(1e6 / whole),
        "json_bytes": len(text),
    }


def main() -> None:
    """Print the figures."""
    for name, figure in figures().items():
        sys.stdout.write(f"{name:20} {figure:10,.1f}\n")


if __name__ == "__main__":
    main()
