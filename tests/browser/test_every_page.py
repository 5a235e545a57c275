"""Every page that a link leads to, with something on it: accessible, in both themes, on every screen."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from django.urls import resolve
from playwright.sync_api import Page, expect

from tests.browser.accessible import findings
from tests.browser.conftest import OpenBrowser, SwitchTwin

PAGES: Final = {
    "web:home", "web:templates", "web:template", "web:flow-new", "web:flows", "web:flow",
    "web:flow-import", "web:translate", "web:flow-draft",
    "web:flow-compare", "web:flow-versions", "web:flow-version", "web:flow-hooks", "web:hook-secret",
    "web:runs", "web:run", "web:run-way", "web:flow-copy", "web:document", "web:dead-letters",
    "web:dead-letter-messages", "web:replay-new", "web:replays", "web:replay", "web:batches", "web:batch",
    "web:batch-new", "web:alerts", "web:alerts-closed", "web:alert-routes", "web:connections",
    "web:connection", "web:connection-edit", "web:connection-new", "web:catalogue", "web:connector",
    "web:partners", "web:partner", "web:partner-new", "web:partner-edit", "web:tables", "web:table",
    "web:table-new", "web:table-edit", "web:counters", "web:counter", "web:translate-format",
    "web:translate-fields", "web:api-keys", "web:api-key-new", "web:members", "web:member-invite",
    "web:usage", "web:usage-line", "web:audit", "web:status", "web:status-connector", "web:approvals",
    "web:approvals-past",
}  # fmt: skip
"""Pages that the walk must come to; `status-connector` needs figures, which come after a minute."""
FILES: Final = {
    "web:flow-export",
    "web:template-sample",
    "web:table-export",
    "web:status-csv",
    "web:status-json",
}
LATER: Final = {"web:status-connector"}
LINKS: Final = "() => [...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))"


def test_every_page_is_accessible_in_both_themes_and_fits_every_screen(page: Page, twin: SwitchTwin) -> None:
    dead_run = leave_traces(page, twin)
    wrong: list[str] = []
    seen: set[str] = set()
    for name in walk(page, first=(dead_run, "/")):
        seen.add(name)
        wrong += findings(page)
    assert PAGES - LATER - seen == set()
    assert not wrong, "\n".join(wrong)
    replay(page, dead_run)


def test_the_pages_before_the_door_are_accessible(open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    wrong: list[str] = []
    for address in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/status"):
        page.goto(address)
        wrong += findings(page)
    assert not wrong, "\n".join(wrong)


def walk(page: Page, *, first: tuple[str, ...]) -> Iterator[str]:
    """Follow links, once for each kind of page; gives the name of each when it is shown."""
    known: set[str] = set()
    due = deque(first)
    while due:
        address = due.popleft()
        name = resolve(urlsplit(address).path).view_name
        if name in known | FILES:
            continue
        known.add(name)
        page.goto(address)
        expect(page.get_by_text("One moment …")).to_have_count(0)
        yield name
        links = [urljoin(page.url, link) for link in page.evaluate(LINKS)]
        here = urlsplit(page.url).netloc
        due += [
            urlsplit(link)._replace(scheme="", netloc="", fragment="").geturl()
            for link in links
            if urlsplit(link).netloc == here
        ]


def leave_traces(page: Page, twin: SwitchTwin) -> str:
    """Have something on every page: a batch, a replay, a closed alert, a dead letter. Gives its run."""
    take_over_numbers(page)
    page.get_by_role("button", name="Upload stock file").click()
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Complete")
    twin("avalara", "refuses")
    page.get_by_role("link", name="7M").click()
    for _ in range(2):
        page.get_by_role("button", name="Send an order").click()
    page.get_by_role("link", name="Dead letters 2", exact=True).click()
    twin("avalara", "answers")
    page.get_by_role("link", name="All messages").click()
    rows = page.get_by_role("row").filter(has_text="Tax office")
    replayed, kept = (rows.nth(place).get_by_role("link").get_attribute("href") for place in (0, 1))
    replay(page, replayed)
    page.get_by_role("link", name=re.compile("^Alerts")).click()
    alert = page.get_by_role("main").get_by_role("listitem").filter(has_text="Tax office")
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_have_count(0)
    assert kept is not None
    return kept


def take_over_numbers(page: Page) -> None:
    """Set a counter, and come back."""
    page.get_by_role("link", name="Partners", exact=True).click()
    page.get_by_role("link", name="Numbers").click()
    page.get_by_label("Counter", exact=True).fill("harbor.x12.interchange")
    page.get_by_label("Last number given out").fill("17")
    page.get_by_label("Reason").fill("taken over from the old system")
    page.get_by_role("button", name="Set").click()
    page.get_by_role("dialog").get_by_role("button", name="Set").click()
    expect(page.get_by_role("heading", name="harbor.x12.interchange")).to_be_visible()
    page.get_by_role("link", name="7M").click()


def replay(page: Page, run: str | None) -> None:
    assert run is not None
    page.goto(run)
    page.get_by_role("link", name="Replay").click()
    page.get_by_role("button", name="Replay 1 message").click()
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Over")
