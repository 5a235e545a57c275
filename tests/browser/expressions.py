"""What people do in expressions and in the mapper: choose a field, add a function, draw a line."""

import json
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Locator, expect

from tests.browser.drawing import MOVES, middle


@dataclass(frozen=True)
class Expression:
    """A field that takes data. around: what it stands in; label: its name."""

    around: Locator
    label: str

    def comes_from(self, way: str) -> Self:
        self.around.get_by_role(
            "combobox", name=f"{self.label}: where it comes from", exact=True
        ).select_option(way)
        return self

    def text(self, value: str) -> Self:
        self.around.get_by_role("textbox", name=self.label, exact=True).fill(value)
        return self

    def field(self, words: str) -> Self:
        """Choose a field by its words, as the list of what was found says them."""
        chip = self.around.get_by_role("button", name=f"{self.label}: field ")
        if chip.count():
            chip.click()
        else:
            self.comes_from("Field")
        picker = self.around.get_by_role("group", name=f"Choose a field for {self.label}", exact=True)
        picker.get_by_role("combobox", name="Search the fields").fill(
            words.rpartition(" / ")[2] if " / " in words else ""
        )
        exact = self.around.page.get_by_text(words, exact=True)
        picker.get_by_role("treeitem").filter(has=exact).click()
        expect(chip).to_be_visible()
        return self

    def made_by(self, title: str) -> Self:
        """Begin with a function that takes nothing."""
        self.comes_from("Function")
        self._pick(title)
        return self

    def function(self, title: str) -> Self:
        self.around.get_by_role("button", name=f"{self.label}: add a function", exact=True).click()
        self._pick(title)
        return self

    def _pick(self, title: str) -> None:
        picker = self.around.get_by_role("group", name=f"Choose a function for {self.label}", exact=True)
        picker.get_by_role("combobox", name="Search the functions").fill(title)
        exact = self.around.page.get_by_text(title, exact=True)
        picker.get_by_role("option").filter(has=exact).click()

    def opened(self, title: str) -> Locator:
        """Open a function of the pipeline and give where its arguments stand."""
        details = self.around.get_by_role("group", name=f"{title}, function of {self.label}", exact=True)
        if not details.count():
            self.around.get_by_role("button", name=title).click()
        return details


def row(mapper: Locator, side: str, *path: str) -> Locator:
    """Give the row of a field in the mapper: the source's or the target's."""
    name = json.dumps(path, separators=(",", ":"))
    return mapper.locator(f"[data-m-row={side}][data-m-id='{name}']")


def found_row(mapper: Locator, side: str, path: str) -> Locator:
    """Search a field of the mapper by its path, and give its row."""
    mapper.get_by_label(f"Search the {side} fields").fill(path)
    return row(mapper, side, *path.split())


def connect(mapper: Locator, source: str, target: str) -> None:
    """Draw a line from a field of the source to one of the target, and have that one's rule open."""
    drag(found_row(mapper, "source", source), found_row(mapper, "target", target))
    expect(mapper.get_by_role("heading", name=" / ".join(target.split()), exact=True)).to_be_visible()


def link(mapper: Locator, source: str, target: str) -> Expression:
    """Connect two fields by a click on each, and give the expression of the rule."""
    found_row(mapper, "source", source).click()
    found_row(mapper, "target", target).click()
    expect(mapper.get_by_role("heading", name=" / ".join(target.split()), exact=True)).to_be_visible()
    return Expression(mapper, target.rsplit(maxsplit=1)[-1])


def drag(source: Locator, target: Locator) -> None:
    """Drag a row of the mapper onto another."""
    page = source.page
    expect(source).to_be_visible()
    expect(target).to_be_visible()
    begin, end = middle(source), middle(target)
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=MOVES)
    page.mouse.up()
