"""The demo's EDI orders, from an empty canvas: partner and table made, drawn, tested, published, run.

Nothing of it is written as a plan: steps and lines are dragged, settings chosen, only values and names typed.
"""

from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Locator, Page, ViewportSize, expect

from integrations.flows import demo
from integrations.flows.snapshots import to_json
from integrations.flows.templates import loader
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec
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
from tests.browser.drawing import new_flow, saved
from tests.browser.expressions import Expression, connect, drag, found_row, link
from tests.browser.product import Answer, Product

SIZE: Final[ViewportSize] = {"width": 1800, "height": 1000}
NAME: Final = "Drawn EDI orders"
INTERCHANGE: Final = "Interchange from Harbor Stores"
PARTNER: Final = "Harbor Two"
TABLE: Final = "Articles of Harbor Two"
ARTICLES: Final = dict(list(demo.HARBOR_ARTICLES.items())[:-1])


def test_the_edi_orders_are_drawn_tested_published_and_run(page: Page, product: Product) -> None:
    page.set_viewport_size(SIZE)
    make_the_partner(page)
    make_the_table(page)
    new_flow(page, NAME)
    answer_in_time(page)
    draw_the_trigger(page)
    give_a_sample(page)
    draw_the_reading(page)
    draw_the_loop(page)
    draw_the_order(page)
    draw_the_call(page)
    draw_the_confirmation(page)
    draw_the_answer(page)
    draw_the_refusal(page)
    run_the_draft(page)
    publish(page)
    expect_the_demo_again(page)
    key = make_a_key(page)
    drawn, demos = address_of(page, NAME), address_of(page, "EDI purchase orders")
    for document in (demo.purchase_orders(7, orders=2), loader.sample("edi-orders")):
        answer = send(product, drawn, key, document)
        assert answer.status == 200
        assert told(answer.body) == told(send(product, demos, key, document).body)
    assert [kind for kind, *_ in told(answer.body)] == ["997", "855", "855"]
    broken = send(product, drawn, key, demo.purchase_orders(8).replace(b"SE*13*", b"SE*14*"))
    assert (broken.status, [kind for kind, *_ in told(broken.body)]) == (422, ["997"])
    assert [record["AK9"]["01"] for _, record in told(broken.body)] == ["R"]


def send(product: Product, path: str, key: str, document: bytes) -> Answer:
    headers = {"Content-Type": "application/edi-x12", "Authorization": f"Bearer {key}"}
    return product.call("POST", path, document, headers)


def told(document: bytes) -> list[tuple[str, Any]]:
    """Read an answer: each set with what it says, without the numbers and times of this one exchange."""
    form = codec("x12")
    records: list[Any] = list(form.reader(parse_options(form, {}), Limits())([document]))
    for record in records:
        for name in ("ISA", "GS", "SE"):
            record.pop(name, None)
        record["ST"].pop("02")
        order = record.get("BAK", {}).pop("08", "SAL-ORD-")
        assert order.startswith("SAL-ORD-")
    return [(record["ST"]["01"], record) for record in records]


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
        link(mapper, f"for_each item {source}", target)
        must_be_there(mapper)
    map_the_order(mapper)
    done(mapper)
    try_it(panel)


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
    or_else(link(mapper, "for_each item CUR 02", "currency"), "USD")
    map_the_lines(mapper)


def or_else(value: Expression, text: str) -> None:
    """Have something else where the value is missing."""
    first = value.function("First present").opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    Expression(first, "First present: value").text(text)


def map_the_lines(mapper: Locator) -> None:
    connect(mapper, "for_each item PO1_loop", "lines")
    number = link(mapper, "for_each item PO1_loop PO1 01", "lines number")
    first = number.function("First present").opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    Expression(first, "First present: value").made_by("Position").function("To text")
    link(mapper, "for_each item PO1_loop PO1 07", "lines sku")
    mapper.get_by_role("button", name="Translate by a table").click()
    dialog = mapper.page.get_by_role("dialog", name="Translate by a lookup table")
    dialog.get_by_role("button", name=TABLE).click()
    dialog.get_by_role("button", name="Use this table").click()
    must_be_there(mapper)
    link(mapper, "for_each item PO1_loop PO1 07", "lines buyer_sku")
    drag(
        found_row(mapper, "source", "for_each item PO1_loop PID_loop PID 05"),
        found_row(mapper, "target", "lines name"),
    )
    mapper.page.get_by_role("button", name="The first").click()
    link(mapper, "for_each item PO1_loop PO1 02", "lines quantity value")
    must_be_there(mapper)
    link(mapper, "for_each item PO1_loop PO1 03", "lines quantity unit").function("Code of unit")
    link(mapper, "for_each item PO1_loop PO1 04", "lines unit_price amount")
    must_be_there(mapper)
    or_else(link(mapper, "for_each item CUR 02", "lines unit_price currency"), "USD")


def draw_the_call(page: Page) -> None:
    panel = place(page, "Create a sales order", "Enter it in the ERP", column=3)
    lead(page, "As a canonical order", "next", "Enter it in the ERP")
    mapper = open_mapper(panel)
    link(mapper, "map buyer name", "body customer")
    link(mapper, "map purchase_order_number", "body po_no")
    day(by_hand(mapper, "body po_date").field("As a canonical order / ordered_at"))
    day(by_hand(mapper, "body transaction_date").made_by("Now"))
    wanted = by_hand(mapper, "body delivery_date").field("As a canonical order / requested_delivery_date")
    first = wanted.function("First present").opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    in_two_weeks(Expression(first, "First present: value").made_by("Now"))
    day(wanted)
    link(mapper, "map currency", "body currency")
    connect(mapper, "map lines", "body items")
    for target, source in ITEM.items():
        link(mapper, f"map lines {source}", f"body items {target}")
    by_hand(mapper, "body items uom").text("Nos")
    done(mapper)
    try_it(panel)


def day(value: Expression) -> None:
    """Have a moment written as a day."""
    details = value.function("Write date").opened("Write date")
    details.get_by_role("button", name="Add “pattern”").click()
    details.get_by_role("textbox", name="Write date: pattern").fill("YYYY-MM-DD")


def in_two_weeks(now: Expression) -> None:
    later = now.function("Date only").function("Add days").opened("Add days")
    Expression(later, "Add days: days").text("14")


ITEM: Final = {
    "item_code": "sku",
    "item_name": "name",
    "customer_item_code": "buyer_sku",
    "qty": "quantity value",
    "rate": "unit_price amount",
}


def draw_the_confirmation(page: Page) -> None:
    panel = place(page, "Map", "As an 855", column=3, row=1)
    lead(page, "Enter it in the ERP", "next", "As an 855")
    mapper = open_mapper(panel)
    choose_the_855(mapper)
    for target, value in FIXED.items():
        by_hand(mapper, target).text(value)
    link(mapper, "map purchase_order_number", "BAK 03")
    link(mapper, "map ordered_at", "BAK 04")
    by_hand(mapper, "BAK 08").field("Enter it in the ERP / body / data / name")
    connect(mapper, "map lines", "PO1_loop")
    for target, source in LINE.items():
        link(mapper, f"map lines {source}", f"PO1_loop PO1 {target}")
    in_x12(mapper, "PO1_loop PO1 03")
    for target, value in {"06": "IN", "08": "VN"}.items():
        by_hand(mapper, f"PO1_loop PO1 {target}").text(value)
    link(mapper, "map lines quantity value", "PO1_loop ACK_loop ACK 02")
    in_x12(mapper, "PO1_loop ACK_loop ACK 03")
    by_hand(mapper, "PO1_loop ACK_loop ACK 01").text("IA")
    by_hand(mapper, "CTT_loop CTT 01").field("As a canonical order / lines").function("Count")
    done(mapper)
    try_it(panel)


def choose_the_855(mapper: Locator) -> None:
    mapper.get_by_role("button", name="Choose a target").click()
    dialog = mapper.page.get_by_role("dialog", name="What is to be made?")
    dialog.get_by_role("radio", name="A message of a format").check()
    dialog.get_by_label("Search: message").fill("004010 855")
    dialog.get_by_role("button", name="Purchase Order Acknowledgment").click()


def in_x12(mapper: Locator, target: str) -> None:
    """Fill a unit with the order's own, as X12 writes it."""
    unit = link(mapper, "map lines quantity unit", target).function("Code of unit").opened("Code of unit")
    unit.get_by_role("button", name="Add “direction”").click()
    unit.get_by_role("combobox", name="Code of unit: direction").select_option("to_x12")


FIXED: Final = {"ST 01": "855", "BAK 01": "00", "BAK 02": "AC"}
LINE: Final = {
    "01": "number",
    "02": "quantity value",
    "04": "unit_price amount",
    "07": "buyer_sku",
    "09": "sku",
}


def draw_the_answer(page: Page) -> None:
    panel = place(page, "Write a document", "Write the 855s", column=0, row=3)
    lead(page, "For each order", "done", "Write the 855s")
    Expression(panel, "What to write").field("For each order / results")
    written_in_x12(panel)
    try_it(panel)
    panel = place(page, "Acknowledge", "Write the 997", column=1, row=3)
    lead(page, "Write the 855s", "next", "Write the 997")
    acknowledge(panel)
    panel = place(page, "Respond", "Answer with both", column=2, row=3)
    lead(page, "Write the 997", "next", "Answer with both")
    in_edi(panel)
    panel.get_by_role("group", name="Body as it is").get_by_role("button", name="Set it").click()
    Expression(panel, "Body as it is").comes_from("Put together")
    Expression(panel, "Body as it is: part 1").field("Write the 997")
    Expression(panel, "Body as it is: part 2").field("Write the 855s")
    close_panel(page)


def acknowledge(panel: Locator) -> None:
    Expression(panel, "The document as it came").field(f"{INTERCHANGE} / body")
    written_in_x12(panel)
    try_it(panel)


def in_edi(panel: Locator) -> None:
    """Say what the answer is written in."""
    headers = panel.get_by_role("group", name="Headers", exact=True)
    headers.get_by_role("button", name="Add").click()
    headers.get_by_label("Headers: name 1").fill("content-type")
    headers.get_by_label("Headers: name 1").press("Enter")
    headers.get_by_role("textbox", name="Headers: content-type").fill("application/edi-x12")


def draw_the_refusal(page: Page) -> None:
    panel = place(page, "Acknowledge", "Say what is wrong with it", column=0, row=4)
    lead(page, "Read X12", "error", "Say what is wrong with it")
    acknowledge(panel)
    panel = place(page, "Respond", "Answer with the 997", column=1, row=4)
    lead(page, "Say what is wrong with it", "next", "Answer with the 997")
    panel.get_by_label("Status").fill("422")
    in_edi(panel)
    panel.get_by_role("group", name="Body as it is").get_by_role("button", name="Set it").click()
    Expression(panel, "Body as it is").field("Say what is wrong with it")
    close_panel(page)


def run_the_draft(page: Page) -> None:
    saved(page)
    expect(page.get_by_role("button", name="No problems")).to_be_visible()
    page.get_by_role("button", name="Test", exact=True).click()
    drawer = page.get_by_role("region", name="Test", exact=True)
    drawer.get_by_role("button", name="Run the draft").click()
    expect(drawer.get_by_text("Answer to the caller: 200")).to_be_visible()
    expect(drawer.get_by_label("Answer", exact=True).first).to_contain_text("450031702")
    drawer.get_by_role("button", name="Close the test").click()


def expect_the_demo_again(page: Page) -> None:
    """What was drawn has the demo's steps, and the same ways between them."""
    drawn = page.request.get(urljoin(page.url, "draft")).json()["definition"]
    assert shape(drawn) == shape(to_json(loader.template("edi-orders").file.flow))


def make_a_key(page: Page) -> str:
    page.goto("/api-keys/new/")
    page.get_by_label("Name", exact=True).fill(PARTNER)
    page.get_by_role("button", name="Make the key").click()
    return page.locator(".x-url").first.inner_text().strip()


def address_of(page: Page, name: str) -> str:
    page.goto("/flows/")
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_role("link", name="Addresses").click()
    return urlsplit(page.locator(".x-url").first.inner_text().strip()).path
