"""A flow of 200 steps on the canvas: how long it takes to open, and how it moves."""

import time
from itertools import pairwise
from typing import Any, Final

from playwright.sync_api import Page

from bench.builder import drafts, frames

STEPS: Final = 200
COLUMNS: Final = 20
OPENINGS: Final = 5


def long_flow(steps: int) -> dict[str, Any]:
    """Give a definition: a trigger and maps one after the other, in rows."""
    plan = {"version": 1, "rules": [{"to": "a", "op": ["get", "start", "body"]}]}
    made: list[dict[str, Any]] = [{"key": "start", "kind": "webhook_trigger", "title": "Start"}]
    for number in range(steps - 1):
        place = [(number % COLUMNS + 1) * 304, number // COLUMNS * 132]
        made.append(
            {"key": f"s{number}", "kind": "map", "title": f"Step {number}", "config": {"plan": plan}}
            | {"position": place}
        )
    keys = [step["key"] for step in made]
    edges = [{"source": one, "target": other} for one, other in pairwise(keys)]
    return {"steps": made, "edges": edges}


def measure(page: Page) -> dict[str, float]:
    """Make the flow, open it some times, move the canvas and a step: all of it in view, then close by."""
    url = drafts.make(page, "Long", long_flow(STEPS))
    opened = [_open(page, url) for _ in range(OPENINGS)]
    found = {"open_first_s": opened[0], "open_s": sorted(opened)[OPENINGS // 2]}
    found |= _moved(page, "")
    page.get_by_role("region", name="Canvas").focus()
    for _ in range(6):
        page.keyboard.press("+")
        page.wait_for_timeout(300)
    return found | _moved(page, "near_")


def _open(page: Page, url: str) -> float:
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    page.locator(".react-flow__node-step").nth(STEPS - 1).wait_for(state="visible")
    return round(time.monotonic() - begun, 2)


def _moved(page: Page, name: str) -> dict[str, float]:
    pane = page.locator(".react-flow__pane").bounding_box()
    assert pane is not None
    panned = frames.dragging(page, (pane["x"] + 200, pane["y"] + 60))
    return panned.told(f"{name}pan") | frames.dragging(page, _step(page, pane)).told(f"{name}drag")


def _step(page: Page, pane: Any) -> tuple[float, float]:  # noqa: ANN401  a box of Playwright's
    """Give a point at the upper edge of the step that is nearest to the middle of the canvas."""
    middle = (pane["x"] + pane["width"] / 2, pane["y"] + pane["height"] / 2)
    boxes = page.locator(".react-flow__node").evaluate_all(
        "found => found.map((one) => one.getBoundingClientRect().toJSON())"
    )
    places = [(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.1) for box in boxes]
    return min(places, key=lambda place: (place[0] - middle[0]) ** 2 + (place[1] - middle[1]) ** 2)
