#!/usr/bin/env python
"""Takes pictures of the pages of a running 7M, light and dark, wide and narrow.

    scripts/screenshots.py --email demo@example.com --only wide-light flows=/flows/ status=/status

The password is read from SEVENM_DEMO_PASSWORD, the browser's path from CHROMIUM or it is /usr/bin/chromium.
Ends with 1 when a page broke the content security policy, failed in the console or asked another host.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"wide": (1440, 900), "medium": (768, 1024), "narrow": (390, 844)}
THEMES = ("light", "dark")
DEFAULT_PAGES = ("sign-in=/accounts/login/", "flows=/", "status=/status")


@dataclass(frozen=True)
class Order:
    """What to take: names with paths, and where to put it."""

    url: str
    out: Path
    pages: tuple[tuple[str, str], ...]
    modes: tuple[str, ...]
    full: bool
    email: str
    password: str


@dataclass
class Findings:
    """What went wrong on the pages."""

    lines: list[str] = field(default_factory=list)

    def watch(self, page: Page, own: str) -> None:
        page.on(
            "console", lambda m: self.lines.append(f"{page.url}: {m.text}") if m.type == "error" else None
        )
        page.on("pageerror", lambda error: self.lines.append(f"{page.url}: {error}"))
        page.on("request", lambda r: self._foreign(r.url, own))

    def _foreign(self, url: str, own: str) -> None:
        if (
            urlsplit(url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(url).netloc != urlsplit(own).netloc
        ):
            self.lines.append(f"another host was asked: {url}")


def take(order: Order) -> list[str]:
    """Take every picture and give the findings."""
    order.out.mkdir(parents=True, exist_ok=True)
    findings = Findings()
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for mode in order.modes:
            for name, file in _shoot(browser, order, mode, findings):
                sys.stdout.write(f"{name}: {file}\n")
        browser.close()
    return findings.lines


def _shoot(browser: Browser, order: Order, mode: str, findings: Findings) -> Iterator[tuple[str, Path]]:
    size, theme = mode.split("-")
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        device_scale_factor=2 if size == "narrow" else 1,
        base_url=order.url,
    )
    page = context.new_page()
    findings.watch(page, order.url)
    signed_in = False
    for name, path in order.pages:
        if not signed_in and order.email and not path.startswith(("/accounts/", "/status")):
            sign_in(context, order)
            signed_in = True
        page.goto(path, wait_until="load")
        page.evaluate("document.fonts.ready")
        page.locator(
            "[data-behaviour=live][data-state=live], body:not(:has([data-behaviour=live]))"
        ).first.wait_for()
        file = order.out / (f"{name}.png" if len(order.modes) == 1 else f"{name}-{mode}.png")
        page.screenshot(path=file, full_page=order.full)
        yield name, file
    context.close()


def sign_in(context: BrowserContext, order: Order) -> None:
    """Sign in as a person does, by labels."""
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(order.email)
    page.get_by_label("Password", exact=True).fill(order.password)
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.close()


def main() -> int:
    every = [f"{size}-{theme}" for size in SIZES for theme in THEMES]
    parser = argparse.ArgumentParser(description="Take pictures of the pages of a running 7M.")
    parser.add_argument("--url", default="http://127.0.0.1:7700")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--email", default="")
    parser.add_argument(
        "--only", nargs="+", choices=every, default=["wide-light", "wide-dark", "narrow-light"]
    )
    parser.add_argument("--full", action="store_true", help="the whole length of the page")
    parser.add_argument("pages", nargs="*", default=DEFAULT_PAGES, metavar="name=/path")
    given = parser.parse_args()
    pages = tuple((name, path) for name, _, path in (page.partition("=") for page in given.pages))
    password = os.environ.get("SEVENM_DEMO_PASSWORD", "")
    order = Order(given.url, given.out, pages, tuple(given.only), given.full, given.email, password)
    findings = take(order)
    sys.stderr.write("".join(f"{line}\n" for line in findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
