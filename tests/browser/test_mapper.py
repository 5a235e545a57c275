"""The mapper: the same order mapped by mouse, by clicks and by keyboard; suggestions, undo, the preview."""

import json
import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import accessible
from tests.browser.watch import Watch

FLOW = """
name: {name}
steps:
  - key: order
    kind: webhook_trigger
    next: goods
  - key: goods
    kind: map
    config:
      plan: {{version: 1, rules: []}}
      target:
        json_schema:
          type: object
          additionalProperties: false
          required: [reference]
          properties:
            reference: {{type: string}}
            total: {{type: number}}
            lines:
              type: array
              items: {{type: object, properties: {{sku: {{type: string}}, quantity: {{type: integer}}}}}}
"""
ORDER = {
    "reference": "A-1",
    "price": "12.50",
    "items": [{"sku": "BAG", "quantity": 1}, {"sku": "BELT", "quantity": 2}],
}


@pytest.fixture
def page(signed_in: Page) -> Page:
    """Every test here begins by going somewhere."""
    return signed_in


def opened(page: Page, name: str) -> None:
    """Make a flow with an empty mapping, open its mapper and paste a sample."""
    page.goto("/flows/import/")
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    made = page.request.post(
        "/flows/import/", form={"text": FLOW.format(name=name)}, headers={"X-CSRFToken": str(token)}
    )
    page.goto(urljoin(made.url, "../map/goods/"))
    page.get_by_label("Sample", exact=True).select_option("own")
    page.get_by_label(re.compile("paste it")).fill(json.dumps(ORDER))
    page.get_by_role("button", name="Use it").click()
    expect(row(page, "source", "order", "body", "items", "sku")).to_be_visible()


def row(page: Page, side: str, *path: str) -> Locator:
    name = json.dumps(path, separators=(",", ":"))
    return page.locator(f"[data-m-row={side}][data-m-id='{name}']")


def output(page: Page) -> Locator:
    return page.get_by_role("region", name="Output of the sample").locator("pre")


def drag(page: Page, source: Locator, target: Locator) -> None:
    begin, end = source.bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + 60, begin["y"] + 12)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 12, steps=12)
    page.mouse.up()


def test_lines_are_drawn_with_the_mouse_either_way(page: Page) -> None:
    opened(page, "Mapped by mouse")
    drag(page, row(page, "source", "order", "body", "reference"), row(page, "target", "reference"))
    drag(page, row(page, "target", "lines", "sku"), row(page, "source", "order", "body", "items", "sku"))
    expect(output(page)).to_have_text(re.compile(r'"reference": "A-1".*"sku": "BELT"', re.DOTALL))
    expect(row(page, "target", "lines")).to_contain_text("for each")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.reload()
    expect(row(page, "target", "reference")).to_have_class(re.compile("is-filled"))


def test_clicks_alone_connect_convert_and_ask(page: Page) -> None:
    opened(page, "Mapped by clicks")
    row(page, "source", "order", "body", "price").click()
    row(page, "target", "total").click()
    expect(output(page)).to_contain_text('"total": 12.50')
    expect(row(page, "target", "total")).to_contain_text("To number")
    row(page, "source", "order", "body", "items", "sku").click()
    row(page, "target", "reference").click()
    page.get_by_role("button", name="All, with commas between").click()
    expect(output(page)).to_contain_text('"reference": "BAG, BELT"')
    row(page, "source", "order", "body", "items").click()
    expect(row(page, "target", "reference")).to_have_class(re.compile("is-dim"))
    row(page, "target", "reference").click()
    expect(page.get_by_text("“items” is a group of fields. Connect one of its fields.").first).to_be_visible()


def test_the_keyboard_alone_maps_adds_a_function_and_undoes(page: Page) -> None:
    opened(page, "Mapped by keys")
    press = page.keyboard.press
    page.get_by_role("tree", name="Source: fields").focus()
    page.keyboard.type("ref")
    press("Enter")
    press("F6")
    page.keyboard.type("ref")
    press("Enter")
    expect(output(page)).to_contain_text('"reference": "A-1"')
    press("F2")
    expect(page.locator(".m-dock .p-add-function")).to_be_focused()
    press("Enter")
    expect(page.get_by_label("Search the functions")).to_be_focused()
    page.keyboard.type("lower")
    expect(page.get_by_role("option").filter(has_text="Lower case").first).to_be_visible()
    press("Enter")
    expect(output(page)).to_contain_text('"reference": "a-1"')
    page.get_by_role("tree", name="Target: fields").focus()
    press("Control+z")
    expect(output(page)).to_contain_text('"reference": "A-1"')
    press("Delete")
    expect(row(page, "target", "reference")).not_to_have_class(re.compile("is-filled"))
    press("Control+z")
    expect(output(page)).to_contain_text('"reference": "A-1"')


def test_similar_fields_are_suggested_and_taken_at_once(page: Page) -> None:
    opened(page, "Mapped by suggestion")
    page.get_by_role("button", name="Match similar fields").click()
    expect(page.get_by_role("list", name="Suggestions")).to_contain_text("order / body / reference")
    page.get_by_role("button", name=re.compile("Accept all")).click()
    expect(output(page)).to_contain_text('"reference": "A-1"')
    expect(output(page)).to_contain_text('"quantity": 2')


def test_rules_are_changed_as_text_and_a_wrong_line_is_named(page: Page) -> None:
    opened(page, "Mapped as text")
    page.get_by_role("button", name="As text").click()
    text = page.get_by_label("Rules as YAML")
    text.fill("version: 1\nrules:\n- {to: reference, op: [uper, [get, order, body, reference]]}\n")
    page.get_by_role("button", name="Use this text").click()
    expect(page.get_by_text("Line 3:")).to_be_visible()
    text.fill("version: 1\nrules:\n- {to: reference, op: [lower, [get, order, body, reference]]}\n")
    page.get_by_role("button", name="Use this text").click()
    expect(output(page)).to_contain_text('"reference": "a-1"')


def test_the_mapper_is_accessible_and_usable_on_a_phone(page: Page) -> None:
    opened(page, "Mapped on a phone")
    drag(page, row(page, "source", "order", "body", "items", "sku"), row(page, "target", "lines", "sku"))
    expect(row(page, "target", "lines")).to_contain_text("for each")
    assert list(accessible.findings(page)) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("tab", name="Source").click()
    row(page, "source", "order", "body", "reference").click()
    row(page, "target", "reference").click()
    page.get_by_role("tab", name="Output").click()
    expect(output(page)).to_contain_text('"reference": "A-1"')


def test_a_draft_that_was_saved_elsewhere_is_not_overwritten_unseen(page: Page, watch: Watch) -> None:
    opened(page, "Mapped twice")
    other = page.context.new_page()
    other.goto(page.url)
    expect(row(other, "target", "reference")).to_be_visible()
    for one in (page, other):
        row(one, "target", "reference").click()
        one.get_by_role("button", name="Fixed value or function").click()
        one.get_by_role("button", name="Save").click()
    expect(other.get_by_role("heading", name="The draft was changed elsewhere")).to_be_visible()
    other.get_by_role("button", name="Put my mapping into it").click()
    expect(other.get_by_text("Saved", exact=True)).to_be_visible()
    watch.findings[:] = [one for one in watch.findings if "409" not in one]  # the refusal that is meant
