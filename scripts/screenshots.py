#!/usr/bin/env python
"""Takes pictures of the pages, and looks for what a page must not do.

    make screenshots                                    the pictures of the README, into docs/images
    make screenshots ARGS="--all /tmp/pages"            every page: light and dark, wide and narrow
    python -m scripts.screenshots --url http://127.0.0.1:7070 --email demo@example.com flows=/flows/

Without ``--url`` it starts a copy of 7M of its own with the demo, and drives some traffic through it. With
it, the password is read from SEVENM_DEMO_PASSWORD. The browser is at CHROMIUM, or on the path.
Ends with 1 when a page answers with an error, broke the content security policy, failed in the console or
asked another host.
"""

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as LateError

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
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
README = ("flows", "run", "status", "translate", "builder", "mapper", "templates")
PUBLIC = ("/accounts/", "/status")
LIVE = "[data-behaviour=live][data-state=live], body:not(:has([data-behaviour=live]))"
LIVE_MS = 5_000


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

    def file(self, name: str, mode: str) -> Path:
        """Name the picture; where all are of one size they say the theme, the others all of it."""
        sizes = {one.partition("-")[0] for one in self.modes}
        return self.out / f"{name}-{mode if len(sizes) > 1 else mode.partition('-')[2]}.png"


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


def take(browser: Browser, order: Order) -> list[str]:
    """Take every picture and give the findings."""
    order.out.mkdir(parents=True, exist_ok=True)
    findings = Findings()
    for mode in order.modes:
        for file in _shoot(browser, order, mode, findings):
            sys.stdout.write(f"{file}\n")
            sys.stdout.flush()
    return findings.lines


def _shoot(browser: Browser, order: Order, mode: str, findings: Findings) -> Iterator[Path]:
    size, theme = mode.split("-")
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        device_scale_factor=2 if size == "narrow" else 1,
        base_url=order.url,
    )
    # What shows a visitor's side of things comes first, while nobody is signed in.
    pages = sorted(order.pages, key=lambda page: not page[1].startswith(PUBLIC))
    page = context.new_page()
    findings.watch(page, order.url)
    signed_in = False
    for name, path in pages:
        if not signed_in and order.email and not path.startswith(PUBLIC):
            sign_in(context, order)
            signed_in = True
        with _collect(findings, path):
            response = page.goto(path, wait_until="load")
            if response is not None and not response.ok:
                findings.lines.append(f"{path} answers {response.status}")
            page.evaluate("document.fonts.ready")
            page.locator(LIVE).first.wait_for(timeout=LIVE_MS)
            if name in PREPARED:
                PREPARED[name](page)
        file = order.file(name, mode)
        page.screenshot(path=file, full_page=order.full, animations="disabled")
        yield file
    context.close()


def drop_order(page: Page) -> None:
    """Have the page where documents are tried read an interchange with a wrong price."""
    from integrations.flows import demo  # noqa: PLC0415  --url needs nothing of the product

    document = demo.purchase_orders(42, orders=2).replace(b"*24.50*", b"*24.x*", 1)
    file = {"name": "orders.x12", "mimeType": "application/edi-x12", "buffer": document}
    page.get_by_label("File").set_input_files(file)  # type: ignore[arg-type]  # as Playwright documents it
    page.get_by_role("heading", name="Parts and where they stand").wait_for()
    page.locator("#x-what").evaluate(
        "(heading) => scrollTo(0, heading.getBoundingClientRect().top + scrollY - 80)"
    )


def show_figures(page: Page) -> None:
    """Have the builder show what runs do, and a step's settings where there is room for them."""
    page.get_by_role("button", name="Live figures").click()
    page.get_by_role("region", name="Live figures").wait_for()
    width = (page.viewport_size or {"width": 0})["width"]
    if width > 1000:
        page.locator(".react-flow__node-step").filter(has_text="Compute the VAT").dblclick()
        page.get_by_role("button", name="Open in the mapper").wait_for()


PREPARED: dict[str, Callable[[Page], None]] = {"translate": drop_order, "builder": show_figures}
"""What is done on a page before its picture."""


@contextlib.contextmanager
def _collect(findings: Findings, path: str) -> Iterator[None]:
    """Note that a page did not get ready, and take its picture all the same."""
    try:
        yield
    except LateError as error:
        findings.lines.append(f"{path} is not ready: {error.message.splitlines()[0]}")


def sign_in(context: BrowserContext, order: Order) -> Page:
    """Sign in as a person does, by labels; gives the page that follows."""
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(order.email)
    page.get_by_label("Password", exact=True).fill(order.password)
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def of_own_copy(browser: Browser, order: Order, *, everything: bool) -> list[str]:
    """Start a copy of 7M, give it some history, and take the pictures there."""
    from scripts import demo_copy  # noqa: PLC0415  it needs the product's settings, which --url does not

    with demo_copy.running() as copy:
        order = replace(order, url=copy.url, email=copy.email, password=copy.password)
        context = browser.new_context(base_url=copy.url)
        demo_copy.make_history(copy, sign_in(context, order))
        context.close()
        found = demo_copy.addresses(copy)
        if not order.pages:
            names = found if everything else README
            order = replace(order, pages=tuple((name, found[name]) for name in names))
        return take(browser, order)


def find_chromium() -> str:
    """Give the browser's path. Ends the program where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    if not found:
        sys.exit("There is no Chromium: install one, or set CHROMIUM to its path.")
    return found


def read(words: Sequence[str]) -> tuple[Order, bool]:
    """Read the command line; the second is whether every page is meant."""
    every = [f"{size}-{theme}" for size in SIZES for theme in THEMES]
    parser = argparse.ArgumentParser(description="Take pictures of the pages of 7M.")
    parser.add_argument("--url", default="", help="of a running 7M; else a copy is started for the pictures")
    parser.add_argument("--email", default="", help="who signs in there")
    parser.add_argument("--out", type=Path, default=IMAGES, help="the folder (default: docs/images)")
    parser.add_argument(
        "--all", type=Path, metavar="FOLDER", help="take every page in four modes, into there"
    )
    parser.add_argument("--only", nargs="+", choices=every, help="these modes")
    parser.add_argument("--full", action="store_true", help="the whole length of the page")
    parser.add_argument("pages", nargs="*", metavar="name=/path", help="these pages")
    given = parser.parse_args(words)
    pages = tuple((name, path) for name, _, path in (page.partition("=") for page in given.pages))
    if given.url and not pages:
        parser.error("name the pages to take of a running 7M")
    four = [f"{size}-{theme}" for size in ("wide", "narrow") for theme in THEMES]
    modes = tuple(given.only or (four if given.all else ["wide-light", "wide-dark"]))
    password = os.environ.get("SEVENM_DEMO_PASSWORD", "")
    full = given.full or given.all is not None
    order = Order(given.url, given.all or given.out, pages, modes, full, given.email, password)
    return order, given.all is not None


def main() -> int:
    order, everything = read(sys.argv[1:])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        findings = take(browser, order) if order.url else of_own_copy(browser, order, everything=everything)
        browser.close()
    sys.stderr.write("".join(f"{line}\n" for line in dict.fromkeys(findings)))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
