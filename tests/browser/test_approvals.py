"""A run asks, a person decides by keyboard, and the run goes on; another one learns that it was decided."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.accessible import findings
from tests.browser.conftest import SIZE, OpenBrowser
from tests.browser.product import Product
from tests.browser.test_flows import make_key
from tests.browser.watch import Watch

FLOW = """
name: Large payments
slug: large-payments
steps:
  - key: order
    kind: webhook_trigger
    title: Payment comes in
    next: ask
  - key: ask
    kind: approval
    title: Ask the owner
    config:
      title: May this payment go out?
      message: "{order.body.supplier} asks for {order.body.total}."
      shows: [get, order, body]
      roles: [owner]
    next: {approved: seen, rejected: refused}
  - key: seen
    kind: respond
    title: Payment is seen
    config: {value: [get, ask]}
  - key: refused
    kind: stop
    title: Payment is refused
    config: {reason: The payment was refused.}
"""


def asks(page: Page, product: Product) -> list[str]:
    """Publish the flow and send it two payments; gives their runs."""
    page.get_by_role("link", name="Flows").first.click()
    page.get_by_role("link", name="Import a flow").click()
    page.get_by_label("Or paste it here").fill(FLOW)
    page.get_by_role("button", name="Import as a draft").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 runs from now on.")).to_be_visible()
    page.get_by_role("link", name="Addresses").click()
    example = page.get_by_role("region", name="Example call").inner_text()
    hook = re.search(r"/in/[\w-]+", example)
    assert hook is not None
    key = make_key(page, "Payments")
    page.get_by_role("link", name="Approvals").click()
    expect(page.get_by_text("Nothing to decide")).to_be_visible()
    ask = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    runs = []
    for supplier in ("Harbor Textiles", "Andean Wool"):
        sent = product.call("POST", hook[0], json.dumps({"supplier": supplier, "total": 10.50}).encode(), ask)
        runs.append(str(sent.json()["run"]))
    return runs


def test_a_person_decides_what_a_run_asks(
    page: Page, product: Product, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.provoked.add("/decide/")  # what is decided twice
    first, second = asks(page, product)
    questions = page.get_by_role("main").get_by_role("listitem").filter(has_text="May this payment go out?")
    expect(questions).to_have_count(2)
    expect(page.get_by_role("link", name="Approvals 2", exact=True)).to_be_visible()
    assert list(findings(page)) == []

    page.get_by_role("link", name="Decide: May this payment go out?").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Harbor Textiles asks for 10.5.")).to_be_visible()
    assert list(findings(page)) == []
    other = open_browser(
        storage_state=page.context.storage_state(), viewport={**SIZE, "width": 390}
    ).new_page()
    other.goto(page.url)
    expect(other.get_by_role("banner").get_by_role("status")).to_have_text("live")

    page.get_by_label("Comment").fill("The order is ours.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved. The run goes on.")).to_be_visible()
    expect(page.get_by_role("region", name="State")).to_contain_text("The order is ours.")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(other.get_by_role("region", name="State")).to_contain_text("Approved")
    other.get_by_role("button", name="Reject").click()
    expect(other.get_by_text(f"{product.email} has approved this already.")).to_be_visible()

    page.goto(f"/runs/{first}/")
    expect(page.get_by_role("main")).to_contain_text("Succeeded")
    reject(page, second)


def reject(page: Page, run: str) -> None:
    """Say no to the other one; the run ends as the flow says, and stands among the past ones."""
    page.get_by_role("link", name="Approvals 1", exact=True).click()
    page.get_by_role("link", name="Decide: May this payment go out?").click()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Rejected. The run goes on.")).to_be_visible()
    page.get_by_role("link", name="Approvals", exact=True).first.click()
    expect(page.get_by_text("Nothing to decide")).to_be_visible()
    page.get_by_role("link", name="Past").click()
    expect(page.get_by_role("row").filter(has_text="Rejected")).to_have_count(1)
    assert list(findings(page)) == []
    page.goto(f"/runs/{run}/")
    expect(page.get_by_role("main")).to_contain_text("The payment was refused.")
