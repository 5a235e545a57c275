"""A real Chromium before the real product; the folder's processes start once and end with its last test.

The browser is the system's own, at CHROMIUM or /usr/bin/chromium; no browser is downloaded. Playwright's loop
runs in this thread while it is started, so nothing of it outlives this folder: asyncio's tests follow.
"""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from scripts.screenshots import FLAGS
from tests.browser import product as products
from tests.browser.product import Product
from tests.browser.watch import Watch
from tests.stack import Stack

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PATIENCE_MS = 30_000
ARTEFACTS = Path("test-results")
SIZE = {"width": 1280, "height": 900}
FAILED = pytest.StashKey[bool]()
OpenBrowser = Callable[..., BrowserContext]
SwitchTwin = Callable[[str, str], None]
"""Takes a connector and: answers, down or refuses."""
SIGN_IN_KEPT_S = 120.0
"""Well under the five minutes after which some pages ask for the password again."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}: set CHROMIUM to its path")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def product(stack: Stack, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with products.running(stack, tmp_path_factory.mktemp("product")) as started:
        yield started


@pytest.fixture
def watch(product: Product) -> Iterator[Watch]:
    """Fail the test when a page failed, broke its policy or asked another host."""
    seen = Watch(f"127.0.0.1:{product.port}")
    yield seen
    assert not seen.findings, "\n".join(seen.findings)


@pytest.fixture
def open_browser(
    chromium: Browser, product: Product, watch: Watch, request: pytest.FixtureRequest
) -> Iterator[OpenBrowser]:
    """Open a browser with nobody signed in; a failed test leaves a trace and a picture in test-results.

    The trace tells what was done, when, and what was waited for, without copies of the page: making these
    took a third of the time.
    """
    opened: list[BrowserContext] = []

    def open_(**options: object) -> BrowserContext:
        given = {"viewport": SIZE, "reduced_motion": "reduce", "base_url": product.url, **options}
        context = chromium.new_context(**given)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        context.tracing.start()
        watch.attach(context)
        opened.append(context)
        return context

    yield open_
    for number, context in enumerate(opened):
        if request.node.stash.get(FAILED, False):
            _keep(context, ARTEFACTS / f"{request.node.name}-{number}")
        context.close()


@dataclass
class Session:
    """The demo owner's sign-in as a browser keeps it, for tests that are not about signing in."""

    state: StorageState | None = None
    since: float = 0.0

    def is_fresh(self) -> bool:
        return self.state is not None and monotonic() - self.since < SIGN_IN_KEPT_S


@pytest.fixture(scope="package")
def session() -> Session:
    return Session()


@pytest.fixture
def signed_in(open_browser: OpenBrowser, product: Product, session: Session) -> Page:
    """Give a page of the demo's owner, for tests that begin by going somewhere."""
    if session.is_fresh():
        return open_browser(storage_state=session.state).new_page()
    page = open_browser().new_page()
    sign_in(page, product)
    session.state, session.since = page.context.storage_state(), monotonic()
    return page


@pytest.fixture
def page(signed_in: Page) -> Page:
    """Give a page of the demo's owner on the overview."""
    signed_in.goto("/")
    expect(signed_in.get_by_role("banner").get_by_role("status")).to_have_text("live")
    return signed_in


@pytest.fixture
def twin(product: Product) -> Iterator[SwitchTwin]:
    """Switch twins; all answer again after the test."""
    yield product.twin
    for connector in ("airwallex", "avalara", "shipstation", "shopify"):
        product.twin(connector, "answers")


def sign_in(page: Page, product: Product) -> None:
    """Sign in as a person does."""
    page.goto("/")
    page.get_by_label("Email").fill(product.email)
    page.get_by_label("Password", exact=True).fill(product.password)
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Baan Nang leather")).to_be_visible()
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")


def _keep(context: BrowserContext, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    context.tracing.stop(path=path.with_suffix(".zip"))
    for page in context.pages:
        page.screenshot(path=path.with_suffix(".png"), full_page=True)
