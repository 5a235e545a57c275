"""What people do on the canvas: find a step, drag it, draw from port to port."""

from playwright.sync_api import Locator, Page, expect

MOVES = 12


def new_flow(page: Page, name: str) -> None:
    """Make an empty flow and open its builder."""
    page.goto("/flows/new/")
    page.get_by_label("Name of the flow").fill(name)
    page.get_by_role("button", name="Start empty").click()
    expect(page.get_by_role("button", name="No problems")).to_have_count(0)
    expect(page.get_by_text("Begin with a start")).to_be_visible()


def palette(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Steps to add")


def step(page: Page, name: str) -> Locator:
    return page.locator(".react-flow__node-step").filter(has=page.get_by_text(name, exact=True))


def ways(page: Page) -> Locator:
    return page.locator(".react-flow__edge")


def drop(page: Page, name: str, *, x: int, y: int) -> None:
    """Drag a step from the palette to a place of the canvas."""
    target = page.locator(".react-flow__pane")
    offer = palette(page).get_by_role("button", name=name, exact=True).first
    offer.drag_to(target, target_position={"x": x, "y": y})


def draw(page: Page, source: Locator, port: str, target: Locator) -> None:
    """Draw a connection by hand: press on the port, move there, let go."""
    handle = source.locator(f"[data-port='{port}']")
    handle.hover()
    start, end = middle(handle), middle(target.locator(".is-in"))
    page.mouse.down()
    page.mouse.move(start[0] + 5, start[1] + 3)
    for number in range(1, MOVES + 1):
        part = number / MOVES
        page.mouse.move(start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
    page.mouse.up()


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def saved(page: Page) -> None:
    """Wait until the draft is on the server."""
    expect(page.get_by_role("toolbar", name="Builder").get_by_role("status")).to_have_text("Saved")
