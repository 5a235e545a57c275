"""Dead letters: a vendor refuses, a person is told, mends the cause and replays."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenBrowser, SwitchTwin
from tests.browser.product import Product

SHOWS_FOCUS = """(element) => {
  const style = getComputedStyle(element);
  return style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""


def test_refused_orders_are_found_mended_and_replayed(page: Page, twin: SwitchTwin) -> None:
    vendor = page.get_by_role("group", name="Avalara AvaTax")
    vendor.get_by_role("button", name="refuses").click()
    expect(vendor.get_by_role("button", name="refuses", pressed=True)).to_be_visible()
    page.get_by_role("button", name="Send 20").click()
    page.get_by_role("link", name="Dead letters 20", exact=True).click()

    cause = page.get_by_role("listitem").filter(has_text="Tax office refused what the step “vat” sent.")
    expect(cause).to_contain_text(re.compile(r"20\s*messages"))
    expect(cause).to_contain_text("Read its answer at the last attempt, correct the document or the mapping")
    expect(cause).to_contain_text(re.compile(r"first expires in\s+(3 d|2 d 23 h)\s"))

    page.get_by_role("link", name=re.compile(r"^Alerts \d$")).click()
    alert = page.get_by_role("main").get_by_role("listitem").filter(has_text="Tax office")
    expect(alert.get_by_role("link", name="20 messages are still there")).to_be_visible()
    alert.get_by_role("button", name="I look into it").click()
    expect(alert.get_by_text("Looked into by Demo")).to_be_visible()

    twin("avalara", "answers")
    alert.get_by_role("link", name="Replay").click()
    expect(page.get_by_role("heading", level=1, name="Replay 20 messages")).to_be_visible()
    expect(page.get_by_label("At the step that failed: what was done is not done again")).to_be_checked()
    page.get_by_role("button", name="Replay 20 messages").click()

    expect(page.get_by_role("heading", level=1, name="Replay of 20 messages")).to_be_visible()
    progress = page.get_by_role("progressbar", name="Released")
    expect(progress).to_have_attribute("value", "20")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Succeeded\s*20"))
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Over")

    page.get_by_role("link", name="Dead letters", exact=True).first.click()
    expect(page.get_by_role("heading", name="No dead letter")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Alerts")).click()
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_have_count(0)


def test_with_the_keyboard_alone_one_signs_in_and_replays_a_dead_letter(
    open_browser: OpenBrowser, product: Product, twin: SwitchTwin
) -> None:
    page = open_browser().new_page()
    page.goto("/")
    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type(product.email)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(product.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Baan Nang leather")).to_be_visible()

    twin("airwallex", "refuses")
    press(page, page.get_by_role("button", name="Send an order"))
    dead_letters = page.get_by_role("link", name="Dead letters 1", exact=True)
    expect(dead_letters).to_be_visible()
    twin("airwallex", "answers")
    press(page, dead_letters)
    press(page, page.get_by_role("link", name="Currency desk refused what the step “quote” sent."))
    row = page.get_by_role("row").filter(has=page.get_by_role("checkbox", name="Select run"))
    tab_to(page, row)
    page.keyboard.press("Space")
    expect(row.get_by_role("checkbox")).to_be_checked()
    press(page, page.get_by_role("button", name="Replay selected (1)"))
    press(page, page.get_by_role("button", name="Replay 1 message"))
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Succeeded\s*1"))
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Over")

    press(page, page.get_by_role("link", name=re.compile("^Alerts")))
    alert = page.get_by_role("main").get_by_role("listitem").filter(has_text="Currency desk")
    press(page, alert.get_by_role("button", name="Close"))
    expect(alert).to_have_count(0)


def press(page: Page, target: Locator) -> None:
    """Reach something with Tab and press Enter on it."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that the focus shows."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail(f"Tab does not lead to {target}")
    expect(target).to_be_in_viewport()
    assert target.evaluate(SHOWS_FOCUS), f"the focus does not show on {target}"
