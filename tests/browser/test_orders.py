"""Orders: sent, followed live, looked into; and what a person sees while a vendor is away."""

from playwright.sync_api import Page, expect


def test_an_order_sent_from_the_first_page_succeeds_before_ones_eyes(page: Page) -> None:
    runs = page.get_by_role("region", name="Latest runs")
    page.get_by_role("button", name="Send an order").click()
    expect(page.get_by_text("An order is on its way.")).to_be_visible()
    expect(runs.get_by_text("Succeeded")).to_be_visible()
    page.screenshot(path="/tmp/br_home.png", full_page=True)
    runs.get_by_role("link", name="…").first.click()
    page.screenshot(path="/tmp/br_run.png", full_page=True)
