"""What a page does while it is moved: frames a second, and the main thread's work for each frame.

Work is CPU time: on a loaded machine it says more than the clock.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import CDPSession, Page

from bench.measure import measured, processes

MOVE_S: Final = 3.0
COUNT: Final = """() => {
  window.frames_ = [];
  const next = (now) => { if (window.frames_) { window.frames_.push(now); requestAnimationFrame(next); } };
  requestAnimationFrame(next); }"""
COUNTED: Final = "() => { const all = window.frames_; window.frames_ = null; return all; }"


@dataclass(frozen=True)
class Moved:
    """frames_s: frames a second. main_ms: work of the page's main thread for each of them."""

    frames_s: float
    main_ms: float

    def told(self, name: str) -> dict[str, float]:
        return {f"{name}_frames_s": self.frames_s, f"{name}_main_ms": self.main_ms}


@dataclass
class Work:
    """page_ms: of the page's main thread. server_ms: of the web process of the copy that was started here."""

    page_ms: float = 0.0
    server_ms: float = 0.0


@contextmanager
def worked(page: Page) -> Iterator[Work]:
    """See what a block is to the page and to the server: the figures are there when it ends."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    work, before = Work(), _work_s(session)
    with measured(lambda: processes([os.getpid()])) as usage:
        yield work
    work.page_ms = 1000 * (_work_s(session) - before)
    work.server_ms = 1000 * usage["web"].cpu_s
    session.detach()


def moving(page: Page, move: Callable[[int], object], seconds: float = MOVE_S) -> Moved:
    """Call `move` with 1, 2, 3 … again and again, and see what the page does meanwhile."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(COUNT)
    before, end, number = _work_s(session), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        move(number)
    work_s, seen = _work_s(session) - before, page.evaluate(COUNTED)
    session.detach()
    return Moved(
        round(1000 * (len(seen) - 1) / (seen[-1] - seen[0]), 1), round(1000 * work_s / (len(seen) - 1), 2)
    )


def dragging(page: Page, start: tuple[float, float]) -> Moved:
    """Press at a point, and move about."""
    page.mouse.move(*start)
    page.mouse.down()
    found = moving(
        page, lambda number: page.mouse.move(start[0] + 4 * (number % 40), start[1] + 3 * (number % 25))
    )
    page.mouse.up()
    return found


def _work_s(session: CDPSession) -> float:
    found: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))
