"""The three flows that show what 7M does, and documents to send them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from integrations.flows.answers import decode_json, encode_json
from integrations.flows.templates import loader
from integrations.formats.codec import Value

FLOWS: Final = ("cross-border-order", "stock-file", "edi-orders")
"""The templates that are its flows; their keys are the flows' short names."""

CONNECTIONS: Final = {
    "Leather shop": "shopify",
    "Currency desk": "airwallex",
    "Tax office": "avalara",
    "Carriers": "shipstation",
    "Back office": "erpnext",
}
"""The connections that the flows name, with their connectors."""

KEY_FILE: Final = "demo-key"
"""The file in the home with the tenant's id and the API key that the demo's EDI partner uses."""

PARTNERS: Final = {
    "harbor": (
        "Harbor Stores",
        {
            "x12": {
                "envelope": {"sender": "BAANNANG", "receiver": "HARBORSTORES"},
                "separators": {"line_end": "lf"},
            }
        },
    )
}
"""The trading partners that the flows name: title and profile."""

GOODS: Final = (
    ("BAG-01", "Weekend bag, cognac", "8900.00", 1450),
    ("BELT-07", "Belt, braided", "1650.00", 310),
    ("WALL-03", "Wallet, three folds", "1290.00", 140),
    ("CARD-11", "Card holder", "690.00", 45),
    ("BACK-02", "Backpack, black", "9900.00", 1720),
    ("CASE-05", "Glasses case", "890.00", 95),
)
BUYERS: Final = (
    ("Jonas", "Albrecht", "Lindenstrasse 14", "Berlin", "BE", "10969", "DE", "EUR"),
    ("Clara", "Moreau", "12 rue des Tanneurs", "Lille", "59", "59000", "FR", "EUR"),
    ("Annika", "Visser", "Prinsengracht 263", "Amsterdam", "NH", "1016 GV", "NL", "EUR"),
    ("Lukas", "Huber", "Getreidegasse 9", "Salzburg", "5", "5020", "AT", "EUR"),
)


def flow_text(name: str) -> str:
    """Give one of `FLOWS` as the YAML that `services.import_flow` reads."""
    return loader.flow_text(name)


def order(number: int, *, now: datetime | None = None) -> bytes:
    """Write the body of a shop's ``orders/create`` message; each number gives another order."""
    made: dict[str, Any] = {**_dict(decode_json(loader.sample("cross-border-order")))}
    first, last, street, city, region, postcode, country, currency = BUYERS[number % len(BUYERS)]
    lines, weight, total = [], 0, Decimal(0)
    for place in range(1 + number % 3):
        sku, title, price, grams = GOODS[(number + place * 2) % len(GOODS)]
        quantity = 1 + (number + place) % 2
        item = {"id": 13_000_000_000_000 + number * 10 + place, "variant_id": 47_000_000 + number % 97}
        lines.append(
            {**item, "sku": sku, "title": title, "price": price, "quantity": quantity, "grams": grams}
        )
        weight += grams * quantity
        total += Decimal(price) * quantity
    moment = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    address = {
        "first_name": first, "last_name": last, "name": f"{first} {last}", "address1": street, "city": city,
        "province_code": region, "zip": postcode, "country_code": country, "phone": None,
    }  # fmt: skip
    made |= {
        "id": 5_738_290_000_000 + number,
        "name": f"#TH{10_000 + number}",
        "order_number": 10_000 + number,
        "created_at": moment,
        "presentment_currency": currency,
        "total_price": str(total),
        "total_weight": weight,
        "line_items": lines,
        "shipping_address": address,
        "billing_address": address,
        "customer": {"id": 7_021_150_000_000 + number % 500, "first_name": first, "last_name": last},
    }
    return encode_json(made)


HARBOR_ARTICLES: Final = {f"HS-{8801 + place}": sku for place, (sku, *_) in enumerate(GOODS)}
"""What Harbor Stores calls our articles; the lookup table ``harbor-articles``."""


def purchase_orders(number: int, *, orders: int = 1, now: datetime | None = None) -> bytes:
    """Write an interchange of X12 850s from Harbor Stores; each number gives others."""
    made = now or datetime.now(UTC)
    control, moment = f"{number:09}", f"{made:%y%m%d*%H%M}"
    segments = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'HARBORSTORES':15}*ZZ*{'BAANNANG':15}*{moment}*U*00401*{control}*0*T*>",
        f"GS*PO*HARBORSTORES*BAANNANG*{made:%Y%m%d}*{made:%H%M}*{number}*X*004010",
    ]
    articles = list(HARBOR_ARTICLES)
    for message in range(1, orders + 1):
        lines = [
            (articles[(number + message + place) % len(articles)], 6 * (1 + (number + place) % 4), place)
            for place in range(2)
        ]
        body = [
            f"ST*850*{message:04}",
            f"BEG*00*SA*45{number:05}{message:02}**{made:%Y%m%d}",
            "CUR*BY*USD",
            f"DTM*002*{made + timedelta(days=21):%Y%m%d}",
            f"N1*ST*Harbor Store {message}*92*{message:04}",
            "N3*12 Pier Road",
            "N4*Portland*ME*04101*US",
        ]
        for article, quantity, place in lines:
            body += [
                f"PO1*{place + 1}*{quantity}*EA*{24 + place * 15}.50**IN*{article}",
                f"PID*F****Article {article}",
            ]
        body.append(f"CTT*{len(lines)}")
        segments += [*body, f"SE*{len(body) + 1}*{message:04}"]
    segments += [f"GE*{orders}*{number}", f"IEA*1*{control}"]
    return "".join(f"{segment}~\n" for segment in segments).encode()


def stock_file(details: int, *, number: int = 317, warehouse: str = "BKK-01", on: str = "20261123") -> bytes:
    """Write a stock file with that many detail records, its trailer right."""
    lines = [f"00{warehouse:<8}{on}{number:06d}"]
    total = 0
    for place in range(details):
        sku, title, _, _ = GOODS[place % len(GOODS)]
        quantity = (place * 37 + number) % 240
        total += quantity
        item = 47_210_040_001 + place
        lines.append(f"10{f'{sku}-{place:05d}':<14}{item:012d}{title[:20]:<20}{quantity:06d} ")
    lines.append(f"99{details:07d}{total:08d} ")
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


def _dict(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}
