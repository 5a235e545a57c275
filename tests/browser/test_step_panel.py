"""The panel of a step: forms, conditions, expressions, connections, lists of the services."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessible import findings
from tests.browser.drawing import new_flow, palette, saved, step


@pytest.fixture
def page(signed_in: Page) -> Page:
    """Every test here begins by going somewhere."""
    return signed_in


def begin(page: Page, name: str, *kinds: str) -> Locator:
    """Make a flow of these steps, and give the panel of the last."""
    new_flow(page, name)
    for kind in kinds:
        palette(page).get_by_role("button", name=kind, exact=True).first.click()
    panel = page.get_by_role("region", name=re.compile("^Step "))
    expect(panel.get_by_role("tabpanel", name="Settings")).to_be_visible()
    return panel


def choose(panel: Locator, field: str, words: str) -> None:
    """Choose from a list by typing, with keys alone."""
    box = panel.get_by_role("combobox", name=re.compile(f"^{field}"))
    box.click()
    box.fill(words)
    expect(panel.page.get_by_role("option", name=re.compile(words)).first).to_be_visible()
    box.press("Enter")


def test_a_schedule_says_when_it_fires(page: Page) -> None:
    panel = begin(page, "By the clock", "Schedule")
    panel.get_by_label("At a time of day").check()
    panel.get_by_label("Daily at").fill("06:30")
    choose(panel, "Time zone", "Bangkok")
    expect(panel.get_by_text("Every day at 06:30, time of Asia/Bangkok.")).to_be_visible()
    expect(panel.get_by_role("region", name="Next firings").get_by_role("listitem")).to_have_count(5)
    saved(page)


def test_a_wrong_value_is_told_at_its_field(page: Page) -> None:
    panel = begin(page, "A wrong status", "Webhook", "Respond")
    panel.get_by_label("Status").fill("700")
    expect(panel.get_by_label("Status")).to_have_attribute("aria-invalid", "true")
    expect(panel.get_by_text("From 200 to 599.")).to_be_visible()


def test_a_condition_is_built_in_words(page: Page) -> None:
    panel = begin(page, "Large orders", "Webhook", "Branch")
    panel.get_by_role("button", name="Add a case").click()
    panel.get_by_label(re.compile("^Name")).fill("large")
    panel.get_by_label("Condition: comparison").select_option("is greater than")
    panel.get_by_label("Condition: with what: where it comes from").select_option("Number")
    panel.get_by_label("Condition: with what", exact=True).fill("100")
    panel.get_by_label("Condition: what is compared", exact=True).press("/")
    search = panel.get_by_role("combobox", name="Search the fields")
    search.fill("webhook query")
    expect(panel.get_by_role("treeitem").filter(has_text="Webhook / query")).to_be_visible()
    search.press("Enter")
    expect(panel.get_by_role("button", name=re.compile("field Webhook . query"))).to_be_visible()
    saved(page)
    panel.get_by_text("As JSON").click()
    expect(panel.get_by_label("Settings as JSON")).to_contain_text('"gt"')
    expect(step(page, "Branch").get_by_text("large")).to_be_visible()


def test_an_expression_reads_from_left_to_right_and_shows_its_value(page: Page) -> None:
    panel = begin(page, "A loud answer", "Webhook", "Respond")
    panel.get_by_role("group", name="Body as it is").get_by_role("button", name="Set it").click()
    panel.get_by_label("Body as it is", exact=True).get_by_role("textbox").fill("hello")
    panel.get_by_role("button", name="Body as it is: add a function").press("Enter")
    search = panel.get_by_role("combobox", name="Search the functions")
    expect(search).to_be_focused()
    search.fill("upper case")
    expect(panel.get_by_role("option").filter(has_text="Upper case").first).to_be_visible()
    search.press("Enter")
    expect(panel.get_by_role("button", name="Upper case")).to_be_visible()
    expect(panel.get_by_role("status").filter(has_text="HELLO")).to_be_visible()


def test_a_call_is_set_up_over_a_new_twin_and_offers_what_the_service_lists(page: Page) -> None:
    panel = begin(page, "Stock to the shop", "Webhook", "Set an inventory level")
    panel.get_by_role("button", name="New connection").click()
    dialog = page.get_by_role("dialog", name="New connection to Shopify")
    dialog.get_by_label("Name").fill("A second shop")
    dialog.get_by_role("button", name="Save and test").click()
    expect(dialog.get_by_text("Works")).to_be_visible()
    dialog.get_by_role("button", name="Use it").click()
    expect(panel.get_by_role("combobox", name=re.compile("^Connection"))).to_have_value("A second shop")
    location = panel.get_by_role("group", name="Location", exact=True)
    expect(location.get_by_text(re.compile("2 from the service"))).to_be_visible()
    location.get_by_role("combobox", name="Location").click()
    page.get_by_role("option", name=re.compile("Chiang Mai workshop")).click()
    expect(location.get_by_role("combobox", name="Location")).to_have_value("Chiang Mai workshop")
    saved(page)
    page.reload()
    page.locator(".react-flow__node-step").nth(1).dblclick()
    expect(location.get_by_role("combobox", name="Location")).to_have_value("Chiang Mai workshop")


def test_the_panel_keeps_the_rules_of_every_page(page: Page) -> None:
    panel = begin(page, "Looked at closely", "Webhook", "Branch")
    panel.get_by_role("button", name="Add a case").click()
    panel.get_by_label("Condition: what is compared", exact=True).press("/")
    expect(panel.get_by_role("tree", name="Fields of earlier data")).to_be_visible()
    assert list(findings(page)) == []
