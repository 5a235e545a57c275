"""Making the flow that is measured."""

from typing import Any, Final

from playwright.sync_api import Page

PUT: Final = """async ([url, body]) => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
  const sent = { method: "PUT", headers, body: JSON.stringify(body) };
  return (await fetch(url, sent)).status; }"""


def make(page: Page, name: str, definition: dict[str, Any]) -> str:
    """Make a flow with a draft, and give the address of its builder."""
    page.goto("/flows/new/")
    page.get_by_label("Name of the flow").fill(name)
    page.get_by_role("button", name="Start empty").click()
    page.get_by_text("Begin with a start").wait_for()
    url = page.url
    status = page.evaluate(PUT, [f"{url}draft", {"revision": 1, "definition": definition}])
    if status != 200:
        raise RuntimeError(f"the draft of {name} was answered with {status}")
    return url
