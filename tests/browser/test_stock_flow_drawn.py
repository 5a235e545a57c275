"""The stock file of the demo, from an empty canvas: its layout drawn over a sample, published, run."""

import re
from collections.abc import Mapping
from typing import Any, Final

from playwright.sync_api import Locator, Page, ViewportSize, expect

from integrations.flows import demo
from integrations.flows.templates import loader
from integrations.formats.fixed_width.layout import FixedWidthOptions
from tests.browser.accessible import findings
from tests.browser.building import (
    choose,
    close_panel,
    done,
    draft_of,
    lead,
    open_mapper,
    place,
    publish,
    shape,
    template,
)
from tests.browser.drawing import new_flow, saved
from tests.browser.expressions import Expression, connect
from tests.browser.product import Product

SIZE: Final[ViewportSize] = {"width": 1440, "height": 900}
NAME: Final = "Drawn stock file"
FILE: Final = "Stock file of the warehouse"
MESSAGE: Final = (
    "The file says that less than nothing is in stock. Count the item again and replay with the number."
)
HEADER: Final = {"warehouse": (3, 10), "created_on": (11, 18), "sequence": (19, 24)}
DETAIL: Final = {"sku": (3, 16), "item": (17, 28), "description": (29, 48), "quantity": (49, 55)}
TRAILER: Final = {"details": (3, 9), "quantity_total": (10, 18)}


def test_the_stock_file_is_drawn_tested_published_and_run(page: Page, product: Product) -> None:
    page.set_viewport_size(SIZE)
    new_flow(page, NAME)
    panel = place(page, "File upload", FILE, column=0)
    draw_the_layout(panel)
    close_panel(page)
    read_the_sample(page)
    draw_the_question(page)
    draw_the_level(page)
    draw_the_error(page)
    run_the_draft(page)
    publish(page)
    expect_the_demo_again(page)
    upload(page, "stock-drawn.txt", demo.stock_file(40, number=601))
    expect_the_batch(page, delivered=40, failed=0)
    upload(page, "stock-below.txt", below_zero())
    expect_the_batch(page, delivered=39, failed=1)


def test_a_field_is_drawn_with_keys_and_a_wrong_line_is_told(page: Page) -> None:
    new_flow(page, "Drawn with keys")
    panel = place(page, "File upload", "Counts", column=0)
    choose(panel, "Format", "Fixed width")
    panel.get_by_role("button", name="Draw the layout").press("Enter")
    editor = page.get_by_role("dialog", name="Layout of the file")
    editor.get_by_role("button", name="New sample").press("Enter")
    page.get_by_label("Document").fill("BAG 0007\nBELTx114\nWALL0151\n")
    page.get_by_role("button", name="Keep as a sample").press("Enter")
    editor.get_by_role("button", name="All lines are alike").press("Enter")
    for key in ("Home", *["ArrowRight"] * 4, *["Shift+ArrowRight"] * 3, "Enter"):
        ruler(editor).press(key)
    expect(editor.get_by_label("Name of field 1")).to_be_focused()
    page.keyboard.type("count")
    expect(editor.get_by_label("Start of count")).to_have_value("5")
    expect(editor.get_by_label("Length of count")).to_have_value("4")
    typed(editor, count="Whole number")
    records = editor.get_by_role("region", name="Records of line")
    expect(records.get_by_role("row").nth(2)).to_contain_text("line 2, record line, field count, column 5")
    expect(records.get_by_role("row").nth(3)).to_contain_text("151")
    editor.get_by_role("button", name="Undo").press("Enter")
    expect(editor.get_by_label("Type of count")).to_have_value("text")


def draw_the_layout(panel: Locator) -> None:
    choose(panel, "Format", "Fixed width")
    panel.get_by_role("button", name="Draw the layout").click()
    editor = panel.page.get_by_role("dialog", name="Layout of the file")
    give_a_sample(editor)
    drag_columns(editor, 1, 2)
    editor.get_by_role("button", name="Tell lines apart by columns 1 to 2").click()
    for mark, name in (("00", "header"), ("10", "detail"), ("99", "trailer")):
        editor.get_by_role("tab", name=f"record_{mark}").click()
        editor.get_by_label("Record type", exact=True).fill(name)
    draw_fields(editor, "header", HEADER)
    typed(editor, created_on="Date", sequence="Whole number")
    needed(editor, "warehouse", "created_on")
    draw_fields(editor, "detail", DETAIL)
    typed(editor, item="Whole number", quantity="Whole number")
    needed(editor, "sku", "item", "quantity")
    editor.get_by_label("Sign of quantity").select_option("Minus after the digits")
    draw_fields(editor, "trailer", TRAILER)
    typed(editor, details="Whole number", quantity_total="Whole number")
    editor.get_by_label("Sign of quantity_total").select_option("Minus after the digits")
    add_checks(editor)
    editor.get_by_text("How the file is written").click()
    editor.get_by_label("Encoding").select_option("cp1252")
    editor.get_by_label("Line end").select_option("CRLF, as Windows writes")
    expect(editor.get_by_text("Every line of the sample is read.")).to_be_visible()
    editor.get_by_role("tab", name="detail").click()
    records = editor.get_by_role("region", name="Records of detail")
    expect(records.get_by_role("row").nth(1)).to_have_text(
        "2BAG-01-0000047210040001Weekend bag, cognac77", use_inner_text=False
    )
    assert list(findings(panel.page)) == []
    editor.get_by_role("button", name="Done").click()
    expect(panel.get_by_text("3 record types, 9 fields")).to_be_visible()


def give_a_sample(editor: Locator) -> None:
    editor.get_by_role("button", name="New sample").click()
    dialog = editor.page.get_by_role("dialog", name="New sample")
    dialog.get_by_role("tab", name="Upload").click()
    content = loader.sample("stock-file")
    dialog.get_by_label("File, at most 5 MB").set_input_files(
        {"name": "stock.txt", "mimeType": "text/plain", "buffer": content}
    )
    dialog.get_by_role("button", name="Keep as a sample").click()
    expect(dialog).to_have_count(0)
    expect(ruler(editor)).to_be_visible()


def ruler(editor: Locator) -> Locator:
    return editor.get_by_role("application", name=re.compile("^Columns of the sample"))


def drag_columns(editor: Locator, first: int, last: int) -> None:
    """Drag over columns of the ruler, both included."""
    sheet = ruler(editor)
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    one = box["width"] / int(sheet.evaluate("found => parseInt(found.style.width)"))
    mouse, y = editor.page.mouse, box["y"] + min(box["height"] - 8, 75)
    mouse.move(box["x"] + (first - 0.5) * one, y)
    mouse.down()
    mouse.move(box["x"] + (last - 0.5) * one, y, steps=4)
    mouse.up()


def draw_fields(editor: Locator, record: str, fields: Mapping[str, tuple[int, int]]) -> None:
    editor.get_by_role("tab", name=record).click()
    for number, (name, (first, last)) in enumerate(fields.items(), 1):
        drag_columns(editor, first, last)
        box = editor.get_by_label(f"Name of field {number}", exact=True)
        expect(box).to_be_focused()
        editor.page.keyboard.type(name)
        expect(editor.get_by_label(f"Start of {name}", exact=True)).to_have_value(str(first))
        expect(editor.get_by_label(f"Length of {name}", exact=True)).to_have_value(str(last - first + 1))


def typed(editor: Locator, **types: str) -> None:
    for name, type_ in types.items():
        editor.get_by_label(f"Type of {name}", exact=True).select_option(type_)


def needed(editor: Locator, *names: str) -> None:
    for name in names:
        editor.get_by_label(f"{name} is needed", exact=True).check()


def add_checks(editor: Locator) -> None:
    checks = editor.get_by_role("region", name="Checks of the trailer")
    checks.get_by_role("button", name="Add a check").click()
    expect(checks.get_by_role("group", name="Check 1").get_by_label("Check", exact=True)).to_have_value(
        "count"
    )
    checks.get_by_role("button", name="Add a check").click()
    second = checks.get_by_role("group", name="Check 2")
    expect(second.get_by_label("Field of the trailer")).to_have_value("quantity_total")
    second.get_by_label("Check", exact=True).select_option("the total")
    second.get_by_label("Field to add up").select_option("quantity")


def read_the_sample(page: Page) -> None:
    """Test the trigger, so that its records stand beside the fields."""
    saved(page)
    page.get_by_role("button", name="Test", exact=True).click()
    drawer = page.get_by_role("region", name="Test", exact=True)
    drawer.get_by_role("button", name="Run the draft").click()
    expect(drawer.get_by_role("listitem").filter(has_text=FILE)).to_be_visible()
    drawer.get_by_role("button", name="Close the test").click()


def draw_the_question(page: Page) -> None:
    panel = place(page, "Branch", "A possible number?", column=1)
    lead(page, FILE, "next", "A possible number?")
    panel.get_by_role("button", name="Add a case").click()
    panel.get_by_label(re.compile("^Name")).fill("yes")
    Expression(panel, "Condition: what is compared").field(f"{FILE} / record / quantity")
    panel.get_by_label("Condition: comparison").select_option("is at least")
    Expression(panel, "Condition: with what").comes_from("Number").text("0")
    close_panel(page)


def draw_the_level(page: Page) -> None:
    panel = place(page, "Set an inventory level", "Set the stock in the shop", column=2)
    lead(page, "A possible number?", "yes", "Set the stock in the shop")
    choose(panel, "Connection", "Leather shop")
    mapper = open_mapper(panel)
    connect(mapper, "file record item", "body inventory_item_id")
    connect(mapper, "file record quantity", "body available")
    connect(mapper, "file header warehouse", "body location_id")
    location = Expression(mapper, "location_id").comes_from("Cases")
    for number, (name, place_id) in enumerate((("BKK-01", "71009282"), ("CNX-02", "71009281")), 1):
        if number > 1:
            mapper.get_by_role("button", name="Add a case").click()
        Expression(mapper, f"location_id: case {number}").text(name)
        Expression(mapper, f"location_id: result {number}").comes_from("Number").text(place_id)
    mapper.get_by_role("button", name="location_id: remove the else").click()
    mapper.get_by_label("If it is missing").select_option("stop with an error")
    assert location.label == "location_id"
    done(mapper)
    close_panel(page)


def draw_the_error(page: Page) -> None:
    panel = place(page, "Stop with an error", "Less than nothing", column=1, row=2)
    lead(page, "A possible number?", "else", "Less than nothing")
    panel.get_by_label(re.compile("^Code")).fill("stock.below_zero")
    panel.get_by_label(re.compile("^Message")).fill(MESSAGE)
    close_panel(page)


def run_the_draft(page: Page) -> None:
    saved(page)
    expect(page.get_by_role("button", name="No problems")).to_be_visible()
    page.get_by_role("button", name="Test", exact=True).click()
    drawer = page.get_by_role("region", name="Test", exact=True)
    drawer.get_by_role("button", name="Run the draft").click()
    expect(drawer.get_by_role("status").filter(has_text="It went well")).to_be_visible()
    visit = drawer.get_by_role("listitem").filter(has_text="Set the stock in the shop")
    visit.get_by_text("Set the stock in the shop").click()
    expect(visit.get_by_label("Sent")).to_contain_text("47210040001")
    drawer.get_by_role("button", name="Close the test").click()


def expect_the_demo_again(page: Page) -> None:
    """What was drawn has the demo's steps, the same ways between them, and the same layout of the file."""
    drawn, made = draft_of(page), template("stock-file")
    assert shape(drawn) == shape(made)
    assert layout(drawn) == layout(made)


def layout(definition: Mapping[str, Any]) -> FixedWidthOptions:
    """Give the layout of the file that starts a flow."""
    (config,) = [step["config"] for step in definition["steps"] if step["kind"] == "file_trigger"]
    assert config["format"] == "fixed_width"
    return FixedWidthOptions.model_validate(config["options"])


def below_zero() -> bytes:
    """Write a file of 40 records, one of them with a quantity below zero, its total right."""
    lines = demo.stock_file(40, number=602).decode("cp1252").split("\r\n")
    before = int(lines[1][48:54])
    total = int(lines[41][9:17]) - before - 5
    lines[1] = f"{lines[1][:48]}000005-"
    lines[41] = f"{lines[41][:9]}{total:08d} "
    return "\r\n".join(lines).encode("cp1252")


def upload(page: Page, name: str, content: bytes) -> None:
    page.goto("/")
    page.get_by_role("link", name="Batches").click()
    page.get_by_role("link", name="Upload a file").click()
    page.get_by_label("Flow").select_option(label=NAME)
    page.get_by_label("File").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def expect_the_batch(page: Page, *, delivered: int, failed: int) -> None:
    main = page.get_by_role("main")
    for part, count in (("Received", 40), ("Delivered", delivered), ("Failed", failed), ("Missing", 0)):
        expect(main).to_contain_text(re.compile(rf"{part}\s*{count}\s"))
