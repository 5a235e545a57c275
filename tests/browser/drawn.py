"""What the journeys share that draw a flow from an empty canvas and compare it with the demo's."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, expect

from integrations.flows.snapshots import to_json
from integrations.flows.templates import loader
from tests.browser.drawing import draw, drop, step, ways


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


def choose(panel: Locator, field: str, words: str) -> None:
    """Choose from a list by typing."""
    box = panel.get_by_role("combobox", name=re.compile(f"^{field}"))
    box.click()
    box.fill(words)
    panel.page.get_by_role("option", name=re.compile(words)).first.click()


def open_mapper(panel: Locator) -> Locator:
    panel.get_by_role("button", name=re.compile("^(Open in the mapper|Map fields|Open the mapper)$")).click()
    return panel.page.get_by_role("dialog", name=re.compile("^Map the fields of"))


def done(mapper: Locator) -> None:
    mapper.get_by_role("button", name="Done").click()
    expect(mapper).to_have_count(0)


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name="Publish")
    dialog.get_by_label(re.compile("^What changes")).fill("Drawn from an empty canvas")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("toolbar", name="Builder").get_by_text("Version 1 runs")).to_be_visible()


def draft_of(page: Page) -> dict[str, Any]:
    """Give the definition that the open builder has saved."""
    found: dict[str, Any] = page.request.get(urljoin(page.url, "draft")).json()["definition"]
    return found


def template(key: str) -> dict[str, Any]:
    """Give the definition of a template."""
    return to_json(loader.template(key).file.flow)


Shape = tuple[dict[str, str], set[tuple[str, str, str]]]


def shape(definition: Mapping[str, Any]) -> Shape:
    """Give the kinds of the steps and the ways between them, by titles."""
    titles = {found["key"]: found["title"] for found in definition["steps"]}
    kinds = {found["title"]: found["kind"] for found in definition["steps"]}
    return kinds, {(titles[way["source"]], way["port"], titles[way["target"]]) for way in definition["edges"]}
