"""The builder and the mapper at their full size in a headless browser, beside the bars that they are to meet.

    python -m bench.builder

Starts a copy of 7M with the demo. Frames are counted by the page itself while the pointer moves, and the work
of its main thread for each; the browser draws in software here: a machine with a graphics card does better.
The floor is the canvas' library with plain nodes alone, moved in the same browser before and after.
"""

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from bench.builder import bare, canvas, fields
from scripts import demo_copy
from scripts.screenshots import FLAGS, Order, find_chromium, sign_in

RESULTS: Final = Path(__file__).resolve().parents[1] / "results"


@dataclass(frozen=True)
class Bar:
    """figure: its name among the figures. is_most: it is to be below the limit, else not below it."""

    figure: str
    words: str
    limit: float
    is_most: bool = True

    def told(self, figures: dict[str, float]) -> str:
        found = figures[self.figure]
        is_met = found < self.limit if self.is_most else found >= self.limit
        wanted = f"{'<' if self.is_most else '≥'} {self.limit:g}"
        floor = figures.get(f"floor_{self.figure}")
        beside = "" if floor is None else f"   {found / floor:.2f} of the bare canvas ({floor:g})"
        return f"{'met' if is_met else 'NOT MET':8} {self.words:44} {found:>8g}   bar {wanted}{beside}"


BARS: Final = (
    Bar("open_s", "200 steps: open, seconds", 1.5),
    Bar("pan_frames_s", "200 steps: pan, frames a second", 50, is_most=False),
    Bar("drag_frames_s", "200 steps: drag, frames a second", 50, is_most=False),
    Bar("near_pan_frames_s", "the same from near: pan, frames a second", 50, is_most=False),
    Bar("near_drag_frames_s", "the same from near: drag, frames a second", 50, is_most=False),
    Bar("preview_ms", "500 to 500 fields, 1 MB: key to output, ms", 200),
    Bar("typing_preview_ms", "the same while typing, ms", 200),
    Bar("source_scroll_frames_s", "500 fields: scroll the source, frames a s", 50, is_most=False),
    Bar("target_scroll_frames_s", "500 fields: scroll the target, frames a s", 50, is_most=False),
)


def measure(page: Page, floor: Path) -> dict[str, float]:
    """Give all figures; those of the floor are the better of one round before and one after."""
    before = bare.measure(page, floor)
    url = canvas.make(page)
    figures = canvas.opened(page, url)
    panned, dragged = canvas.moved(page)
    figures |= panned.told("pan") | dragged.told("drag")
    canvas.closer(page)
    panned, dragged = canvas.moved(page)
    figures |= panned.told("near_pan") | dragged.told("near_drag")
    for name, first, last in zip(("pan", "drag"), before, bare.measure(page, floor), strict=True):
        figures |= max(first, last, key=lambda one: one.frames_s).told(f"floor_{name}")
    return figures | fields.measure(page)


def main() -> int:
    load = os.getloadavg()
    with bare.built() as floor, demo_copy.running() as copy, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        context = browser.new_context(base_url=copy.url, viewport={"width": 1440, "height": 900})
        page = sign_in(
            context, Order(copy.url, Path(), (), (), full=False, email=copy.email, password=copy.password)
        )
        figures = measure(page, floor)
        browser.close()
    told = [bar.told(figures) for bar in BARS]
    said = [
        *told,
        *_works(figures),
        f"load {load[0]:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} cores",
    ]
    sys.stdout.write("\n".join([*said, ""]))
    _keep({"figures": figures, "load": [load[0], os.getloadavg()[0]], "cores": os.cpu_count()})
    return 1 if any(line.startswith("NOT") for line in told) else 0


def _works(figures: dict[str, float]) -> list[str]:
    """Tell the CPU time of a frame, of opening and of a key: what a quiet machine needs."""
    frame = [
        f"{key[:-8].replace('_', ' ')} {ms:g}" for key, ms in figures.items() if key.endswith("_main_ms")
    ]
    page, server = figures["preview_page_ms"], figures["preview_server_ms"]
    return [
        f"work, ms of CPU for a frame: {', '.join(frame)}",
        f"work, ms of CPU to open: {figures['open_server_ms']:g} in the server",
        f"work, ms of CPU for a key, the check included: {page:g} in the page, {server:g} in the server",
    ]


def _keep(result: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S%z}"
    (RESULTS / f"{at}-builder.json").write_text(json.dumps({"at": at, **result}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
