"""The canvas: by mouse, by clicks, by keys, with two people."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import findings
from tests.browser.drawing import draw, drop, new_flow, palette, saved, step, ways
from tests.browser.watch import Watch


@pytest.fixture
def page(signed_in: Page) -> Page:
    """Every test here begins by going somewhere."""
    return signed_in


def test_a_flow_is_drawn_by_dragging_undone_and_is_there_after_a_reload(page: Page) -> None:
    new_flow(page, "Drawn by hand")
    drop(page, "Webhook", x=160, y=160)
    drop(page, "Branch", x=520, y=160)
    page.get_by_role("button", name="Close the panel").click()
    drop(page, "Respond", x=520, y=420)
    page.get_by_role("button", name="Close the panel").click()
    draw(page, step(page, "Webhook"), "next", step(page, "Branch"))
    draw(page, step(page, "Branch"), "else", step(page, "Respond"))
    expect(ways(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(ways(page)).to_have_count(1)
    page.get_by_role("button", name="Do again").click()
    expect(ways(page)).to_have_count(2)
    page.get_by_role("button", name="Tidy up").click()
    saved(page)
    page.reload()
    expect(ways(page)).to_have_count(2)
    expect(page.locator(".react-flow__node-step")).to_have_count(3)


def test_a_refused_connection_says_why(page: Page) -> None:
    new_flow(page, "Loops")
    drop(page, "Webhook", x=140, y=140)
    palette(page).get_by_role("button", name="Map", exact=True).click()
    palette(page).get_by_role("button", name="Respond", exact=True).first.click()
    page.get_by_role("button", name="Close the panel").click()
    expect(ways(page)).to_have_count(2)
    draw(page, step(page, "Respond"), "next", step(page, "Map"))
    expect(page.get_by_role("dialog", name="Not possible")).to_contain_text("That would be a loop.")
    expect(ways(page)).to_have_count(2)


def test_steps_are_added_by_clicks_alone(page: Page) -> None:
    new_flow(page, "By clicks")
    palette(page).get_by_role("button", name="Webhook", exact=True).first.click()
    step(page, "Webhook").get_by_role("button", name="Add a step behind next").click()
    menu = page.get_by_role("dialog", name="Add a step")
    menu.get_by_label("Search steps").fill("respond")
    menu.get_by_role("button", name="Respond").click()
    expect(ways(page)).to_have_count(1)
    page.get_by_role("button", name="Close the panel").click()
    page.keyboard.press("0")
    expect(step(page, "Webhook")).to_be_in_viewport()
    expect(step(page, "Respond")).to_be_in_viewport()
    ways(page).first.hover(force=True)
    page.get_by_role("button", name="Add a step between webhook and respond").click()
    page.get_by_role("dialog", name="Add a step").get_by_role("button", name="Map", exact=True).click()
    expect(ways(page)).to_have_count(2)
    expect(page.get_by_role("group", name=re.compile("From Map by next to Respond"))).to_be_attached()


def test_a_flow_is_drawn_with_keys_alone(page: Page) -> None:
    new_flow(page, "By keys")
    page.get_by_role("region", name="Canvas").focus()
    for words in ("webhook", "branch", "respond"):
        page.keyboard.press("a")
        expect(page.get_by_role("dialog", name="Add a step").get_by_label("Search steps")).to_be_focused()
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(step(page, words.capitalize())).to_be_focused()
    expect(ways(page)).to_have_count(2)
    page.keyboard.press("Delete")
    expect(ways(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(ways(page)).to_have_count(2)
    step(page, "Webhook").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("c")
    page.get_by_role("dialog", name="Connect Webhook").get_by_role("button", name="Respond").press("Enter")
    expect(page.get_by_role("group", name=re.compile("From Webhook by next to Respond"))).to_be_attached()
    page.keyboard.press("o")
    expect(page.get_by_role("list", name="Steps in order")).to_be_visible()
    saved(page)


def test_steps_are_copied_to_another_tab(page: Page) -> None:
    new_flow(page, "Copied from")
    palette(page).get_by_role("button", name="Webhook", exact=True).first.click()
    palette(page).get_by_role("button", name="Map", exact=True).click()
    step(page, "Map").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    saved(page)
    other = page.context.new_page()
    new_flow(other, "Copied to")
    other.locator(".react-flow__pane").click()
    other.keyboard.press("Control+v")
    expect(ways(other)).to_have_count(1)
    expect(other.locator(".react-flow__node-step")).to_have_count(2)
    saved(other)


def test_a_stale_save_is_refused_and_merged(page: Page, watch: Watch) -> None:
    watch.provoked.add("/build/draft")
    new_flow(page, "Two at once")
    palette(page).get_by_role("button", name="Webhook", exact=True).first.click()
    saved(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(step(other, "Webhook")).to_be_visible()
    expect(page.locator(".b-people")).to_be_visible()
    other.route(
        "**/build/draft", lambda route: route.abort() if route.request.method == "PUT" else route.continue_()
    )
    palette(other).get_by_role("button", name="Respond", exact=True).first.click()
    expect(other.get_by_role("status").filter(has_text="Not saved")).to_be_visible()
    palette(page).get_by_role("button", name="Map", exact=True).click()
    saved(page)
    other.unroute_all()
    merge = other.get_by_role("dialog", name="The draft was changed elsewhere")
    other.get_by_role("button", name="Changed elsewhere").click()
    expect(merge).to_contain_text("“Map”")
    merge.get_by_role("button", name="Merge and save").click()
    saved(other)
    expect(step(other, "Map")).to_be_visible()
    expect(step(other, "Respond")).to_be_visible()
    expect(step(page, "Respond")).to_be_visible()


def test_a_problem_leads_to_its_step_and_publishing_says_what_is_missing(page: Page) -> None:
    new_flow(page, "With problems")
    palette(page).get_by_role("button", name="Webhook", exact=True).first.click()
    palette(page).get_by_role("button", name="Branch", exact=True).first.click()
    page.get_by_role("button", name="Close the panel").click()
    saved(page)
    page.get_by_role("button", name=re.compile("problem")).click()
    page.get_by_role("dialog", name="Problems").get_by_role("button", name=re.compile("Branch")).first.click()
    expect(page.get_by_role("complementary", name="Settings of Branch")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog", name="Publish")).to_contain_text("Put these right first")


def test_the_builder_is_accessible_on_every_screen(page: Page) -> None:
    page.goto("/flows/")
    page.get_by_role("link", name="Cross-border order").first.click()
    page.get_by_role("link", name="Build").click()
    expect(page.get_by_role("button", name="No problems")).to_be_visible()
    step(page, "Compute the VAT").dblclick()
    wrong = list(findings(page))
    page.get_by_role("button", name="Outline").click()
    wrong += findings(page)
    assert not wrong, "\n".join(wrong)
