"""A mapping of 500 fields to 500 on a sample of 1 MB: from a key to the new output; how the fields scroll."""

import json
from typing import Any, Final

from playwright.sync_api import Page

from bench.builder import drafts
from bench.builder.frames import moving, worked
from bench.figures import spread

PLAIN: Final = 479
INNER: Final = 20
"""With the list itself, 500 fields on either side."""
ITEMS: Final = 2_050
KEYS: Final = 20
PAUSE_MS: Final = 700
TYPING_MS: Final = 180

WATCH: Final = """() => {
  const output = document.querySelector(".m-output");
  const pressed = [], painted = [];
  document.addEventListener("keydown", (event) => pressed.push(event.timeStamp), true);
  let last = output.textContent;
  new MutationObserver(() => {
    const shown = /"t000": ?"([^"]*)"/.exec(output.textContent)?.[1];
    if (shown === undefined || shown === last) return;
    last = shown;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => painted.push([shown, performance.now()]);
      after.port2.postMessage(0);
    });
  }).observe(output, { subtree: true, childList: true, characterData: true });
  window.previews_ = () => ({ pressed, painted }); }"""


def definition() -> dict[str, Any]:
    """Give a flow with one mapping: of each field a copy, and of each item of a list."""
    rules: list[dict[str, Any]] = [{"to": "t000", "op": "="}]
    rules += [{"to": f"t{n:03}", "op": ["get", "start", "body", f"f{n:03}"]} for n in range(1, PLAIN)]
    inner = [{"to": f"t{n:03}", "op": ["it", f"f{n:03}"]} for n in range(INNER)]
    rules.append({"to": "rows", "each": ["get", "start", "body", "lines"], "name": "line", "rules": inner})
    row = {"type": "object", "properties": {f"t{n:03}": {"type": "string"} for n in range(INNER)}}
    fields: dict[str, Any] = {f"t{n:03}": {"type": "string"} for n in range(PLAIN)}
    schema = {"type": "object", "properties": fields | {"rows": {"type": "array", "items": row}}}
    config = {"plan": {"version": 1, "rules": rules}, "target": {"json_schema": schema}}
    steps = [
        {"key": "start", "kind": "webhook_trigger", "title": "Start"},
        {"key": "fields", "kind": "map", "title": "Fields", "config": config},
    ]
    return {"steps": steps, "edges": [{"source": "start", "target": "fields"}]}


def sample() -> str:
    """Give a document of 1 MB."""
    lines = [{f"f{n:03}": f"cell {item:05}-{n:02}" for n in range(INNER)} for item in range(ITEMS)]
    return json.dumps({f"f{n:03}": f"value {n:03} of it" for n in range(PLAIN)} | {"lines": lines})


def measure(page: Page) -> dict[str, float]:
    """Open the mapping, give it the sample, type into a fixed value, scroll both sides."""
    url = drafts.make(page, "Wide", definition()).removesuffix("build/")
    page.goto(f"{url}map/fields/")
    page.get_by_label("Sample", exact=True).select_option("own")
    page.get_by_label("The document: paste it").fill(sample())
    page.get_by_role("button", name="Use it").click()
    page.get_by_text('"f000": "value').or_(page.locator(".m-output pre")).first.wait_for()
    page.locator("""[data-m-row=target][data-m-id='["t000"]']""").click()
    box = page.get_by_role("textbox", name="t000", exact=True)
    box.fill("=")
    page.locator(".m-output[aria-busy=false] pre").wait_for()
    page.evaluate(WATCH)
    found = _typed(page, "preview", PAUSE_MS, "abcdefghijklmnopqrst"[:KEYS])
    found |= _typed(page, "typing_preview", TYPING_MS, "uvwxyzABCDEFGHIJKLMN"[:KEYS])
    for side in ("source", "target"):
        tree = page.get_by_role("tree", name=f"{side.capitalize()}: fields").bounding_box()
        assert tree is not None
        page.mouse.move(tree["x"] + 100, tree["y"] + 100)
        scrolled = moving(page, lambda number: page.mouse.wheel(0, 90 if number % 160 < 80 else -90))
        found |= scrolled.told(f"{side}_scroll")
    return found


def _typed(page: Page, name: str, pause_ms: int, keys: str) -> dict[str, float]:
    """Press keys and give how long each took until its output was painted, or that of a key after it."""
    box = page.get_by_role("textbox", name="t000", exact=True)
    box.focus()
    page.keyboard.press("End")
    before = str(box.input_value())
    skipped = len(page.evaluate("previews_()")["pressed"])
    with worked(page) as work:
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(pause_ms)
        page.wait_for_timeout(1500)
    seen = page.evaluate("previews_()")
    pressed = seen["pressed"][skipped:]
    painted = dict(seen["painted"])
    took = []
    for number, at in enumerate(pressed, 1):
        later = [
            painted[text]
            for more in range(number, len(keys) + 1)
            if (text := before + keys[:more]) in painted
        ]
        if later:
            took.append(min(later) - at)
    if not took or before + keys not in painted:
        raise RuntimeError(f"the output never said what was typed: {seen['painted'][-3:]}")
    told = spread(took)
    times = {f"{name}_ms": told.p50, f"{name}_p95_ms": told.p95, f"{name}_most_ms": told.max}
    works = {"page": work.page_ms, "server": work.server_ms}
    return times | {f"{name}_{key}_ms": round(ms / len(keys), 1) for key, ms in works.items()}
