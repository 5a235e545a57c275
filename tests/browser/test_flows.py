"""A flow from its file to its first request, and keys for programs."""

import subprocess

from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.chaos.stack import wait_until

FLOW = """
name: Greeting
slug: greeting
settings: {reply: sync}
steps:
  - key: hello
    kind: webhook_trigger
    title: Somebody says hello
    config: {auth: api_key}
    next: answer
  - key: answer
    kind: respond
    title: Say hello back
    config:
      status: 200
      body:
        version: 1
        rules:
          - {to: greeting, op: [concat, "Sawasdee ", [get, hello, body, name]]}
"""
ANSWER = '{"greeting":"Sawasdee Ann"}'


def test_a_flow_is_imported_published_switched_and_called_as_its_page_says(
    page: Page, product: Product
) -> None:
    page.get_by_role("link", name="Flows").first.click()
    page.get_by_role("link", name="Import a flow").click()
    page.get_by_label("Or paste it here").fill(FLOW)
    page.get_by_role("button", name="Import as a draft").click()
    expect(page.get_by_text("Nothing runs yet: this will be version 1.")).to_be_visible()
    page.get_by_label("What changes").fill("First words")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 runs from now on.")).to_be_visible()

    page.get_by_role("link", name="Addresses").click()
    example = page.get_by_role("region", name="Example call").inner_text()
    address = page.url
    key = make_key(page, "Greeting tests")
    assert call_as_shown(example, key) == ANSWER

    page.goto(address)
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Greeting is off: new requests are refused.")).to_be_visible()
    wait_until(
        lambda: "ingress.disabled" in call_as_shown(example, key), within_s=5, what="the address to refuse"
    )
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Greeting is on: requests come in.")).to_be_visible()
    wait_until(lambda: call_as_shown(example, key) == ANSWER, within_s=5, what="the address to answer again")


def test_an_api_key_is_shown_once_works_and_is_refused_after_it_was_revoked(
    page: Page, product: Product
) -> None:
    key = make_key(page, "Warehouse", "flow.view")
    ask = {"Authorization": f"Bearer {key}"}
    assert product.call("GET", "/api/v1/flows", headers=ask).status == 200
    page.get_by_role("link", name="I have it").click()
    line = page.get_by_role("row").filter(has_text="Warehouse")
    expect(line.get_by_text("Valid")).to_be_visible()
    assert key not in page.content()
    line.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(line.get_by_text("Revoked")).to_be_visible()
    assert product.call("GET", "/api/v1/flows", headers=ask).status == 401


def make_key(page: Page, name: str, *scopes: str) -> str:
    page.get_by_role("link", name="API keys").first.click()
    page.get_by_role("link", name="New key").click()
    page.get_by_label("Name").fill(name)
    for scope in scopes:
        page.get_by_role("checkbox", name=scope).check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("It is shown this once.")).to_be_visible()
    return page.get_by_role("main").get_by_role("code").inner_text()


def call_as_shown(example: str, key: str) -> str:
    """Run the command of the page with a key and another body, as a person would in a shell."""
    environ = {"SEVENM_API_KEY": key, "PATH": "/usr/bin:/bin"}
    start = example.index("--data '")
    command = f"""{example[:start]}--data '{{"name":"Ann"}}'"""
    done = subprocess.run(  # noqa: S602  the shell is what the example is written for
        command, shell=True, env=environ, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout
