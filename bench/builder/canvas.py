"""A flow of 200 steps on the canvas: how long it takes to open, and how it moves."""

import time
from itertools import pairwise
from typing import Any, Final

from playwright.sync_api import FloatRect, Page

from bench.builder import drafts
from bench.builder.frames import Moved, dragging, worked

STEPS: Final = 200
COLUMNS: Final = 20
OPENINGS: Final = 7


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


def make(page: Page) -> str:
    """Make the flow and give its address."""
    return drafts.make(page, "Long", long_flow(STEPS))


def opened(page: Page, url: str) -> dict[str, float]:
    """Open the flow some times: the first, the median, the shortest."""
    took = [_open(page, url)]
    with worked(page) as work:
        took += [_open(page, url) for _ in range(OPENINGS - 1)]
    times = {"open_first_s": took[0], "open_s": sorted(took)[OPENINGS // 2], "open_least_s": min(took)}
    return times | {"open_server_ms": round(work.server_ms / (OPENINGS - 1), 1)}


def moved(page: Page) -> tuple[Moved, Moved]:
    """Pan, then drag a step, all steps in view."""
    place = pane(page)
    panned = dragging(page, (place["x"] + 200, place["y"] + 60))
    return panned, dragging(page, step_near(page, middle(place)))


def closer(page: Page) -> None:
    """Come so near that the words can be read."""
    page.get_by_role("region", name="Canvas").focus()
    for _ in range(6):
        page.keyboard.press("+")
        page.wait_for_timeout(300)


def pane(page: Page) -> FloatRect:
    found = page.locator(".react-flow__pane").bounding_box()
    assert found is not None
    return found


def middle(box: FloatRect) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def step_near(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    """Give a place on the upper edge of the step that is nearest to a point."""
    boxes = page.locator(".react-flow__node").evaluate_all(
        "found => found.map((one) => one.getBoundingClientRect().toJSON())"
    )
    places = [(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.1) for box in boxes]
    return min(places, key=lambda place: (place[0] - point[0]) ** 2 + (place[1] - point[1]) ** 2)


def _open(page: Page, url: str) -> float:
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    page.locator(".react-flow__node-step").nth(STEPS - 1).wait_for(state="visible")
    return round(time.monotonic() - begun, 2)
