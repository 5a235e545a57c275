"""What is paid for, and what everybody may see."""

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.product import Product


def test_the_sum_of_a_month_is_what_its_lines_come_to(page: Page) -> None:
    before = requests_of_the_month(page)
    page.get_by_role("link", name="7M").click()
    page.get_by_role("button", name="Send an order").click()
    expect(page.get_by_text("An order is on its way.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Succeeded").filter(has_text="now").first).to_be_visible()
    assert requests_of_the_month(page) == before + 1

    table = page.get_by_role("table").filter(has_text="Sum")
    lines = table.get_by_role("row").filter(has=page.get_by_role("link")).all()
    quantities = [number(line.get_by_role("cell").nth(1)) for line in lines]
    each = [number(line.get_by_role("cell").nth(2)) for line in lines]
    amounts = [number(line.get_by_role("cell").nth(3)) for line in lines]
    assert sum(quantities) == before + 1
    assert [quantity * price for quantity, price in zip(quantities, each, strict=True)] == amounts
    total = table.get_by_role("row", name=re.compile("^Sum")).get_by_role("cell")
    assert number(total) == sum(amounts)


def test_the_public_page_needs_neither_scripts_nor_a_sign_in(
    open_browser: OpenBrowser, product: Product
) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto("/status")
    expect(page.get_by_role("heading", level=1, name="Latency of connectors")).to_be_visible()
    expect(page.get_by_role("heading", name="How we measure")).to_be_visible()
    page.get_by_role("navigation", name="Windows").get_by_role("link", name="7 days").click()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")
    assert "Baan Nang" not in page.content()
    assert product.call("GET", "/status.json").status == 200


def requests_of_the_month(page: Page) -> int:
    page.get_by_role("link", name="Usage").click()
    expect(page.get_by_role("heading", level=1, name=re.compile("^Usage in"))).to_be_visible()
    found = re.search(r"Requests\s*([\d,]+)", page.get_by_role("main").inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def number(cell: Locator) -> Decimal:
    return Decimal(cell.inner_text().replace(",", "").replace("$", ""))
