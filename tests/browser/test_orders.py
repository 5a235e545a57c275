"""Orders: sent, followed live and looked into; and what a person sees while a vendor is away."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SwitchTwin

RUN = re.compile("^…[0-9a-f]{8}$")
STREET = "Lindenstrasse 14"


def test_an_order_is_followed_looked_into_and_revealed_with_a_reason(page: Page) -> None:
    latest = page.get_by_role("region", name="Latest runs")
    row = newest_run(latest, after=lambda: page.get_by_role("button", name="Send an order").click())
    expect(page.get_by_text("An order is on its way.")).to_be_visible()
    expect(row.get_by_text("Succeeded")).to_be_visible()
    row.get_by_role("link", name=RUN).click()
    expect(page.get_by_role("heading", level=1, name="Run of Cross-border order")).to_be_visible()

    attempt = page.get_by_role("group").filter(has_text="Tax office · attempt 1 · done · 201")
    attempt.get_by_text("Compute the VAT").click()
    request = attempt.get_by_role("region", name="Request", exact=True)
    expect(request.get_by_text("customerCode")).to_be_visible()
    expect(attempt).not_to_contain_text(STREET)

    reason = f"The buyer asks about order {run_number(page)[-8:]}"
    attempt.get_by_text("Show the values").click()
    attempt.get_by_label("Reason").fill(reason)
    attempt.get_by_role("button", name="Show for five minutes").click()
    expect(page.get_by_text("Your reason stands in the audit trail.")).to_be_visible()
    expect(page.get_by_role("region", name="Request", exact=True)).to_contain_text(STREET)

    page.get_by_role("link", name="Audit").click()
    line = page.get_by_role("row").filter(has_text=reason)
    expect(line).to_contain_text("run.reveal")
    expect(line).to_contain_text("demo@example.com")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("nothing was touched")).to_be_visible()


def test_orders_wait_for_a_vendor_that_is_down_and_go_on_by_themselves(page: Page, twin: SwitchTwin) -> None:
    vendor = page.get_by_role("group", name="ShipStation")
    vendor.get_by_role("button", name="is down").click()
    expect(vendor.get_by_role("button", name="is down", pressed=True)).to_be_visible()
    page.get_by_role("button", name="Send 20").click()
    expect(page.get_by_text("Carriers does not answer. 20 runs wait for it")).to_be_visible()

    watcher = page.context.new_page()
    watcher.goto("/runs/?state=waiting")
    words = watcher.get_by_text("Waits for Carriers, which does not answer. It goes on by itself.")
    expect(words).to_have_count(20)
    for one in (page, watcher):
        one.evaluate("window.never_left = true")

    vendor.get_by_role("button", name="answers").click()
    expect(watcher.get_by_role("heading", name="No run fits")).to_be_visible()
    expect(page.get_by_text("Carriers does not answer.")).to_have_count(0)
    latest = page.get_by_role("region", name="Latest runs").get_by_text("Succeeded")
    expect(latest).to_have_count(8)
    for one in (page, watcher):
        assert one.evaluate("window.never_left") is True


def newest_run(table: Locator, *, after: Callable[[], None]) -> Locator:
    """Do something and give the row of the run that then comes into the table."""
    known = [name.removeprefix("…") for name in table.get_by_role("link", name=RUN).all_inner_texts()]
    after()
    others = f"(?!{'|'.join(known)})" if known else ""
    new = table.page.get_by_role("link", name=re.compile(f"^…{others}[0-9a-f]{{8}}$"))
    return table.get_by_role("row").filter(has=new)


def run_number(page: Page) -> str:
    return page.url.rstrip("/").rsplit("/", 1)[-1]
