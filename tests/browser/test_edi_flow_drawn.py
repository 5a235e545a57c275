"""The demo's EDI purchase orders, from an empty canvas: the partner and its table made, drawn, tested, published, run.

Nothing of it is written as a plan: steps and lines are dragged, settings chosen, only values and names typed.
"""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Locator, Page, ViewportSize, expect

from integrations.flows import demo
from integrations.flows.snapshots import to_json
from integrations.flows.templates import loader
from tests.browser.building import (
    answer_in_time,
    by_hand,
    choose,
    close_panel,
    done,
    lead,
    must_be_there,
    open_mapper,
    place,
    publish,
    shape,
    try_it,
)
from tests.browser.drawing import new_flow, saved, step
from tests.browser.expressions import Expression, connect, drag, found_row
from tests.browser.product import Product

SIZE: Final[ViewportSize] = {"width": 1800, "height": 1000}
NAME: Final = "Drawn EDI orders"
INTERCHANGE: Final = "Interchange from Harbor Stores"
PARTNER: Final = "Harbor Two"
TABLE: Final = "Articles of Harbor Two"
ARTICLES: Final = dict(list(demo.HARBOR_ARTICLES.items())[:-1])


def make_the_partner(page: Page) -> None:
    page.goto("/partners/new/")
    page.get_by_label("Name", exact=True).fill(PARTNER)
    page.get_by_label("Key", exact=True).fill("harbor-two")
    page.get_by_label("Another format").select_option("EDI X12")
    page.get_by_role("button", name="Add format").click()
    page.get_by_label("Sender (ISA06)").fill("BAANNANG")
    page.get_by_label("Receiver (ISA08)").fill("HARBORSTORES")
    page.get_by_label("Version, release and guide (GS08)").fill("004010")
    page.get_by_text("Separators to write").click()
    page.get_by_label("Line end after each segment").select_option("line feed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Harbor Two is added.")).to_be_visible()


def make_the_table(page: Page) -> None:
    """Import the articles but the last, and type that one in."""
    page.goto("/partners/tables/new/")
    page.get_by_label("Title", exact=True).fill(TABLE)
    page.get_by_label("Key", exact=True).fill("harbor-two-articles")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("or its text").fill("".join(f"{key},{sku}\n" for key, sku in ARTICLES.items()))
    page.get_by_role("button", name="Replace the rows").click()
    page.get_by_role("link", name="Edit rows").click()
    last = len(ARTICLES) + 1
    key, sku = list(demo.HARBOR_ARTICLES.items())[-1]
    page.get_by_label(f"Key of row {last}", exact=True).fill(key)
    page.get_by_label(f"Value of row {last}", exact=True).fill(sku)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Rows").get_by_role("row")).to_have_count(last + 1)


def draw_the_trigger(page: Page) -> None:
    panel = place(page, "Webhook", INTERCHANGE, column=0)
    choose(panel, "Format", "As it came")
    close_panel(page)
    saved(page)


def give_a_sample(page: Page) -> None:
    page.get_by_role("button", name="Test", exact=True).click()
    drawer = page.get_by_role("region", name="Test", exact=True)
    drawer.get_by_role("button", name="New sample").click()
    dialog = page.get_by_role("dialog", name="New sample")
    dialog.get_by_label("Document").fill(loader.sample("edi-orders").decode())
    dialog.get_by_label("Name").fill("Two orders")
    dialog.get_by_role("button", name="Keep as a sample").click()
    drawer.get_by_role("button", name="Run the draft").click()
    expect(drawer.get_by_role("listitem").filter(has_text=INTERCHANGE)).to_be_visible()
    drawer.get_by_role("button", name="Close the test").click()


def draw_the_reading(page: Page) -> None:
    panel = place(page, "Read a document", "Read X12", column=0)
    lead(page, INTERCHANGE, "next", "Read X12")
    Expression(panel, "What to read").field(f"{INTERCHANGE} / body")
    written_in_x12(panel)
    panel.get_by_text("Options of EDI X12").click()
    panel.get_by_label("Transaction set").fill("850")
    try_it(panel)


def written_in_x12(panel: Locator) -> None:
    choose(panel, "Format", "EDI X12")
    choose(panel, "Partner", PARTNER)


def draw_the_loop(page: Page) -> None:
    panel = place(page, "For each", "For each order", column=1)
    lead(page, "Read X12", "next", "For each order")
    Expression(panel, "List").field("Read X12")
    try_it(panel)


def choose_target(mapper: Locator, way: str, title: str) -> None:
    mapper.get_by_role("button", name="Choose a target").click()
    dialog = mapper.page.get_by_role("dialog", name="What is to be made?")
    dialog.get_by_role("radio", name=way).check()
    dialog.get_by_role("button", name=title).click()


def draw_the_order(page: Page) -> None:
    panel = place(page, "Map", "As a canonical order", column=2)
    lead(page, "For each order", "each", "As a canonical order")
    choose(panel, "Partner", PARTNER)
    mapper = open_mapper(panel)
    choose_target(mapper, "A business object of 7M", "Order order")
    for target, source in ORDER.items():
        connect(mapper, f"for_each item {source}", target)
        must_be_there(mapper)
    map_the_order(mapper)


def take_the_one(mapper: Locator, source: str, target: str, code: str) -> None:
    """Draw a line from a field of a list to a single one, from the item that carries the code."""
    drag(found_row(mapper, "source", f"for_each item {source}"), found_row(mapper, "target", target))
    dialog = mapper.page.get_by_role("dialog", name="is a list")
    dialog.get_by_label("is", exact=True).fill(code)
    dialog.get_by_role("button", name="Take that one").click()
    expect(mapper.get_by_role("heading", name=" / ".join(target.split()), exact=True)).to_be_visible()


ORDER: Final = {
    "number": "BEG 03",
    "purchase_order_number": "BEG 03",
    "ordered_at": "BEG 05",
}
SHIP_TO: Final = {
    "ship_to name": "N1 02",
    "ship_to line1": "N3 01",
    "ship_to city": "N4 01",
    "ship_to region": "N4 02",
    "ship_to postal_code": "N4 03",
    "ship_to_id": "N1 04",
}


def map_the_order(mapper: Locator) -> None:
    take_the_one(mapper, "DTM 02", "requested_delivery_date", "002")
    for target, source in SHIP_TO.items():
        take_the_one(mapper, f"N1_loop {source}", target, "ST")
    by_hand(mapper, "buyer name").text("Harbor Stores")
    take_the_one(mapper, "N1_loop N4 04", "ship_to country", "ST")
    or_else(Expression(mapper, "country"), "US")
    or_else(connected(mapper, "CUR 02", "currency"), "USD")
    map_the_lines(mapper)


def connected(mapper: Locator, source: str, target: str) -> Expression:
    connect(mapper, f"for_each item {source}", target)
    return Expression(mapper, target.rsplit(maxsplit=1)[-1])


def or_else(value: Expression, text: str) -> None:
    """Have something else where the value is missing."""
    first = value.function("First present").opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    Expression(first, "First present: value").text(text)


def map_the_lines(mapper: Locator) -> None:
    connect(mapper, "for_each item PO1_loop", "lines")
    number = connected(mapper, "PO1_loop PO1 01", "lines number")
    first = number.function("First present").opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    Expression(first, "First present: value").made_by("Position").function("To text")
    connected(mapper, "PO1_loop PO1 07", "lines sku")
    mapper.get_by_role("button", name="Translate by a table").click()
    dialog = mapper.page.get_by_role("dialog", name="Translate by a lookup table")
    dialog.get_by_role("button", name=TABLE).click()
    dialog.get_by_role("button", name="Use this table").click()
    must_be_there(mapper)
    connected(mapper, "PO1_loop PO1 07", "lines buyer_sku")
    drag(found_row(mapper, "source", "for_each item PO1_loop PID_loop PID 05"), found_row(mapper, "target", "lines name"))
    mapper.page.get_by_role("button", name="The first").click()
    connected(mapper, "PO1_loop PO1 02", "lines quantity value")
    must_be_there(mapper)
    connected(mapper, "PO1_loop PO1 03", "lines quantity unit").function("Code of unit")
    connected(mapper, "PO1_loop PO1 04", "lines unit_price amount")
    must_be_there(mapper)
    or_else(connected(mapper, "CUR 02", "lines unit_price currency"), "USD")
