"""What every page keeps: no grave finding of axe in either theme, and no scrolling sideways on any screen."""

from collections.abc import Iterator
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # carries none
from playwright.sync_api import Page

GRAVE: Final = ("serious", "critical")
WIDTHS: Final = (768, 390)
HEIGHT: Final = 900
AXE: Final = Axe()
RUN: Final = "(options) => axe.run(document, options)"
ALL: Final = {"resultTypes": ["violations"]}
COLOURS: Final = {**ALL, "runOnly": ["color-contrast"]}
"""The dark theme is the same page in other colours."""
SETTLED: Final = "() => Promise.all(document.getAnimations().map((one) => one.finished)).then(() => null)"
OVERFLOW: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def findings(page: Page) -> Iterator[str]:
    """Look at a page in both themes and at every width, and give what is wrong with it."""
    page.evaluate(AXE.axe_script)
    yield from _axe(page, "light", ALL)
    page.emulate_media(color_scheme="dark")
    yield from _axe(page, "dark", COLOURS)
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    assert size is not None
    for width in (size["width"], *WIDTHS):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if over := page.evaluate(OVERFLOW):
            yield f"{page.url}: at {width} px it scrolls sideways by {over} px"
    page.set_viewport_size(size)


def _axe(page: Page, theme: str, options: dict[str, Any]) -> Iterator[str]:
    page.evaluate(SETTLED)
    for found in page.evaluate(RUN, options)["violations"]:
        if found["impact"] in GRAVE:
            where = [f"{' '.join(node['target'])}  {node['html'][:120]}" for node in found["nodes"][:3]]
            yield f"{page.url} ({theme}): {found['id']}: {found['help']}: {where}"
