"""A flow's versions: changed by a file, compared, gone back to, copied to another environment, followed."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.product import Product

FLOW = """
name: {name}
slug: {slug}
settings: {{reply: sync}}
steps:
  - {{key: order, kind: webhook_trigger, title: An order comes, config: {{auth: api_key}}, next: {onward}}}
  {more}
  - key: quote
    kind: call
    title: Quote it
    config:
      connector: airwallex
      operation: create_quote
      connection: Currency desk
      input:
        version: 1
        rules:
          - {{to: [body, buy_currency], op: THB}}
          - {{to: [body, sell_currency], op: [get, order, body, {field}]}}
          - {{to: [body, sell_amount], op: [get, order, body, amount]}}
          - {{to: [body, validity], op: HR_1}}
"""
CHECK = """- key: check
    kind: branch
    title: Worth it?
    config: {cases: [{port: "yes", if: [gt, [get, order, body, amount], 10]}]}
    next: {"yes": quote}"""


def test_versions_are_compared_gone_back_to_and_copied_to_another_environment(
    page: Page, product: Product
) -> None:
    mark = uuid4().hex[:8]
    name, other = f"Quotes {mark}", f"Trying out {mark}"
    product.processes.command("tenant", "create", other, "--email", product.email)
    file = {"name": name, "slug": f"quotes-{mark}"}
    bring_in(page, FLOW.format(**file, onward="quote", more="", field="currency"))
    publish(page, "The first words")
    bring_in(page, FLOW.format(**file, onward="check", more=CHECK, field="money"), name)
    publish(page, "Only what is worth it")

    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="Compare version 1 with version 2").click()
    picture = page.get_by_role("group", name="version 1 and version 2 in one picture")
    expect(picture.get_by_role("link", name="Worth it?, Branch, added")).to_be_visible()
    expect(picture.get_by_role("link", name="Quote it, Call, changed")).to_be_visible()
    page.get_by_text("The rules side by side").click()
    row = page.get_by_role("row").filter(has_text="body / sell_currency")
    expect(row).to_contain_text("order / body / currency")
    expect(row).to_contain_text("order / body / money")

    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Go back to version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish it again").click()
    expect(page.get_by_text("Version 3 runs from now on; it says what version 1 said.")).to_be_visible()
    page.goto(page.url.replace("/versions/", "/compare/?from=1&to=3"))
    expect(page.get_by_text("Both say the same.")).to_be_visible()

    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="Copy to another environment").click()
    page.get_by_label("Environment", exact=True).select_option(other)
    page.get_by_role("button", name="Look at what it needs there").click()
    lack = page.get_by_label("Connection “Currency desk”")
    expect(lack.locator("option:checked")).to_have_text("A new connection to its twin")
    page.get_by_role("button", name=f"Copy to {other}").click()
    expect(page.get_by_text(f"{name} is a draft in {other} now.")).to_be_visible()


def test_one_run_is_followed_through_its_flow(page: Page) -> None:
    page.get_by_role("button", name="Send an order").click()
    expect(page.get_by_text("An order is on its way.")).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("row").filter(has_text="Cross-border order").first.get_by_role("link").first.click()
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    page.get_by_role("link", name="Show in the flow").click()
    picture = page.get_by_role("group", name="Cross-border order")
    expect(picture.get_by_role("link", name=re.compile("New order in the shop, Webhook, ok"))).to_be_visible()
    quote = page.get_by_role("row").filter(has_text="Quote the conversion")
    expect(quote).to_contain_text("OK")


def bring_in(page: Page, text: str, known: str = "") -> None:
    """Import a file, after a look at what it changes."""
    page.goto("/flows/import/")
    page.get_by_label("Or paste it here").fill(text)
    page.get_by_role("button", name="Show what it changes").click()
    title = f"What the file changes in the draft of {known}" if known else "The file makes a new flow"
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("Everything that the flow names is here.")).to_be_visible()
    page.get_by_role("button", name="Import as a draft").click()


def publish(page: Page, comment: str) -> None:
    page.get_by_label("What changes").fill(comment)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text(re.compile(r"Version \d+ runs from now on"))).to_be_visible()
