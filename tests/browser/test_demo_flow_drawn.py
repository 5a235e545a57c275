"""The cross-border order of the demo, from an empty canvas: drawn, tested, published, run.

Nothing of it is written as a plan: steps and lines are dragged, settings chosen, only values and names typed.
"""

import base64
import hashlib
import hmac
import re
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, ViewportSize, expect

from integrations.flows.templates import loader
from tests.browser.building import (
    answer_in_time,
    by_hand,
    choose,
    close_panel,
    done,
    draft_of,
    lead,
    must_be_there,
    named_value,
    new_field,
    open_mapper,
    place,
    publish,
    shape,
    template,
    try_it,
)
from tests.browser.drawing import new_flow, saved, step
from tests.browser.expressions import Expression, connect
from tests.browser.product import Answer, Product

SIZE: Final[ViewportSize] = {"width": 1800, "height": 1000}
SECRET: Final = "a-secret-of-the-shop"
ANSWER: Final = {
    "order": "#TH10001",
    "conversion": {"rate": 38.08272, "amount": 320.36, "currency": "EUR"},
    "vat": {"country": "FR", "amount": 64.07, "currency": "EUR"},
    "shipping": {
        "carrier": "fedex",
        "service": "FedEx International Priority",
        "delivery_days": 4,
        "cost": 42.01,
        "currency": "EUR",
    },
}
NAME: Final = "Drawn cross-border order"
ORDER: Final = "New order in the shop"


def test_the_cross_border_order_is_drawn_tested_published_and_run(signed_in: Page, product: Product) -> None:
    page = signed_in
    page.set_viewport_size(SIZE)
    new_flow(page, NAME)
    answer_in_time(page)
    draw_the_trigger(page)
    give_a_sample(page)
    draw_the_question_of_currency(page)
    draw_the_quote(page)
    draw_the_vat(page)
    draw_the_shipment(page)
    draw_the_rates(page)
    draw_the_choice(page)
    draw_the_question_of_time(page)
    draw_the_error(page)
    draw_the_answer(page)
    run_the_draft(page)
    publish(page)
    expect_the_demo_again(page)
    address = set_the_secret(page)
    answer = send(product, address)
    assert (answer.status, answer.json()) == (200, ANSWER)
    find_the_run(page)


def draw_the_trigger(page: Page) -> None:
    panel = place(page, "Webhook", ORDER, column=0)
    panel.get_by_label("Who may call").select_option("A vendor that signs its webhooks")
    choose(panel, "Connection", "Leather shop")
    for number, name in enumerate(("X-Shopify-Topic", "X-Shopify-Shop-Domain"), start=1):
        panel.get_by_role("group", name="Headers to keep").get_by_role("button", name="Add").click()
        panel.get_by_label(f"Headers to keep {number}", exact=True).fill(name)
    close_panel(page)
    saved(page)


def give_a_sample(page: Page) -> None:
    page.get_by_role("button", name="Test", exact=True).click()
    drawer = page.get_by_role("region", name="Test", exact=True)
    drawer.get_by_role("button", name="New sample").click()
    dialog = page.get_by_role("dialog", name="New sample")
    dialog.get_by_label("Document").fill(loader.sample("cross-border-order").decode())
    dialog.get_by_label("Name").fill("An order from Lille")
    dialog.get_by_role("button", name="Keep as a sample").click()
    drawer.get_by_role("button", name="Run the draft").click()
    expect(drawer.get_by_role("listitem").filter(has_text=ORDER)).to_be_visible()
    drawer.get_by_role("button", name="Close the test").click()


def draw_the_question_of_currency(page: Page) -> None:
    panel = place(page, "Branch", "Paid in another currency?", column=0)
    lead(page, ORDER, "next", "Paid in another currency?")
    panel.get_by_role("button", name="Add a case").click()
    panel.get_by_label(re.compile("^Name")).fill("yes")
    panel.get_by_label("Condition: comparison").select_option("is not")
    Expression(panel, "Condition: what is compared").field(f"{ORDER} / body / currency")
    Expression(panel, "Condition: with what").field(f"{ORDER} / body / presentment_currency")
    close_panel(page)


def draw_the_quote(page: Page) -> None:
    panel = place(page, "Create a currency quote", "Quote the conversion", column=1)
    lead(page, "Paid in another currency?", "yes", "Quote the conversion")
    Expression(panel, "Sell currency").field(f"{ORDER} / body / presentment_currency")
    Expression(panel, "Buy currency").field(f"{ORDER} / body / currency")
    panel.get_by_role("combobox", name="Validity", exact=True).select_option("HR_1")
    add_field(panel, "buy_amount")
    Expression(panel, "Buy amount").field(f"{ORDER} / body / total_price").function("To number")
    try_it(panel)


def add_field(panel: Locator, name: str) -> None:
    box = panel.get_by_role("combobox", name="Add a field")
    box.click()
    box.fill(name)
    expect(panel.get_by_role("listbox", name="Add a field").get_by_role("option").first).to_be_visible()
    box.press("Enter")


SHIP_FROM: Final = {
    "line1": "88 Charoen Krung Road",
    "city": "Bangkok",
    "region": "10",
    "postalCode": "10500",
    "country": "TH",
}
SHIP_TO: Final = {
    "line1": "address1",
    "city": "city",
    "region": "province_code",
    "postalCode": "zip",
    "country": "country_code",
}


def draw_the_vat(page: Page) -> None:
    panel = place(page, "Calculate tax", "Compute the VAT", column=2)
    lead(page, "Paid in another currency?", "else", "Compute the VAT")
    lead(page, "Quote the conversion", "next", "Compute the VAT")
    mapper = open_mapper(panel)
    rate = named_value(mapper).field("Quote the conversion / body / client_rate").function("First present")
    first = rate.opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    Expression(first, "First present: value").comes_from("Number").text("1")
    by_hand(mapper, "body type").text("SalesOrder")
    connect(mapper, "webhook body name", "body code")
    must_be_there(mapper)
    day = by_hand(mapper, "body date").field(f"{ORDER} / body / created_at").function("Part of text")
    part = day.opened("Part of text")
    Expression(part, "Part of text: start").text("0")
    part.get_by_role("button", name="Add “end”").click()
    Expression(part, "Part of text: end").comes_from("Number").text("10")
    must_be_there(mapper)
    connect(mapper, "webhook body customer id", "body customerCode")
    connect(mapper, "webhook body presentment_currency", "body currencyCode")
    for target, value in SHIP_FROM.items():
        by_hand(mapper, f"body addresses shipFrom {target}").text(value)
    for target, source in SHIP_TO.items():
        connect(mapper, f"webhook body shipping_address {source}", f"body addresses shipTo {target}")
    must_be_there(mapper)
    map_the_lines(mapper)
    done(mapper)
    try_it(panel)


def map_the_lines(mapper: Locator) -> None:
    connect(mapper, "webhook body line_items", "body lines")
    connect(mapper, "webhook body line_items id", "body lines number")
    connect(mapper, "webhook body line_items sku", "body lines itemCode")
    connect(mapper, "webhook body line_items title", "body lines description")
    connect(mapper, "webhook body line_items price", "body lines amount")
    amount = Expression(mapper, "amount").function("Multiply")
    Expression(amount.opened("Multiply"), "Multiply: right").field("the item / quantity")
    amount.function("Divide")
    Expression(amount.opened("Divide"), "Divide: right").field("named value “value1”")
    mapper.get_by_label("Write it as").select_option("number, 2 decimals")


def draw_the_shipment(page: Page) -> None:
    panel = place(page, "Create shipments", "Hand over the shipment", column=3)
    lead(page, "Compute the VAT", "next", "Hand over the shipment")
    mapper = open_mapper(panel)
    connect(mapper, "webhook body name", "body shipments external_shipment_id")
    by_hand(mapper, "body shipments validate_address").text("no_validation")
    for target, source in CARRY_TO.items():
        connect(mapper, f"webhook body shipping_address {source}", f"body shipments ship_to {target}")
    connect(mapper, "webhook body line_items", "body shipments items")
    connect(mapper, "webhook body line_items title", "body shipments items name")
    connect(mapper, "webhook body total_weight", "body shipments packages weight value")
    weight = Expression(mapper, "value").function("First present")
    first = weight.opened("First present")
    first.get_by_role("button", name="Add “value”").click()
    Expression(first, "First present: value").comes_from("Number").text("500")
    by_hand(mapper, "body shipments packages weight unit").text("gram")
    done(mapper)
    try_it(panel)


CARRY_TO: Final = {
    "name": "name",
    "phone": "phone",
    "address_line1": "address1",
    "city_locality": "city",
    "state_province": "province_code",
    "postal_code": "zip",
    "country_code": "country_code",
}


def draw_the_rates(page: Page) -> None:
    panel = place(page, "Get rates", "Ask the carriers", column=0, row=3)
    lead(page, "Hand over the shipment", "next", "Ask the carriers")
    mapper = open_mapper(panel)
    by_hand(mapper, "body shipment_id").field(
        "Hand over the shipment / body / shipments / item 1 / shipment_id"
    )
    connect(mapper, "webhook body presentment_currency", "body rate_options preferred_currency")
    Expression(mapper, "preferred_currency").function("Lower case")
    done(mapper)
    try_it(panel)


def draw_the_choice(page: Page) -> None:
    panel = place(page, "Map", "Cheapest under five days", column=1, row=3)
    lead(page, "Ask the carriers", "next", "Cheapest under five days")
    mapper = open_mapper(panel)
    best = named_value(mapper).field("Ask the carriers / body / rate_response / rates").function("Filter")
    kept = best.opened("Filter")
    Expression(kept, "Filter: condition: what is compared").field("the item / delivery_days")
    kept.get_by_label("Filter: condition: comparison").select_option("is less than")
    Expression(kept, "Filter: condition: with what").comes_from("Number").text("5")
    best.function("Item with the smallest")
    smallest = best.opened("Item with the smallest")
    Expression(smallest, "Item with the smallest: key").field("the item / shipping_amount / amount")
    for name, source in CHOSEN.items():
        new_field(mapper, name).field(f"named value “value1” / {source}")
    Expression(mapper, "currency").function("Upper case")
    done(mapper)
    try_it(panel)


CHOSEN: Final = {
    "carrier": "carrier_code",
    "service": "service_type",
    "delivery_days": "delivery_days",
    "cost": "shipping_amount / amount",
    "currency": "shipping_amount / currency",
}


def draw_the_question_of_time(page: Page) -> None:
    panel = place(page, "Branch", "Any in time?", column=2, row=3)
    lead(page, "Cheapest under five days", "next", "Any in time?")
    panel.get_by_role("button", name="Add a case").click()
    panel.get_by_label(re.compile("^Name")).fill("yes")
    panel.get_by_label("Condition: comparison").select_option("is there")
    Expression(panel, "Condition: what is compared").field("Cheapest under five days / service")
    expect(step(page, "Any in time?").locator("[data-port='yes']")).to_be_visible()
    close_panel(page)


def draw_the_error(page: Page) -> None:
    panel = place(page, "Stop with an error", "Nobody delivers in time", column=1, row=4)
    lead(page, "Any in time?", "else", "Nobody delivers in time")
    panel.get_by_label(re.compile("^Code")).fill("order.no_carrier")
    panel.get_by_label(re.compile("^Message")).fill(
        "No carrier delivers to this address in under five days. Choose a slower service by hand."
    )
    close_panel(page)


def draw_the_answer(page: Page) -> None:
    panel = place(page, "Respond", "Answer the shop", column=3, row=3)
    lead(page, "Any in time?", "yes", "Answer the shop")
    panel.get_by_label("Status").fill("200")
    mapper = open_mapper(panel)
    for name, source in ANSWERED.items():
        new_field(mapper, name).field(source)
    done(mapper)
    close_panel(page)


ANSWERED: Final = {
    "order": f"{ORDER} / body / name",
    "conversion / rate": "Quote the conversion / body / client_rate",
    "conversion / amount": "Quote the conversion / body / sell_amount",
    "conversion / currency": "Quote the conversion / body / sell_currency",
    "vat / country": f"{ORDER} / body / shipping_address / country_code",
    "vat / amount": "Compute the VAT / body / totalTax",
    "vat / currency": f"{ORDER} / body / presentment_currency",
    "shipping": "Cheapest under five days",
}


def run_the_draft(page: Page) -> None:
    saved(page)
    expect(page.get_by_role("button", name="No problems")).to_be_visible()
    page.get_by_role("button", name="Test", exact=True).click()
    drawer = page.get_by_role("region", name="Test", exact=True)
    drawer.get_by_role("button", name="Run the draft").click()
    expect(drawer.get_by_text("Answer to the caller: 200")).to_be_visible()
    expect(drawer.get_by_label("Answer", exact=True).first).to_contain_text("#TH10001")
    drawer.get_by_role("button", name="Close the test").click()


def expect_the_demo_again(page: Page) -> None:
    """What was drawn has the demo's steps, and the same ways between them."""
    assert shape(draft_of(page)) == shape(template("cross-border-order"))


def set_the_secret(page: Page) -> str:
    """Set the signing secret on the page of addresses, and give the address."""
    page.get_by_role("link", name=NAME, exact=True).first.click()
    page.get_by_role("link", name="Addresses").click()
    address = page.locator(".x-url").first.inner_text()
    page.get_by_role("link", name="Set it").click()
    page.get_by_role("main").get_by_role("textbox").fill(SECRET)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("set, and not shown again.")).to_be_visible()
    return urlsplit(address.strip()).path


def send(product: Product, path: str) -> Answer:
    """Send the order as the shop does: signed with its secret."""
    body = loader.sample("cross-border-order")
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "baan-nang.myshopify.com",
        "X-Shopify-Webhook-Id": "9f1c1f0e-0d6a-4f0b-9a53-5f3b7a0c1d11",
        "X-Shopify-Hmac-Sha256": signature,
    }
    return product.call("POST", path, body, headers)


def find_the_run(page: Page) -> None:
    page.get_by_role("link", name="Runs").first.click()
    line = page.get_by_role("row").filter(has_text=NAME)
    expect(line).to_have_count(1)
    expect(line.get_by_text("Succeeded")).to_be_visible()
