"""What people do in the builder to draw a flow: place a step, lead a way, fill its panel and its mapper."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, expect

from integrations.flows.snapshots import to_json
from integrations.flows.templates import loader
from tests.browser.drawing import draw, drop, step, ways
from tests.browser.expressions import Expression, found_row

Shape = tuple[dict[str, str], set[tuple[str, str, str]]]


def place(page: Page, offer: str, title: str, *, column: int, row: int = 0) -> Locator:
    """Drag a step from the palette to its place, give it its title, and give its panel.

    It stays away from the edges: there the canvas moves while a way is drawn.
    """
    drop(page, offer, x=190 + 240 * column, y=110 + 170 * row)
    panel = page.get_by_role("region", name=re.compile("^Step "))
    panel.get_by_label("Title of the step").fill(title)
    expect(step(page, title)).to_be_visible()
    return panel


def lead(page: Page, source: str, port: str, target: str) -> None:
    """Draw the way from a step to the next."""
    count = ways(page).count()
    draw(page, step(page, source), port, step(page, target))
    expect(ways(page)).to_have_count(count + 1)


def close_panel(page: Page) -> None:
    page.get_by_role("button", name="Close the panel").click()


def opened(page: Page, title: str) -> Locator:
    """Open the panel of a step."""
    step(page, title).dblclick()
    return page.get_by_role("region", name=f"Step {title}")


def choose(panel: Locator, field: str, words: str) -> None:
    """Choose from a list by typing."""
    box = panel.get_by_role("combobox", name=re.compile(f"^{field}"))
    box.click()
    box.fill(words)
    panel.page.get_by_role("option", name=re.compile(words)).first.click()


def try_it(panel: Locator) -> None:
    """Test the open step over the sample, and close its panel."""
    panel.get_by_role("tab", name="Output").click()
    panel.get_by_role("button", name="Test this step").click()
    expect(panel.get_by_role("status").filter(has_text="Worked")).to_be_visible()
    close_panel(panel.page)


def open_mapper(panel: Locator) -> Locator:
    panel.get_by_role("button", name=re.compile("^(Open in the mapper|Map fields|Open the mapper)$")).click()
    return panel.page.get_by_role("dialog", name=re.compile("^Map the fields of"))


def done(mapper: Locator) -> None:
    mapper.get_by_role("button", name="Done").click()
    expect(mapper).to_have_count(0)


def named_value(mapper: Locator) -> Expression:
    """Begin a named value."""
    mapper.get_by_role("tab", name="Named values").click()
    mapper.get_by_role("button", name="Add a named value").click()
    return Expression(mapper, "value1")


def by_hand(mapper: Locator, target: str) -> Expression:
    """Begin the rule of a field of the target without a line."""
    found_row(mapper, "target", target).click()
    mapper.get_by_role("button", name="Fixed value or function").click()
    return Expression(mapper, target.rsplit(maxsplit=1)[-1])


def must_be_there(mapper: Locator) -> None:
    mapper.get_by_label("If it is missing").select_option("stop with an error")


def new_field(mapper: Locator, path: str) -> Expression:
    """Add a field to a target that has no schema."""
    mapper.get_by_label("Search the target fields").fill("")
    mapper.get_by_role("button", name="Add a field to the target").click()
    dialog = mapper.page.get_by_role("dialog", name="A new field of the target")
    dialog.get_by_label("Name").fill(path)
    dialog.get_by_role("button", name="Add it").click()
    return Expression(mapper, path.rsplit(" / ", maxsplit=1)[-1])


def draft_of(page: Page) -> dict[str, Any]:
    """Give the definition that the open builder has saved."""
    found: dict[str, Any] = page.request.get(urljoin(page.url, "draft")).json()["definition"]
    return found


def template(key: str) -> dict[str, Any]:
    """Give the definition of a template."""
    return to_json(loader.template(key).file.flow)


def shape(definition: Mapping[str, Any]) -> Shape:
    """Give the kinds of the steps and the ways between them, by titles."""
    titles = {found["key"]: found["title"] for found in definition["steps"]}
    kinds = {found["title"]: found["kind"] for found in definition["steps"]}
    return kinds, {(titles[way["source"]], way["port"], titles[way["target"]]) for way in definition["edges"]}


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name="Publish")
    dialog.get_by_label(re.compile("^What changes")).fill("Drawn from an empty canvas")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("toolbar", name="Builder").get_by_text("Version 1 runs")).to_be_visible()


def answer_in_time(page: Page) -> None:
    page.get_by_role("button", name="Settings of the flow").click()
    dialog = page.get_by_role("dialog", name="Settings of the flow")
    dialog.get_by_label("Answer", exact=True).select_option("sync")
    dialog.get_by_label(re.compile("^Deadline")).fill("20")
    dialog.get_by_role("button", name="Done").click()
