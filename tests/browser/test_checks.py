"""The checks that every journey relies on see what they are there to see."""

from playwright.sync_api import Browser

from tests.browser.accessible import findings
from tests.browser.product import Product
from tests.browser.watch import Watch

BROKEN = """<!doctype html><html lang="en"><title>Broken</title><main><h1>Broken</h1>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<div style="width: 2000px; color: #ddd">pale</div></main>"""
INLINE = (
    "() => { const s = document.createElement('script'); s.textContent = 'null'; document.body.append(s); }"
)


def test_a_watch_hears_errors_policy_violations_and_other_hosts(chromium: Browser, product: Product) -> None:
    context = chromium.new_context(base_url=product.url)
    watch = Watch(host="another.example")
    watch.attach(context)
    page = context.new_page()
    page.goto("/status")
    with page.expect_console_message(lambda message: "policy:" in message.text):
        page.evaluate(INLINE)
    with page.expect_event("pageerror"):
        page.evaluate("() => { setTimeout(() => { throw new Error('planted'); }); }")
    context.close()
    for part in ("asked another host", "policy: script-src-elem refused inline", "planted"):
        assert any(part in finding for finding in watch.findings), part


def test_a_page_without_words_in_pale_colours_that_is_too_wide_is_found(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(BROKEN)
    found = "\n".join(findings(page))
    page.close()
    for part in ("(light): image-alt", "(light): color-contrast", "at 390 px it scrolls sideways by"):
        assert part in found
