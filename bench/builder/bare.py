"""The floor: React Flow with plain nodes alone, moved in the same browser as the builder."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page, Route

from bench.builder import canvas
from bench.builder.frames import Moved, dragging

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
PLACE: Final = "/bare-canvas/"


@contextmanager
def built() -> Iterator[Path]:
    """Build the page of the floor into a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="sevenm-bare-") as folder:
        vite = [
            "../tools/node",
            "node_modules/vite/bin/vite.js",
            "build",
            "--config",
            "bench/vite.config.mjs",
        ]
        subprocess.run([*vite, "--outDir", folder, "--logLevel", "error"], cwd=STATIC, check=True)
        (Path(folder) / "flow.json").write_text(json.dumps(canvas.long_flow(canvas.STEPS)))
        yield Path(folder)


def measure(page: Page, folder: Path) -> tuple[Moved, Moved]:
    """Pan, then drag a node."""
    page.route(f"**{PLACE}*", lambda route: _answer(route, folder))
    page.route(f"**{PLACE}assets/*", lambda route: _answer(route, folder))
    page.goto(f"{PLACE}bare.html")
    page.locator(".react-flow__node").nth(canvas.STEPS - 1).wait_for()
    pane = canvas.pane(page)
    panned = dragging(page, (pane["x"] + 200, pane["y"] + 60))
    return panned, dragging(page, canvas.step_near(page, canvas.middle(pane)))


def _answer(route: Route, folder: Path) -> None:
    route.fulfill(path=folder / route.request.url.partition(PLACE)[2])
